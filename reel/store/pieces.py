"""Objects whose bytes come in pieces, of any size and over any time, from one process after another.

    pieces = pieces_of(objects)
    received = pieces.begin("acme/ast_1", 10_000_000)       # a value; whoever keeps it can go on
    writer = pieces.writer(received)
    writer.write(block)
    received = writer.close()                               # also where the sender was cut off
    pieces.finish(received)                                 # the object is there

What `Received` counts outlasts the process. What was written and not yet counted is written again by whoever goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from reel.errors import InvalidRequest
from reel.store.local import LocalObjects
from reel.store.objects import ObjectStore


class Piece(NamedTuple):
    """A part that a bucket has."""

    number: int
    etag: str
    bytes: int


@dataclass(frozen=True)
class Received:
    """How far an object is whose bytes come in pieces."""

    name: str
    total: int
    """Bytes that there are to be."""
    bytes: int = 0
    """Bytes that are there."""
    handle: str = ""
    """A bucket's id of the upload."""
    part_bytes: int = 0
    """Of a bucket's parts, all but the last."""
    pieces: tuple[Piece, ...] = ()
    rest: int = 0
    """How many of the bytes are in no part yet."""


class PieceWriter(Protocol):
    """Writes what comes next. For one thread at a time."""

    def write(self, block: bytes) -> None:
        """Take bytes in."""
        ...

    def durable(self) -> Received:
        """What outlasts this process by now, which may be less than was written."""
        ...

    def close(self) -> Received:
        """Let all that was written outlast this process."""
        ...

    def discard(self) -> None:
        """Leave without letting anything more outlast it."""
        ...


class Pieces(Protocol):
    """Objects in pieces, in one store. Errors: as of `ObjectStore`."""

    def begin(self, name: str, total: int) -> Received:
        """Begin with an object of so many bytes."""
        ...

    def writer(self, received: Received) -> PieceWriter:
        """Go on with one."""
        ...

    def finish(self, received: Received) -> None:
        """Make the object of its bytes; harmless where that was done before."""
        ...

    def abandon(self, received: Received) -> None:
        """Remove what has come; harmless where there is nothing."""
        ...


def pieces_of(objects: ObjectStore) -> Pieces:
    """Objects in pieces in a store. Raises `InvalidRequest` for a store that cannot take them."""
    if isinstance(objects, LocalObjects):
        from reel.store.local_pieces import LocalPieces

        return LocalPieces(objects)
    from reel.store.s3 import S3Objects
    from reel.store.s3_pieces import S3Pieces

    if isinstance(objects, S3Objects):
        return S3Pieces(objects)
    raise InvalidRequest.at("store", "takes no objects in pieces", "name a folder, or s3://bucket/prefix")
