"""In what two JSON documents differ, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from reel.values import Value, canonical


class Difference(Value):
    """One field that is another."""

    place: str
    """As people write it: `clips[2].in`; empty for the document itself. What is gone has the place that it had."""
    before: Any = None
    """Null, too, where there was none."""
    now: Any = None


def differences(before: Any, now: Any, place: str = "") -> Iterator[Difference]:
    """The smallest parts in which two documents differ, in the order of the later one. Lists are held against each other as
    texts are, so that what was put in or taken out moves nothing that follows."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*now, *before]):
            yield from differences(before.get(name), now.get(name), f"{place}.{name}" if place else name)
    elif isinstance(before, list | tuple) and isinstance(now, list | tuple):
        yield from _of_lists(before, now, place)
    elif before != now:
        yield Difference(place=place, before=before, now=now)


def _of_lists(before: Sequence[Any], now: Sequence[Any], place: str) -> Iterator[Difference]:
    old, new = [[canonical(item) for item in each] for each in (before, now)]
    # Without `autojunk`, which takes what stands often in a long list for noise (Python's documentation).
    for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for i, j in zip_longest(range(a, b), range(c, d)):
            if i is None or j is None or old[i] != new[j]:
                here = f"{place}[{i if j is None else j}]"
                yield from differences(None if i is None else before[i], None if j is None else now[j], here)
