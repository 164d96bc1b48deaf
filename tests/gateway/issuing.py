"""An OpenID issuer: documents that a web server of the test hands out, tokens that its keys sign, people who sign in."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from reel.settings import settings

ALGORITHMS: dict[str, Any] = {
    "RS256": jwt.algorithms.RSAAlgorithm,
    "ES256": jwt.algorithms.ECAlgorithm,
    "EdDSA": jwt.algorithms.OKPAlgorithm,
}


def new_key(algorithm: str) -> Any:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


class TestIssuer:
    """Keys by their id, and what is said of them."""

    __test__ = False

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys = {f"{name}-1": (name, new_key(name)) for name in ALGORITHMS}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        """What was asked for by who got them."""
        self.client = ("pages", "s3cret: of/ours")
        self.says: dict[str, Any] = {}
        """What its tokens say otherwise than is usual."""
        self.documents: dict[str, Any] = {}
        """What its discovery document says besides."""

    def public(self, kid: str) -> dict[str, Any]:
        name, key = self.keys[kid]
        document: Any = ALGORITHMS[name].to_jwk(key.public_key())
        return {
            **(json.loads(document) if isinstance(document, str) else document),
            "kid": kid,
            "alg": name,
            "use": "sig",
        }

    def answer(self, path: str) -> Any:
        """The document at a path; null where there is none."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            places = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token", "end_session")}
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **places, **self.documents}
        return {"keys": [self.public(kid) for kid in self.keys]} if path == "/keys" else None

    def sign_in(self, address: str, **refused: str) -> str:
        """Where a browser is sent back to that came to `address`, once somebody has signed in; `refused`: it was not to be."""
        assert urlsplit(address)._replace(query="").geturl() == f"{self.url}/authorization"
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (asked["response_type"], asked["client_id"]) == ("code", self.client[0])
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        told = refused or {"code": code}
        return f"{asked['redirect_uri']}?{urlencode({**told, 'state': asked['state'], 'iss': self.url})}"

    def exchange(self, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        """The answer to who comes with a code: a token, once, for the client that asked (RFC 6749, 4.1.3; RFC 7636, 4.6)."""
        asked = self.codes.pop(form.get("code", ""), {})
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        good = (
            self._is_client(form, headers),
            form.get("grant_type") == "authorization_code",
            form.get("redirect_uri") == asked.get("redirect_uri"),
            asked.get("code_challenge_method") == "S256",
            base64.urlsafe_b64encode(verifier).decode().rstrip("=") == asked.get("code_challenge"),
        )
        if not all(good):
            return 400, {"error": "invalid_grant"}
        said = {"aud": self.client[0], "nonce": asked["nonce"], **self.says}
        return 200, {"id_token": self.token(**said), "access_token": "x", "token_type": "Bearer"}

    def _is_client(self, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        id_, secret = self.client
        if not secret:
            return form.get("client_id") == id_
        if "client_secret_post" in self.documents.get("token_endpoint_auth_methods_supported", []):
            return (form.get("client_id"), form.get("client_secret")) == self.client
        both = f"{id_}:{urlencode({'': secret})[1:]}"
        return headers.get("Authorization") == f"Basic {base64.b64encode(both.encode()).decode()}"

    def token(self, kid: str = "RS256-1", **changed: Any) -> str:
        name, key = self.keys[kid]
        return jwt.encode(self.claims(**changed), key, algorithm=name, headers={"kid": kid})

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": "reelflow",
            "sub": "ann",
            "exp": now + 300,
            "iat": now,
            "reelflow_tenant": "acme",
            "reelflow_role": "owner",
        }
        return {name: value for name, value in (usual | changed).items() if value is not None}


@contextmanager
def issuing() -> Iterator[TestIssuer]:
    """An issuer that can be asked over HTTP, for the length of a block; our settings let it be asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = made.answer(self.path)
            self._answer(200 if document else 404, document)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
            self._answer(*made.exchange(form, dict(self.headers)) if self.path == "/token" else (404, None))

        def _answer(self, status: int, document: Any) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, pytest.MonkeyPatch.context() as patched:
        made = TestIssuer(f"http://127.0.0.1:{server.server_port}")
        patched.setenv("REEL_PRIVATE_NETWORKS", "true")
        patched.setenv("REEL_WEB_PORTS", f"[{server.server_port}]")
        settings.cache_clear()
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
    settings.cache_clear()
