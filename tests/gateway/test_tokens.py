"""Tokens of an OpenID issuer, which a web server of the test is: good ones are taken as keys are, all others are refused."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.tokens import Issuer
from tests.gateway.issuing import TestIssuer, issuing, new_key


@pytest.fixture
def issuer() -> Iterator[TestIssuer]:
    with issuing() as made:
        yield made


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def client(desk, issuer, seconds):
    settings = GatewaySettings(oidc_issuer=issuer.url)
    return TestClient(create_app(replace(desk, issuer=Issuer(settings, clock=seconds))), raise_server_exceptions=False)


def status(client: TestClient, token: str | bytes, path: str = "/v1/keys") -> int:
    shown = token if isinstance(token, bytes) else token.encode()
    return client.get(path, headers=[(b"Authorization", b"Bearer " + shown)]).status_code


@pytest.mark.parametrize("kid", ["RS256-1", "ES256-1", "EdDSA-1"])
def test_a_good_token_is_taken(client, issuer, kid):
    assert status(client, issuer.token(kid)) == 200
    assert status(client, issuer.token(kid, aud=["other", "reelflow"])) == 200


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"reelflow_role": "viewer"}, 403),
        ({"reelflow_role": "operator"}, 403),
        ({"reelflow_role": "admin"}, 401),
        ({"reelflow_role": None}, 401),
        ({"reelflow_role": ["owner"]}, 401),
        ({"reelflow_tenant": None}, 401),
        ({"reelflow_tenant": "-"}, 401),
        ({"reelflow_tenant": "*"}, 401),
        ({"reelflow_tenant": ["acme"]}, 401),
        ({"iss": "https://other.example"}, 401),
        ({"iss": None}, 401),
        ({"aud": "other"}, 401),
        ({"aud": None}, 401),
        ({"sub": None}, 401),
        ({"exp": None}, 401),
        ({"exp": int(time.time()) - 60}, 401),
        ({"nbf": int(time.time()) + 3600}, 401),
    ],
)
def test_claims_are_held_to(client, issuer, changed, answer):
    assert status(client, issuer.token(**changed)) == answer


def part(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def forged(issuer: TestIssuer) -> dict[str, str]:
    claims, public = issuer.claims(), issuer.keys["RS256-1"][1].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    none = {"alg": "none", "kid": "RS256-1"}
    # Past PyJWT, which refuses to sign with a public key.
    as_secret = jwt.api_jws.PyJWS()
    as_secret._algorithms["HS256"].prepare_key = lambda key: key  # type: ignore[method-assign]
    good = issuer.token()
    return {
        "none": f"{part(none)}.{part(claims)}.",
        "None": f"{part({**none, 'alg': 'None'})}.{part(claims)}.",
        "the public key as a secret": as_secret.encode(
            json.dumps(claims).encode(), pem, algorithm="HS256", headers={"kid": "RS256-1"}
        ),
        "another's key": jwt.encode(claims, new_key("RS256"), algorithm="RS256", headers={"kid": "RS256-1"}),
        "another algorithm of the key": jwt.encode(
            claims, issuer.keys["RS256-1"][1], algorithm="RS512", headers={"kid": "RS256-1"}
        ),
        "no kid": jwt.encode(claims, issuer.keys["RS256-1"][1], algorithm="RS256"),
        "a key of its own": jwt.encode(
            claims, issuer.keys["ES256-1"][1], algorithm="ES256", headers={"kid": "x", "jwk": issuer.public("ES256-1")}
        ),
        "cut": good[:-10],
        "changed": ".".join([good.split(".")[0], part({**claims, "reelflow_tenant": "other"}), good.split(".")[2]]),
        "nested": f"{part(none)}.{'[' * 20_000}.x",
        "no token": "a.b.c",
    }


def test_forged_tokens_are_refused(client, issuer):
    assert status(client, issuer.token()) == 200
    for how, token in forged(issuer).items():
        assert status(client, token) == 401, how


def test_keys_are_fetched_once_and_again_for_a_new_one_but_not_within_a_minute(client, issuer, seconds):
    fetched = ["/.well-known/openid-configuration", "/keys"]
    assert [status(client, issuer.token()) for _ in range(3)] == [200, 200, 200]
    assert issuer.asked == fetched
    issuer.keys["new"] = ("ES256", new_key("ES256"))
    del issuer.keys["EdDSA-1"]
    seconds.now = 59
    assert status(client, issuer.token("new")) == 401
    assert issuer.asked == fetched
    seconds.now = 60
    assert status(client, issuer.token("new")) == 200
    strange = jwt.encode(issuer.claims(), new_key("ES256"), algorithm="ES256", headers={"kid": "strange"})
    assert [status(client, strange) for _ in range(20)] == [401] * 20
    assert issuer.asked == fetched * 2
    seconds.now = 60 + 3600
    assert status(client, issuer.token()) == 200
    assert issuer.asked == fetched * 3


def test_an_issuer_that_is_away_ends_nobody_whose_key_is_known(client, issuer, seconds, monkeypatch):
    assert status(client, issuer.token()) == 200
    monkeypatch.setattr(issuer, "answer", lambda path: None)
    seconds.now = 7200
    assert status(client, issuer.token()) == 200


def test_an_issuer_of_another_name_is_not_believed(client, issuer, monkeypatch):
    answer = issuer.answer
    monkeypatch.setattr(issuer, "answer", lambda path: {**answer(path), "issuer": "https://other.example"})
    assert status(client, issuer.token()) == 401


def test_without_an_issuer_there_are_keys_alone(as_, issuer):
    assert status(as_(None), issuer.token()) == 401
