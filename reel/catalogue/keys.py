"""API keys: made, listed, rotated, revoked by their tenant; found by their id, whosever they are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, or_, select, update

from reel.catalogue.credentials import INSTALLATION, ApiKey, NewApiKey
from reel.catalogue.names import check_name
from reel.catalogue.scope import Scope
from reel.catalogue.tables import ApiKeyRow
from reel.errors import Conflict, InvalidRequest, NotFound

USE_EVERY = timedelta(minutes=1)
"""How exactly it is known when a key was last used: each use would be a write."""


class Keys(Scope):
    """The part of a tenant's records that is about API keys."""

    def add_key(self, id_: str, mac: str, new: NewApiKey) -> ApiKey:
        """Keep a key. Raises `InvalidRequest` for what is no name, or a role that is none of a tenant's."""
        check_name("name", new.name)
        if (new.role == "operator") != (self._session.tenant == INSTALLATION):
            raise InvalidRequest.at("role", f"{new.role!r} is none of its", "tenants have owner, member and viewer")
        self._make_tenant(self._session.tenant)
        row = ApiKeyRow(**new.model_dump(), id=id_, mac=mac, created=self._now())
        self._session.add(row)
        self._session.flush()
        return ApiKey.model_validate(row)

    def api_keys(self) -> list[ApiKey]:
        """All keys, the oldest first, revoked and expired ones included."""
        query = select(ApiKeyRow).order_by(col(ApiKeyRow.created), col(ApiKeyRow.id))
        return [ApiKey.model_validate(row) for row in self._session.exec(query)]

    def key(self, id_: str) -> ApiKey:
        """Raises `NotFound`."""
        row = self._session.exec(select(ApiKeyRow).where(ApiKeyRow.id == id_)).first()
        if row is None:
            raise NotFound.at("key", f"there is no {id_[:80]!r}")
        return ApiKey.model_validate(row)

    def replace_key(self, id_: str, by: str, mac: str, until: datetime) -> ApiKey:
        """Keep a key in the place of another, which is good until a moment yet; the new one. Raises `NotFound`, and
        `Conflict` where the old one is good no longer, or was replaced before."""
        old = self._locked_key(id_)
        if not old.is_good(self._now()) or old.replaced_by:
            raise Conflict.at("key", f"{id_} was revoked or replaced, or has expired", "make a new one")
        new = self.add_key(by, mac, NewApiKey(**{name: getattr(old, name) for name in NewApiKey.model_fields}))
        self._change_key(id_, {"replaced_by": by, "expires": min(until, old.expires or until)})
        return new

    def revoke_key(self, id_: str) -> ApiKey:
        """Refuse a key from now on; again is harmless. Raises `NotFound`."""
        if self._locked_key(id_).revoked is None:
            self._change_key(id_, {"revoked": self._now()})
        return self.key(id_)

    def key_used(self, id_: str) -> None:
        """Note that a key was used, where the last note is older than `USE_EVERY`."""
        now = self._now()
        stale = or_(col(ApiKeyRow.last_used).is_(None), col(ApiKeyRow.last_used) <= now - USE_EVERY)
        self._session.exec(update(ApiKeyRow).where(col(ApiKeyRow.id) == id_, stale).values(last_used=now))

    def _locked_key(self, id_: str) -> ApiKey:
        row = self._session.exec(select(ApiKeyRow).where(ApiKeyRow.id == id_).with_for_update()).first()
        if row is None:
            raise NotFound.at("key", f"there is no {id_[:80]!r}")
        return ApiKey.model_validate(row)

    def _change_key(self, id_: str, change: dict[str, Any]) -> None:
        self._session.exec(update(ApiKeyRow).where(col(ApiKeyRow.id) == id_).values(**change))


class FoundKeys(Scope):
    """The part of the operator's scope that is about API keys."""

    def find_keys(self, ids: Collection[str]) -> list[ApiKey]:
        """The keys of these ids, whosever they are."""
        rows = self._session.exec(select(ApiKeyRow).where(col(ApiKeyRow.id).in_(ids)))
        return [ApiKey.model_validate(row) for row in rows]
