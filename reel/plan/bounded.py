"""What is too much to be planned: said of facts and of timelines, before anything is made that grows with them."""

from __future__ import annotations

from collections.abc import Iterator

from reel.errors import InvalidRequest, Problem
from reel.limits import Limits
from reel.media import MediaFacts
from reel.plan.compiled import Compiled


def too_long(place: str, facts: MediaFacts, limits: Limits) -> Iterator[Problem]:
    """An asset that no honest user has: what its time stamps say may be anything."""
    seconds = max((float(abs(each.duration)) for each in (facts.video, facts.audio) if each), default=0.0)
    # Counted from the moment that a clip calls 0, sound may begin as far off as a file says.
    lasts = max(seconds, abs(float(facts.sound_at)))
    frames = facts.video.frames if facts.video else 0
    for name, found, what in (
        ("asset_seconds", lasts, "lasts {} s by its time stamps"),
        ("asset_frames", frames, "has {} frames"),
    ):
        if fault := limits.fault(name, place, found, what):
            yield fault


def bounded(compiled: Compiled, limits: Limits) -> Compiled:
    """The same. Raises `InvalidRequest` where a video, or all of them together, are longer than the limits."""
    seconds = [float(timeline.frames / timeline.canvas.rate) for timeline in compiled.timelines]
    found = [
        fault
        for timeline, lasts in zip(compiled.timelines, seconds, strict=True)
        for fault in (
            limits.fault("output_seconds", timeline.name, lasts, "would last {} s"),
            limits.fault("output_frames", timeline.name, timeline.frames, "would have {} frames"),
            limits.fault("tracks", timeline.name, len(timeline.tracks), "has {} tracks"),
        )
        if fault
    ]
    if fault := limits.fault("asset_chapters", "asset", len(compiled.chapters), "has {} chapters"):
        found.append(fault)
    if fault := limits.fault("total_output_seconds", "request", sum(seconds), "asks for {} s of video"):
        found.append(fault)
    if found:
        raise InvalidRequest(*found)
    return compiled
