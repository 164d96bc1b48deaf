"""API keys of a tenant, managed by its owners. No key makes one, or comes to have one by rotation, that is good for more
than it is itself, or for longer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import Field

from gateway.access import Owner
from gateway.callers import Caller
from gateway.desk import TheDesk
from gateway.fields import Moment
from gateway.problems import PlacedProblem, Refused
from gateway.routing import resource
from reel.catalogue import ApiKey, NewApiKey, Role
from reel.control import keys
from reel.errors import InvalidRequest
from reel.values import Value

router = resource("keys", 409)
ANOTHER = "ask with another key, or rotate it"
MOST_OVERLAP = 720
"""Hours that a key may be good yet after it was rotated."""
OVERLAP_HOURS = keys.OVERLAP / timedelta(hours=1)

Id = Annotated[str, Path(max_length=64, description="Id of a key.")]
Hours = Annotated[float, Field(ge=0, le=MOST_OVERLAP, description="How long the old key is good yet.")]
OfTenants = Literal["viewer", "member", "owner"]


class NewKey(Value):
    """A key that is wanted."""

    name: str = Field(min_length=1, max_length=255, description="What you call it.")
    role: OfTenants = Field("member", description="viewer reads, member orders as well, owner manages keys as well.")
    scopes: tuple[str, ...] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="`generations:read`, `assets:write`, ...; null: all that the role may.",
    )
    expires: Moment | None = Field(None, description="From when on it is refused; null: never.")


class Key(Value):
    """A key as it is known."""

    id: str
    name: str
    role: Role
    scopes: tuple[str, ...] | None
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    replaced_by: str | None = Field(description="Id of the key that it was rotated to.")
    last_used: datetime | None = Field(description="To about a minute.")


class IssuedKey(Key):
    """A key that was just made."""

    key: str = Field(description="The key itself. It is shown this once.")


class Keys(Value):
    """All keys of the tenant."""

    keys: tuple[Key, ...]


@router.get("")
def all_keys(caller: Owner, desk: TheDesk) -> Keys:
    """All keys, the oldest first, revoked and expired ones included; never the keys themselves."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return Keys(keys=tuple(Key(**_shown(key)) for key in records.api_keys()))


@router.post("", status_code=201)
def add_key(wanted: NewKey, caller: Owner, desk: TheDesk, response: Response) -> IssuedKey:
    """Make a key, of no more than what you ask with. The answer shows it, this once."""
    new = NewApiKey(**{**wanted.model_dump(), "scopes": None if wanted.scopes is None else list(wanted.scopes)})
    _require_within(caller, new)
    if new.expires and new.expires <= desk.clock():
        raise InvalidRequest.at(
            "expires", f"{new.expires.isoformat()} is over", "give a later moment, or null for none"
        )
    with desk.catalogue.tenant(caller.tenant) as records:
        return _issued(keys.issue(records, new, desk.secrets("api-key")), response)


@router.post("/{id}/rotate", status_code=201)
def rotate_key(
    id: Id, caller: Owner, desk: TheDesk, response: Response, hours: Annotated[Hours, Query()] = OVERLAP_HOURS
) -> IssuedKey:
    """Make a key in the place of another, which is good for some hours yet, and of no more than what you ask with. The answer
    shows it, this once."""
    overlap = timedelta(hours=hours)
    with desk.catalogue.tenant(caller.tenant) as records:
        _require_within(caller, records.key(id))
        return _issued(keys.rotate(records, id, desk.secrets("api-key"), desk.clock(), overlap), response)


@router.delete("/{id}")
def revoke_key(id: Id, caller: Owner, desk: TheDesk) -> Key:
    """Refuse a key from now on; not the one that this is asked with, so that nobody locks himself out."""
    if id == caller.key:
        raise Refused(
            409, "this is the key that you ask with", PlacedProblem(place="id", what="is its own", remedy=ANOTHER)
        )
    with desk.catalogue.tenant(caller.tenant) as records:
        return Key(**_shown(records.revoke_key(id)))


def _require_within(caller: Caller, key: NewApiKey) -> None:
    if beyond := tuple(caller.beyond(key)):
        raise Refused(403, "that would be a key of more than this one is good for", *beyond)


def _issued(issued: keys.Issued, response: Response) -> IssuedKey:
    response.headers["Cache-Control"] = "no-store"
    return IssuedKey(**_shown(issued.record), key=issued.key)


def _shown(key: ApiKey) -> dict[str, object]:
    return key.model_dump(exclude={"tenant_id", "mac"})
