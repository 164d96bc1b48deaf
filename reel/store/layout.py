"""Where artefacts lie among objects: names from keys, and keys from names.

artefacts/<operation>/<key[:2]>/<key>/manifest.json          put last: it is what makes the artefact exist
artefacts/<operation>/<key[:2]>/<key>/<content>/<file>       the files that the manifest speaks of
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from reel.artefact import Artefact
from reel.errors import Internal
from reel.store.objects import ObjectStat
from reel.values import digest

_KEY = re.compile(r"[0-9a-f]{64}")
_OPERATION = re.compile(r"[a-z0-9][a-z0-9_-]*")


class KeptKey(NamedTuple):
    """One key in the store, whole or not, as a janitor sees it."""

    operation: str
    key: str
    bytes: int
    modified: float
    """When something of it was last put, in seconds since 1970."""


def operation_folder(operation: str | None = None) -> str:
    """What the names of all artefacts begin with, or of those of one operation."""
    return f"artefacts/{_checked(_OPERATION, operation)}/" if operation is not None else "artefacts/"


def base_of(key: str, operation: str) -> str:
    """What the names of all objects of a key begin with. Raises `Internal` for what is no key or operation."""
    _checked(_KEY, key)
    return f"{operation_folder(operation)}{key[:2]}/{key}/"


def content_of(artefact: Artefact) -> str:
    """What the object names of the artefact's files begin with."""
    content = digest([(file.name, file.sha256) for file in artefact.files])[:16]
    return f"{base_of(artefact.key, artefact.operation)}{content}/"


def kept_keys(found: Iterable[ObjectStat]) -> Iterator[KeptKey]:
    """The keys of objects in the order of their names; what does not lie as artefacts do is passed over."""
    for (operation, key), stats in groupby(found, key=_owner):
        group = list(stats)
        if key:
            yield KeptKey(operation, key, sum(stat.bytes for stat in group), max(stat.modified for stat in group))


def _owner(stat: ObjectStat) -> tuple[str, str]:
    """Operation and key that an object belongs to; empty for one that is nobody's."""
    _, operation, _, key, *rest = [*stat.name.split("/"), "", "", "", ""]
    ours = rest[0] and _OPERATION.fullmatch(operation) and _KEY.fullmatch(key)
    return (operation, key) if ours else ("", "")


def _checked(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise Internal.at(repr(text), f"does not match {pattern.pattern}, as keys and operations of artefacts do")
    return text
