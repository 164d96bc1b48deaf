"""Places in a document as people write them: `clips[2].in`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

Path = tuple[int | str, ...]

TYPES: Mapping[str | int, tuple[str, ...]] = {
    "timeline": ("video", "image", "colour", "drawn", "text", "audio"),
    "outputs": ("video", "audio", "ladder", "pictures", "analysis"),
}
"""What pydantic puts after the number of an entry that has a `type`: which of its models it tried. By the field that they are
in."""

FORMS = ("float", "int", "str", "bool", "decimal", "list", "tuple", "dict", "constrained", "literal")
"""What pydantic calls the branches of unions of plain values."""

OWN_NAMES = ("variables", "data")
"""Fields whose keys are names of the user's own."""


def field_path(location: Path) -> str:
    """`("clips", 2, "in")` as people write it: `clips[2].in`. Names of union branches, which nobody wrote, are left out."""
    path = ""
    for before, part in zip((None, *location), location, strict=False):
        if isinstance(part, int):
            path += f"[{part}]"
        elif is_type(before, part, location):
            continue
        elif path in OWN_NAMES or (part.isidentifier() and not part[0].isupper() and part not in FORMS):
            path += f".{part}" if path else part
    return path or "request"


def is_type(before: int | str | None, part: int | str, location: Path) -> bool:
    """Whether a part of pydantic's location is the type of an entry, which comes after its number."""
    return isinstance(before, int) and part in TYPES.get(location[0], ())


def below(place: str, part: int | str) -> str:
    """The place of a part of what is at a place."""
    if isinstance(part, int):
        return f"{place}[{part}]"
    return f"{place}.{part}" if place else part


PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def parts_of(place: str) -> Path:
    """`clips[2].in` as `("clips", 2, "in")`. Raises `ValueError` for what is no place."""
    found = [*PART.finditer(place)]
    if not found or "".join(each[0] for each in found) != place or place.startswith((".", "[")):
        raise ValueError(f"{place!r} is no field")
    return tuple(each[1] if each[1] is not None else int(each[2]) for each in found)


def with_value(document: Any, path: Path, value: Any) -> Any:
    """A copy of a document with a value at a place; objects that are not there are made, and a list grows by one at its end.

    Raises `ValueError` where the place is within what is neither.
    """
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        entries = [] if document is None else document
        if not isinstance(entries, list | tuple):
            raise ValueError("is within what is no list")
        if part > len(entries):
            raise ValueError(f"is in entry {part} of a list of {len(entries)}")
        inner = entries[part] if part < len(entries) else None
        return [*entries[:part], with_value(inner, rest, value), *entries[part + 1 :]]
    fields = {} if document is None else document
    if not isinstance(fields, Mapping):
        raise ValueError("is within what is no object")
    return {**fields, part: with_value(fields.get(part), rest, value)}


def enclosing(place: str) -> Iterator[str]:
    """`a[1].b` as `a`, `a[1]` and `a[1].b`."""
    yield from (place[: match.start()] for match in re.finditer(r"[.\[]", place))
    yield place


def unnumbered(place: str) -> str:
    """`clips[2].in` as `clips[].in`: that of any."""
    return re.sub(r"\[\d+\]", "[]", place)


def lies_in(place: str, places: Collection[str]) -> bool:
    """Whether a place is one of these, or within one."""
    return bool(places) and any(part in places for part in enclosing(place))
