"""Tokens of an OpenID issuer: who they say that somebody is, in the place of API keys and at signing in. The one door to PyJWT.

The issuer's keys are found by its discovery document (OpenID Connect Discovery 1.0), kept for an hour, and fetched again for a
token whose key is not known, but once a minute at most: else tokens with made-up keys would have us ask it without end.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import jwt

from gateway.callers import Caller
from gateway.settings import GatewaySettings
from reel.catalogue import INSTALLATION, ROLES
from reel.errors import InvalidRequest, ReelError
from reel.request.read import parse_terms
from reel.web import Hosts, get

log = logging.getLogger("reel.gateway")

FLOOR_SECONDS = 60.0
"""Least time between two looks at the issuer's keys."""
KEPT_SECONDS = 3600.0
"""After that long its keys are looked at again: what it has withdrawn is refused from then on."""
LEEWAY_SECONDS = 30
"""By how much its clock and ours may differ."""
MOST_BYTES = 256 << 10
"""Of a document of the issuer."""
FETCH_SECONDS = 10.0
PLACE = "REEL_GATEWAY_OIDC_ISSUER"

Fetch = Callable[[str], Any]


def fetch_json(url: str) -> Any:
    """A small JSON document from the web, by the client that asks no private networks. Raises `ReelError`."""
    hosts = Hosts([urlsplit(url).hostname or ""], PLACE)
    headers = {"Accept": "application/json"}
    read = b""
    with get(url, PLACE, headers, time.monotonic() + FETCH_SECONDS, hosts) as answer:
        for block in answer.blocks():
            read += block
            if len(read) > MOST_BYTES:
                raise InvalidRequest.at(PLACE, f"{answer.url} is larger than {MOST_BYTES} bytes")
        status = answer.status
    if status != 200:
        raise InvalidRequest.at(PLACE, f"{url} answers {status}")
    try:
        return json.loads(read)
    except (ValueError, RecursionError):
        raise InvalidRequest.at(PLACE, f"{url} is not JSON") from None


class Issuer:
    """Reads tokens of one issuer. Any thread may use it."""

    def __init__(
        self, settings: GatewaySettings, fetch: Fetch = fetch_json, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._fetch, self._clock = settings, fetch, clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._discovered: Mapping[str, Any] = {}
        self._looked: float | None = None

    def holder(self, token: str) -> Caller | None:
        """Whom a token speaks of; null where it is none of the issuer's for us, is over, or names no tenant and role."""
        claims = self.claims(token, self._settings.oidc_audience)
        return None if claims is None else self.caller(claims)

    def claims(self, token: str, audience: str) -> dict[str, Any] | None:
        """What a token says; null where it is none of the issuer's for an audience, or is over."""
        rules = self._settings
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(str(header.get("kid") or ""))
            if key is None or header.get("alg") != key.algorithm_name or header["alg"] not in rules.oidc_algorithms:
                return None
            found: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=audience,
                issuer=rules.oidc_issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        return found

    def caller(self, claims: Mapping[str, Any]) -> Caller | None:
        """Whom the claims of a token speak of; null where they name no tenant and role."""
        role, tenant = claims.get(self._settings.oidc_role_claim), claims.get(self._settings.oidc_tenant_claim)
        if role not in ROLES:
            return None
        if role == "operator":
            return Caller(INSTALLATION, "operator", _name(claims))
        try:
            return Caller(parse_terms({"tenant": tenant}).tenant, cast(Any, role), _name(claims))
        except InvalidRequest:
            return None

    def knows(self, name: str) -> bool:
        """Whether it is this issuer that calls somebody so (`Caller.key`)."""
        return name.startswith(f"{self._settings.oidc_issuer}#")

    def discovered(self) -> Mapping[str, Any]:
        """What the issuer says of itself; empty while it cannot be asked."""
        with self._lock:
            self._look_again(bool(self._discovered))
            return self._discovered

    def _key(self, kid: str) -> jwt.PyJWK | None:
        """The issuer's key of that id."""
        with self._lock:
            self._look_again(kid in self._keys)
            return self._keys.get(kid)

    def _look_again(self, is_known: bool) -> None:
        age = None if self._looked is None else self._clock() - self._looked
        if age is None or age >= KEPT_SECONDS or (not is_known and age >= FLOOR_SECONDS):
            self._look()

    def _look(self) -> None:
        """Fetch the issuer's keys. Where that fails, those that are known count on, and it is tried again a minute later."""
        self._looked = self._clock()
        try:
            issuer = str(self._settings.oidc_issuer)
            discovered = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if discovered["issuer"] != issuer:
                raise InvalidRequest.at(PLACE, f"{issuer} says that it is {discovered['issuer']!r}")
            found = self._fetch(str(discovered["jwks_uri"]))["keys"]
        except (ReelError, KeyError, TypeError) as error:
            log.error("the keys of the issuer could not be fetched: %s", error)
            return
        self._discovered, self._keys = discovered, {kid: key for kid, key in map(_read_key, found) if key}


def _read_key(document: Any) -> tuple[str, jwt.PyJWK | None]:
    """A key that signatures are checked with, by its id; null for one of another use or kind."""
    if not isinstance(document, dict) or document.get("use", "sig") != "sig" or document.get("kty") == "oct":
        return "", None
    try:
        return str(document.get("kid") or ""), jwt.PyJWK(document)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return "", None


def _name(claims: Mapping[str, Any]) -> str:
    return f"{claims['iss']}#{claims['sub']}"
