"""A text that is shown for a while, as WebVTT has it: https://www.w3.org/TR/webvtt1/."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from reel.time import round_half_up

STAMP_TAG = re.compile(r"<(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})>")
"""A moment within a cue's text, from which on the rest of it is said."""


@dataclass(frozen=True)
class Cue:
    """Times are milliseconds, the end excluded. They may lie before 0, where nothing is shown."""

    start: int
    end: int
    text: str
    """Lines as WebVTT has them: `<` and `&` of the text itself are escaped, and none is empty."""
    settings: str = ""
    """Where on the picture it stands; empty: at the bottom."""


def within(cues: Iterable[Cue], offset: Fraction, end: Fraction) -> tuple[Cue, ...]:
    """The cues `offset` seconds later, as much of them as lies between 0 and `end` seconds, by their beginnings."""
    shift, last = round_half_up(offset * 1000), round_half_up(end * 1000)
    moved = [_moved(cue, shift, last) for cue in cues]
    return tuple(sorted((cue for cue in moved if cue.start < cue.end), key=lambda cue: (cue.start, cue.end)))


def _moved(cue: Cue, shift: int, last: int) -> Cue:
    start, end = max(0, cue.start + shift), min(last, cue.end + shift)

    def stamp(match: re.Match[str]) -> str:
        time = milliseconds(*match.groups()) + shift
        return f"<{_time(time)}>" if start < time < end else ""

    return Cue(start, end, STAMP_TAG.sub(stamp, cue.text), cue.settings)


def webvtt(cues: Iterable[Cue]) -> str:
    """A whole file; of what lies before 0, nothing."""
    seen = (cue for cue in cues if cue.start >= 0 or cue.end > 0)
    blocks = [
        f"{_time(max(0, cue.start))} --> {_time(cue.end)} {cue.settings}".rstrip() + f"\n{cue.text}\n" for cue in seen
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> int:
    """A time from its written parts; the fraction has two or three digits."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int(fraction.ljust(3, "0"))


def signed(sign: str, *parts: str) -> int:
    """A time that may lie before 0, where all times of a file were moved: there is a minus in front of the whole."""
    return milliseconds(*parts) * (-1 if sign else 1)


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
