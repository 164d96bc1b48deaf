"""Sound that goes on when its file's picture is over is told where a clip plays to that end, and nowhere else."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reel.kinds import parse_request
from reel.media import MediaFacts
from tests.plan.facts import facts, plan_request


def film(sound_seconds: float, sound_begin: float = 0) -> MediaFacts:
    """Two seconds of picture."""
    found = facts("film", 2)
    assert found.audio
    track = {"start": Fraction(str(sound_begin)), "duration": Fraction(str(sound_seconds))}
    return found.model_copy(update={"audio": found.audio.model_copy(update=track)})


def told(document: dict[str, Any], file: MediaFacts) -> list[str]:
    request = parse_request({"stills": False, **document})
    library = dict.fromkeys(request.asset_places(), file)
    return [warning for warning in plan_request(request, library).warnings if "not heard" in warning]


def mixer(*clips: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "mixer", "clips": [{"asset": "film", **clip} for clip in clips], **more}


def template(**clip: Any) -> dict[str, Any]:
    return {"kind": "template", "timeline": {"tracks": [{"clips": [{"type": "video", "asset": "film", **clip}]}]}}


def lost(place: str, seconds: float) -> str:
    return (
        f"{place}: its file's picture ends at 2.000 s, and its sound goes on for {seconds:.2f} s, which are not heard"
    )


TEMPLATE = "timeline.tracks[0].clips[0]"
CASES: list[tuple[dict[str, Any], MediaFacts, list[str]]] = [
    (mixer({}), film(5), [lost("clips[0]", 3)]),
    (mixer({}, variants=1), film(3.5, sound_begin=0.75), [lost("clips[0]", 2.25)]),
    (
        mixer({}, {"in": 1}, {"out": 1}, variants=4, order_mixing=True),
        film(5),
        [lost("clips[0]", 3), lost("clips[1]", 3)],
    ),
    (mixer({}, speed={"min": 1.5, "max": 1.5}), film(5), [lost("clips[0]", 3)]),
    (template(), film(5), [lost(TEMPLATE, 3)]),
    (template(speed=0.5), film(5), [lost(TEMPLATE, 3)]),
    (mixer({"out": 1.5}), film(5), []),
    (mixer({}), film(2.9), []),
    (mixer({}, audio="mute"), film(5), []),
    (template(mute=True), film(5), []),
    (template(out=1.5), film(5), []),
]


@pytest.mark.parametrize(("document", "file", "said"), CASES)
def test_sound_behind_the_end_of_a_clips_picture_is_told(
    document: dict[str, Any], file: MediaFacts, said: list[str]
) -> None:
    assert sorted(told(document, file)) == said
