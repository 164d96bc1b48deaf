"""Storage classes of a bucket: which objects are put into which, and which can be read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reel.settings import OutputKind
from reel.store.content_types import content_type

SMALLEST_TIERED_BYTES = 128 << 10
"""Smaller objects stay in the bucket's own class: the colder ones bill them as if they had this size
(docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html)."""
ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Classes whose objects cannot be read until somebody has asked for them hours before (same page)."""

Availability = Literal["ready", "archived", "restoring", "restored"]
"""Whether an object can be read: always; not until it is restored; not yet; for some days."""


@dataclass(frozen=True)
class Tiers:
    """The storage class of what is put into a bucket; an empty one is the bucket's own."""

    usual: str = ""
    of_kind: Mapping[OutputKind, str] = field(default_factory=dict)
    """Of kinds that have another than the usual one."""

    def of(self, name: str, size: int) -> str:
        """The class of an object of that name and size."""
        return self.of_kind.get(kind_of(name), self.usual) if size >= SMALLEST_TIERED_BYTES else ""


USUAL = Tiers()
"""Everything in the bucket's own class."""


def kind_of(name: str) -> OutputKind:
    """What kind of output a file is, by its name. A playlist is a document: it is read before anything else is."""
    kinds: Mapping[str, OutputKind] = {"video": "video", "audio": "audio", "image": "image"}
    return kinds.get(content_type(name).partition("/")[0], "document")


def availability(tier: str, restore: str = "") -> Availability:
    """Whether an object of a class can be read. `restore` is what S3 answers in `x-amz-restore`: `ongoing-request="true"`, or
    "false" with the date until which the restored copy is kept; empty where nobody has asked for it, and in listings."""
    if tier not in ARCHIVES:
        return "ready"
    if not restore:
        return "archived"
    return "restoring" if 'ongoing-request="true"' in restore else "restored"
