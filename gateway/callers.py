"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

from reel.catalogue import ApiKey, Role

LEVELS: dict[Role, int] = {"viewer": 0, "member": 1, "owner": 2}
"""Whose role includes whose. Operators stand aside: they run the installation, and see nothing that is a tenant's."""


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

    @classmethod
    def of(cls, key: ApiKey) -> Caller:
        """Whoever has a key."""
        return cls(key.tenant_id, key.role, key.id, None if key.scopes is None else frozenset(key.scopes), key.id)

    def has(self, role: Role) -> bool:
        """Whether it may do what takes a role."""
        if role in LEVELS and self.role in LEVELS:
            return LEVELS[self.role] >= LEVELS[role]
        return self.role == role

    def may(self, scope: str) -> bool:
        """Whether its key is good for a scope."""
        return self.scopes is None or scope in self.scopes
