"""From facts and findings to the plan: timelines, texts that must fit, steps, and what proves them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reel.errors import InvalidRequest, Problem
from reel.find.kept import titles_of
from reel.find.texts import settled_text
from reel.findings import Findings
from reel.kinds import kind_of
from reel.make.per_title import chosen_of
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.bounded import bounded
from reel.plan.compiled import Compiled
from reel.plan.ladders import planned_ladders
from reel.plan.operations import ChooseRungs
from reel.plan.operations.probes import RUNGS_FILE
from reel.plan.per_title import per_title
from reel.plan.plan import plan_compiled
from reel.plan.preview import previewed, stills_of, window_of
from reel.plan.renditions import PlannedVideo, planned_videos
from reel.plan.shares import part_of
from reel.plan.sound_files import heard_in
from reel.plan.step import Plan
from reel.plan.titled import titled_plan
from reel.plan.tracks import sounding
from reel.proof.audit import Asked, AskedVideo, audit
from reel.proof.planned import with_proofs
from reel.request import Request
from reel.request.preview import Preview
from reel.request.rungs import ChosenRung
from reel.settings import settings
from reel.text import font_digests
from reel.timeline import PictureClip, PictureTrack, TextContent, Timeline, Track


def plan_meanwhile(request: Request, library: Mapping[str, MediaFacts], worker: Worker) -> Plan | None:
    """The steps that a request needs whatever is found, so that they can be made meanwhile; null where there are none.
    Errors: as `plan_generation`."""
    wants = [*kind_of(request).wants(request)]
    if not wants or not all(want.optional for want in wants):
        return None
    planned = plan_generation(request, library, {}, worker)
    keys = [step.key for step in planned.steps if not step.operation.awaits_findings]
    return part_of(planned, keys) if keys else None


@dataclass(frozen=True)
class Choices:
    """What has to be made before the rest can be planned."""

    steps: Plan
    """Those that choose, and what they need."""
    whole: Plan
    """With the rest as it is planned until they are made: what they are a part of, for who asks how far all is."""


def plan_choices(
    request: Request, library: Mapping[str, MediaFacts], findings: Findings, worker: Worker
) -> Choices | None:
    """The steps that choose rungs of ladders; null where there are none, or all is chosen. Errors: as `plan_generation`."""
    if not per_title(request):
        return None
    planned = plan_generation(request, library, findings, worker)
    waiting = planned.choices.keys() - chosen_rungs(planned, worker).keys()
    if not waiting:
        return None
    return Choices(part_of(planned, [planned.choices[place] for place in waiting]), planned)


def chosen_rungs(plan: Plan, worker: Worker) -> dict[str, tuple[ChosenRung, ...]]:
    """What was chosen of a plan's ladders, by their places, as far as that is in the store; it is kept for longer then."""
    found: dict[str, tuple[ChosenRung, ...]] = {}
    for place, key in plan.choices.items():
        if kept := worker.store.find(key, ChooseRungs.kind):
            worker.store.touch(key, ChooseRungs.kind)
            found[place] = chosen_of(json.loads(worker.store.open(kept, RUNGS_FILE).read_bytes()))
    return found


def plan_generation(
    request: Request, library: Mapping[str, MediaFacts], findings: Findings, worker: Worker, proven: bool = True
) -> Plan:
    """Compile and plan a request, with what proves it where it is to be `proven`.

    Ladders that are made per title have the rungs that were chosen, if they were, and the standard ones until then. Raises
    `InvalidRequest` or `BadMedia` with all problems at once.
    """
    compiled = settled(bounded(kind_of(request).compile(request, library, findings), worker.limits))
    has_text = any(_is_text(clip) for timeline in compiled.timelines for clip in _pictures(timeline))
    fonts = font_digests() if has_text else ()
    plan = plan_compiled(request, compiled, library, worker.tools, fonts, worker.limits)
    if chosen := chosen_rungs(plan, worker):
        compiled = compiled.model_copy(update={"chosen_rungs": chosen})
        plan = plan_compiled(request, compiled, library, worker.tools, fonts, worker.limits)
    asked, assets = asked_of(compiled, request, library), {facts.sha256: facts for facts in library.values()}
    audit(plan, asked, assets, fonts)
    if proven and settings().proof != "off":
        plan = with_proofs(plan, asked, assets, fonts, every=settings().proof == "all")
    return titled_plan(plan, titles_of(request.asset_places().values(), worker.tenant))


def asked_of(compiled: Compiled, request: Request, library: Mapping[str, MediaFacts]) -> dict[int, Asked]:
    """What the outputs of each variant shall show."""
    shown, preview = previewed(compiled, request.preview), request.preview
    is_still = preview is not None and preview.is_still
    videos = () if is_still else planned_videos(request, shown, shown.timelines[0].canvas)
    ladders = () if is_still else planned_ladders(request, shown, library)
    files = () if is_still else tuple(sound for _, sound in request.sound_files)
    return {
        number: Asked(
            timeline,
            _windows(timeline, preview),
            {video.file(timeline.name): _asked(video, timeline) for video in videos},
            {
                ladder.file(timeline.name, sound.name): sound.heard(timeline)
                for ladder in ladders
                for sound in ladder.sounds
            }
            | {sound.file(timeline.name): heard_in(sound, timeline, shown.master) for sound in files},
        )
        for number, timeline in enumerate(shown.timelines, start=1)
    }


def _asked(video: PlannedVideo, timeline: Timeline) -> AskedVideo:
    streams = [track.stream for track in video.tracks] or [None]
    heard = tuple(sounding(timeline, stream) for stream in streams) if video.audio else ()
    return AskedVideo(video.rendition.size, heard)


def _windows(timeline: Timeline, preview: Preview | None) -> tuple[tuple[int, int], ...]:
    if preview and preview.is_still:
        return tuple((frame, frame + 1) for frame in stills_of(preview, timeline))
    return (window_of(preview, timeline),)


def settled(compiled: Compiled) -> Compiled:
    """The same with every text as it will be drawn: what no font has replaced or left out, and in its place. Raises
    `InvalidRequest` where a text is refused for such characters, or cannot fit its box."""
    places: dict[str, tuple[list[Problem], list[str]]] = {}

    def clip_settled(clip: PictureClip) -> PictureClip:
        if not isinstance(clip.content, TextContent):
            return clip
        text = settled_text(clip.place, clip.content, clip.area)
        places[clip.place] = text.problems, text.warnings
        return clip.model_copy(update={"content": text.content, "area": text.area})

    timelines = tuple(
        timeline.model_copy(update={"tracks": tuple(_each(track, clip_settled) for track in timeline.tracks)})
        for timeline in compiled.timelines
    )
    if found := [problem for problems, _ in places.values() for problem in problems]:
        raise InvalidRequest(*dict.fromkeys(found))
    odd = dict.fromkeys(warning for _, warnings in places.values() for warning in warnings)
    return compiled.model_copy(update={"timelines": timelines, "warnings": (*compiled.warnings, *odd)})


def _each(track: Track, change: Callable[[PictureClip], PictureClip]) -> Track:
    if not isinstance(track, PictureTrack):
        return track
    return track.model_copy(update={"clips": tuple(map(change, track.clips))})


def _pictures(timeline: Timeline) -> Iterator[PictureClip]:
    return (clip for track in timeline.pictures for clip in track.clips)


def _is_text(clip: PictureClip) -> bool:
    return isinstance(clip.content, TextContent)
