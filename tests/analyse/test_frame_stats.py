"""What is measured of frames: PySceneDetect's scores, and the same whether a video is seen as a whole or in parts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scenedetect import AdaptiveDetector, FrameTimecode, StatsManager

from reel.analyse.scenes import find_cuts
from reel.analyse.stillness import black_stretches, frozen_stretches
from reel.frame_stats import FrameMeter, FrameStats, PartStats, Picture, joined, measured, read_stats, write_stats
from tests.analyse.test_scenes import CUTS, RATE, dissolved, flashed, plain, scene

VIDEOS: dict[str, list[Picture]] = {
    **{name: pictures for name, (pictures, _) in CUTS.items()},
    "a dissolve": dissolved(30, 60),
    "still, black, moving, still": [*scene(1, 40, drift=0), *plain(5, 20), *scene(2, 30), *scene(3, 70, drift=0)],
    "a flash of one picture": flashed([*scene(1, 60)], 30, 31),
}


def stats_of(pictures: list[Picture]) -> FrameStats:
    return part_of(pictures).stats


def part_of(pictures: list[Picture]) -> PartStats:
    part = measured(pictures, RATE)
    assert part
    return part


@pytest.mark.parametrize("name", VIDEOS)
def test_scores_are_those_of_pyscenedetect(name: str) -> None:
    detector, kept = AdaptiveDetector(), StatsManager()
    detector.stats_manager = kept
    times = [FrameTimecode(number, fps=30.0) for number in range(len(VIDEOS[name]))]
    for time, picture in zip(times, VIDEOS[name], strict=True):
        detector.process_frame(time, picture)
    expected = [kept.get_metrics(time, ["content_val"])[0] for time in times[1:]]
    assert stats_of(VIDEOS[name]).scores[1:] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", [name for name in CUTS if "flash" not in name])
def test_cuts_are_those_of_its_adaptive_detector(name: str) -> None:
    pictures = CUTS[name][0]
    detector = AdaptiveDetector(min_scene_len=1)
    held = [*pictures[:1] * 2, *pictures, *pictures[-1:] * 2]  # it says nothing of frames that have too few neighbours
    found = [
        cut.frame_num - 2
        for number, picture in enumerate(held)
        for cut in detector.process_frame(FrameTimecode(number, fps=30.0), picture)
    ]
    assert [cut.frame for cut in find_cuts(stats_of(pictures), RATE)] == found


@pytest.mark.parametrize("bounds", [(), (30,), (29, 31), (30, 32, 34), (1, 2, 3, 50), (33, 61)])
@pytest.mark.parametrize("name", VIDEOS)
def test_parts_say_what_the_whole_says(name: str, bounds: tuple[int, ...]) -> None:
    pictures = VIDEOS[name]
    edges = [0, *(bound for bound in bounds if bound < len(pictures)), len(pictures)]
    parts = joined(part_of(pictures[first:end]) for first, end in pairwise(edges))
    whole = stats_of(pictures)
    assert find_cuts(parts, RATE) == find_cuts(whole, RATE)
    assert black_stretches(parts, 15) == black_stretches(whole, 15)
    assert frozen_stretches(parts, 20) == frozen_stretches(whole, 20)
    for found, expected in ((parts.scores, whole.scores), (parts.changes, whole.changes)):
        assert np.array_equal(found, expected)


def test_still_and_black_stretches_go_on_across_parts() -> None:
    parts = joined(map(part_of, ([*scene(1, 30)], plain(0, 20), plain(0, 25), [*plain(0, 5), *scene(1, 10)])))
    assert black_stretches(parts, 15) == frozen_stretches(parts, 15) == [(30, 80)]


def test_few_thumbnails_are_kept() -> None:
    """Of a minute of a moving camera some kilobytes, not those of all frames."""
    assert len(stats_of([*scene(1, 600)]).remembered) < 20


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    part = part_of(VIDEOS["three scenes"])
    write_stats(tmp_path / "stats.npz", part)
    again = read_stats(tmp_path / "stats.npz")
    assert vars(again.stats).keys() == vars(part.stats).keys()
    for name, kept in vars(part.stats).items():
        assert np.array_equal(getattr(again.stats, name), kept), name
    for name in ("first", "last", "at_rest"):
        assert np.array_equal(getattr(again, name), getattr(part, name)), name


@pytest.mark.parametrize("rate", [Fraction(5), Fraction(60)])
def test_a_flash_is_remembered_at_any_rate(rate: Fraction) -> None:
    frames = round(rate)
    pictures = flashed([*scene(1, 3 * frames, drift=0.2)], frames, frames + max(1, round(rate / 6)))
    parts = joined(part for half in (pictures[:frames], pictures[frames:]) if (part := measured(half, rate)))
    assert find_cuts(parts, rate) == []


def test_what_stands_still_does_so_through_key_frames() -> None:
    """Each is coded by itself, and so a little otherwise: a photograph was still for two seconds at a time."""
    (still,) = scene(1, 1)
    coded = [np.clip(still.astype(int) + change, 0, 255).astype(np.uint8) for change in (0, 2, 1, 2)]
    meter = FrameMeter(RATE)
    for number in range(120):
        meter.see(coded[number // 30], key=number % 30 == 0)
    part = meter.measured()
    assert part
    assert frozen_stretches(part.stats, 20) == [(0, 120)]
    assert frozen_stretches(joined([part, part]), 20) == [(0, 240)]


def test_another_picture_is_another_though_it_begins_with_a_key_frame() -> None:
    meter = FrameMeter(RATE)
    shown = [next(scene(number, 1)) for number in (1, 2)]
    for number in range(90):
        meter.see(shown[number // 45], key=number % 15 == 0)
    part = meter.measured()
    assert part
    assert frozen_stretches(part.stats, 20) == [(0, 45), (45, 90)]
