"""Who may ask what: dependencies that yield a `Caller` of at least a role.

    def handler(caller: Member, desk: TheDesk) -> ...        # Viewer, Member, Owner; Operator, who is none of a tenant's

Pages (`gateway.pages`) take the cookie of a session in a key's place; nothing else does.
Each route names one of them; those that need no key are listed in `tests/gateway/test_matrix.py`, and any other that names none
fails that test. A key's scopes go by the path and the method: `generations:read` is what `GET /v1/generations...` needs, and
`generations:write` what any other method does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.front import also
from gateway.limiting import network_of
from gateway.problems import Refused
from gateway.sessions import COOKIE, PAGES, PURPOSE, key_in, person_in, told_by
from gateway.tickets import by_ticket
from reel.catalogue import Role
from reel.control.keys import PREFIX, good_key, holder

READING = ("GET", "HEAD")


class _Bearer(SecurityBase):
    """The token of `Authorization: Bearer`, of HTTP and of a WebSocket alike; null where there is none."""

    def __init__(self) -> None:
        self.model = HTTPBearer(
            description="An API key (`reel key add`), or a token of the OpenID issuer that is set up."
        )
        self.scheme_name = "key"

    async def __call__(self, connection: HTTPConnection) -> str | None:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


def caller_of(connection: HTTPConnection, desk: TheDesk, token: Annotated[str | None, Depends(_Bearer())]) -> Caller:
    """Who asks. Raises `Refused`: 401 where that cannot be said, 429 where an address or a key asks too much."""
    address = network_of(connection.client.host if connection.client else "")
    also(connection, desk.limiter.take("address", address).headers)
    caller = by_ticket(connection, desk)
    if caller is None:
        has_session = token is None and connection.scope["path"].startswith(PAGES)
        caller = signed_in(desk, connection.cookies.get(COOKIE)) if has_session else authenticated(desk, token)
    also(connection, desk.limiter.take("key", caller.key).headers)
    connection.scope.setdefault("state", {})["caller"] = caller
    return caller


def authenticated(desk: Desk, token: str | None) -> Caller:
    """Whom a key or a token speaks of. Raises `Refused` (401) for what is none, or good no longer."""
    if not token:
        raise _unauthenticated("no API key was sent")
    if not token.startswith(f"{PREFIX}_"):
        found = desk.issuer.holder(token) if desk.issuer else None
        if found is None:
            raise _unauthenticated("this is no API key, and no good token of an issuer that is known here")
        return found
    key = holder(desk.catalogue, token, desk.every_secret("api-key"), desk.clock())
    if key is None:
        raise _unauthenticated("the API key is not known, was revoked or has expired")
    return Caller.of(key)


def signed_in(desk: Desk, cookie: str | None) -> Caller:
    """Whom a session speaks of: a key as it is now, or whom an issuer told of, as it did. Raises `Refused` (401) where it has
    ended, its key is good no longer, or the issuer is ours no longer."""
    told = told_by(cookie, desk.every_secret(PURPOSE), desk.clock(), desk.settings.session_hours) if cookie else None
    caller = _named(desk, told) if told else None
    if caller is None:
        raise _unauthenticated("the session has ended" if cookie else "nobody has signed in")
    return caller


def _named(desk: Desk, told: str) -> Caller | None:
    if (person := person_in(told)) is not None:
        return person if desk.issuer and desk.issuer.knows(person.key) else None
    key = good_key(desk.catalogue, id_, desk.clock()) if (id_ := key_in(told)) else None
    return Caller.of(key) if key else None


@dataclass(frozen=True)
class Needs:
    """A dependency: a caller of a role."""

    role: Role
    scoped: bool = True
    """Whether its key has to be good for the path and the method."""
    besides: tuple[str, ...] = ()
    """Scopes that it needs as well: of a page that does what is another resource's."""

    async def __call__(self, connection: HTTPConnection, caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        if not caller.has(self.role):
            raise Refused(403, f"this takes the role {self.role}, and the key has {caller.role}")
        own = scope_of(connection.scope["path"], connection.scope.get("method", "GET"))
        if lacking := [scope for scope in ((own, *self.besides) if self.scoped else ()) if not caller.may(scope)]:
            raise Refused(403, f"the key is not good for {' and '.join(lacking)}")
        return caller


viewer, member, owner, operator = Needs("viewer"), Needs("member"), Needs("owner"), Needs("operator")

Viewer = Annotated[Caller, Depends(viewer)]
Member = Annotated[Caller, Depends(member)]
Owner = Annotated[Caller, Depends(owner)]
Operator = Annotated[Caller, Depends(operator)]
Unscoped = Annotated[Caller, Depends(Needs("viewer", scoped=False))]
"""For who does nothing by itself, and asks on with the caller's key."""


def scope_of(path: str, method: str) -> str:
    """The scope that a request needs: `/v1/generations/7/cancel` by POST needs `generations:write`, as does the page's."""
    resource = path.removeprefix("/v1/").removeprefix(f"{PAGES}/").lstrip("/").partition("/")[0]
    return f"{resource}:{'read' if method in READING else 'write'}"


def role_of(dependant: Dependant) -> Role | None:
    """The role that a route needs; null where it asks nobody who they are."""
    return next((each.role for each in _calls(dependant) if isinstance(each, Needs)), None)


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def _unauthenticated(detail: str) -> Refused:
    return Refused(401, detail, headers={"WWW-Authenticate": 'Bearer realm="reelflow"'})
