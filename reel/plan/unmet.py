"""What is wanted of timelines, and is not in them: said in one go, before anything is planned."""

from __future__ import annotations

from collections.abc import Iterator

from reel.errors import InvalidRequest, Problem
from reel.plan.compiled import Compiled
from reel.plan.preview import previewed, stills_of, window_of
from reel.plan.renditions import PlannedVideo, planned_videos
from reel.request import Request
from reel.request.besides import late_moments
from reel.request.tracks import late_chapters


def met_videos(request: Request, compiled: Compiled) -> tuple[PlannedVideo, ...]:
    """The videos of a request. Raises `InvalidRequest` with all that is wrong."""
    videos, refused = _videos(request, compiled)
    if found := (*refused, *_unmet_besides(request, compiled)):
        raise InvalidRequest(*found)
    return videos


def unmet(request: Request, compiled: Compiled) -> tuple[Problem, ...]:
    """Videos that cannot be so, sound of what has none, moments and previews past the end."""
    return (*_videos(request, compiled)[1], *_unmet_besides(request, compiled))


def _videos(request: Request, compiled: Compiled) -> tuple[tuple[PlannedVideo, ...], tuple[Problem, ...]]:
    """Those that can be so, and what is wrong with the others."""
    shown = previewed(compiled, request.preview)
    try:
        return planned_videos(request, shown, shown.timelines[0].canvas), ()
    except InvalidRequest as refused:
        return (), refused.problems


def _unmet_besides(request: Request, compiled: Compiled) -> tuple[Problem, ...]:
    past_the_end: dict[str, Problem] = {}
    for problem in (*_late(request, compiled), *_not_shown(request, compiled)):
        past_the_end.setdefault(problem.place, problem)  # of several timelines, the first that is too short says it
    return (*_soundless(request, compiled), *past_the_end.values())


def _soundless(request: Request, compiled: Compiled) -> Iterator[Problem]:
    if compiled.has_sound:
        return
    remedy = "leave it out, or give a source with an audio stream"
    yield from (Problem(place, "there is no sound to write", remedy) for place, _ in request.sound_files)
    for place, ladder in request.ladders:
        for number, sound in enumerate(ladder.listed_sounds):
            if sound.asset is None:
                yield Problem(f"{place}.audio[{number}]", "the video has no sound", "name an `asset`, or leave it out")


def _late(request: Request, compiled: Compiled) -> Iterator[Problem]:
    """Moments and chapters past the end."""
    lengths = [timeline.frames / timeline.canvas.rate for timeline in compiled.timelines]
    for seconds in lengths:
        for place, wanted in request.pictures:
            yield from late_moments(place, wanted, seconds)
    for place, video in zip(request.sizing_places, request.videos, strict=False):
        yield from late_chapters(place, video.chapters, min(lengths))


def _not_shown(request: Request, compiled: Compiled) -> Iterator[Problem]:
    """Previews of frames that are in no timeline."""
    if preview := request.preview:
        shown = stills_of if preview.is_still else window_of
        for timeline in compiled.timelines:
            try:
                shown(preview, timeline)
            except InvalidRequest as refused:
                yield from refused.problems
