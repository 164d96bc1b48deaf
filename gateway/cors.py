"""Requests by pages of other origins, for tenants that name these (`reel tenant set acme --origins https://shop.example`).

A preflight bears no key, so it is allowed where any tenant names the origin; but an answer says that a page may read it where
the caller's own tenant names it alone. No cookie opens anything here but our own pages, which browsers send to nobody else's
(`gateway.sessions`), so a page has nothing that it was not given.
"""

from __future__ import annotations

from fastapi.responses import Response
from starlette.types import Scope

from gateway.origins import Named
from reel.store.links import PREFIX

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
EXPOSED = (
    "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, Content-Range, Content-Disposition, "
    "Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Expires, X-Reel-Warnings"
)
PREFLIGHT_SECONDS = 600


def origin_of(scope: Scope) -> str:
    """Where the page comes from that asks; empty where none does."""
    found: bytes = dict(scope["headers"]).get(b"origin", b"")
    return found.decode("latin-1")


def preflight(scope: Scope, named: Named) -> Response | None:
    """The answer to a browser that asks what a page may; null for any other request."""
    headers, origin = dict(scope["headers"]), origin_of(scope)
    if scope["method"] != "OPTIONS" or not origin or b"access-control-request-method" not in headers:
        return None
    # Signed links are good for whoever has them, and are sent without any key.
    if not scope["path"].startswith(f"{PREFIX}/") and not any(origin in theirs for theirs in named.values()):
        return Response(status_code=403, headers={"Vary": "Origin"})
    asked = headers.get(b"access-control-request-headers", b"").decode("latin-1")
    allowed = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        "Vary": "Origin, Access-Control-Request-Headers",
    }
    return Response(status_code=204, headers=allowed)


def allowed_headers(scope: Scope, named: Named) -> dict[str, str]:
    """What an answer says to a browser: that the page may read it, where the caller's tenant names its origin."""
    origin = origin_of(scope)
    if not origin:
        return {}
    caller = scope.get("state", {}).get("caller")
    if caller is None or origin not in named.get(caller.tenant, ()):
        return {"Vary": "Origin"}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED, "Vary": "Origin"}
