"""Which source of a multicam decides shape, size and rate: the first of the list that is seen, whenever it is seen."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reel.kinds.multicam.compile import compile_multicam
from reel.kinds.multicam.request import MulticamRequest
from reel.media import MediaFacts
from reel.presets import Canvas
from tests.plan.facts import facts

LARGE, SMALL = Canvas(width=1280, height=720, rate=Fraction(25)), Canvas(width=640, height=360, rate=Fraction(50))


def camera(name: str, canvas: Canvas) -> MediaFacts:
    made = facts(name, 10, size=canvas.size)
    assert made.video
    frames = int(made.video.duration * canvas.rate)
    return made.model_copy(update={"video": made.video.model_copy(update={"rate": canvas.rate, "frames": frames})})


@pytest.mark.parametrize(
    ("seen", "leads"), [((0, 1), LARGE), ((1, 0), LARGE), ((1, 0, 1), LARGE), ((1,), SMALL), ((0,), LARGE)]
)
def test_the_first_of_the_list_leads_in_whatever_order_sources_are_seen(seen: tuple[int, ...], leads: Canvas) -> None:
    library = {"sources[0].asset": camera("a", LARGE), "sources[1].asset": camera("b", SMALL)}
    decisions = {
        "switches": [{"at": 2 * number, "source": source} for number, source in enumerate(seen)],
        "cuts": [{"source": source, "in": 1, "out": 2} for source in seen],
    }
    for field, value in decisions.items():
        request = MulticamRequest.model_validate({"sources": ["a.mp4", "b.mp4"], field: value})
        (timeline,) = compile_multicam(request, library, {}).timelines
        assert (timeline.canvas.size, timeline.canvas.rate) == (leads.size, leads.rate)
