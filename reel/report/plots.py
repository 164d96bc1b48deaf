"""Curves over a video's time, drawn as SVG by `templates/macros.html.j2`: bits, loudness, quality.

A plot is drawn in a box of `WIDTH` by `HEIGHT` that browsers stretch; whatever is to be read stands around it, as text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import Any

WIDTH, HEIGHT = 1000, 100
LEAST_SECOND = 0.1
"""Of the last second of a video, so much counts as one by itself."""
MOST_POINTS = 500
"""Of a curve: more than it has pixels would be drawn for nothing."""

UNHEARD_LUFS, FULL_SCALE_LUFS = -70.0, 0.0
"""The gate of EBU R128, under which nothing is loud, and the loudest that there is: every plot of loudness goes from one to the
other, so that two of them can be compared."""

Points = Sequence[tuple[float, float]]
"""Seconds, values."""


@dataclass(frozen=True)
class Curve:
    """What is drawn as a line."""

    name: str
    told: str
    """What it comes to, in words."""
    path: str
    """Of SVG."""


@dataclass(frozen=True)
class Level:
    """A line across: a floor, or what all comes to."""

    name: str
    y: float


@dataclass(frozen=True)
class Plot:
    """Curves of one quantity."""

    title: str
    curves: tuple[Curve, ...]
    levels: tuple[Level, ...]
    bottom: str
    """What the lower edge stands for."""
    top: str
    seconds: float
    """What the right edge stands for."""


def plots_of(documents: Iterable[Any]) -> list[Plot]:
    """The plots of a variant, from its `analysis.json` and what is measured of its quality (`quality.json`), in their order."""
    found: list[Plot] = []
    for each in documents:
        if "metric" in each:
            found.append(quality_plot(each))
        else:
            found += [bits_plot(each), *([loudness_plot(each)] if each["loudness"] else [])]
    return found


def bits_plot(analysis: Mapping[str, Any]) -> Plot:
    """Bits of each second of each file."""
    seconds = analysis["seconds"]
    rates = {video["name"]: _rates(video["streams"], seconds) for video in analysis["videos"]}
    most = _round_up(max((rate for each in rates.values() for rate in each), default=0.0))
    curves = tuple(
        Curve(
            name,
            f"{_kilobits(_mean(video['streams'], seconds))} in the mean, {_kilobits(max(rates[name], default=0.0))} at most",
            _path(_middles(rates[name]), seconds, 0, most, max),
        )
        for video in analysis["videos"]
        for name in [video["name"]]
    )
    return Plot("Bits of each second", curves, (), "0", _kilobits(most), seconds)


def _mean(streams: Sequence[Mapping[str, Any]], seconds: float) -> float:
    """Bits a second of the packets of all streams: as those of each second, without what the container adds."""
    return float(sum(bits for stream in streams for bits in stream["bits_of_seconds"]) / seconds)


def _rates(streams: Sequence[Mapping[str, Any]], seconds: float) -> list[float]:
    """Bits a second of all streams together. The last second may be a part of one; of hardly any, it counts with the one
    before, as a few frames say nothing of a rate."""
    sums = [sum(each) for each in zip_longest(*(stream["bits_of_seconds"] for stream in streams), fillvalue=0)]
    lasting = [max(0.0, min(1.0, seconds - second)) for second in range(len(sums))]
    while len(sums) > 1 and lasting[-1] < LEAST_SECOND:
        sums[-2:], lasting[-2:] = [sums[-2] + sums[-1]], [lasting[-2] + lasting[-1]]
    return [bits / max(LEAST_SECOND, lasts) for bits, lasts in zip(sums, lasting, strict=True)]


def loudness_plot(analysis: Mapping[str, Any]) -> Plot:
    """The loudest moment of each second."""
    found, seconds = analysis["loudness"], analysis["seconds"]
    whole, peak = found["integrated_lufs"], found["true_peak_dbtp"]
    told = "nothing to be heard" if whole is None else f"range {found['range_lu']:.1f} LU"
    told += "" if peak is None else f", true peak {peak:.1f} dBTP"
    values = [min(FULL_SCALE_LUFS, max(UNHEARD_LUFS, value)) for value in found["momentary_lufs_of_seconds"]]
    curve = Curve("loudest 400 ms", told, _path(_middles(values), seconds, UNHEARD_LUFS, FULL_SCALE_LUFS, max))
    levels = (
        () if whole is None else (Level(f"integrated: {whole:.1f} LUFS", _y(whole, UNHEARD_LUFS, FULL_SCALE_LUFS)),)
    )
    return Plot("Loudness", (curve,), levels, f"{UNHEARD_LUFS:g} LUFS", f"{FULL_SCALE_LUFS:g} LUFS", seconds)


def quality_plot(quality: Mapping[str, Any]) -> Plot:
    """The quality of each frame that was measured, and its floors; where frames share a point, of the worst."""
    rate, measure = Fraction(quality["frame_rate"]), quality["model"] or quality["metric"]
    points = [(float(frame / rate), value) for frame, value in quality["values"]]
    floors = {name: value for name, value in quality["floor"].items() if value is not None}
    values = [value for _, value in points]
    low, high = (edge([*values, *floors.values()]) for edge in (min, max))
    low, high = (low, high) if high > low else (low - 1, high + 1)
    seconds = float((quality["values"][-1][0] + quality["every"]) / rate)
    told = f"{quality['mean']:.4g} in the mean, {quality['lowest']:.4g} at the least"
    return Plot(
        f"Quality by {measure}",
        (Curve(quality["video"], told, _path(points, seconds, low, high, min)),),
        tuple(Level(f"floor of the {name}: {value:g}", _y(value, low, high)) for name, value in floors.items()),
        f"{low:.4g}",
        f"{high:.4g}",
        seconds,
    )


def _middles(values: Sequence[float]) -> Points:
    return [(second + 0.5, value) for second, value in enumerate(values)]


def _path(points: Points, seconds: float, low: float, high: float, worth: Callable[[Iterable[float]], float]) -> str:
    """A line through points; of those that share one, what `worth` keeps of them."""
    step = math.ceil(len(points) / MOST_POINTS) or 1
    groups = [points[begin : begin + step] for begin in range(0, len(points), step)]
    kept = [(group[0][0], worth(value for _, value in group)) for group in groups]
    # The ends are drawn out to the edges: what is known of half of a second is of all of it.
    whole = [(0.0, kept[0][1]), *kept, (seconds, kept[-1][1])] if kept else []
    drawn = [f"{WIDTH * min(1.0, at / seconds):.1f} {_y(value, low, high):.1f}" for at, value in whole]
    return f"M{'L'.join(drawn)}" if drawn else ""


def _y(value: float, low: float, high: float) -> float:
    return round(HEIGHT * (high - value) / (high - low), 1)


def _round_up(value: float) -> float:
    """To one or two figures: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if value <= step * power * (1 + 1e-9))


def _kilobits(value: float) -> str:
    return f"{value / 1000:,.0f} kbit/s"
