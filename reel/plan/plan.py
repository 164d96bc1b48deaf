"""From the timelines of a request to its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reel.errors import InvalidRequest
from reel.limits import USUAL, Limits
from reel.media import Library
from reel.plan.animated import add_animated
from reel.plan.besides import besides
from reel.plan.compiled import Compiled
from reel.plan.finished import Finished
from reel.plan.keyed import Keyed
from reel.plan.ladders import add_ladder, planned_ladders
from reel.plan.layers import PlanContext
from reel.plan.making import Making
from reel.plan.operations import CheckBuffer, FindScenes, Join, Sheet
from reel.plan.per_title import add_choices, per_title
from reel.plan.preview import previewed, stills_of, window_of
from reel.plan.quality import add_buffer_check, add_judgement
from reel.plan.remuxes import add_remux
from reel.plan.renditions import PlannedVideo, lost_hdr
from reel.plan.segments import add_sheet, add_videos
from reel.plan.smart import KEPT_NOTE
from reel.plan.sound_files import add_sound_file, heard_in
from reel.plan.step import Plan, PlannedOutput, Step
from reel.plan.subtitles import lost_subtitles, unseen_subtitles
from reel.plan.tails import lost_clip_tails, lost_tails
from reel.plan.unmet import met_videos
from reel.presets import Canvas, Copying, for_cutting
from reel.request import Request
from reel.request.preview import Preview
from reel.request.uncapped import uncapped
from reel.timeline import Timeline
from reel.toolchain import Toolchain
from reel.values import public_name


def plan_compiled(
    request: Request,
    compiled: Compiled,
    library: Library,
    tools: Toolchain,
    fonts: tuple[str, ...] = (),
    limits: Limits = USUAL,
) -> Plan:
    """The steps that make the timelines of a request, as many as the limits allow. They are made with `tools`; `fonts` are the
    SHA-256 of the fonts that texts are drawn with."""
    videos = met_videos(request, compiled)
    compiled = previewed(compiled, request.preview)
    known = PlanContext(
        keyed=Keyed(tools, limits),
        assets={facts.sha256: facts for facts in library.values()},
        names={library[place].sha256: short_name(asset) for place, asset in request.asset_places().items()},
        fonts=fonts,
        canvas=compiled.timelines[0].canvas,
    )
    making = _making(request, compiled, videos, library, known.canvas)
    choices = add_choices(request, compiled, making, known)
    making = _with_choices(making, request, choices)
    if request.preview and request.preview.is_still:
        outputs = tuple(_sheets(request.preview, compiled, making, known))
    else:
        outputs = tuple(_outputs(request, compiled, making, library, known))
    operations = known.keyed.operations
    analysed = {part for _, each in operations.values() if isinstance(each, FindScenes) for part in each.parts}
    steps = tuple(
        Step(key=key, title=title, operation=each, work=each.work(known.assets), stats_kept=key in analysed)
        for key, (title, each) in operations.items()
    )
    return Plan(
        tools=tools,
        steps=steps,
        outputs=outputs,
        manifests=compiled.manifests,
        documents=compiled.documents,
        choices=choices,
        warnings=(
            *_warnings(library),
            *uncapped(request),
            *compiled.warnings,
            *lost_hdr(request, compiled),
            *lost_subtitles(request.ladders, compiled.master),
            *unseen_subtitles(request.ladders, library, compiled.timelines),
            *lost_tails(request, compiled, making),
            *lost_clip_tails(compiled, library),
            *((KEPT_NOTE,) if compiled.kept else ()),
            *_unchosen(request, compiled),
        ),
    )


def _unchosen(request: Request, compiled: Compiled) -> Iterator[str]:
    """What is said of ladders that are planned with the standard rungs, though others are asked for."""
    chosen = per_title(request)
    for place, ladder in request.ladders:
        if ladder.rungs == "per-title" and place not in compiled.chosen_rungs:
            why = "chosen by trying, when it is made" if place in chosen else "not chosen for a preview"
            yield f"{place}.rungs: are {why}; the standard ones stand for them"


def _with_choices(making: Making, request: Request, choices: Mapping[str, str]) -> Making:
    by_folder = {ladder.folder: choices.get(place) for place, ladder in request.ladders}
    ladders = (ladder.model_copy(update={"chosen_by": by_folder[ladder.folder]}) for ladder in making.ladders)
    return making.model_copy(update={"ladders": tuple(ladders)})


def _making(
    request: Request, compiled: Compiled, videos: tuple[PlannedVideo, ...], library: Library, canvas: Canvas
) -> Making:
    preview = request.preview
    # A preview that is smaller, or a still, is shown once: a mezzanine for it would not pay.
    mezzanine = compiled.mezzanine and not (preview and (preview.is_still or preview.scale != 1))
    copying = compiled.copying
    if any(video.quality or video.floor or video.buffered for video in videos):
        # What is copied has the quality that it has.
        mezzanine, copying = False, _nothing_copied(copying)
    return Making(
        videos=videos if not mezzanine else tuple(_cuttable(video, canvas) for video in videos),
        ladders=planned_ladders(request, compiled, library),
        loudness=compiled.loudness,
        copying=copying,
        mezzanine=mezzanine,
        share_segments=compiled.share_segments,
    )


def _nothing_copied(copying: Copying) -> Copying:
    if copying == "require":
        what = "asks for a quality, and packets that are copied have their own"
        raise InvalidRequest.at("outputs", what, "leave out `quality` and `floor`, or let `copy` be `never`")
    return "never"


def _cuttable(video: PlannedVideo, canvas: Canvas) -> PlannedVideo:
    encoder = for_cutting(video.rendition.encoder, canvas.rate)
    return video.model_copy(update={"rendition": video.rendition.model_copy(update={"encoder": encoder})})


def _sheets(preview: Preview, compiled: Compiled, making: Making, known: PlanContext) -> Iterator[PlannedOutput]:
    for number, timeline in enumerate(compiled.timelines, start=1):
        sheet = add_sheet(timeline, stills_of(preview, timeline), making, known)
        yield PlannedOutput(name=f"{timeline.name}.jpg", variant=number, step=sheet, file=Sheet.file)


def _outputs(
    request: Request, compiled: Compiled, making: Making, library: Library, known: PlanContext
) -> Iterator[PlannedOutput]:
    """What is published, timeline by timeline; the steps that make it are added to `known.keyed`."""
    finished = [
        _finished(number, timeline, request.preview, making, known)
        for number, timeline in enumerate(compiled.timelines, start=1)
    ]
    files = [
        PlannedOutput(name=name, variant=each.number, step=key, file=file)
        for each in finished
        for name, key, file in _files(each, request, compiled, making, known)
    ]
    # Posters are chosen of all timelines together.
    yield from sorted((*files, *besides(request, finished, making, library, known)), key=lambda output: output.variant)


def _files(
    finished: Finished, request: Request, compiled: Compiled, making: Making, known: PlanContext
) -> Iterator[Published]:
    """Videos, ladders and sounds of a timeline."""
    yield from _video_files(finished, making, known)
    yield from _ladder_files(finished, making, known)
    for _, sound in request.sound_files:
        heard = heard_in(sound, finished.timeline, compiled.master)
        yield add_sound_file(sound, heard, finished.window, making.loudness, known)


def _finished(number: int, timeline: Timeline, preview: Preview | None, making: Making, known: PlanContext) -> Finished:
    """One timeline with its videos, whose steps are added to `known.keyed`."""
    window = window_of(preview, timeline)
    keys = add_videos(timeline, window, making, known) if making.videos else ()
    videos = tuple(zip(making.videos, keys, strict=True))
    return Finished(number=number, timeline=timeline, window=window, videos=videos)


Published = tuple[str, str, str]
"""Name of a file, key of the step that makes it, and the file's name there."""


def _video_files(finished: Finished, making: Making, known: PlanContext) -> Iterator[Published]:
    for video, key in finished.videos:
        _, join = known.keyed.operations[key]
        assert isinstance(join, Join)
        if video.ladder is None:
            yield from _published(video, key, join, finished, making, known)
            yield from _quality_files(video, key, finished, known)


def _published(
    video: PlannedVideo, key: str, join: Join, finished: Finished, making: Making, known: PlanContext
) -> Iterator[Published]:
    name = video.file(finished.timeline.name)
    if remux := add_remux(video, key, join, finished, making, known):
        yield from remux
        return
    made, file = add_animated(video, key, join, name, known) or (key, join.file)
    yield name, made, file


def _quality_files(video: PlannedVideo, key: str, finished: Finished, known: PlanContext) -> Iterator[Published]:
    _, join = known.keyed.operations[key]
    assert isinstance(join, Join)
    segments = [key for key in join.segments if isinstance(key, str)]
    if video.buffered:
        check = add_buffer_check(video, finished.timeline.name, finished.canvas(video), key, known)
        yield f"{finished.timeline.name}/buffer{video.suffix}.json", check, CheckBuffer.file
    if judgement := add_judgement(video, finished.timeline.name, segments, known):
        for file in known.keyed.operations[judgement][1].files():
            # Several videos of a timeline have their own: their names tell them apart as those of the files do.
            yield f"{finished.timeline.name}/{file.replace('quality', f'quality{video.suffix}')}", judgement, file


def _ladder_files(finished: Finished, making: Making, known: PlanContext) -> Iterator[Published]:
    for ladder in making.ladders:
        if ladder.chosen_by:
            _, choice = known.keyed.operations[ladder.chosen_by]
            folder = f"{finished.timeline.name}/{ladder.folder}"
            yield from ((f"{folder}/{file}", ladder.chosen_by, file) for file in choice.files())
        rungs = [(video, key) for video, key in finished.videos if video.ladder == ladder.folder]
        yield from add_ladder(ladder, rungs, finished.timeline, finished.window, making.loudness, known)


def _warnings(library: Library) -> tuple[str, ...]:
    return tuple(f"{place}: {warning}" for place, facts in library.items() for warning in facts.warnings)


def short_name(asset: str) -> str:
    """An asset's last part, for titles; nothing secret."""
    name = public_name(asset)
    return name.rstrip("/").rsplit("/", 1)[-1] or name
