"""An OpenID issuer: documents that a web server of the test hands out, and tokens that its keys sign."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

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
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return {"keys": [self.public(kid) for kid in self.keys]} if path == "/keys" else None

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
