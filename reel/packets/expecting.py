"""What every check of a file of ours begins with. A failed check is an error with the numbers in it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from reel.errors import Internal
from reel.time import round_half_up


def opened(path: Path, place: str, opener: Callable[[Path], InputContainer] = av.open) -> InputContainer:
    """A file that was made; `Internal` where it is none."""
    try:
        return opener(path)
    except av.FFmpegError as error:
        raise Internal.at(place, f"cannot be read back: {error}", "report this") from error


def expect(place: str, what: str, found: object, expected: object) -> None:
    """Raise `Internal` unless what is found is what is expected."""
    if found != expected:
        raise Internal.at(place, f"{what}: expected {_brief(expected)}, found {_brief(found)}", "report this")


def _brief(value: object) -> str:
    text = f"{float(value):.6f}" if isinstance(value, Fraction) else str(value)
    return text if len(text) <= 120 else f"{text[:120]}..."


def ticks_at(seconds: Fraction, tick: Fraction) -> int:
    """A time on a clock; to its nearest tick where it is coarse, as WebM's milliseconds are."""
    return round_half_up(seconds / tick)
