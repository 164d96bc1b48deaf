"""Trying qualities on samples of a video, and choosing the one that comes to a VMAF."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from reel.ffmpeg.encoder import tried_command
from reel.ffmpeg.quality import opened_frames
from reel.make.composed import run_frames
from reel.make.context import Measured, StepContext
from reel.make.makers import COMPOSERS, Frames, makes
from reel.make.measuring import measured
from reel.plan.operations import ChooseQuality, Probe
from reel.plan.operations.base import Rendition
from reel.presets import Canvas


@makes(Probe)
def make_probe(operation: Probe, context: StepContext) -> Measured:
    """Of each quality, the mean VMAF and the bits a second that the frames come to."""
    shown, beside = operation.shown, context.folder.parent
    kept = beside / "kept.nut"
    encoders = [shown.encoder.model_copy(update={"crf": crf}) for crf in operation.crfs]
    tried = {
        str(beside / f"tried-{number}-{encoder.segment_file}"): shown.rendition.model_copy(update={"encoder": encoder})
        for number, encoder in enumerate(encoders)
    }
    frames = COMPOSERS[type(shown)].frames(shown, context)
    seen = Rendition(size=operation.seen or shown.size, encoder=shown.encoder)
    run_frames(frames, tried_command(frames.video, shown.canvas, tried, str(kept), seen), context, beside)
    asked = Canvas(width=seen.size[0], height=seen.size[1], rate=shown.canvas.rate)
    seconds = float(shown.frames / shown.canvas.rate)
    points = []
    for number, (path, rendition) in enumerate(tried.items()):
        values = measured(
            Frames(opened_frames(str(kept))),
            asked,
            rendition,
            path,
            ("vmaf", operation.model, operation.every or 1),
            shown.frames,
            replace(context, folder=beside / f"{number}" / "artefact", on_units=None),
            seen.size,
        )
        size = (beside / path).stat().st_size
        points.append(
            {"crf": rendition.encoder.crf, "vmaf": _mean(values), "bits_per_second": round(8 * size / seconds)}
        )
    (context.folder / operation.file).write_text(json.dumps({"frames": shown.frames, "points": points}), "utf-8")
    return {"frames": shown.frames, "points": len(points)}


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)


@makes(ChooseQuality)
def make_choice(operation: ChooseQuality, context: StepContext) -> Measured:
    """The quality, with the curve that it was chosen on."""
    probes = [json.loads(context.made(key, Probe, Probe.file).read_text("utf-8")) for key in operation.probes]
    curve = pooled(probes)
    crf = chosen([(point["crf"], point["vmaf"]) for point in curve], operation.vmaf, whole=operation.whole)
    told = {"crf": crf, "vmaf": operation.vmaf, "model": operation.model, "curve": curve}
    (context.folder / operation.file).write_text(json.dumps(told, indent=1), "utf-8")
    return told


def pooled(probes: Iterable[dict[str, Any]]) -> list[dict[str, float]]:
    """The mean of several samples, each weighed by its frames."""
    samples = [*probes]
    frames = sum(sample["frames"] for sample in samples)

    def mean(points: Sequence[dict[str, float]], name: str) -> float:
        weighed = (point[name] * sample["frames"] for point, sample in zip(points, samples, strict=True))
        return float(round(sum(weighed) / frames, 3))

    return [
        {"crf": points[0]["crf"], "vmaf": mean(points, "vmaf"), "bits_per_second": mean(points, "bits_per_second")}
        for points in zip(*(sample["points"] for sample in samples), strict=True)
    ]


STEP = 0.1
"""Of a quality that need not be whole."""


def chosen(curve: Sequence[tuple[float, float]], vmaf: float, *, whole: bool) -> float:
    """The worst quality on a curve, from its best on, that comes to a VMAF, by straight lines between its points.

    Its end where all of it is better, its begin where none is as good.
    """
    for (crf, value), (worse_crf, worse) in pairwise(curve):
        if value >= vmaf > worse:
            exact = crf + (value - vmaf) / (value - worse) * (worse_crf - crf)
            return float(math.floor(exact)) if whole else round(math.floor(exact / STEP + 1e-9) * STEP, 1)
    return curve[-1][0] if curve[-1][1] >= vmaf else curve[0][0]
