"""Choosing the rungs of a ladder by what trying came to, with a picture of the curves."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from reel.make.context import Measured, StepContext
from reel.make.hull import Chosen, Curve, Decision, Tried, decided
from reel.make.makers import makes
from reel.make.probing import pooled
from reel.plan.operations import ChooseRungs, Probe
from reel.plan.operations.probes import RUNGS_FILE, RUNGS_PLOT, Candidate
from reel.request.rungs import ChosenRung

LEAST_BITS_PER_SECOND = 50_000
"""What a cap is twice of, at least: as requests have it."""


@makes(ChooseRungs)
def make_rungs(operation: ChooseRungs, context: StepContext) -> Measured:
    """`rungs.json`, the decision with its curves, and `rungs.png`, a picture of them."""
    curves = [_curve(candidate, operation, context) for candidate in operation.candidates]
    found = decided(curves, [candidate.whole for candidate in operation.candidates])
    told = {
        "model": operation.model,
        "rungs": [_rung(rung, operation.candidates) for rung in found.rungs],
        "passed_over": found.passed_over,
        "curves": [_told(*each) for each in zip(operation.candidates, curves, strict=True)],
    }
    (context.folder / RUNGS_FILE).write_text(json.dumps(told, indent=1), "utf-8")
    (context.folder / RUNGS_PLOT).write_bytes(cv2.imencode(".png", plotted(curves, found))[1].tobytes())
    return told


def chosen_of(told: dict[str, Any]) -> tuple[ChosenRung, ...]:
    """The rungs of a decision, as `RUNGS_FILE` has them, for planning."""
    return tuple(
        ChosenRung(candidate=rung["candidate"], crf=rung["crf"], bits_per_second=rung["cap"] // 2)
        for rung in told["rungs"]
    )


def _curve(candidate: Candidate, operation: ChooseRungs, context: StepContext) -> Curve:
    probes = [json.loads(context.made(key, Probe, Probe.file).read_text("utf-8")) for key in candidate.probes]
    points = tuple(
        Tried(
            point["crf"],
            point["vmaf"],
            point["bits_per_second"],
            max(probe["points"][number]["bits_per_second"] for probe in probes),
        )
        for number, point in enumerate(pooled(probes))
    )
    return Curve(candidate.codec, candidate.size == operation.candidates[0].size, points)


def _rung(rung: Chosen, candidates: Sequence[Candidate]) -> dict[str, Any]:
    candidate = candidates[rung.candidate]
    # The dearest sample tells of peaks; what nobody sampled may have higher ones, and keeps its quality up to twice that.
    budget = min(candidate.most_bits_per_second, max(LEAST_BITS_PER_SECOND, rung.at.most_bits_per_second))
    return {
        "candidate": rung.candidate,
        "width": candidate.size[0],
        "height": candidate.size[1],
        "codec": candidate.codec,
        "crf": rung.at.crf,
        "vmaf": rung.at.vmaf,
        "bits_per_second": round(rung.at.bits_per_second),
        "cap": 2 * round(budget),
    }


def _told(candidate: Candidate, curve: Curve) -> dict[str, Any]:
    points = [
        {"crf": each.crf, "vmaf": each.vmaf, "bits_per_second": round(each.bits_per_second)} for each in curve.points
    ]
    return {"width": candidate.size[0], "height": candidate.size[1], "codec": candidate.codec, "points": points}


WIDTH, HEIGHT, SIDE = 800, 480, 50
PAPER, INK, RUNG = (255, 255, 255), (60, 60, 60), (40, 60, 210)
CURVES = ((190, 130, 60), (90, 160, 60), (60, 150, 220), (170, 80, 150), (120, 120, 120), (200, 180, 40))
"""Blue, green, red."""


def plotted(curves: Sequence[Curve], found: Decision) -> npt.NDArray[np.uint8]:
    """VMAF over bits (of logarithms) of each candidate, and the rungs as dots."""
    points = [point for curve in curves for point in curve.points]
    bits = [math.log(max(1.0, point.bits_per_second)) for point in points]
    low, high = min(bits), max(*bits, min(bits) + 1e-6)
    worst, best = min(point.vmaf for point in points), max(point.vmaf for point in points)
    picture = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)

    def place(point: Tried) -> tuple[int, int]:
        across = (math.log(max(1.0, point.bits_per_second)) - low) / (high - low)
        down = (best - point.vmaf) / max(best - worst, 1e-6)
        return round(SIDE + across * (WIDTH - 2 * SIDE)), round(SIDE + down * (HEIGHT - 2 * SIDE))

    for number, curve in enumerate(curves):
        line = np.array([place(point) for point in curve.points], np.int32)
        colour = CURVES[number % len(CURVES)]
        cv2.polylines(picture, [line], isClosed=False, color=colour, thickness=1, lineType=cv2.LINE_AA)
    for rung in found.rungs:
        cv2.circle(picture, place(rung.at), 5, RUNG, -1, cv2.LINE_AA)
    for text, at in ((f"VMAF {best:.1f}", (4, SIDE - 8)), (f"{worst:.1f}", (4, HEIGHT - SIDE)),
                     (f"{math.exp(low) / 1000:.0f} kbit/s", (SIDE, HEIGHT - 12)),
                     (f"{math.exp(high) / 1000:.0f} kbit/s", (WIDTH - 110, HEIGHT - 12))):  # fmt: skip
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA)
    return picture
