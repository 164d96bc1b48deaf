"""Objects in pieces in a bucket: S3's upload in parts, and what is too little for a part in an object beside it.

    <name>                     the object, once it is complete
    <name>.rest/<bytes>        what came up to so many bytes, and is in no part yet

S3 takes no part of less than 5 MiB but the last, while a sender may be cut off anywhere. The name of the rest says where it
ends, so that whoever goes on from an older state finds what that state speaks of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from reel.buckets import Upload, parts
from reel.disk import disk_errors
from reel.settings import settings
from reel.store import scratch
from reel.store.pieces import Piece, Received
from reel.store.s3 import S3Objects

PART_BYTES = 8 << 20
"""Of a part; it is held in memory until it is sent."""
MOST_PARTS = 10_000
"""S3's own limit."""


class S3Pieces:
    """`Pieces` in a bucket."""

    def __init__(self, objects: S3Objects) -> None:
        self._objects = objects

    def begin(self, name: str, total: int) -> Received:
        """See `Pieces.begin`."""
        upload = parts.begin(self._objects.bucket, self._objects.key(name), self._objects.headers(name, total))
        return Received(name, total, handle=upload.id, part_bytes=max(PART_BYTES, -(-total // MOST_PARTS)))

    def writer(self, received: Received) -> S3Writer:
        """See `Pieces.writer`."""
        return S3Writer(self._objects, received)

    def finish(self, received: Received) -> None:
        """See `Pieces.finish`."""
        there = self._objects.stat(received.name)
        if there and there.bytes == received.bytes:
            self._remove_rests(received)
            return
        pieces = received.pieces
        if received.rest:
            body = read_rest(self._objects, received)
            upload = upload_of(self._objects, received)
            pieces = (*pieces, Piece(*parts.put(self._objects.bucket, upload, len(pieces) + 1, body)))
        self.complete(received, pieces)

    def complete(self, received: Received, pieces: Sequence[Piece]) -> None:
        """Make the object of parts that the bucket has."""
        done = [parts.Part(*piece) for piece in pieces]
        parts.complete(self._objects.bucket, upload_of(self._objects, received), done)
        self._remove_rests(received)

    def abandon(self, received: Received) -> None:
        """See `Pieces.abandon`."""
        self._objects.bucket.abort(upload_of(self._objects, received))
        self._remove_rests(received)

    def links(self, received: Received, numbers: Sequence[int], seconds: int) -> dict[int, str]:
        """Links by which anyone may send parts, for so long."""
        upload = upload_of(self._objects, received)
        return {number: parts.link(self._objects.bucket, upload, number, seconds) for number in numbers}

    def sent(self, received: Received) -> tuple[Piece, ...]:
        """The parts that came by links, in order."""
        return tuple(Piece(*part) for part in parts.listed(self._objects.bucket, upload_of(self._objects, received)))

    def _remove_rests(self, received: Received) -> None:
        found = [stat.name for stat in self._objects.list(f"{received.name}.rest/")]
        if found:
            self._objects.delete(*found)


class S3Writer:
    """Gathers bytes to parts and sends these."""

    def __init__(self, objects: S3Objects, received: Received) -> None:
        self._objects, self._received = objects, received
        self._held = bytearray(read_rest(objects, received) if received.rest else b"")
        self._upload = upload_of(objects, received)

    def write(self, block: bytes) -> None:
        """See `PieceWriter.write`."""
        self._held += block
        size = self._received.part_bytes
        while len(self._held) >= size:
            body = bytes(self._held[:size])
            self._send(body)
            del self._held[:size]

    def _send(self, body: bytes) -> None:
        received = self._received
        piece = Piece(*parts.put(self._objects.bucket, self._upload, len(received.pieces) + 1, body))
        in_parts = received.bytes - received.rest + len(body)
        self._received = replace(received, bytes=in_parts, rest=0, pieces=(*received.pieces, piece))

    def durable(self) -> Received:
        """See `PieceWriter.durable`: what is in parts."""
        return self._received

    def close(self) -> Received:
        """See `PieceWriter.close`."""
        received = self._received
        whole = received.bytes - received.rest + len(self._held)
        if whole > received.bytes:
            self._received = replace(received, bytes=whole, rest=len(self._held))
            if self._held:
                keep_rest(self._objects, self._received, bytes(self._held))
        return self._received

    def discard(self) -> None:
        """See `PieceWriter.discard`."""
        self._held.clear()


def upload_of(objects: S3Objects, received: Received) -> Upload:
    """The bucket's own name for it."""
    return Upload(objects.key(received.name), received.handle, 0.0)


def _rest_name(received: Received) -> str:
    return f"{received.name}.rest/{received.bytes}"


def read_rest(objects: S3Objects, received: Received) -> bytes:
    """What has come and is in no part."""
    with scratch.workspace(settings().scratch_folder) as folder:
        objects.get(_rest_name(received), folder / "rest")
        return (folder / "rest").read_bytes()


def keep_rest(objects: S3Objects, received: Received, body: bytes) -> None:
    """Put what is in no part beside the others."""
    with scratch.workspace(settings().scratch_folder) as folder, disk_errors(folder, len(body)):
        (folder / "rest").write_bytes(body)
        objects.put(_rest_name(received), folder / "rest", hashlib.sha256(body).hexdigest(), consume=True)
