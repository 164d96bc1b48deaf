"""Ladders that are made per title: the steps that try what sizes and qualities come to, and choose rungs by that.

A plan says which rungs there are, so they have to be known before it. Until they are, a request is planned with the standard
ones, beside the steps that choose; whoever makes it performs these first, and plans again (`reel.generate.planning`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reel.plan.compiled import Compiled
from reel.plan.layers import PlanContext
from reel.plan.making import Making
from reel.plan.operations import ChooseRungs
from reel.plan.operations.probes import Candidate
from reel.plan.quality import MOST_PROBES, Shown, add_probes, counts_whole, probed_windows
from reel.plan.renditions import PlannedVideo, planned_rungs
from reel.plan.segments import probed_of
from reel.request import Request

MODEL = "vmaf_v0.6.1"

MEASURED_EVERY = 3
"""Frames of which one is measured. Encoders make a frame in four or eight better than those between (x264: three B-frames):
one in four would be of these alone, off by three VMAF."""


def per_title(request: Request) -> dict[str, str]:
    """The folders of ladders whose rungs are chosen, by their places. A preview has the standard ones: it is a quick look."""
    if request.preview:
        return {}
    return {place: ladder.folder for place, ladder in request.ladders if ladder.rungs == "per-title"}


def add_choices(request: Request, compiled: Compiled, making: Making, known: PlanContext) -> Mapping[str, str]:
    """Add the steps that choose rungs; the key of the one that decides, by the ladder's place. What is chosen goes for all
    timelines of a request."""
    wanted = per_title(request)
    if not wanted:
        return {}
    samples = [*_samples(compiled, making, known)]
    return {
        place: _add_choice(planned_rungs(ladder, request, compiled, known.canvas), samples, known)
        for place, ladder in request.ladders
        if place in wanted
    }


def _samples(compiled: Compiled, making: Making, known: PlanContext) -> Iterator[Shown]:
    """As many windows as of one video, spread over all."""
    rate = known.canvas.rate
    windows = [
        (timeline, window) for timeline in compiled.timelines for window in probed_windows(0, timeline.frames, rate)
    ]
    for timeline, window in windows[:: -(-len(windows) // MOST_PROBES)]:
        yield from probed_of(timeline, [window], making, known)


def _add_choice(videos: tuple[PlannedVideo, ...], samples: list[Shown], known: PlanContext) -> str:
    seen = videos[0].rendition.size
    candidates = tuple(
        Candidate(
            size=video.rendition.size,
            codec=video.rendition.encoder.codec,
            whole=counts_whole(video.rendition.encoder),
            most_bits_per_second=video.bits_per_second,
            probes=add_probes(video, samples, MODEL, known, seen=seen, every=MEASURED_EVERY),
        )
        for video in videos
    )
    return known.keyed.add(f"choose the rungs of {videos[0].ladder}", ChooseRungs(candidates=candidates, model=MODEL))
