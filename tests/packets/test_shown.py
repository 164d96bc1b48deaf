"""Single frames by their moments: those of numbered clips, whatever the container and however far in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reel.media import MediaFacts
from reel.packets.probe import probe
from reel.packets.shown import frames_shown
from tests.clips import _number_in, numbered
from tests.conftest import MakeClip

CONTAINERS = [
    {"suffix": ".mp4", "audio_codec": "aac"},
    {"suffix": ".mkv"},
    {"suffix": ".webm", "codec": "libvpx", "audio_codec": "libopus"},
]


def numbers(path: Path, facts: MediaFacts, moments: list[Fraction]) -> list[int]:
    frames = frames_shown(path, facts, moments, "clip")
    return [_number_in(frame.planes[0], None) for frame in frames]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("rate", ["25", "30000/1001"])
def test_the_last_frame_that_begins_before_a_moment_is_shown(
    container: dict[str, Any], rate: str, make_clip: MakeClip
) -> None:
    path = make_clip(numbered(rate=rate, seconds=2, size=(320, 180), keyframe_every=12, **container))
    facts = probe(path, "0" * 64, "clip")
    wanted = [0, 0, 1, 7, 11, 12, 13, 40]
    late = [Fraction(1, 1000), Fraction(1, 2), Fraction(99, 100)]
    moments = [facts.zero + (number + late[place % 3]) / Fraction(rate) for place, number in enumerate(wanted)]
    assert numbers(path, facts, sorted(moments)) == wanted
    # Each alone is found from another key frame.
    assert [numbers(path, facts, [moment])[0] for moment in moments[-2:]] == wanted[-2:]
    # At the very moment at which a frame begins, the one before it is the last that began before.
    assert numbers(path, facts, [facts.zero + 13 / Fraction(rate)]) == [12]


def test_before_the_first_frame_the_first_is_shown_and_after_the_last_the_last(make_clip: MakeClip) -> None:
    path = make_clip(numbered(5, seconds=1, size=(320, 180)))
    facts = probe(path, "0" * 64, "clip")
    assert numbers(path, facts, [Fraction(-1), Fraction(0), Fraction(9)]) == [5, 5, 34]
