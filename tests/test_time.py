"""Time arithmetic: properties that must hold for every rate, and a few values that people know by heart."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.request.parts import FRAME_RATES
from reel.time import (
    SAMPLE_RATE,
    SAMPLING_SHIFT,
    as_fraction,
    frames_in,
    round_half_up,
    sample_at,
    samples_between,
    ticks_per_frame,
    timescale_of,
)

rates = st.sampled_from([Fraction(rate) for rate in FRAME_RATES])
frames = st.integers(min_value=0, max_value=10**8)


@given(rates, st.lists(frames, min_size=2, max_size=30))
def test_samples_of_neighbours_add_up(rate: Fraction, cuts: list[int]) -> None:
    """However a timeline is cut, its pieces hold as many samples as the whole: nothing can drift."""
    cuts = sorted(cuts)
    pieces = [samples_between(start, end, rate) for start, end in pairwise(cuts)]
    assert sum(pieces) == samples_between(cuts[0], cuts[-1], rate)


@given(rates, frames)
def test_a_frame_begins_at_its_nearest_sample(rate: Fraction, frame: int) -> None:
    assert abs(sample_at(frame, rate) - frame * SAMPLE_RATE / rate) <= Fraction(1, 2)


@given(rates)
def test_a_frame_lasts_whole_ticks(rate: Fraction) -> None:
    assert Fraction(ticks_per_frame(rate), timescale_of(rate)) == 1 / rate
    assert timescale_of(rate) >= 10_000


@given(st.fractions(min_value=-1000, max_value=1000))
def test_rounding_is_to_the_nearest(value: Fraction) -> None:
    assert -Fraction(1, 2) < round_half_up(value) - value <= Fraction(1, 2)


@given(rates, frames)
def test_whole_frames_survive_seconds(rate: Fraction, count: int) -> None:
    assert frames_in(count / rate, rate) == count


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (0.1, Fraction(1, 10)),
        ("30000/1001", Fraction(30000, 1001)),
        (3, Fraction(3)),
        ("1.5", Fraction(3, 2)),
        (1e-7, Fraction(1, 10**7)),
    ],
)
def test_numbers_are_read_as_written(given_value: object, expected: Fraction) -> None:
    assert as_fraction(given_value) == expected


@pytest.mark.parametrize(
    "wrong",
    [True, "1/0", "ten", None, float("nan"), float("inf"), [1], "1e10000000", "-2E+00099999", "9" * 5000, "1e-4000"],
)
def test_what_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="number"):
        as_fraction(wrong)


@pytest.mark.parametrize(
    ("rate", "timescale", "ticks"),
    [("30", 15360, 512), ("30000/1001", 30000, 1001), ("24", 12288, 512), ("25", 12800, 512), ("60", 15360, 256)],
)
def test_timescales_are_those_of_ffmpeg(rate: str, timescale: int, ticks: int) -> None:
    assert (timescale_of(Fraction(rate)), ticks_per_frame(Fraction(rate))) == (timescale, ticks)


RATES = [Fraction(rate) for rate in (12, 15, 48, 120, *FRAME_RATES)]
TENTHS = (1, 2.5, 5, 7.5, 8, 9, 10, 10.5, 11, 12.5, 13, 15, 17.5, 20, 22, 25, 30, 40, 80)
SPEEDS = [Fraction(tenths) / 10 for tenths in TENTHS]


@pytest.mark.parametrize("rate", RATES)
def test_no_source_frame_lies_on_the_edge_between_two_of_the_output(rate: Fraction) -> None:
    """In points in thousandths of a second, or in frames: what is shown hangs on no rounding of FFmpeg's (nanoseconds)."""
    edge, nanosecond = Fraction(1, 2) - SAMPLING_SHIFT, Fraction(1, 10**9)
    for source, speed in itertools.product(RATES, SPEEDS):
        steps = (rate / speed / 1000, rate / speed / source, Fraction(1))
        below = math.lcm(*(step.denominator for step in steps))
        grid = Fraction(math.gcd(*(int(step * below) for step in steps)), below)
        assert abs(edge - round(edge / grid) * grid) / rate > 50 * nanosecond, (source, speed)
