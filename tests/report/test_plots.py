"""Curves: that they go through what was measured, whatever its length."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reel.report.plots import HEIGHT, MOST_POINTS, WIDTH, bits_plot, loudness_plot, plots_of, quality_plot


def points(path: str) -> list[tuple[float, float]]:
    assert re.fullmatch(r"M[\d. ]+(L[\d. ]+)*", path)
    return [(float(x), float(y)) for x, y in (each.split() for each in path[1:].split("L"))]


def analysis(seconds: float, *streams: list[int], loudness: dict[str, Any] | None = None) -> dict[str, Any]:
    found = [{"bits_of_seconds": bits} for bits in streams]
    size = sum(map(sum, streams)) // 8
    return {"seconds": seconds, "loudness": loudness, "videos": [{"name": "v.mp4", "bytes": size, "streams": found}]}


def test_bits_are_those_of_picture_and_sound_in_each_second() -> None:
    plot = bits_plot(analysis(4, [900_000, 1_900_000, 400_000, 0], [100_000, 100_000]))
    assert (plot.bottom, plot.top) == ("0", "2,000 kbit/s")
    (curve,) = plot.curves
    assert points(curve.path) == [(0, 50), (125, 50), (375, 0), (625, 80), (875, 100), (1000, 100)]
    assert curve.told == "850 kbit/s in the mean, 2,000 kbit/s at most"


def test_the_last_second_may_be_a_part_of_one() -> None:
    """Half a second of 500 kbit is as fast as a second of 1,000."""
    assert {y for _, y in points(bits_plot(analysis(1.5, [1_000_000, 500_000])).curves[0].path)} == {0}


@pytest.mark.parametrize("seconds", [1.001, 1.05, 2.5])
def test_no_mean_is_above_the_most(seconds: float) -> None:
    """A container adds to a file's bytes, and a last frame alone is no second."""
    found = analysis(seconds, [1_000_000] * int(seconds) + [30_000], [100_000] * int(seconds))
    found["videos"][0]["bytes"] += 10_000
    mean, most = re.findall(r"([\d,]+) kbit/s", bits_plot(found).curves[0].told)
    assert int(mean.replace(",", "")) <= int(most.replace(",", "")) < 1_200


@pytest.mark.parametrize(
    ("whole", "peak", "told", "levels"),
    [
        (-35.0, -14.6, "range 5.0 LU, true peak -14.6 dBTP", [("integrated: -35.0 LUFS", 50)]),
        (None, None, "nothing to be heard", []),
    ],
)
def test_loudness(whole: float | None, peak: float | None, told: str, levels: list[tuple[str, float]]) -> None:
    found = {
        "integrated_lufs": whole,
        "true_peak_dbtp": peak,
        "range_lu": 5.0,
        "momentary_lufs_of_seconds": [-120.0, -35.0],
    }
    plot = loudness_plot(analysis(2, [1], loudness=found))
    # What is below the gate lies on it.
    assert points(plot.curves[0].path) == [(0, 100), (250, 100), (750, 50), (1000, 50)]
    assert plot.curves[0].told == told
    assert [(level.name, level.y) for level in plot.levels] == levels


def quality(values: list[float], every: int = 1, **floor: float | None) -> dict[str, Any]:
    return {
        "video": "v.mp4",
        "metric": "vmaf",
        "model": "vmaf_v0.6.1",
        "floor": {"mean": None, "lowest": None, **floor},
        "mean": sum(values) / len(values),
        "lowest": min(values),
        "every": every,
        "frame_rate": "25",
        "values": [[number * every, value] for number, value in enumerate(values)],
    }


def test_quality_has_its_floors() -> None:
    plot = quality_plot(quality([90, 80, 100, 90], lowest=60))
    assert (plot.title, plot.bottom, plot.top, plot.seconds) == ("Quality by vmaf_v0.6.1", "60", "100", 4 / 25)
    assert [(level.name, level.y) for level in plot.levels] == [("floor of the lowest: 60", 100)]
    assert points(plot.curves[0].path) == [(0, 25), (0, 25), (250, 50), (500, 0), (750, 25), (1000, 25)]


def test_of_many_frames_the_worst_are_drawn() -> None:
    values = [95.0] * 100_000
    values[77_777] = 40.0
    drawn = points(quality_plot(quality(values)).curves[0].path)
    assert len(drawn) <= MOST_POINTS + 2
    assert [round(x) for x, y in drawn if y == HEIGHT] == [pytest.approx(WIDTH * 0.77777, abs=3)]


def test_what_is_even_is_drawn_in_the_middle() -> None:
    assert {y for _, y in points(quality_plot(quality([88.0, 88.0])).curves[0].path)} == {HEIGHT / 2}


def test_there_is_a_plot_of_what_was_measured_and_no_other() -> None:
    loud = {"integrated_lufs": -20.0, "true_peak_dbtp": -1.0, "range_lu": 1.0, "momentary_lufs_of_seconds": [-20.0]}
    titles = [
        [plot.title for plot in plots_of(documents)]
        for documents in ([], [analysis(1, [1])], [analysis(1, [1], loudness=loud), quality([1.0])])
    ]
    assert titles == [[], ["Bits of each second"], ["Bits of each second", "Loudness", "Quality by vmaf_v0.6.1"]]
