"""What comes of an upload by one request: written, noted as it goes on, and handed on when all is there."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from reel.catalogue import Catalogue, Upload, UploadPart
from reel.errors import InvalidRequest
from reel.store import ObjectStore, tenant_prefix
from reel.store.pieces import Piece, Received, pieces_of

LEASE = timedelta(seconds=8)
"""An upload is one writer's for so long after its last sign of life: less than clients go on trying whose line was cut without
a word, or whose gateway was killed. Whoever was only slow hears of it before it writes on."""
NOTED_BYTES = 16 << 20
"""How far an upload is is noted whenever so much more has come: so much is sent again where this process dies."""
NOTED_SECONDS = 3.0
"""And so often, as long as anything comes."""
CHECKSUMS: dict[str, Callable[[], Any]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
"""By the names that tus has for them (tus.io/protocols/resumable-upload, Checksum)."""


class TooLarge(InvalidRequest):
    """More than an asset, or than this one, may have."""


class WrongChecksum(InvalidRequest):
    """What came is not what was sent; none of it counts."""


class Checksum(NamedTuple):
    """What the bytes of one request are to come to."""

    algorithm: str
    digest: bytes

    @classmethod
    def read(cls, text: str) -> Checksum:
        """From `sha1 <base64>`. Raises `InvalidRequest`."""
        algorithm, _, encoded = text.strip().partition(" ")
        try:
            digest = base64.b64decode(encoded, validate=True)
        except ValueError:
            digest = b""
        if algorithm not in CHECKSUMS or not digest:
            remedy = f"write {' or '.join(CHECKSUMS)}, a space, and the digest in base64"
            raise InvalidRequest.at("Upload-Checksum", f"{text[:80]!r} is no checksum that is known here", remedy)
        return cls(algorithm, digest)


class Receiving:
    """What comes by one request. For one thread at a time; to be closed, whatever happens."""

    def __init__(
        self,
        catalogue: Catalogue,
        objects: ObjectStore,
        tenant: str,
        upload: Upload,
        parts: Sequence[UploadPart],
        checksum: Checksum | None = None,
    ) -> None:
        self._catalogue, self._objects, self._tenant, self.upload = catalogue, objects, tenant, upload
        self._received, self._known_parts = received_of(tenant, upload, parts), len(parts)
        self._checksum, self._hash = checksum, CHECKSUMS[checksum.algorithm]() if checksum else None
        self._written = self._noted = upload.received
        self._alive = time.monotonic()
        self._writer = pieces_of(objects).writer(self._received)

    def write(self, block: bytes) -> None:
        """Take bytes in. Raises `TooLarge` where there are to be fewer, and then none of the block count; `UploadBusy` where
        another request has taken over."""
        if self._written + len(block) > self.upload.bytes:
            what = f"more was sent than the {self.upload.bytes} bytes that were announced"
            raise TooLarge.at("Upload-Length", what, "begin another upload, of the right length")
        if time.monotonic() - self._alive > NOTED_SECONDS:
            self._note(LEASE)  # and hear of it before anything is written, where it is another's by now
        self._writer.write(block)
        self._written += len(block)
        if self._hash:
            self._hash.update(block)
        if self._written - self._noted >= NOTED_BYTES:
            self._note(LEASE)

    def close(self) -> Upload:
        """Have count what has come; the upload as it is then. Where all has come, the asset is looked at next.

        Raises `WrongChecksum`, and then nothing counts that came by this request.
        """
        wrong = bool(self._checksum and self._hash) and self._hash.digest() != self._checksum.digest  # type: ignore[union-attr]
        if wrong:
            self._writer.discard()
        else:
            self._received = self._writer.close()
        self._note(None)
        if wrong:
            raise WrongChecksum.at("Upload-Checksum", "what came is not what was sent", "send it again")
        if self.upload.received == self.upload.bytes:
            finish(self._catalogue, self._objects, self.upload, self._tenant, self._received)
        return self.upload

    def _note(self, lease: timedelta | None) -> None:
        """Say how far it is. What is not proven to be right yet does not count yet."""
        if lease and self._checksum is None:
            self._received = self._writer.durable()
        received = self._received
        self.upload = self.upload.model_copy(update={"received": received.bytes, "rest": received.rest})
        new = [
            UploadPart(asset=self.upload.asset, number=piece.number, etag=piece.etag, bytes=piece.bytes)
            for piece in received.pieces[self._known_parts :]
        ]
        with self._catalogue.tenant(self._tenant) as records:
            records.note_received(self.upload, new, lease)
        self._alive, self._noted, self._known_parts = time.monotonic(), self._written, len(received.pieces)


def finish(catalogue: Catalogue, objects: ObjectStore, upload: Upload, tenant: str, received: Received) -> None:
    """All bytes have come: make them an object, and have it looked at. Harmless twice."""
    pieces_of(objects).finish(received)
    with catalogue.tenant(tenant) as records:
        records.arrived(upload.asset, received.name, upload.bytes)


def object_name(tenant: str, asset: str) -> str:
    """Where the bytes of an asset are in the library's store."""
    return f"{tenant_prefix(tenant)}{asset}"


def received_of(tenant: str, upload: Upload, parts: Sequence[UploadPart]) -> Received:
    """An upload as the store knows it."""
    return Received(
        name=object_name(tenant, upload.asset),
        total=upload.bytes,
        bytes=upload.received,
        handle=upload.handle,
        part_bytes=upload.part_bytes,
        pieces=tuple(Piece(part.number, part.etag, part.bytes) for part in parts),
        rest=upload.rest,
    )
