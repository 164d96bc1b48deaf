"""What the catalogue keeps of API keys: never a key itself."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import JSON, String
from sqlmodel import Field

from reel.catalogue.columns import Utc
from reel.catalogue.values import Owned, Shape

Role = Literal["viewer", "member", "owner", "operator"]
"""What a key may do: read; order as well; manage keys and webhooks as well; or, no tenant's, run the installation."""
ROLES: tuple[Role, ...] = get_args(Role)
INSTALLATION = "-"
"""To whom the keys of operators belong: no tenant can have this name, so its records hold nothing else."""


class NewApiKey(Shape):
    """A key that is to be made."""

    name: str
    """What its owner calls it."""
    role: Role = Field(default="member", sa_type=String)
    scopes: list[str] | None = Field(default=None, sa_type=JSON)
    """What of its role's it may do (`generations:read`); null: all."""
    expires: datetime | None = Field(default=None, sa_type=Utc)
    """From when on it is refused; null: never."""


class ApiKey(NewApiKey, Owned):
    """A key as it is kept."""

    id: str = Field(primary_key=True)
    """Stands in the key itself, so that it is found by it."""
    mac: str = Field(repr=False)
    """HMAC-SHA-256 of the key, in hex, by the installation's pepper: whoever reads the database cannot use it."""
    created: datetime = Field(sa_type=Utc)
    revoked: datetime | None = Field(default=None, sa_type=Utc)
    replaced_by: str | None = None
    """Id of the key that it was rotated to."""
    last_used: datetime | None = Field(default=None, sa_type=Utc)
    """To about a minute."""

    def is_good(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked is None and (self.expires is None or now < self.expires)
