"""A tenant's library: its assets, the uploads under way, and the projects that put them in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import and_, col, delete, func, or_, select, update

from reel.catalogue.assets import AssetState, LibraryAsset, NewAsset, Upload, UploadPart
from reel.catalogue.generations import Generations
from reel.catalogue.names import check_name
from reel.catalogue.tables import LibraryAssetRow, UploadPartRow, UploadRow
from reel.errors import InvalidRequest, NotFound


class NoSuchAsset(NotFound):
    """The tenant's library has no asset of that id."""


class NoSuchUpload(NotFound):
    """Nothing is uploaded under that id: it is complete, was given up, or never began."""


class UploadExpired(NotFound):
    """Nothing came for too long, and what had come is gone or goes soon."""


class WrongOffset(InvalidRequest):
    """What is sent is not what comes next."""


class UploadBusy(InvalidRequest):
    """Another request writes at present."""


class Library(Generations):
    """The part of a tenant's records that is about its library."""

    def keep_asset(self, new: NewAsset, upload: Upload | None = None, due: datetime | None = None) -> LibraryAsset:
        """Make an asset whose bytes come by an upload, or are fetched from `due` on. Raises `InvalidRequest` for a bad name."""
        _check(new.name, new.folder)
        self._tenant()
        now = self._now()
        row = LibraryAssetRow(**new.model_dump(), created=now, changed=now, due=due)
        self._session.add(row)
        self._session.flush()
        if upload:
            self._session.add(UploadRow(**upload.model_dump()))
        return LibraryAsset.model_validate(row)

    def library_asset(self, id_: str) -> LibraryAsset:
        """Raises `NoSuchAsset`."""
        row = self._session.exec(select(LibraryAssetRow).where(LibraryAssetRow.id == id_)).first()
        if row is None:
            raise NoSuchAsset.at("asset", f"there is no {id_[:80]!r} in the library", "list those that there are")
        return LibraryAsset.model_validate(row)

    def library_assets(self, ids: Iterable[str]) -> dict[str, LibraryAsset]:
        """Those that there are of some ids."""
        wanted = select(LibraryAssetRow).where(col(LibraryAssetRow.id).in_(set(ids)))
        return {row.id: LibraryAsset.model_validate(row) for row in self._session.exec(wanted)}

    def library(
        self,
        *,
        folder: str | None = None,
        state: AssetState | None = None,
        name: str | None = None,
        sha256: str | None = None,
        media_types: Collection[str] | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[LibraryAsset]:
        """The newest assets that match, newest first, after the one whose id is `after`. `name` is a part of theirs, in small
        or capital letters."""
        exact = {"folder": folder, "state": state, "sha256": sha256}
        query = select(LibraryAssetRow).filter_by(**{key: value for key, value in exact.items() if value is not None})
        if media_types is not None:
            query = query.where(col(LibraryAssetRow.media_type).in_(media_types))
        if name:
            query = query.where(func.lower(col(LibraryAssetRow.name)).contains(name.lower(), autoescape=True))
        created, id_ = col(LibraryAssetRow.created), col(LibraryAssetRow.id)
        if after is not None:
            last = self.library_asset(after)
            query = query.where(or_(created < last.created, and_(created == last.created, id_ > last.id)))
        rows = self._session.exec(query.order_by(created.desc(), id_).limit(limit))
        return [LibraryAsset.model_validate(row) for row in rows]

    def assets_in(self, folder: str) -> list[LibraryAsset]:
        """All assets of a folder that are ready, by name."""
        mine = (LibraryAssetRow.folder == folder, LibraryAssetRow.state == "ready")
        rows = self._session.exec(
            select(LibraryAssetRow).where(*mine).order_by(LibraryAssetRow.name, LibraryAssetRow.id)
        )
        return [LibraryAsset.model_validate(row) for row in rows]

    def folders(self) -> dict[str, int]:
        """The folders that there are, by name, and how many assets each has."""
        folder = col(LibraryAssetRow.folder)
        rows = self._session.exec(select(folder, func.count()).group_by(folder).order_by(folder)).all()
        return {name: count for name, count in rows if name}

    def change_asset(self, id_: str, change: Mapping[str, Any]) -> LibraryAsset:
        """Give an asset another `name`, `folder` or `user_metadata`. Raises `NoSuchAsset`, `InvalidRequest`."""
        _check(str(change.get("name", "-")), str(change.get("folder", "")))
        return self._change_asset(id_, change)

    def remove_asset(self, id_: str) -> list[str]:
        """Forget an asset and its upload, and take it out of projects; the objects that nothing has any more. Raises
        `NoSuchAsset`."""
        self._tenant()  # or what shares its bytes could be forgotten, or begin to share them, at the same moment
        asset = self.library_asset(id_)
        self._session.exec(delete(LibraryAssetRow).where(col(LibraryAssetRow.id) == id_))
        return [*filter(None, (asset.thumbnail, self._unshared(asset.object)))]

    def upload(self, asset: str) -> Upload:
        """What is known of an upload. Raises `NoSuchUpload`, `UploadExpired`."""
        found = self.any_upload(asset)
        if found is None:
            raise NoSuchUpload.at("upload", f"nothing is uploaded as {asset[:80]!r}", "begin a new upload")
        if found.expires <= self._now():
            raise UploadExpired.at("upload", f"{asset} waited too long for its next bytes", "begin a new upload")
        return found

    def any_upload(self, asset: str) -> Upload | None:
        """What is known of an upload, expired or not; null where there is none."""
        row = self._session.exec(select(UploadRow).where(UploadRow.asset == asset)).first()
        return row and Upload.model_validate(row)

    def upload_parts(self, asset: str) -> list[UploadPart]:
        """The parts of an upload that S3 has, in order."""
        query = select(UploadPartRow).where(UploadPartRow.asset == asset).order_by(col(UploadPartRow.number))
        return [UploadPart.model_validate(row) for row in self._session.exec(query)]

    def claim_upload(self, asset: str, offset: int, claim: str, lease: timedelta, keep: timedelta) -> Upload:
        """Begin to write an upload at an offset, as nobody else may for the length of a lease; it is kept for so long then.

        Raises `WrongOffset` where that is not how far it is, `UploadBusy` where somebody else writes; as `upload`.
        """
        found = self.upload(asset)
        now = self._now()
        if found.claimed_until and found.claimed_until > now:
            raise UploadBusy.at(
                "upload", f"{asset} is written by another request", "wait for it, or until it is given up"
            )
        if found.received != offset:
            what = f"{asset} has {found.received} bytes, and byte {offset} was sent"
            raise WrongOffset.at("upload", what, "ask how far it is by HEAD, and go on there")
        free = or_(col(UploadRow.claimed_until).is_(None), col(UploadRow.claimed_until) <= now)
        mine = (col(UploadRow.asset) == asset, col(UploadRow.received) == offset, free)
        change = {"claim": claim, "claimed_until": now + lease, "expires": now + keep}
        if not self._session.exec(update(UploadRow).where(*mine).values(**change)).rowcount:
            raise UploadBusy.at("upload", f"{asset} is written by another request", "wait for it")
        return found.model_copy(update=change)

    def note_received(self, upload: Upload, parts: Sequence[UploadPart], lease: timedelta | None) -> None:
        """Note how far a claimed upload is; it stays claimed for the length of a lease, null: it is free again.

        Raises `UploadBusy` where another has claimed it meanwhile: what was written then does not count.
        """
        mine = (col(UploadRow.asset) == upload.asset, col(UploadRow.claim) == upload.claim)
        change: dict[str, Any] = {"received": upload.received, "rest": upload.rest, "handle": upload.handle}
        change |= {"claimed_until": self._now() + lease} if lease else {"claim": None, "claimed_until": None}
        if not self._session.exec(update(UploadRow).where(*mine).values(**change)).rowcount:
            raise UploadBusy.at("upload", f"{upload.asset} was taken over by another request", "ask how far it is")
        self._put(UploadPartRow, [part.model_dump(exclude={"tenant_id"}) for part in parts], ["etag", "bytes"])

    def arrived(self, asset: str, object_: str, size: int) -> LibraryAsset:
        """All bytes of an asset are there: its upload is over, and it is to be looked at now. Harmless twice."""
        self._session.exec(delete(UploadRow).where(col(UploadRow.asset) == asset))
        if self.library_asset(asset).state != "uploading":
            return self.library_asset(asset)
        change = {"state": "quarantined", "object": object_, "bytes": size, "due": self._now()}
        return self._change_asset(asset, change)

    def still_looked_at(self, asset: LibraryAsset, lease: timedelta) -> None:
        """Keep others from looking at an asset for the length of another lease; harmless where somebody does already."""
        mine = (col(LibraryAssetRow.id) == asset.id, col(LibraryAssetRow.attempts) == asset.attempts)
        due = (*mine, col(LibraryAssetRow.due).is_not(None))
        self._session.exec(update(LibraryAssetRow).where(*due).values(due=self._now() + lease))

    def looked_at(self, asset: LibraryAsset, change: Mapping[str, Any]) -> list[str] | None:
        """Note what came of looking at an asset; the objects that nothing has any more: of what is refused, and of bytes that
        another asset has already. Null where it is gone, or somebody else looks at it by now."""
        self._tenant()
        try:
            now = self.library_asset(asset.id)
        except NoSuchAsset:
            return None
        if now.attempts != asset.attempts:
            return None
        own = change.get("object", now.object)
        shared = self.same_bytes(asset.id, change.get("sha256")) if change.get("state") == "ready" else None
        kept = None if change.get("state") == "refused" else shared or own
        self._change_asset(asset.id, {**change, "object": kept})
        return [own] if own and own != kept and self._unshared(own) else []

    def moved(self, object_: str, to: str) -> None:
        """Have all that have an object have another one, of the same bytes."""
        self._tenant()
        these = col(LibraryAssetRow.object) == object_
        self._session.exec(update(LibraryAssetRow).where(these).values(object=to, changed=self._now()))

    def same_bytes(self, id_: str, sha256: str | None) -> str | None:
        """The object of another asset of the tenant that has the same bytes."""
        same = (LibraryAssetRow.sha256 == sha256, LibraryAssetRow.state == "ready", LibraryAssetRow.id != id_)
        return self._session.exec(select(LibraryAssetRow.object).where(*same).limit(1)).first()

    def _unshared(self, name: str | None) -> str | None:
        """The name of an object that no asset has."""
        others = select(func.count()).select_from(LibraryAssetRow).where(LibraryAssetRow.object == name)
        return None if name is None or self._session.exec(others).one() else name

    def _change_asset(self, id_: str, change: Mapping[str, Any]) -> LibraryAsset:
        this = col(LibraryAssetRow.id) == id_
        self._session.exec(update(LibraryAssetRow).where(this).values(**change, changed=self._now()))
        return self.library_asset(id_)


def _check(name: str, folder: str) -> None:
    check_name("name", name)
    if folder:
        check_name("folder", folder)
