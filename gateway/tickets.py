"""Tickets for event streams: what a browser can send where it can send no header (`EventSource`, `WebSocket`).

    GET /v1/generations/8c0e/events?ticket=...

A ticket is good for the streams of one tenant, or of one generation, until it ends or the API key does that it was made with,
and for nothing else. It is the URL-safe Base64 of the moment when it ends (5 bytes, seconds since 1970), the first half of an
HMAC-SHA-256, and whose it is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from fastapi.requests import HTTPConnection

from gateway.callers import Caller
from gateway.desk import Desk
from gateway.problems import Refused
from reel.control.keys import good_keys

PURPOSE = "tickets"
_ENDS_BYTES, _MAC_BYTES = 5, 16
_STREAMS = re.compile(r"/v1/(?:generations/(?P<id>[^/]+)/)?events")
SCOPES = frozenset({"events:read", "generations:read"})


def ticket_for(caller: Caller, generation: str | None, ends: int, key: bytes) -> str:
    """A ticket for the streams of a caller's tenant, or of one generation of its alone."""
    said = _said(caller, generation, ends)
    return base64.urlsafe_b64encode(said[:_ENDS_BYTES] + _mac(said, key) + said[_ENDS_BYTES:]).decode().rstrip("=")


def by_ticket(connection: HTTPConnection, desk: Desk) -> Caller | None:
    """Who asks for a stream with a ticket; null where there is none. Raises `Refused` for one that is not good for this."""
    ticket, path = connection.query_params.get("ticket"), _STREAMS.fullmatch(connection.scope["path"])
    if ticket is None or path is None or connection.scope.get("method", "GET") != "GET":
        return None
    caller = _caller(ticket, path["id"], int(desk.clock().timestamp()), desk.every_secret(PURPOSE))
    key = caller and caller.api_key
    if caller is None or (key and not good_keys(desk.catalogue, [key], desk.clock())):
        raise Refused(401, "the ticket has ended, or is not for this", headers={"WWW-Authenticate": "Bearer"})
    return caller


def _caller(ticket: str, generation: str | None, now: int, keys: tuple[bytes, ...]) -> Caller | None:
    try:
        raw = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
        said = raw[:_ENDS_BYTES] + raw[_ENDS_BYTES + _MAC_BYTES :]
        tenant, of, api_key = said[_ENDS_BYTES:].decode().split("\0")
    except (binascii.Error, ValueError):
        return None
    mac = raw[_ENDS_BYTES : _ENDS_BYTES + _MAC_BYTES]
    good = any(hmac.compare_digest(_mac(said, key), mac) for key in keys)
    if not good or now >= int.from_bytes(said[:_ENDS_BYTES]) or of not in ("", generation):
        return None
    return Caller(tenant, "viewer", f"ticket:{tenant}", SCOPES, api_key or None)


def _said(caller: Caller, generation: str | None, ends: int) -> bytes:
    return ends.to_bytes(_ENDS_BYTES) + f"{caller.tenant}\0{generation or ''}\0{caller.api_key or ''}".encode()


def _mac(said: bytes, key: bytes) -> bytes:
    return hmac.digest(key, said, hashlib.sha256)[:_MAC_BYTES]
