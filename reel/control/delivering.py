"""What was delivered, to be fetched: the files of a generation that is done, and their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reel.catalogue import Generation, OutputRecord, Records
from reel.errors import InvalidRequest, NotFound, Resource
from reel.settings import settings
from reel.store import NoSuchObject, ObjectStore, tenant_prefix
from reel.store.objects import check_object_name

NEAR_BLOCK_BYTES = 256 << 10
"""How much of a folder's file is read at a time: what each client keeps in memory, and how finely a throttle can share."""
FAR_BLOCK_BYTES = 4 << 20
"""Of a bucket's, where each block is a request."""
MOST_BESIDE_BYTES = 64 << 20
"""Of a document that stands beside the outputs and is in no record; a report with its pictures is far smaller."""


class Archived(Resource):
    """The file is in a storage class from which it must be restored before it can be read."""


@dataclass(frozen=True)
class Delivered:
    """A file of a generation that is done: it stays as it is for as long as it is there."""

    name: str
    """Within the generation: `variant-001.mp4`."""
    object: str
    """Among all outputs."""
    bytes: int
    sha256: str
    done: datetime
    """When its generation was."""
    once: bool = False
    """Whether its generation is removed when all of it was fetched."""


def delivered(records: Records, outputs: ObjectStore, id_: str, name: str) -> Delivered:
    """The file of that name. Raises `NotFound` where there is none, or its generation is not done."""
    generation = _done(records, id_)
    object_ = _object_of(generation, name)
    if record := records.output(id_, name):
        return _of_record(record, generation)
    # Manifests and reports stand beside the outputs, without a record.
    stat = outputs.stat(object_)
    if stat is None or stat.bytes > MOST_BESIDE_BYTES:
        raise _no_such(name)
    digest = hashlib.sha256()
    for block in blocks(outputs, object_, 0, stat.bytes):
        digest.update(block)
    return Delivered(name, object_, stat.bytes, digest.hexdigest(), generation.ended or generation.created)


def all_delivered(records: Records, id_: str) -> list[Delivered]:
    """All files that were published, by name. Raises `NotFound` where the generation is not done."""
    generation = _done(records, id_)
    return [_of_record(record, generation) for record in records.outputs(id_)]


def require_readable(outputs: ObjectStore, *files: Delivered) -> None:
    """Raise `Archived` for a file that must be restored first, and `NotFound` for one that is gone. Where nothing can be but
    what is read at once, nobody is asked: whoever reads it finds out."""
    if outputs.local or settings().restore_days is None:
        return
    for file in files:
        stat = outputs.stat(file.object)
        if stat is None:
            raise _no_such(file.name)
        if stat.availability in ("archived", "restoring"):
            state = "it is being restored" if stat.availability == "restoring" else "it must be restored first"
            what = f"is archived ({stat.tier}): {state}, which takes hours"
            raise Archived.at(file.name, what, "have whoever runs this service restore it: `reel storage restore`")


def blocks(outputs: ObjectStore, name: str, start: int, size: int) -> Iterator[bytes]:
    """A part of an object, a block at a time. Raises `NoSuchObject` where the object ends before, or is gone."""
    most, end = NEAR_BLOCK_BYTES if outputs.local else FAR_BLOCK_BYTES, start + size
    while start < end:
        block = outputs.part(name, start, min(most, end - start))
        if not block:
            raise NoSuchObject.at(name, f"ends at byte {start:,}, and is to have {end:,}")
        start += len(block)
        yield block


def _done(records: Records, id_: str) -> Generation:
    found = records.standing(id_)
    if found.status != "done":
        what = f"{found.id} is {found.status}, and has nothing to be fetched"
        raise NotFound.at("generation", what, "wait until it is done: its events tell")
    return found


def _object_of(generation: Generation, name: str) -> str:
    try:
        return tenant_prefix(generation.tenant_id, generation.id) + check_object_name(name)
    except InvalidRequest:  # no file can have that name
        raise _no_such(name) from None


def _of_record(record: OutputRecord, generation: Generation) -> Delivered:
    done = generation.ended or generation.created
    once = generation.delete_after_download
    return Delivered(record.name, _object_of(generation, record.name), record.bytes, record.sha256, done, once)


def _no_such(name: str) -> NotFound:
    return NotFound.at("output", f"there is no {name[:200]!r}")
