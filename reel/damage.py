"""What of a file was damaged where it was decoded, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from reel.media import MediaFacts
from reel.time import Rational
from reel.values import Value

TOGETHER_SECONDS = 1
"""What is damaged so near to each other is told as one."""
DAMAGE = "damage"
"""Where it stands among the measures of a step."""
MOST_TOLD = 5
"""Stretches of one stream."""


class Damage(Value):
    """A stretch of a stream in which its decoder helped itself. Times are in seconds on the file's clock."""

    asset: str
    """SHA-256 of the file."""
    stream: int
    begin: Rational
    end: Rational
    patched: int = 0
    """Frames that were decoded in part, the rest of them made up from their neighbours."""
    lost: int = 0
    """Frames that could not be decoded; where both are 0, nobody knows how many."""


def together(damage: Iterable[Damage]) -> list[Damage]:
    """Each stretch of each stream once, in order: several steps may have read the same, and one stretch may lie in several."""
    found: list[Damage] = []
    for each in sorted(damage, key=lambda each: (each.asset, each.stream, each.begin, each.end)):
        last = found[-1] if found else None
        same = last is not None and (last.asset, last.stream) == (each.asset, each.stream)
        if last is None or not same or each.begin > last.end + TOGETHER_SECONDS:
            found.append(each)
            continue
        # What was read twice is counted once; what lies behind it is more of the same.
        count = max if each.begin < last.end else sum
        counts = {name: count((getattr(last, name), getattr(each, name))) for name in ("patched", "lost")}
        found[-1] = last.model_copy(update={"end": max(last.end, each.end), **counts})
    return found


def damage_told(damage: Iterable[Damage], library: Mapping[str, MediaFacts], names: Mapping[str, str]) -> Iterator[str]:
    """In words, each file under the first field that names it (`library`, `names`: by field), in seconds from its begin."""
    by_stream: dict[tuple[str, int], list[Damage]] = {}
    for each in together(damage):
        by_stream.setdefault((each.asset, each.stream), []).append(each)
    for (asset, stream), stretches in by_stream.items():
        place, facts = next(((place, facts) for place, facts in library.items() if facts.sha256 == asset), ("", None))
        if facts is None:
            continue
        what = "picture" if facts.video and facts.video.index == stream else "sound"
        said = ", ".join(_said(each, facts.zero) for each in stretches[:MOST_TOLD])
        more = f" and {len(stretches) - MOST_TOLD} more times" if len(stretches) > MOST_TOLD else ""
        counted = "frames that could not be decoded in full, and what is drawn from them"
        counted = counted if what == "picture" else "packets that could not be decoded"
        yield f"{place}: the {what} of {names.get(place, 'the file')} is damaged {said}{more}: {counted}"


def _said(damage: Damage, zero: Fraction) -> str:
    counted = [f"{count} {what}" for count, what in ((damage.patched, "patched up"), (damage.lost, "missing")) if count]
    how = ", ".join(counted) or "nobody knows how much"
    return f"from {float(damage.begin - zero):.2f} s to {float(damage.end - zero):.2f} s ({how})"
