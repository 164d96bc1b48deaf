"""What a janitor finds to remove, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from reel.control.cleaning import Removed
from reel.store import KeptKey, ObjectStore, tenant_prefix

BATCH = 200
"""Removed after one question to the catalogue: a second's work in a bucket."""
FIRST = 5
"""Names that a report tells of each category."""

Item = TypeVar("Item")


class Gone(NamedTuple):
    """Something that was removed, or would be."""

    name: str
    bytes: int = 0


class Folder(NamedTuple):
    """The outputs of one generation, as they lie there."""

    tenant: str
    generation: str
    bytes: int
    modified: float
    """When something in it was last put, in seconds since 1970."""

    @property
    def prefix(self) -> str:
        return f"{self.tenant}/{self.generation}/"


def folders_of(outputs: ObjectStore, tenant: str) -> Iterator[Folder]:
    """The outputs of a tenant, a folder for each generation."""
    found = (stat for stat in outputs.list(tenant_prefix(tenant)) if stat.name.count("/") > 1)
    for generation, stats in groupby(found, key=lambda stat: stat.name.split("/")[1]):
        group = list(stats)
        yield Folder(tenant, generation, sum(stat.bytes for stat in group), max(stat.modified for stat in group))


def gone_of(kept: KeptKey) -> Gone:
    """An artefact, as it is told of."""
    return Gone(f"{kept.operation}/{kept.key[:12]}", kept.bytes)


def summed(what: str, gone: Iterable[Gone]) -> Removed:
    """All of a category; what is lazy is removed while it is counted."""
    count, size = 0, 0
    first: list[str] = []
    for each in gone:
        count, size = count + 1, size + each.bytes
        if len(first) < FIRST:
            first.append(each.name)
    return Removed(what=what, count=count, bytes=size, first=tuple(first))


def in_batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """So many of them as are removed after one question to the catalogue."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
