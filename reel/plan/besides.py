"""From finished videos to the steps that make what is wanted beside them: pictures, and analyses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reel.media import Library
from reel.plan.analyses import add_analysis
from reel.plan.finished import Finished, add_scenes
from reel.plan.layers import PlanContext, picture_source
from reel.plan.making import Making
from reel.plan.operations import (
    Animation,
    Join,
    Poster,
    PosterMoments,
    Sprite,
    Thumbnails,
    UploadedPoster,
)
from reel.plan.operations.choices import Piece, moments_each, pieces_of
from reel.plan.operations.stills import Look
from reel.plan.step import PlannedOutput
from reel.presets import Canvas
from reel.request import Request
from reel.request.besides import PicturesOutput, moments_of

TILE_SECONDS = 2
"""Distance of the pictures of a sprite sheet, where that gives at most `MOST_TILES`: that of the key frames."""

MOST_TILES = 100

QUALITY = {"jpeg": 90, "webp": 82, "avif": 62}
"""Where none is asked for. Of one frame of 854x480, WebP 80 has three quarters of the bytes of JPEG 82, AVIF 60 two thirds."""

TILE_QUALITY = {"jpeg": 75, "webp": 70, "avif": 50}


def besides(
    request: Request, finished: Sequence[Finished], making: Making, library: Library, known: PlanContext
) -> Iterator[PlannedOutput]:
    """What is published beside the videos; the steps that make it are added to `known.keyed`."""
    for place, wanted in request.pictures:
        chosen = _add_moments(wanted, finished, known)
        for number, each in enumerate(finished):
            folder = "/".join((each.timeline.name, *((wanted.name,) if wanted.name else ())))
            steps = (*_poster(place, wanted, each, chosen, number, library, known), *_pictures(wanted, each, known))
            yield from (_published(each, folder, step, file) for step in steps for file in _files(step, known))
    if request.analysed:
        for each in finished:
            step = add_analysis(each, making, known)
            yield from (_published(each, each.timeline.name, step, file) for file in _files(step, known))


def _published(finished: Finished, folder: str, step: str, file: str) -> PlannedOutput:
    return PlannedOutput(name=f"{folder}/{file}", variant=finished.number, step=step, file=file)


def _files(step: str, known: PlanContext) -> tuple[str, ...]:
    return known.keyed.operations[step][1].files()


@dataclass(frozen=True)
class _Set:
    """What posters of a set of videos are chosen from."""

    moments: str
    """Key of the step that looks for them."""
    played: tuple[tuple[int, ...], ...]
    """Of each video, the numbers of the pieces that it plays."""


def _add_moments(wanted: PicturesOutput, finished: Sequence[Finished], known: PlanContext) -> _Set | None:
    """Add the step that looks for posters of a set of videos; null where there is nothing to choose."""
    if len(finished) < 2 or wanted.poster != "best" or wanted.upload is not None:
        return None
    played = [tuple(_pieces(each, known)) for each in finished]
    pieces = {piece: number for number, piece in enumerate(dict.fromkeys(piece for each in played for piece in each))}
    moments = PosterMoments(
        rate=finished[0].timeline.canvas.rate,
        pieces=tuple(pieces),
        each=moments_each(len(finished), min(map(len, played))),
    )
    return _Set(known.keyed.add("posters", moments), tuple(tuple(pieces[piece] for piece in each) for each in played))


def _pieces(finished: Finished, known: PlanContext) -> Iterator[Piece]:
    join = known.keyed.operations[finished.smallest[1]][1]
    assert isinstance(join, Join)
    operations = known.keyed.operations
    frames = {key: getattr(operations[key][1], "frames", 0) for key in join.segments if isinstance(key, str)}
    return pieces_of(join.segments, frames)


def _poster(
    place: str,
    wanted: PicturesOutput,
    finished: Finished,
    chosen: _Set | None,
    number: int,
    library: Library,
    known: PlanContext,
) -> Iterator[str]:
    """Add the step that makes a poster, where one is wanted."""
    if wanted.poster == "none":
        return
    (video, key), title = finished.largest, f"poster of {finished.timeline.name}"
    canvas = finished.canvas(video)
    look = _look(wanted, canvas)
    if wanted.upload is not None:
        facts = library[f"{place}.upload"]
        assert facts.video, "what is no picture was refused"
        source = picture_source(facts.sha256, facts.demuxer, facts.video)
        yield known.keyed.add(title, UploadedPoster(source=source, size=canvas.size, look=look))
        return
    frame = finished.frame_at(wanted.poster) if isinstance(wanted.poster, Fraction) else None
    poster = Poster(
        video=key,
        canvas=canvas,
        frames=finished.frames,
        look=look,
        frame=frame,
        moments=chosen.moments if chosen else None,
        played=chosen.played[: number + 1] if chosen else (),
    )
    yield known.keyed.add(title, poster)


def _look(wanted: PicturesOutput, canvas: Canvas) -> Look:
    # Previews are smaller than what was asked for, and no picture is larger than its video.
    widths = dict.fromkeys(min(width, canvas.width) for width in wanted.widths)
    return Look(format=wanted.format, quality=wanted.quality or QUALITY[wanted.format], widths=tuple(widths))


def _pictures(wanted: PicturesOutput, finished: Finished, known: PlanContext) -> Iterator[str]:
    """Add the steps that make all pictures but the poster."""
    video, key = finished.largest
    name, canvas, frames = finished.timeline.name, finished.canvas(video), finished.frames
    if thumbnails := _thumbnails(wanted, finished, known):
        yield known.keyed.add(f"thumbnails of {name}", thumbnails)
    if wanted.sprite:
        tiles = min(max(1, math.ceil(frames / canvas.rate / TILE_SECONDS)), MOST_TILES, frames)
        look = Look(format=wanted.format, quality=wanted.quality or TILE_QUALITY[wanted.format])
        small_video, small_key = finished.smallest
        small = finished.canvas(small_video)
        sprite = Sprite(video=small_key, canvas=small, frames=frames, tiles=tiles, look=look)
        yield known.keyed.add(f"sprite of {name}", sprite)
    if wanted.animation != "none":
        animation = Animation(video=key, canvas=canvas, frames=frames, format=wanted.animation)
        yield known.keyed.add(f"animation of {name}", animation)


def _thumbnails(wanted: PicturesOutput, finished: Finished, known: PlanContext) -> Thumbnails | None:
    """Null where none is wanted, or none of the moments is in what is made."""
    if wanted.thumbnails is None:
        return None
    video, key = finished.largest
    canvas = finished.canvas(video)
    common = {"video": key, "canvas": canvas, "frames": finished.frames, "look": _look(wanted, canvas)}
    if wanted.thumbnails.best:
        scenes = add_scenes(finished, known)
        return Thumbnails(**common, best=min(wanted.thumbnails.best, finished.frames), scenes=scenes)
    seconds = finished.timeline.frames / finished.timeline.canvas.rate
    frames = [finished.frame_at(moment) for moment in moments_of(wanted.thumbnails, seconds)]
    shown = tuple(frame for frame in frames if frame is not None)
    return Thumbnails(**common, shown=shown) if shown else None
