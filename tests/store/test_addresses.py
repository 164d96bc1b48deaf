"""Addresses of what is stored: rewritten, signed by key, or presigned; held against botocore's signer and OpenSSL's check."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.signers import CloudFrontSigner  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from reel.errors import InvalidRequest, ReelError, Resource
from reel.secrets import derived
from reel.settings import settings
from reel.store import address_of
from reel.store.addresses import cookies_for, lasting_address
from reel.store.cloudfront import KeyPair
from reel.store.links import PURPOSE, granted

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BASE = "https://media.example/v"


def pem(key: Any = KEY) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Sets settings for the length of a test."""

    def configure(**given: str) -> None:
        monkeypatch.setenv("REEL_HOME", str(tmp_path))
        for name, value in given.items():
            monkeypatch.setenv(f"REEL_{name.upper()}", value)
        settings.cache_clear()

    (tmp_path / "key.pem").write_bytes(pem())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield configure
    monkeypatch.undo()
    settings.cache_clear()


def decoded(text: str) -> bytes:
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")))


def verified(signature: str, policy: bytes) -> None:
    KEY.public_key().verify(decoded(signature), policy, padding.PKCS1v15(), hashes.SHA1())


@pytest.mark.parametrize("url", [f"{BASE}/acme/g/a.mp4", f"{BASE}/acme/g/f%C3%BCr%201.mp4", f"{BASE}/a.mp4?size=720"])
def test_a_signed_address_is_the_one_that_aws_makes(url: str) -> None:
    expires = 1_800_000_000
    signer = CloudFrontSigner("K2", lambda text: KEY.sign(text, padding.PKCS1v15(), hashes.SHA1()))
    theirs = signer.generate_presigned_url(url, date_less_than=datetime.fromtimestamp(expires, UTC))
    ours = KeyPair("K2", pem()).signed(url, expires)
    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)
    assert urlsplit(ours)._replace(query="") == urlsplit(theirs)._replace(query="")


def test_a_policy_opens_all_that_match_until_then() -> None:
    opened = KeyPair("K2", pem()).policy(f"{BASE}/acme/g/*", 1_800_000_000)
    policy = decoded(opened["Policy"])
    verified(opened["Signature"], policy)
    assert json.loads(policy) == {
        "Statement": [{"Resource": f"{BASE}/acme/g/*", "Condition": {"DateLessThan": {"AWS:EpochTime": 1_800_000_000}}}]
    }
    assert opened["Key-Pair-Id"] == "K2"


@pytest.mark.parametrize("outputs", ["s3://media/reel/outputs", "s3://media/reel/outputs/", ""])
def test_outputs_have_the_address_of_whoever_serves_them(
    configured: Callable[..., None], tmp_path: Path, outputs: str
) -> None:
    configured(outputs_url=f"{BASE}/", **({"outputs": outputs} if outputs else {}))
    at = outputs.rstrip("/") or str(tmp_path / "outputs")
    location = f"{at}/acme/g/a b#?.mp4"
    assert address_of(location, 60) == (f"{BASE}/acme/g/a%20b%23%3F.mp4", False)
    assert lasting_address(location) == f"{BASE}/acme/g/a%20b%23%3F.mp4"
    elsewhere = f"{at}2/acme/g/a.mp4"
    assert not address_of(elsewhere, 60).url.startswith(BASE)
    assert lasting_address(elsewhere) is None


def test_without_an_address_a_bucket_signs_and_a_folder_has_its_path(
    configured: Callable[..., None], tmp_path: Path
) -> None:
    configured(outputs="s3://media/reel")
    url, expires = address_of("s3://media/reel/acme/g/a.mp4", 60, download=True)
    assert expires
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["60"]
    assert query["response-content-disposition"] == ["attachment; filename*=UTF-8''a.mp4"]
    assert address_of(str(tmp_path / "a.mp4"), 60) == ((tmp_path / "a.mp4").as_uri(), False)
    assert lasting_address("s3://media/reel/acme/g/a.mp4") is None


def test_with_a_key_pair_addresses_are_signed_and_end(configured: Callable[..., None], tmp_path: Path) -> None:
    configured(
        outputs="s3://media/reel", outputs_url=BASE, cloudfront_key_id="K2", cloudfront_key=str(tmp_path / "key.pem")
    )
    before = int(time.time())
    url, expires = address_of("s3://media/reel/acme/g/ä.mp4", 3600)
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    assert expires
    assert before + 3600 <= int(query["Expires"][0]) <= time.time() + 3600
    resource = parts._replace(query="").geturl()
    assert resource == f"{BASE}/acme/g/%C3%A4.mp4"
    until = f'{{"DateLessThan":{{"AWS:EpochTime":{query["Expires"][0]}}}}}'
    policy = f'{{"Statement":[{{"Resource":"{resource}","Condition":{until}}}]}}'
    verified(query["Signature"][0], policy.encode())
    assert lasting_address("s3://media/reel/acme/g/ä.mp4") is None
    cookies = cookies_for("acme/g/", 60)
    assert cookies.keys() == {"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"}
    verified(cookies["CloudFront-Signature"], decoded(cookies["CloudFront-Policy"]))


@pytest.mark.parametrize(
    ("given", "error", "place"),
    [
        ({"cloudfront_key_id": "K2"}, InvalidRequest, "REEL_CLOUDFRONT_KEY"),
        ({"cloudfront_key": "{folder}/key.pem"}, InvalidRequest, "REEL_CLOUDFRONT_KEY_ID"),
        ({"cloudfront_key": "{folder}/none.pem", "cloudfront_key_id": "K2"}, Resource, "REEL_CLOUDFRONT_KEY"),
        ({"cloudfront_key": "{folder}/text.pem", "cloudfront_key_id": "K2"}, Resource, "REEL_CLOUDFRONT_KEY"),
        ({"cloudfront_key": "{folder}/curve.pem", "cloudfront_key_id": "K2"}, Resource, "REEL_CLOUDFRONT_KEY"),
    ],
)
def test_half_a_pair_or_a_key_that_is_none(
    configured: Callable[..., None], tmp_path: Path, given: dict[str, str], error: type[ReelError], place: str
) -> None:
    (tmp_path / "text.pem").write_text("no key")
    (tmp_path / "curve.pem").write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    configured(outputs_url=BASE, **{name: value.format(folder=tmp_path) for name, value in given.items()})
    with pytest.raises(error) as refused:
        address_of(str(tmp_path / "outputs/acme/g/a.mp4"), 60)
    assert refused.value.problems[0].place == place
    assert refused.value.problems[0].remedy


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)
    with pytest.raises(Resource, match=r"pip install 'reelflow\[delivery\]'"):
        KeyPair("K2", pem()).signed(BASE, 1)


def test_a_key_is_not_shown() -> None:
    assert "PRIVATE" not in repr(KeyPair("K2", pem()))


PLAYLIST, VIDEO, REPORT = "acme/g/v/ladder/master.m3u8", "acme/g/v.mp4", "acme/g/report.html"
OPENED = {PLAYLIST: "v/ladder/", VIDEO: "v.mp4", REPORT: ""}


@pytest.mark.parametrize(
    ("given", "by_gateway"),
    [
        ({"outputs": ""}, {VIDEO, PLAYLIST, REPORT}),
        ({"outputs": "", "outputs_url": BASE}, set()),
        ({"outputs": "s3://media/o"}, {PLAYLIST, REPORT}),
        ({"outputs": "s3://media/o", "outputs_url": BASE}, set()),
        (
            {"outputs": "s3://media/o", "outputs_url": BASE, "cloudfront_key_id": "K2JC", "cloudfront_key": "key.pem"},
            {PLAYLIST, REPORT},
        ),
    ],
)
def test_what_nobody_else_serves_has_a_link_of_the_gateway(
    configured: Callable[..., None], tmp_path: Path, given: dict[str, str], by_gateway: set[str]
) -> None:
    """And what names files beside itself has one wherever another's signature would open itself alone."""
    given = {**given, "outputs": given["outputs"] or str(tmp_path / "outputs")}
    if "cloudfront_key" in given:
        given["cloudfront_key"] = str(tmp_path / "key.pem")
    configured(**given, gateway_url="https://api.example/", secret="s" * 32)
    for name, opens in OPENED.items():
        url, expires = address_of(f"{given['outputs']}/{name}", 60, sha256="ab")
        assert url.startswith("https://api.example/d/") == (name in by_gateway), (name, url)
        assert expires or "outputs_url" in given
        if name in by_gateway:
            token = urlsplit(url).path.split("/")[2]
            tenant, generation, file = name.split("/", 2)
            opened = granted(token, tenant, generation, file, lambda: "ab", (derived(PURPOSE),))
            assert opened
            assert opened.opens == opens
            assert abs(opened.ends - time.time() - 60) < 30


def test_outside_of_generations_there_are_no_links(configured: Callable[..., None], tmp_path: Path) -> None:
    configured(gateway_url="https://api.example", outputs=str(tmp_path / "outputs"))
    for place in ("outputs/report.html", "outputs/g/report.html", "elsewhere/acme/g/a.mp4"):
        assert address_of(str(tmp_path / place), 60) == ((tmp_path / place).as_uri(), False)
