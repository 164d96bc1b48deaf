"""From a multicam request to its timeline.

A source's `sync_offset` is the moment of the project at which the source begins, as the start of a clip on an editor's
timeline is: at the moment t of the project, one sees t - sync_offset of the source.

    project   0 ---------- 10 ---------- 20 s
    source 0  [0 --------- 10 ---------- 20)           sync_offset 0
    source 1        [0 ------- 7.5 --------- 17.5)     sync_offset 2.5
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from reel import edl
from reel.errors import BadMedia, InvalidRequest, Problem
from reel.findings import Findings, Offset, of_type
from reel.kinds.multicam.clocks import Offsets, clock_warnings, clocks_of, drift_of, is_corrected, place_of
from reel.kinds.multicam.faults import unfit_assets
from reel.kinds.multicam.request import MulticamRequest
from reel.kinds.multicam.sources import canvas_like, leading_source, seen_sources
from reel.kinds.multicam.takes import Take, in_seconds, takes_of
from reel.media import Library, MediaFacts, NativeFormat
from reel.plan.compiled import Compiled, loudness_of, manifest_of
from reel.plan.smart import kept_look, why_not
from reel.presets import Canvas, Copying
from reel.timeline import (
    Area,
    Framing,
    PictureClip,
    PictureTrack,
    SoundClip,
    SoundTrack,
    Timeline,
    VideoContent,
)
from reel.values import public_name

NOT_COPIED = (
    "outputs: nothing is copied, and no mezzanine kept, where there are several videos, a ladder, or another codec than H.264: "
    "all is encoded"
)


def compile_multicam(request: MulticamRequest, library: Library, findings: Findings) -> Compiled:
    """The one video of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    offsets = of_type(Offset, findings)
    if problems := unfit_assets(request, library):
        raise BadMedia(*problems)
    facts = [library[f"sources[{number}].asset"] for number in range(len(request.sources))]
    shown = sorted(number for number in seen_sources(request) if number is not None)
    leading = leading_source(request)
    canvas = canvas_like(request, facts[leading])
    clocks = clocks_of(request, offsets, leading)
    takes, problems = takes_of(request, facts, clocks, clocks[leading], canvas.rate)
    takes_packets = request.takes_packets
    encodes_all = not takes_packets and bool(request.videos or request.ladders)
    mezzanine = request.mezzanine and takes_packets
    copying: Copying = "never" if request.mezzanine or not takes_packets else request.copy_packets
    may_stay = copying != "never" and request.videos[0].codec is None
    kept = kept_look([facts[number] for number in shown], canvas) if may_stay else None
    not_copied = _not_copied(shown, facts, canvas, kept) if copying != "never" else []
    if copying == "require":
        problems += [
            Problem(place, f"cannot be copied: {reason}", "set `copy` to auto") for place, reason in not_copied
        ]
    if not takes and not problems:
        field = "switches" if request.switches else "cuts" if request.cuts else "edl"
        problems.append(Problem(field, f"come to less than a frame, {in_seconds(1 / canvas.rate)}", "make them longer"))
    if problems:
        raise InvalidRequest(*problems)
    timeline = Timeline(
        name="multicam",
        canvas=canvas,
        frames=takes[-1].start + takes[-1].frames,
        tracks=(
            PictureTrack(clips=tuple(_picture(take, facts, request, canvas) for take in takes)),
            SoundTrack(clips=tuple(_sound(take, facts) for take in takes if facts[take.audio].audio)),
        ),
    )
    return Compiled(
        timelines=(timeline,),
        manifests=(_manifest(request, timeline, takes, offsets),),
        loudness=loudness_of(request.loudness),
        copying=copying,
        shape=first.display_size if (first := facts[leading].video) else None,
        mezzanine=mezzanine,
        kept=kept,
        documents=(("multicam.otio", _otio(request, takes, canvas.rate)),),
        warnings=(
            *clock_warnings(request, offsets),
            *(f"{place} is encoded again: {reason}" for place, reason in not_copied),
            *((NOT_COPIED,) if encodes_all and request.copy_packets != "never" else ()),
        ),
    )


def _otio(request: MulticamRequest, takes: list[Take], rate: Fraction) -> str:
    """The decision as an OpenTimelineIO document, for editing programs."""
    events = [
        edl.Event(
            place=take.place,
            source=public_name(request.sources[take.source].asset),
            begin=take.media_in,
            end=take.media_in + take.frames / rate,
        )
        for take in takes
    ]
    return edl.to_otio("multicam", events, rate)


def _not_copied(
    shown: Sequence[int], facts: Sequence[MediaFacts], canvas: Canvas, kept: NativeFormat | None
) -> list[tuple[str, str]]:
    """The sources whose packets cannot be copied, though they might be: their fields, and why."""
    reasons = {number: why_not(facts[number], canvas, kept) for number in shown}
    return [(f"sources[{number}].asset", reason) for number, reason in reasons.items() if reason]


def _picture(take: Take, facts: list[MediaFacts], request: MulticamRequest, canvas: Canvas) -> PictureClip:
    stretches = tuple(
        stretch.model_copy(update={"media_in": max(Fraction(0), stretch.media_in)}) for stretch in take.stretches
    )
    return PictureClip(
        content=VideoContent(asset=facts[take.source].sha256, stretches=stretches),
        start=take.start,
        frames=take.frames,
        area=Area(x=0, y=0, width=canvas.width, height=canvas.height),
        framing=Framing(fit=request.fit),
        place=take.place,
    )


def _sound(take: Take, facts: list[MediaFacts]) -> SoundClip:
    return SoundClip(
        asset=facts[take.audio].sha256,
        start=take.start,
        frames=take.frames,
        media_in=take.audio_in,
        clock=take.audio_clock,
        place=take.place,
    )


def _manifest(request: MulticamRequest, timeline: Timeline, takes: list[Take], offsets: Offsets) -> dict[str, Any]:
    return manifest_of(
        timeline,
        sequence=[
            {
                "place": f"sources[{take.source}]",
                "name": request.sources[take.source].name or public_name(request.sources[take.source].asset),
                "in": round(float(take.media_in), 6),
                "start_frame": take.start,
                "frames": take.frames,
                "audio": take.audio,
            }
            for take in takes
        ],
        **({"sync": sync} if (sync := list(_sync(request, offsets))) else {}),
    )


def _sync(request: MulticamRequest, offsets: Offsets) -> Iterator[dict[str, Any]]:
    """What was found of the sources that were put in time by their sound."""
    for number, source in enumerate(request.sources):
        if found := offsets.get(place_of(number)):
            ppm = drift_of(request, offsets, number)
            yield {
                "place": f"sources[{number}]",
                "name": source.name or public_name(source.asset),
                "offset_seconds": round(float(found.seconds), 6),
                "confidence": found.confidence,
                "places": found.places,
                "drift_ppm": float(ppm),
                "corrected": is_corrected(ppm),
            }
