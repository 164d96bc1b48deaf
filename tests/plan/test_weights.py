"""What steps weigh before anything is known of them: by what they read, and by what they make."""

from __future__ import annotations

import pytest

from reel.kinds import parse_request
from reel.media import MediaFacts
from reel.plan.step import Step
from tests.plan.facts import facts, plan_request

SECONDS = 4


def picture(clip: MediaFacts, **changes: object) -> Step:
    request = parse_request({"kind": "mixer", "clips": ["a.mp4"], "resolution": "480p", **changes})
    planned = plan_request(request, {"clips[0].asset": clip})
    return next(step for step in planned.steps if step.kind == "picture")


def clip(megabits_per_second: float) -> MediaFacts:
    size = int(SECONDS * megabits_per_second * 1e6 / 8)
    return facts("a", SECONDS).model_copy(update={"bytes": size})


@pytest.mark.parametrize(
    ("low", "high", "more"),
    [
        (1, 11, 0.8),  # 40 Mbit more, 0.02 s each
        (1, 1, 0.0),
        (20, 70, 4.0),
    ],
)
def test_bits_of_sources_weigh(low: float, high: float, more: float) -> None:
    light, heavy = picture(clip(low)), picture(clip(high))
    assert heavy.work.seconds - light.work.seconds == pytest.approx(more, abs=0.02)


def test_what_is_made_weighs() -> None:
    small, large = picture(clip(1)), picture(clip(1), resolution="1080p")
    assert 3 < large.work.seconds / small.work.seconds < 6


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, "480p"),
        ({"resolution": "720p"}, "720p"),
        ({"resolution": "1080p", "aspect": "16:9"}, "1080p"),
        ({"resolution": "4k"}, "2160p"),
    ],
)
def test_steps_are_sorted_by_what_encodes_them(changes: dict[str, str], size: str) -> None:
    assert picture(clip(1), **changes).operation.sort() == ("h264", "fast", size)
