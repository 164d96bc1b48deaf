"""Cuts of one to five frames among longer ones, copied and encoded, at every usual rate: each frame the right one, in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import av
import pytest

from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.plan.operations import Copied
from tests.clips import CLICK_EVERY, SAMPLE_RATE, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.generate.cameras import video_of

LENGTHS = range(1, 6)
KEYFRAMES = 20
"""Frames from key frame to key frame."""
RATES = ("24", "25", "30", "50", "60", "30000/1001")
OFTEN = {("h264", "30000/1001"), ("encoded", "25"), ("mezzanine", "25")}
"""What is tried each time."""
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "h264": ({"b_frames": 3}, {"copy": "require"}),
    "hevc": ({"codec": "libx265"}, {"copy": "require"}),
    "encoded": ({"b_frames": 3}, {"copy": "never"}),
    "mezzanine": ({"b_frames": 3}, {"mezzanine": True}),
}
"""What the source is like, and what the request says."""

Stretch = tuple[int, int]
"""Numbers of the first frame of a cut and of the first after it."""


def stretches(rate: Fraction) -> Iterator[Stretch]:
    """Of each length: alone between others, twice, in front of a copied stretch, and behind its last copied frame."""
    copied = int(rate) + 4
    for length in LENGTHS:
        key = KEYFRAMES * length
        yield (key + 7, key + 7 + length)
        yield (key - length, key + copied)
        yield (3 * KEYFRAMES, 3 * KEYFRAMES + length)
        yield (3 * KEYFRAMES + 1, 3 * KEYFRAMES + 1 + length)
        yield (key, key + copied + length)


def seconds(frame: int, rate: Fraction) -> str:
    return str(frame / rate)


def times_of(video: Path) -> list[Fraction]:
    """When frames are shown, in seconds."""
    with av.open(str(video)) as source:
        packets = [packet for packet in source.demux(video=0) if packet.pts is not None]
        return sorted(packet.pts * packet.time_base for packet in packets if packet.pts is not None)


def expect(video: Path, numbers: Sequence[int], rate: Fraction) -> None:
    assert read_frame_numbers(video) == list(numbers)
    assert times_of(video) == [place / rate for place in range(len(numbers))]
    clicks = [round(place * SAMPLE_RATE / rate) for place, number in enumerate(numbers) if number % CLICK_EVERY == 0]
    found = read_clicks(video)
    assert len(found) == len(clicks)
    assert all(abs(one - other) <= 1 for one, other in zip(found, clicks, strict=True))


@pytest.mark.parametrize(
    ("kind", "rate"),
    [
        pytest.param(*each, marks=[] if each in OFTEN else [pytest.mark.slow])
        for each in product(("h264", "encoded", "hevc", "mezzanine"), RATES)
    ],
)
def test_every_frame_of_short_cuts_is_the_right_one(kind: str, rate: str, make_clip: MakeClip, worker: Worker) -> None:
    made_as, asked = KINDS[kind]
    exact = Fraction(rate)
    # Large enough that untagged colours are taken for BT.709, which is what is copied.
    size = (608, 592)
    length = float(200 / exact)
    source = make_clip(numbered(0, rate=rate, size=size, keyframe_every=KEYFRAMES, seconds=length, **made_as))
    cuts = list(stretches(exact))
    request = {
        "kind": "multicam",
        "sources": [str(source)],
        "cuts": [{"source": 0, "in": seconds(first, exact), "out": seconds(end, exact)} for first, end in cuts],
        "stills": False,
        **asked,
    }
    copied = any(isinstance(step.operation, Copied) for step in plan(request, worker=worker).steps)
    assert copied == (kind in ("h264", "hevc"))
    expect(video_of(render(request, worker=worker)), [number for cut in cuts for number in range(*cut)], exact)
