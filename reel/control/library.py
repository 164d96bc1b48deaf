"""Assets that tenants keep: taken in by pieces, by links to parts, or fetched from an address; used, and removed.

    library = Library(catalogue, this_library())
    asset = library.begin("acme", NewAsset(name="clip.mov"), size)
    receiving = library.receive("acme", asset.id, offset=0)
    receiving.write(block)                      # as they come
    receiving.close()                           # what was written counts, also where the sender was cut off

All state is in the catalogue and in the store, so that any process of any machine may go on with what another began. What has
come as a whole is `quarantined` until somebody has looked at it (`reel.generate.inspecting`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from reel.catalogue import Catalogue, LibraryAsset, NewAsset, NoSuchUpload, Upload, UploadBusy
from reel.catalogue.assets import UploadProtocol
from reel.control.receiving import LEASE, Checksum, Receiving, TooLarge, finish, object_name, received_of
from reel.errors import InvalidRequest
from reel.request.told import web_address
from reel.settings import settings
from reel.store import ObjectStore
from reel.store.pieces import Piece, pieces_of
from reel.store.s3 import S3Objects
from reel.store.s3_pieces import S3Pieces
from reel.web import Hosts, check_url

LINK_SECONDS = 3600
"""How long a link to a part is good for."""
MOST_LINKS = 1000
"""To parts, at a time."""


@dataclass(frozen=True)
class Library:
    """The libraries of all tenants of an installation. Errors of all: those of the catalogue and of the store."""

    catalogue: Catalogue
    objects: ObjectStore

    @property
    def linked(self) -> S3Pieces | None:
        """What makes links to parts; null where the library is in a folder."""
        return S3Pieces(self.objects) if isinstance(self.objects, S3Objects) else None

    def begin(self, tenant: str, new: NewAsset, size: int, protocol: UploadProtocol = "tus") -> LibraryAsset:
        """Make an asset whose bytes come in pieces. Raises `TooLarge`; `InvalidRequest` for a bad name or size, and for links
        to parts where the library is in a folder."""
        check_size(size, "bytes" if protocol == "multipart" else "Upload-Length")
        if protocol == "multipart":
            self._linked()
        received = pieces_of(self.objects).begin(object_name(tenant, new.id), size)
        with self.catalogue.tenant(tenant) as records:
            upload = Upload(
                asset=new.id,
                protocol=protocol,
                bytes=size,
                handle=received.handle,
                part_bytes=received.part_bytes,
                expires=records.now() + kept_for(),
            )
            return records.keep_asset(new, upload)

    def fetch(self, tenant: str, new: NewAsset) -> LibraryAsset:
        """Make an asset that is fetched from its `source`. Raises `InvalidRequest` for an address that may not be asked."""
        try:
            web_address(new.source or "")
        except ValueError as error:
            raise InvalidRequest.at("url", str(error)) from None
        hosts = settings().web_hosts
        check_url(new.source or "", "url", None if hosts is None else Hosts(hosts))
        with self.catalogue.tenant(tenant) as records:
            return records.keep_asset(new, due=records.now())

    def receive(
        self, tenant: str, asset: str, offset: int, checksum: Checksum | None = None, length: int = 0
    ) -> Receiving:
        """Take in what comes next of an upload, at least `length` bytes as far as that is known. Raises `NoSuchUpload`,
        `UploadExpired`, `WrongOffset`, `UploadBusy`; `TooLarge` for more than there are to be."""
        with self.catalogue.tenant(tenant) as records:
            upload = records.upload(asset)
            if upload.protocol != "tus":
                raise NoSuchUpload.at("upload", f"{asset} comes by links to its parts", "send its parts by these")
            if offset == upload.received and offset + length > upload.bytes:
                what = f"{length:,} more bytes are to come, and {upload.bytes - offset:,} were announced"
                raise TooLarge.at("Content-Length", what, "begin another upload, of the right length")
            upload = records.claim_upload(asset, offset, secrets.token_hex(16), LEASE, kept_for())
            parts = records.upload_parts(asset)
        return Receiving(self.catalogue, self.objects, tenant, upload, parts, checksum)

    def state(self, tenant: str, asset: str) -> Upload:
        """How far an upload is. Raises `NoSuchUpload`, `UploadExpired`."""
        with self.catalogue.tenant(tenant, only_reads=True) as records:
            return records.upload(asset)

    def remove(self, tenant: str, asset: str) -> None:
        """Forget an asset, with what has come of it. Raises `NoSuchAsset`, and `UploadBusy` while it is written."""
        with self.catalogue.tenant(tenant) as records:
            upload, parts = records.any_upload(asset), records.upload_parts(asset)
            if upload and upload.claimed_until and upload.claimed_until > records.now():
                raise UploadBusy.at("upload", f"{asset} is written by another request", "wait for it")
            gone = records.remove_asset(asset)
        if upload:
            pieces_of(self.objects).abandon(received_of(tenant, upload, parts))
        self.objects.delete(*gone)

    def links(self, tenant: str, asset: str, numbers: Sequence[int]) -> dict[int, str]:
        """Links by which anyone may PUT parts of an upload, by number, for `LINK_SECONDS`. Raises as `state`, and
        `InvalidRequest` for parts that there are not."""
        upload = self._multipart(tenant, asset)
        last = -(-upload.bytes // upload.part_bytes)
        if wrong := [number for number in numbers if not 1 <= number <= last]:
            raise InvalidRequest.at("parts", f"there is no part {wrong[0]}: they are 1 to {last}")
        if len(numbers) > MOST_LINKS:
            raise InvalidRequest.at("parts", f"{len(numbers)} are more than {MOST_LINKS}", "ask for some at a time")
        return self._linked().links(received_of(tenant, upload, ()), numbers, LINK_SECONDS)

    def complete(self, tenant: str, asset: str) -> LibraryAsset:
        """All parts have been sent by links; said again, as the answer was lost, it changes nothing. Raises as `state`, and
        `InvalidRequest` where what there is of them is not as long as was announced."""
        if (known := self._arrived(tenant, asset)) is not None:
            return known
        upload = self._multipart(tenant, asset)
        received = received_of(tenant, upload, ())
        if not self._is_whole(received.name, upload.bytes):
            sent = self._linked().sent(received)
            _check_parts(sent, upload)
            self._linked().complete(received, sent)
        with self.catalogue.tenant(tenant) as records:
            return records.arrived(asset, received.name, upload.bytes)

    def tidy(self) -> int:
        """Give up uploads that nobody went on with, and finish those whose end was lost; how many of both."""
        with self.catalogue.operator() as everybody:
            expired, whole = everybody.expired_uploads(everybody.now()), everybody.whole_uploads(everybody.now())
        for upload in expired:
            self.remove(upload.tenant_id, upload.asset)
        for upload in whole:
            with self.catalogue.tenant(upload.tenant_id, only_reads=True) as records:
                received = received_of(upload.tenant_id, upload, records.upload_parts(upload.asset))
            finish(self.catalogue, self.objects, upload, upload.tenant_id, received)
        return len(expired) + len(whole)

    def sweep(self, older_than: float) -> int:
        """Remove objects that no asset has, and that were put before a moment (seconds since 1970); how many."""
        old = [stat.name for stat in self.objects.list("") if stat.modified < older_than]
        with self.catalogue.operator(only_reads=True) as everybody:
            orphans = sorted({*old} - everybody.library_objects())
        self.objects.delete(*orphans)
        return len(orphans)

    def _arrived(self, tenant: str, asset: str) -> LibraryAsset | None:
        """An asset of which all bytes have come; null for others."""
        with self.catalogue.tenant(tenant, only_reads=True) as records:
            found = records.library_assets([asset]).get(asset)
        return found if found and found.state != "uploading" else None

    def _is_whole(self, name: str, size: int) -> bool:
        """Whether the bucket has made an object of the parts, though nobody noted it."""
        found = self.objects.stat(name)
        return found is not None and found.bytes == size

    def _multipart(self, tenant: str, asset: str) -> Upload:
        upload = self.state(tenant, asset)
        if upload.protocol != "multipart":
            raise NoSuchUpload.at("upload", f"{asset} does not come by links to parts", "send it by tus")
        return upload

    def _linked(self) -> S3Pieces:
        if self.linked is None:
            what = "there are no links to parts where the library is in a folder"
            raise InvalidRequest.at("protocol", what, "upload by tus, or have REEL_LIBRARY name a bucket")
        return self.linked


def check_size(size: int, place: str) -> None:
    """Raise `InvalidRequest` or `TooLarge` for what no asset may have."""
    if size < 1:
        raise InvalidRequest.at(place, f"{size} bytes are no asset", "send a file with something in it")
    if size > (most := settings().max_asset_bytes):
        raise TooLarge.at(place, f"{size:,} bytes are more than the {most:,} that are allowed")


def kept_for() -> timedelta:
    """How long an upload is kept that gets on no more."""
    return timedelta(hours=settings().upload_hours)


def _check_parts(sent: Sequence[Piece], upload: Upload) -> None:
    numbers, size = [piece.number for piece in sent], sum(piece.bytes for piece in sent)
    if numbers != list(range(1, len(sent) + 1)):
        missing = next(number for number in range(1, len(sent) + 2) if number not in numbers)
        raise InvalidRequest.at("parts", f"part {missing} is missing", "send it, and complete again")
    if size != upload.bytes:
        what = f"the parts have {size:,} bytes together, and {upload.bytes:,} were announced"
        raise InvalidRequest.at("parts", what, "send those that are missing or wrong again, and complete again")
