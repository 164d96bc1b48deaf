"""Measuring segments against the frames that they were encoded from, and holding videos against their floors."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

from reel.errors import Internal
from reel.ffmpeg.quality import VALUES_FILE, measured_frames, quality_command, shift_file, shifts_of
from reel.make.composed import run_frames
from reel.make.context import Measured, StepContext
from reel.make.makers import COMPOSERS, Frames, makes
from reel.plan.operations import MeasureQuality
from reel.plan.operations.base import Rendition
from reel.presets import Canvas, Size

LIKER_ELSEWHERE = 0.8
"""Where a segment is so many times less different from the frames beside those that it was encoded from, it is out of step with
them. Where little moves all are about alike; noise that is coded away makes them so by a few hundredths."""


@makes(MeasureQuality)
def make_measured(operation: MeasureQuality, context: StepContext) -> Measured:
    """The values of a segment's frames, or of each so many of them."""
    shown = operation.shown
    frames = COMPOSERS[type(shown)].frames(shown, context)
    made = context.segment(operation.segment)
    values = measured(
        frames,
        shown.canvas,
        shown.rendition,
        made,
        (operation.metric, operation.model, operation.every),
        shown.frames,
        context,
    )
    (context.folder / operation.file).write_text(json.dumps(values), "utf-8")
    return {"frames": len(values), "mean": round(sum(values) / len(values), 4), "lowest": min(values)}


def measured(
    frames: Frames,
    canvas: Canvas,
    rendition: Rendition,
    made: Path | str,
    how: tuple[Literal["vmaf", "ssim", "psnr"], str | None, int],
    count: int,
    context: StepContext,
    seen: Size | None = None,
) -> list[float]:
    """The value of each frame, or of each so many, of a file of so many that was encoded from `frames`; at the size `seen`, or
    at its own.

    Raises `Internal` where there are more or fewer, or where they are out of step.
    """
    metric, model, every = how
    beside = context.folder.parent / "measured"
    beside.mkdir(parents=True)
    command = quality_command(
        frames.video, canvas, rendition, str(made), metric, model, every, count, str(beside), seen
    )
    run_frames(frames, command, context, beside)
    shifts = shifts_of(count)
    noise = {name: _noise(beside / shift_file(name)) for name in shifts}
    for name, (one, other) in shifts.items():
        expected = count - max(one, other)
        if len(noise[name]) != expected:
            what = f"{len(noise[name])} pairs of frames were compared, not {expected}"
            raise Internal.at(context.place, what, "report this")
    if found := out_of_step(noise):
        raise Internal.at(context.place, found, "report this")
    values, expected = _values(beside, metric, count, every), len(measured_frames(count, every))
    if len(values) != expected:
        raise Internal.at(context.place, f"{len(values)} frames were measured, not {expected}", "report this")
    return values


def out_of_step(noise: Mapping[str, Sequence[float]]) -> str | None:
    """What to say where frames are more like those beside their own, by the mean square of their differences; null where they
    are not."""
    even = noise["even"]
    for name, values in noise.items():
        # Of as many frames, by what was made and by what was asked for: of two frames the first may be the worse,
        # or the second a copy of it, and a mean of both says nothing of either.
        own = min(_mean(even[len(even) - len(values) :]), _mean(even[: len(values)]))
        if _mean(values) < LIKER_ELSEWHERE * own:
            return f"its frames are a frame {name}: {_mean(values):.2f} off beside their own, {own:.2f} from these"
    return None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _lines(path: Path) -> list[dict[str, str]]:
    return [dict(re.findall(r"(\w+):(\S+)", line)) for line in path.read_text("utf-8").splitlines()]


def _noise(path: Path) -> list[float]:
    return [float(line["mse_y"]) for line in _lines(path)]


BEST_PSNR = 100.0
"""Of frames that are equal: bits cannot say infinity."""


def _psnr(line: Mapping[str, str]) -> float:
    return min(BEST_PSNR, float(line["psnr_y"]))


def _values(beside: Path, metric: Literal["vmaf", "ssim", "psnr"], count: int, every: int) -> list[float]:
    if metric == "vmaf":
        rows = csv.DictReader((beside / VALUES_FILE).read_text("utf-8").splitlines())
        # The first is of what runs in.
        return [float(row["vmaf"]) for row in rows][1:]
    if metric == "ssim":
        values = [float(line["Y"]) for line in _lines(beside / VALUES_FILE)]
    else:
        values = [_psnr(line) for line in _lines(beside / shift_file("even"))]
    return [values[frame] for frame in measured_frames(count, every) if frame < len(values)]


def joined(segments: Sequence[Sequence[float]], frames: Sequence[int], every: int) -> list[tuple[int, float]]:
    """The values of segments of so many frames, each with its frame in the whole."""
    starts = accumulate(frames, initial=0)
    return [
        (start + frame, value)
        for start, count, values in zip(starts, frames, segments, strict=False)
        for frame, value in zip(measured_frames(count, every), values, strict=True)
    ]


def of_values(values: Sequence[float]) -> dict[str, Any]:
    """What is told of many values."""
    ordered = sorted(values)
    return {
        "mean": round(sum(values) / len(values), 4),
        "fifth_percentile": ordered[len(ordered) // 20],
        "lowest": ordered[0],
        "frames": len(values),
    }
