"""Assets of all tenants that somebody is to look at, and uploads that nobody goes on with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select, update

from reel.catalogue.assets import LibraryAsset, Upload
from reel.catalogue.scope import Scope
from reel.catalogue.tables import LibraryAssetRow, UploadRow


class Inspections(Scope):
    """The part of the operator's records that is about libraries."""

    def claim_asset(self, now: datetime, lease: timedelta) -> LibraryAsset | None:
        """The asset that has waited longest to be looked at, for the length of a lease: then it is due again. Null where none
        is due."""
        due = select(LibraryAssetRow).where(col(LibraryAssetRow.due) <= now).order_by(col(LibraryAssetRow.due))
        row = self._session.exec(due.limit(1).with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        found = LibraryAsset.model_validate(row)
        change = {"due": now + lease, "attempts": found.attempts + 1}
        this = (col(LibraryAssetRow.tenant_id) == found.tenant_id, col(LibraryAssetRow.id) == found.id)
        self._session.exec(update(LibraryAssetRow).where(*this).values(**change))
        return found.model_copy(update=change)

    def expired_uploads(self, now: datetime, limit: int = 100) -> list[Upload]:
        """Uploads that nobody went on with in time, and nobody writes."""
        query = select(UploadRow).where(col(UploadRow.expires) <= now, _free(now)).order_by(col(UploadRow.expires))
        return [Upload.model_validate(row) for row in self._session.exec(query.limit(limit))]

    def whole_uploads(self, now: datetime, limit: int = 100) -> list[Upload]:
        """Uploads that have come by tus as a whole, and nobody writes: whoever was to finish them died."""
        whole = (col(UploadRow.received) == col(UploadRow.bytes), col(UploadRow.protocol) == "tus")
        query = select(UploadRow).where(*whole, _free(now)).order_by(col(UploadRow.expires))
        return [Upload.model_validate(row) for row in self._session.exec(query.limit(limit))]

    def library_objects(self) -> set[str]:
        """Names of all objects that assets have."""
        columns = select(LibraryAssetRow.object, LibraryAssetRow.thumbnail)
        return {name for names in self._session.exec(columns) for name in names if name}


def _free(now: datetime) -> Any:
    return col(UploadRow.claimed_until).is_(None) | (col(UploadRow.claimed_until) <= now)
