"""Sharing bits out, choosing a quality on a curve, and seeing that frames are out of step: as tables."""

from __future__ import annotations

import pytest

from reel.ffmpeg.quality import measured_frames
from reel.make.measuring import joined, out_of_step
from reel.make.passes import shared_out
from reel.make.probing import chosen, pooled

CURVE = [(17.0, 96.0), (22.0, 92.0), (27.0, 84.0), (32.0, 70.0)]


@pytest.mark.parametrize(
    ("varying", "fixed", "seconds", "mean", "cap", "shares"),
    [
        ([100, 100], [0, 0], [1, 1], 500_000, 1_000_000, [500_000, 500_000]),
        ([100, 300], [0, 0], [1, 1], 500_000, 1_000_000, [250_000, 750_000]),
        # Bits are for seconds: the long stretch costs no more for each.
        ([100, 300], [0, 0], [1, 3], 500_000, 1_000_000, [500_000, 500_000]),
        # What the cap keeps from one goes to the others.
        ([100, 900], [0, 0], [1, 1], 600_000, 1_000_000, [300_000, 900_000]),
        # More than all can have: each has what the cap allows.
        ([100, 900], [0, 0], [1, 1], 5_000_000, 1_000_000, [900_000, 900_000]),
        # Black costs nothing, and has little.
        ([0, 100], [0, 0], [1, 1], 500_000, 2_000_000, [10_000, 990_000]),
        # What no quality changes is not shared out: each has it, and of the rest its part.
        ([100_000, 300_000], [50_000, 50_000], [1, 1], 150_000, 1_000_000, [100_000, 200_000]),
        # Headers and skipped blocks of a still picture: no encoder does with less, and a little more is left to it.
        ([0, 40_000_000], [16_000, 30_000], [1, 1], 500_000, 2_000_000, [18_000, 982_000]),
        # A frame: its headers are more than a fiftieth of what is asked for a second.
        ([4_000], [6_300], [0.02], 300_000, 600_000, [540_000]),
        # Less than they take is asked for, and less than the cap allows.
        ([1_000, 1_000], [30_000, 60_000], [1, 2], 20_000, 20_000, [33_000, 33_000]),
    ],
)
def test_bits_are_shared_out(
    varying: list[int], fixed: list[int], seconds: list[float], mean: int, cap: int, shares: list[int]
) -> None:
    assert shared_out(varying, fixed, seconds, mean, cap) == shares


@pytest.mark.parametrize(
    ("vmaf", "whole", "crf"),
    [
        (92, False, 22.0), (94, False, 19.5), (94, True, 19.0), (88, False, 24.5), (77, False, 29.5), (77, True, 29.0),
        # All of the curve is better, or worse.
        (60, False, 32.0), (98, False, 17.0),
    ],
)  # fmt: skip
def test_the_worst_quality_that_is_good_enough(vmaf: float, whole: bool, crf: float) -> None:
    assert chosen(CURVE, vmaf, whole=whole) == crf


def test_samples_weigh_by_their_frames() -> None:
    sample = {"crf": 20.0, "bits_per_second": 100.0}
    probes = [{"frames": 30, "points": [sample | {"vmaf": 90.0}]}, {"frames": 10, "points": [sample | {"vmaf": 50.0}]}]
    assert pooled(probes) == [{"crf": 20.0, "vmaf": 80.0, "bits_per_second": 100.0}]


@pytest.mark.parametrize(
    ("even", "late", "early", "found"),
    [
        ([4.0, 4.0], [9.0], [9.0], None),
        # Nothing moves: the frames beside are as like.
        ([4.0, 4.0], [4.0], [3.9], None),
        ([0.0, 0.0], [0.0], [0.0], None),
        ([9.0, 9.0], [4.0], [20.0], "a frame late"),
        ([9.0, 9.0], [20.0], [4.0], "a frame early"),
        # Of two frames at a poor quality the second is a copy of the first; or the first is the worse by itself.
        ([0.7, 3.1], [1.2], [3.0], None),
        ([3.1, 0.7], [3.0], [1.2], None),
    ],
)
def test_out_of_step(even: list[float], late: list[float], early: list[float], found: str | None) -> None:
    said = out_of_step({"even": even, "late": late, "early": early})
    assert said is None if found is None else found in str(said)


def test_values_of_segments_are_put_one_after_another() -> None:
    assert joined([[1.0, 2.0], [3.0]], [3, 2], 2) == [(0, 1.0), (2, 2.0), (3, 3.0)]
    assert joined([[1.0, 2.0, 3.0], [4.0, 5.0]], [8, 5], 4) == [(0, 1.0), (4, 2.0), (7, 3.0), (8, 4.0), (12, 5.0)]


@pytest.mark.parametrize("every", [4, 5, 8, 25])
@pytest.mark.parametrize("pattern", [2, 4, 8])
def test_frames_that_encoders_make_better_are_measured_no_more_often(every: int, pattern: int) -> None:
    frames = measured_frames(300 * every, every)
    assert frames[:3] == [0, every, 2 * every - 1]
    better = sum(frame % pattern == 0 for frame in frames) / len(frames)
    assert better == pytest.approx(1 / pattern, abs=0.02)
