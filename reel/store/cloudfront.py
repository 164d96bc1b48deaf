"""Addresses of CloudFront that are signed by a key pair of ours: nobody is asked, and no bucket is open to the public.

    pair = KeyPair("K2JCJMDEHXQW5F", pem)
    pair.signed("https://media.example/acme/8c0e/variant-001.mp4", expires)     # one file, a canned policy
    pair.policy("https://media.example/acme/8c0e/*", expires)                   # all of a package, as parameters or cookies

Signatures are RSA with SHA-1 over the policy's very bytes, as CloudFront asks for it
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html, and
...-custom-policy.html). SHA-1 is CloudFront's choice: it signs policies of our own making, so a collision wins nobody anything.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from reel.errors import InvalidRequest, Resource
from reel.extras import missing_extra
from reel.settings import Settings


@dataclass(frozen=True)
class KeyPair:
    """The id of a public key that a distribution trusts, and the private key to it (PEM, RSA). Errors: `Resource`."""

    id: str
    pem: bytes = field(repr=False)

    def signed(self, url: str, expires: int) -> str:
        """The address, readable until a moment (seconds since 1970). It may hold a query, and must be encoded already."""
        signature = self._signature(_policy(url, expires))
        query = urlencode({"Expires": expires, "Signature": signature, "Key-Pair-Id": self.id})
        return f"{url}{'&' if '?' in url else '?'}{query}"

    def policy(self, resource: str, expires: int) -> Mapping[str, str]:
        """What opens all addresses that match a resource (`*` stands for anything) until then: parameters of a query, and with
        `CloudFront-` before their names, cookies, which a player sends for each segment by itself."""
        policy = _policy(resource, expires)
        return {"Policy": _encoded(policy), "Signature": self._signature(policy), "Key-Pair-Id": self.id}

    def _signature(self, policy: bytes) -> str:
        try:
            from cryptography.exceptions import UnsupportedAlgorithm
            from cryptography.hazmat.primitives import hashes, serialization
            from cryptography.hazmat.primitives.asymmetric import padding, rsa
        except ModuleNotFoundError as error:
            raise missing_extra(error, "REEL_CLOUDFRONT_KEY", "delivery") or error from error
        try:
            key = serialization.load_pem_private_key(self.pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _unusable(f"holds no private key that can be read: {error}") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise _unusable("holds a private key that is not of RSA")
        return _encoded(key.sign(policy, padding.PKCS1v15(), hashes.SHA1()))


def key_pair(config: Settings) -> KeyPair | None:
    """The pair that the settings name; null where they name none. Errors: `InvalidRequest` where they name half of it,
    `Resource` where the file cannot be read."""
    if config.cloudfront_key_id is None and config.cloudfront_key is None:
        return None
    needed = {
        "REEL_CLOUDFRONT_KEY_ID": config.cloudfront_key_id,
        "REEL_CLOUDFRONT_KEY": config.cloudfront_key,
        "REEL_OUTPUTS_URL": config.outputs_url,
    }
    for name, value in needed.items():
        if not value:
            raise InvalidRequest.at(name, "is not set", f"signed addresses of CloudFront need {', '.join(needed)}")
    return KeyPair(str(config.cloudfront_key_id), _read(Path(config.cloudfront_key or "")))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(f"{path} cannot be read: {error.strerror}") from error


def _unusable(what: str) -> Resource:
    remedy = "name the PEM file of the RSA key whose public half the distribution's key group holds"
    return Resource.at("REEL_CLOUDFRONT_KEY", what, remedy)


def _policy(resource: str, expires: int) -> bytes:
    """The policy in the one form that CloudFront builds for itself of a canned one: no spaces, keys in this order."""
    condition = {"DateLessThan": {"AWS:EpochTime": expires}}
    document = {"Statement": [{"Resource": resource, "Condition": condition}]}
    return json.dumps(document, separators=(",", ":")).encode()


def _encoded(data: bytes) -> str:
    """Base64 without what means something in an address: `+`, `=` and `/` become `-`, `_` and `~`."""
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))
