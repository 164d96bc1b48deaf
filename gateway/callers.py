"""Who asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.problems import PlacedProblem
from reel.catalogue import ApiKey, Role

LEVELS: dict[Role, int] = {"viewer": 0, "member": 1, "owner": 2}
"""Whose role includes whose. Operators stand aside: they run the installation, and see nothing that is a tenant's."""


class Reach(Protocol):
    """What a key is good for, and until when."""

    @property
    def role(self) -> Role: ...
    @property
    def scopes(self) -> Collection[str] | None: ...
    @property
    def expires(self) -> datetime | None: ...


@dataclass(frozen=True)
class Caller:
    """Somebody whose key or token was found good."""

    tenant: str
    """To whom the key belongs; of operators that is nobody (`INSTALLATION`)."""
    role: Role
    key: str
    """Id of the key; of a token, its issuer's name of who holds it."""
    scopes: frozenset[str] | None = None
    """What of its role's it may do (`generations:read`, `generations:write`); null: all."""
    api_key: str | None = None
    """Id of the API key on which all of it rests, also where a ticket was shown; null: a token was."""
    ends: datetime | None = None
    """When its key ends; null: never. Of tokens never: their issuer makes new ones for whom it knows."""

    @classmethod
    def of(cls, key: ApiKey) -> Caller:
        """Whoever has a key."""
        scopes = None if key.scopes is None else frozenset(key.scopes)
        return cls(key.tenant_id, key.role, key.id, scopes, key.id, key.expires)

    def has(self, role: Role) -> bool:
        """Whether it may do what takes a role."""
        if role in LEVELS and self.role in LEVELS:
            return LEVELS[self.role] >= LEVELS[role]
        return self.role == role

    def may(self, scope: str) -> bool:
        """Whether its key is good for a scope."""
        return self.scopes is None or scope in self.scopes

    def beyond(self, key: Reach) -> Iterator[PlacedProblem]:
        """What of a key goes beyond this one: whoever has this may not come to have that by it."""
        if not self.has(key.role):
            yield PlacedProblem(place="role", what=f"{key.role} is more than {self.role}", remedy=f"say {self.role}")
        if self.scopes is not None and (key.scopes is None or not self.scopes.issuperset(key.scopes)):
            more = "all" if key.scopes is None else ", ".join(sorted({*key.scopes} - self.scopes))
            yield PlacedProblem(
                place="scopes", what=f"{more} is more than this key has", remedy=f"of {', '.join(sorted(self.scopes))}"
            )
        if self.ends is not None and (key.expires is None or key.expires > self.ends):
            yield PlacedProblem(
                place="expires",
                what=f"{key.expires.isoformat() if key.expires else 'never'} is after this key's own end",
                remedy=f"{self.ends.isoformat()} at the latest",
            )
