"""Whether a document is small enough to be looked at: counted in one pass, before a model, a walk or a filling is begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from reel.errors import InvalidRequest, Problem
from reel.limits import Limits
from reel.request.places import OWN_NAMES, below

LISTS = {"tracks": "tracks", **dict.fromkeys(("clips", "images", "sources", "cuts", "switches"), "clips")}
"""What the entries of lists of these names count as."""
TEXTS = {"edl": "edl_characters"}
"""Fields whose texts have a limit of their own."""
WORDS = {
    "values": "has {} values",
    "request_characters": "has {} characters of text",
    "tracks": "has {} tracks",
    "clips": "has {} clips, pictures, sources, cuts and switches",
    "keyframes": "has {} keyframes",
    "variables": "has {} variables or values of them",
}


def require_small(document: Any, limits: Limits) -> None:
    """`InvalidRequest` where a document is nested too deeply, or has too much of something. Takes time by its size, at most."""
    if problems := [*_faults(document, limits)]:
        raise InvalidRequest(*problems)


Link = tuple[Any, int | str] | None
"""A place as it is come by: the place around it, and the name or number in that. Written out only where it is told."""


def _faults(document: Any, limits: Limits) -> Iterator[Problem]:
    counted: Counter[str] = Counter()
    level: list[tuple[Link, Any]] = [(None, document)]
    depth = 0
    while level:
        if fault := _too_long(level, counted, limits):
            yield fault
            return
        level = [each for place, part in level for each in _inside(place, part, counted)]
        depth += bool(level)
        counted["values"] += len(level)
        if fault := limits.fault("nesting", "request", depth, "is nested {} deep"):
            yield fault
            return
    for name, what in WORDS.items():
        if fault := limits.fault(name, "request", counted[name], what):
            yield fault


def _too_long(level: Sequence[tuple[Link, Any]], counted: Counter[str], limits: Limits) -> Problem | None:
    """The first text that is too long, or name of a field; all are counted."""
    for place, part in level:
        name = place[1] if place else ""
        for text in (part, name):
            if isinstance(text, str):
                counted["request_characters"] += len(text)
                kind = TEXTS.get(str(name), "text_characters") if text is part else "text_characters"
                if len(text) > getattr(limits, kind):
                    where = _written(place) if text is part else "request"
                    return limits.fault(kind, where, len(text), "has a text of {} characters")
    return None


def _inside(place: Link, part: Any, counted: Counter[str]) -> list[tuple[Link, Any]]:
    """The parts of a part, with their places; what they count as is counted."""
    if isinstance(part, Mapping):
        counted["keyframes"] += "at" in part and "value" in part
        if place is None:
            own = (part.get(name) for name in OWN_NAMES)
            counted["variables"] = max((len(each) for each in own if isinstance(each, Mapping)), default=0)
        for name, kind in LISTS.items():
            entries = part.get(name)
            counted[kind] += len(entries) if isinstance(entries, list | tuple) else 0
        return [((place, str(name)), value) for name, value in part.items()]
    if isinstance(part, list | tuple):
        return [((place, number), value) for number, value in enumerate(part)]
    return []


def _written(place: Link) -> str:
    parts: list[int | str] = []
    while place:
        place, part = place
        parts.append(part if isinstance(part, int) else part[:80])
    return reduce(below, reversed(parts), "") or "request"
