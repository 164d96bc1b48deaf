"""From the timelines of a request to its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reel.media import Library
from reel.plan.compiled import Compiled
from reel.plan.keyed import Keyed
from reel.plan.ladders import add_ladder, planned_ladders
from reel.plan.layers import PlanContext
from reel.plan.operations import Join, Sheet
from reel.plan.operations.joins import STILL_FILES
from reel.plan.preview import previewed, stills_of, window_of
from reel.plan.renditions import PlannedVideo, largest_video, planned_videos
from reel.plan.segments import Making, add_sheet, add_stills, add_videos
from reel.plan.smart import KEPT_NOTE
from reel.plan.sound_files import add_sound_file, refuse_soundless
from reel.plan.step import Plan, PlannedOutput, Step
from reel.presets import Canvas, for_cutting
from reel.request import Request
from reel.timeline import Timeline
from reel.toolchain import Toolchain
from reel.values import public_name


def plan_compiled(
    request: Request, compiled: Compiled, library: Library, tools: Toolchain, fonts: tuple[str, ...] = ()
) -> Plan:
    """The steps that make the timelines of a request. They are made with `tools`; `fonts` are the SHA-256 of the fonts that
    texts are drawn with."""
    compiled = previewed(compiled, request.preview)
    known = PlanContext(
        keyed=Keyed(tools),
        assets={facts.sha256: facts for facts in library.values()},
        names={library[place].sha256: short_name(asset) for place, asset in request.asset_places().items()},
        fonts=fonts,
        canvas=compiled.timelines[0].canvas,
    )
    making = _making(request, compiled, library, known.canvas)
    refuse_soundless(request, compiled)
    outputs = tuple(
        output
        for number, timeline in enumerate(compiled.timelines, start=1)
        for output in _outputs(number, timeline, request, compiled, making, known)
    )
    steps = tuple(
        Step(key=key, title=title, operation=operation, work=operation.work(known.assets))
        for key, (title, operation) in known.keyed.operations.items()
    )
    return Plan(
        tools=tools,
        steps=steps,
        outputs=outputs,
        manifests=compiled.manifests,
        documents=compiled.documents,
        warnings=(*_warnings(library), *compiled.warnings, *((KEPT_NOTE,) if compiled.kept else ())),
    )


def _making(request: Request, compiled: Compiled, library: Library, canvas: Canvas) -> Making:
    preview = request.preview
    if preview and preview.is_still:
        compiled = compiled.model_copy(update={"kept": None})
    videos = planned_videos(request, compiled, canvas)
    # A preview that is smaller, or a still, is shown once: a mezzanine for it would not pay.
    mezzanine = compiled.mezzanine and not (preview and (preview.is_still or preview.scale != 1))
    return Making(
        videos=videos if not mezzanine else tuple(_cuttable(video, canvas) for video in videos),
        ladders=planned_ladders(request, compiled, library),
        loudness=compiled.loudness,
        copying=compiled.copying,
        mezzanine=mezzanine,
        share_segments=compiled.share_segments,
    )


def _cuttable(video: PlannedVideo, canvas: Canvas) -> PlannedVideo:
    encoder = for_cutting(video.rendition.encoder, canvas.rate)
    return video.model_copy(update={"rendition": video.rendition.model_copy(update={"encoder": encoder})})


def _outputs(
    number: int, timeline: Timeline, request: Request, compiled: Compiled, making: Making, known: PlanContext
) -> Iterator[PlannedOutput]:
    """What is published of one timeline; the steps that make it are added to `known.keyed`."""
    preview = request.preview
    if preview and preview.is_still:
        sheet = add_sheet(timeline, stills_of(preview, timeline), making, known)
        yield PlannedOutput(name=f"{timeline.name}.jpg", variant=number, step=sheet, file=Sheet.file)
        return
    window = window_of(preview, timeline)
    joined = dict(zip(making.videos, add_videos(timeline, window, making, known), strict=True)) if making.videos else {}
    files = [
        *_video_files(timeline, joined, known),
        *_ladder_files(timeline, window, joined, making, known),
        *(add_sound_file(sound, timeline, window, compiled.loudness, known) for _, sound in request.sound_files),
        *(_still_files(number, timeline, window, joined, compiled, known) if compiled.stills and joined else ()),
    ]
    yield from (PlannedOutput(name=name, variant=number, step=key, file=file) for name, key, file in files)


Joined = Mapping[PlannedVideo, str]
"""Keys of the joins of a timeline's videos."""

Published = tuple[str, str, str]
"""Name of a file, key of the step that makes it, and the file's name there."""


def _video_files(timeline: Timeline, joined: Joined, known: PlanContext) -> Iterator[Published]:
    for video, key in joined.items():
        _, join = known.keyed.operations[key]
        assert isinstance(join, Join)
        if video.ladder is None:
            yield video.file(timeline.name), key, join.file


def _ladder_files(
    timeline: Timeline, window: tuple[int, int], joined: Joined, making: Making, known: PlanContext
) -> Iterator[Published]:
    for ladder in making.ladders:
        rungs = [(video, key) for video, key in joined.items() if video.ladder == ladder.folder]
        yield from add_ladder(ladder, rungs, timeline, window, making.loudness, known)


def _still_files(
    number: int, timeline: Timeline, window: tuple[int, int], joined: Joined, compiled: Compiled, known: PlanContext
) -> Iterator[Published]:
    poster = _within(compiled.posters[number - 1], window) if compiled.posters else None
    shown = largest_video(tuple(joined))
    key = add_stills(timeline, window[1] - window[0], shown.rendition, joined[shown], known, poster)
    yield from ((f"{timeline.name}/{file}", key, file) for file in STILL_FILES)


def _warnings(library: Library) -> tuple[str, ...]:
    return tuple(f"{place}: {warning}" for place, facts in library.items() for warning in facts.warnings)


def _within(poster: int | None, window: tuple[int, int]) -> int | None:
    """The number of a frame in the part that is made; null where it is not in there."""
    return poster - window[0] if poster is not None and window[0] <= poster < window[1] else None


def short_name(asset: str) -> str:
    """An asset's last part, for titles; nothing secret."""
    name = public_name(asset)
    return name.rstrip("/").rsplit("/", 1)[-1] or name
