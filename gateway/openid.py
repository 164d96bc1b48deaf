"""Signing in by an OpenID issuer: the authorization code flow (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636).

    attempt = begin(secret, "/pages/templates")
    to_issuer(attempt, desk, back)                # an address of the issuer, to which the browser goes
    signed_in_by(answer, attempt, desk, back)     # the browser came back with a code: who it is

Nothing is kept of who is on the way: a cookie holds a seed, and what has to match when the browser comes back (state, nonce and
the verifier of PKCE) is made of it by the installation's secret, so that any gateway finishes what another has begun.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from pydantic import Field

from gateway.callers import Caller
from gateway.desk import Desk
from gateway.problems import Refused
from gateway.sessions import PAGES, mac_of, plain64, read_back, written
from gateway.tokens import FETCH_SECONDS, PLACE, Issuer
from reel.errors import ReelError
from reel.values import Value
from reel.web import Hosts, post

log = logging.getLogger("reel.gateway")

HERE = f"{PAGES}/openid"
COOKIE = "reelflow-openid"
PURPOSE = "openid"
"""Of the secret."""
ATTEMPT_HOURS = 0.25
"""For so long may somebody be at the issuer."""
AWAY = "The service that signs people in does not answer. Try again in a minute."
NOT_OURS = "This was not begun in this browser, or a while ago. Begin again."


class CameBack(Value):
    """What the issuer sends a browser back with."""

    code: str | None = Field(None, max_length=4096, description="For which there is a token.")
    state: str = Field("", max_length=200, description="As we sent it.")
    iss: str | None = Field(None, max_length=2048, description="Who the issuer says it is (RFC 9207).")
    error: str | None = Field(None, max_length=200, description="Why nobody was signed in.")


@dataclass(frozen=True)
class Attempt:
    """Somebody who is on the way to the issuer."""

    seed: str
    next: str
    """Where it goes on after signing in."""
    secret: bytes = field(repr=False)

    @property
    def state(self) -> str:
        """Comes back with the browser, and shows that it is the one that was sent."""
        return mac_of(f"state {self.seed}", self.secret)

    @property
    def nonce(self) -> str:
        """Stands in the token that is meant for this attempt."""
        return mac_of(f"nonce {self.seed}", self.secret)

    @property
    def verifier(self) -> str:
        """Whoever has the code needs this too."""
        return mac_of(f"verifier {self.seed}", self.secret)

    @property
    def told(self) -> str:
        """What the cookie says."""
        return written([self.seed, self.next])


def begin(secret: bytes, next_: str) -> Attempt:
    """A new attempt."""
    return Attempt(random.token_urlsafe(16), next_, secret)


def attempt_in(told: str, secret: bytes) -> Attempt:
    """The attempt of a cookie."""
    seed, next_ = read_back(told)
    return Attempt(seed, next_, secret)


def to_issuer(attempt: Attempt, desk: Desk, back: str) -> str:
    """Where a browser is sent to sign in; `back` is where it comes back to. Raises `Refused` (503)."""
    _, client = issuer_of(desk)
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": back,
        "scope": desk.settings.oidc_scope,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": plain64(hashlib.sha256(attempt.verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    address = _endpoint(desk, "authorization_endpoint")
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def signed_in_by(came: CameBack, attempt: Attempt, desk: Desk, back: str) -> Caller:
    """Who came back from the issuer. Raises `Refused`: 400 where it is not the browser that was sent, or the issuer signed
    nobody in; 403 for somebody who is none of ours; 503 where the issuer gives no good token."""
    issuer, client = issuer_of(desk)
    if not hmac.compare_digest(came.state.encode(), attempt.state.encode()):
        raise Refused(400, NOT_OURS)
    if came.iss is not None and came.iss != desk.settings.oidc_issuer:
        raise Refused(400, NOT_OURS)
    if came.error is not None or came.code is None:
        raise Refused(400, f"Nobody was signed in: {came.error or 'no code came'}.")
    claims = issuer.claims(_token(came.code, attempt, desk, back), client)
    if claims is None or not _is_for(claims, attempt, client):
        log.error("%s: the token that came for a code is not good", PLACE)
        raise Refused(503, AWAY)
    caller = issuer.caller(claims)
    if caller is None:
        raise Refused(403, "You are known there, but not here: no tenant and role came with your name.")
    return caller


def to_sign_out(desk: Desk, back: str) -> str | None:
    """Where somebody signs out of the issuer as well (RP-Initiated Logout 1.0); null where that cannot be done."""
    if not desk.issuer or not desk.settings.oidc_client:
        return None
    address = desk.issuer.discovered().get("end_session_endpoint")
    query = urlencode({"client_id": desk.settings.oidc_client, "post_logout_redirect_uri": back})
    return f"{address}?{query}" if address else None


def issuer_of(desk: Desk) -> tuple[Issuer, str]:
    """By whom people sign in, and our id there. Raises `Refused` (404) where they do so by keys alone."""
    if desk.issuer is None or not desk.settings.oidc_client:
        raise Refused(404, "People sign in by keys here.")
    return desk.issuer, desk.settings.oidc_client


def _endpoint(desk: Desk, name: str) -> str:
    address = issuer_of(desk)[0].discovered().get(name)
    if not isinstance(address, str):
        log.error("%s: it names no %s", PLACE, name)
        raise Refused(503, AWAY)
    return address


def _is_for(claims: Mapping[str, Any], attempt: Attempt, client: str) -> bool:
    """Whether a token was made for this attempt (OpenID Connect Core 1.0, 3.1.3.7)."""
    is_ours = claims.get("azp", client) == client
    return is_ours and hmac.compare_digest(str(claims.get("nonce")).encode(), attempt.nonce.encode())


def _token(code: str, attempt: Attempt, desk: Desk, back: str) -> str:
    """The ID token that the issuer gives for a code. Raises `Refused`."""
    address = _endpoint(desk, "token_endpoint")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": attempt.verifier}
    headers, of_client = _as_client(desk)
    hosts = Hosts([urlsplit(address).hostname or ""], PLACE)
    try:
        answer = post(address, urlencode({**form, **of_client}).encode(), headers, FETCH_SECONDS, PLACE, hosts)
        told = json.loads(answer.body)
        if answer.status == 200:
            return str(told["id_token"])
        error = f"{answer.status}, {told['error']!r}"
    except (ReelError, ValueError, KeyError, TypeError, RecursionError) as broken:
        log.error("%s: no token came for a code: %s", PLACE, broken)
        raise Refused(503, AWAY) from None
    log.warning("%s: the code was refused: %s", PLACE, error)
    raise Refused(400, "The code that you came back with is good no longer. Begin again.")


def _as_client(desk: Desk) -> tuple[dict[str, str], dict[str, str]]:
    """How we say who we are: by headers and by fields (RFC 6749, 2.3.1)."""
    issuer, client = issuer_of(desk)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if desk.settings.oidc_client_secret is None:
        return headers, {"client_id": client}
    secret = desk.settings.oidc_client_secret.get_secret_value()
    # What an issuer takes that does not say.
    if "client_secret_basic" in issuer.discovered().get(
        "token_endpoint_auth_methods_supported", ["client_secret_basic"]
    ):
        both = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
        return {**headers, "Authorization": f"Basic {base64.b64encode(both).decode()}"}, {}
    return headers, {"client_id": client, "client_secret": secret}
