"""What a store of objects promises: whole files by name, that are there entirely or not at all.

The promises are those that a folder and an S3 bucket can both keep: no renaming, no appending, no locks, and no put
that depends on what is there already. Whoever needs more builds it from names that say what is in them: `artefacts`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from reel.errors import InvalidRequest, Transient
from reel.store.tiers import Availability

NAME_BYTES = 1024
"""Longest name, in bytes of UTF-8 (S3's own limit)."""
PART_BYTES = 255
"""Longest part of a name between two slashes, in bytes of UTF-8 (the limit of file systems)."""


Speed = Literal["Bulk", "Standard", "Expedited"]
"""How soon an archived object is to be readable, each with its price: S3's words for within 48, 12 and hardly an hour."""


class NoSuchObject(Transient):
    """There is no object of that name (any more), or none that still holds what was put. It can be made again, so a retry is
    right."""


class ObjectStat(NamedTuple):
    """What is known of an object without reading it."""

    name: str
    bytes: int
    modified: float
    """When it was put, in seconds since 1970."""
    tier: str = ""
    """Its storage class; empty for the bucket's own, and in a folder."""
    availability: Availability = "ready"
    """Whether it can be read. A listing does not tell that something archived is being restored, or was."""


class ObjectStore(Protocol):
    """Whole objects by name (`a/b/c`). All methods may be called from any thread and any process at once.

    Errors: `InvalidRequest` for a name that `check_object_name` refuses, `Resource` where disk or permission is lacking,
    `Transient` where trying again may help.
    """

    @property
    def local(self) -> bool:
        """Whether objects can be read where they lie, on this machine: whether `local_path` ever gives a path."""
        ...

    def put(self, name: str, path: Path, sha256: str, *, consume: bool = False) -> None:
        """Keep the bytes of the file `path` under `name`, over whatever was there.

        Nobody ever sees a part of it, and once this returns it outlasts a power cut. Putting the same twice is
        harmless. `sha256` is the digest that the caller took of the file; a store that sends it over a network checks
        it on arrival. With `consume` the file is the store's to take: it is gone afterwards, moved where possible.
        """
        ...

    def get(self, name: str, to: Path) -> None:
        """Write the object to the new file `to`, which is not there after an error, such as `NoSuchObject`."""
        ...

    def part(self, name: str, start: int, size: int) -> bytes:
        """At most `size` bytes of the object from byte `start` on; fewer where it ends before. Errors: `NoSuchObject`."""
        ...

    def local_path(self, name: str) -> Path | None:
        """Where the object lies on this machine, to be read only; `None` where it is absent or elsewhere."""
        ...

    def stat(self, name: str) -> ObjectStat | None:
        """Size and age of an object; `None` where there is none."""
        ...

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """The objects below `prefix` (`""` or `a/b/`, ending in a slash), ordered by the bytes of their names."""
        ...

    def delete(self, *names: str) -> None:
        """Remove objects; harmless where there are none."""
        ...

    def copy_from(self, other: ObjectStore, name_there: str, name: str, sha256: str) -> None:
        """Keep under `name` what another store, or this one, has under `name_there`; as `put` in all else.

        The cheapest way is taken: a hard link, a copy by the server, and only then one by way of this machine. An object
        that has the bytes of `sha256` already need not be written again. Errors: as `get` and `put`.
        """
        ...

    def where(self, name: str) -> str:
        """Where the object is or would be, for records and people: a path, or `s3://bucket/key`. Nothing is looked up."""
        ...

    def url(self, name: str, seconds: int, *, download: bool = False) -> str:
        """A link to read the object by: one for anyone, for so long, or a `file:` URI. Nothing is looked up. With `download`
        a browser saves what it gets instead of showing it, where the store can say so."""
        ...

    def move(self, name: str, tier: str) -> None:
        """Bring the object into another storage class; nothing else of it changes. Errors: `NoSuchObject`; `InvalidRequest` of
        a store that has no classes; `Resource` for one that the server does not know, or that the object must be restored from
        first."""
        ...

    def restore(self, name: str, days: int, speed: Speed = "Standard") -> Availability:
        """Ask for an archived object to be made readable, for so many days; whether it is by now. Harmless where it is, and
        where somebody has asked before. Errors: `NoSuchObject`; `Resource`, as of what the server or these rights cannot do."""
        ...

    def sweep(self) -> int:
        """Remove what dead processes left half put; how much there was. Safe at any time."""
        ...


def check_object_name(name: str) -> str:
    """The name itself; `InvalidRequest` where it is not safe in every store."""
    if wrong := _fault(name):
        raise InvalidRequest.at(repr(name), wrong, "an object's name is like `a/b/c.mp4`")
    return name


def check_prefix(prefix: str) -> str:
    """The prefix itself; `InvalidRequest` where it is neither empty nor a name and a slash."""
    if prefix and not prefix.endswith("/"):
        raise InvalidRequest.at(repr(prefix), "is no prefix", "end it with a slash")
    if prefix:
        check_object_name(prefix[:-1])
    return prefix


@lru_cache(10_000)
def _fault(name: str) -> str:
    """What is wrong with a name. A store is asked for the same ones again and again: for keys of steps that are looked up."""
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name):
        return "holds a control character or a line break"
    if "\\" in name:
        return "holds a backslash"
    if len(name.encode()) > NAME_BYTES:
        return f"is longer than {NAME_BYTES} bytes"
    for part in name.split("/"):
        if not part:
            return "is empty, absolute, or has an empty part"
        if part.startswith("."):
            return f"has the part {part!r} that starts with a dot"
        if len(part.encode()) > PART_BYTES:
            return f"has a part longer than {PART_BYTES} bytes"
    return ""
