"""Names that requests know are those that are there: requests lie below what draws and composes."""

from __future__ import annotations

import pytest

from reel.compose.transitions import NAMES
from reel.compose.transitions import TRANSITIONS as OURS
from reel.draw import LOOPS, STILLS
from reel.presets import DRAWN_LOOPS, DRAWN_STILLS, OWN_TRANSITIONS, TRANSITIONS
from reel.request.parts import known_transition


def test_transitions() -> None:
    assert sorted(TRANSITIONS) == sorted(NAMES)
    assert sorted(OWN_TRANSITIONS) == sorted(OURS)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("wipelef", "did you mean `wipe-left`?"),
        ("fadeblak", "did you mean `fade-black`?"),
        ("Slide", "say which: `slide-down`, `slide-left`, `slide-right` or `slide-up`"),
        ("wipe", "`wipe-top-right` or `wipe-up`"),
        ("nothing", "see docs/transitions.md"),
    ],
)
def test_transitions_are_suggested_by_the_names_that_they_have_here(given: str, said: str) -> None:
    with pytest.raises(ValueError, match="is not a transition") as refused:
        known_transition(given)
    assert str(refused.value).endswith(said)
    named = str(refused.value).partition("; ")[2].split("`")[1::2]
    assert set(named) <= set(OURS)


def test_the_library() -> None:
    assert set(DRAWN_STILLS) == set(STILLS)
    assert set(DRAWN_LOOPS) == set(LOOPS)
