"""Names that requests know are those that are there: requests lie below what draws and composes."""

from __future__ import annotations

from reel.compose.transitions import NAMES
from reel.draw import LOOPS, STILLS
from reel.presets import DRAWN_LOOPS, DRAWN_STILLS, TRANSITIONS


def test_transitions() -> None:
    assert sorted(TRANSITIONS) == sorted(NAMES)


def test_the_library() -> None:
    assert set(DRAWN_STILLS) == set(STILLS)
    assert set(DRAWN_LOOPS) == set(LOOPS)
