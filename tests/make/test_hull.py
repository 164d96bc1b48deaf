"""Rungs that are chosen of curves: the outermost of all sizes, clearly apart, from where nobody sees more to the floor."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reel.make.hull import FLOOR_BITS_PER_SECOND, STEP_BITS, STEP_VMAF, TOP_VMAF, Curve, Decision, Tried, decided

CRFS = (17.0, 22.0, 27.0, 32.0, 37.0)


def curve(*vmaf_at_kbits: tuple[float, float], full: bool = False, codec: str = "h264") -> Curve:
    """What five qualities came to; the dearest sample takes twice the mean."""
    points = (
        Tried(crf, vmaf, 1000 * kbits, 2000 * kbits) for crf, (vmaf, kbits) in zip(CRFS, vmaf_at_kbits, strict=True)
    )
    return Curve(codec, full, tuple(points))


FILM = (
    curve((97, 4000), (94.6, 2100), (89.4, 1100), (80, 580), (65, 320), full=True),
    curve((92, 2300), (87.7, 1090), (80, 530), (66.6, 280), (47.4, 160)),
    curve((85.5, 1460), (80.3, 710), (70.3, 350), (55.2, 186), (34, 105)),
)
"""As x264 has it of Big Buck Bunny."""

CAPTURE = (
    curve((99, 500), (98, 340), (96, 230), (93, 160), (88, 110), full=True),
    curve((88, 330), (87, 240), (85, 170), (82, 120), (78, 90)),
)
"""Text: what is scaled down loses what there is to see."""

STILL = (curve((99.5, 60), (99, 40), (98.5, 30), (98, 22), (97, 16), full=True),)
NOISE = (curve((82, 5000), (78, 4900), (72, 4000), (60, 2500), (45, 1200), full=True),)
"""What a cap keeps from being better."""

TITLES = {"film": FILM, "capture": CAPTURE, "still": STILL, "noise": NOISE}
RUNGS = {
    "film": [(0, 95), (0, 89), (1, 81), (1, 70), (2, 56), (2, 35)],
    "capture": [(0, 95), (0, 88)],
    "still": [(0, 97)],
    "noise": [(0, 82), (0, 63), (0, 50)],
}
"""Candidates and about their VMAF: as few as a title has need of."""


def of(title: str) -> Decision:
    curves = TITLES[title]
    return decided(curves, [False] * len(curves))


@pytest.mark.parametrize("title", TITLES)
def test_titles_have_the_rungs_that_they_need(title: str) -> None:
    found = of(title).rungs
    assert [rung.candidate for rung in found] == [candidate for candidate, _ in RUNGS[title]]
    assert [rung.at.vmaf for rung in found] == pytest.approx([vmaf for _, vmaf in RUNGS[title]], abs=1.5)


@pytest.mark.parametrize("title", TITLES)
def test_rungs_are_clearly_apart_and_end_at_the_floor(title: str) -> None:
    found = [rung.at for rung in of(title).rungs]
    for better, worse in pairwise(found):
        assert better.vmaf - worse.vmaf >= STEP_VMAF
        assert better.bits_per_second >= STEP_BITS * worse.bits_per_second
    assert all(each.bits_per_second > FLOOR_BITS_PER_SECOND for each in found[:-1])


@pytest.mark.parametrize("title", TITLES)
def test_no_size_that_was_tried_is_as_good_with_fewer_bits(title: str) -> None:
    tried = [point for each in TITLES[title] for point in each.points]
    for rung in of(title).rungs:
        assert not [
            point
            for point in tried
            if point.vmaf >= rung.at.vmaf and point.bits_per_second < rung.at.bits_per_second - 1
        ]


def test_the_first_is_as_large_as_the_video_even_where_a_smaller_one_is_cheaper() -> None:
    full, small = curve((99, 900), (97, 700), (95, 500), (92, 400), (90, 300), full=True), STILL[0]
    first = decided([full, Curve("h264", False, small.points)], [False, False]).rungs[0]
    assert first.candidate == 0
    assert first.at.vmaf == pytest.approx(TOP_VMAF)
    assert first.at.crf == 27


def test_encoders_that_count_in_whole_numbers_are_told_whole_numbers() -> None:
    assert all(rung.at.crf == int(rung.at.crf) for rung in decided(FILM, [True] * 3).rungs)


CODECS = {
    "a third less": (0.66, True),
    "a little less": (0.95, False),
    "more": (1.2, False),
}


@pytest.mark.parametrize("case", CODECS)
def test_a_codec_is_worth_a_ladder_where_it_saves_a_tenth(case: str) -> None:
    share, is_worth = CODECS[case]
    other = [
        curve(
            *((point.vmaf, share * point.bits_per_second / 1000) for point in each.points), full=each.full, codec="hevc"
        )
        for each in FILM
    ]
    found = decided([*FILM, *other], [False] * 6)
    assert {rung.candidate // 3 for rung in found.rungs} == ({0, 1} if is_worth else {0})
    assert found.passed_over == ({} if is_worth else {"hevc": pytest.approx(share, abs=0.02)})


def test_a_codec_that_comes_to_nothing_as_good_is_passed_over() -> None:
    poor = Curve("vp9", True, NOISE[0].points)
    found = decided([STILL[0], poor], [False, True])
    assert found.passed_over == {"vp9": None}
    assert [rung.candidate for rung in found.rungs] == [0]
