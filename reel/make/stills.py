"""Making pictures of finished videos: poster, thumbnails, sprite sheet with its storyboard, a small loop."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from reel.images.animate import write_animation
from reel.images.regions import ImageRegion, decode_regions
from reel.make.choosing import chosen_of
from reel.make.context import Measured, StepContext
from reel.make.image_framing import framed
from reel.make.image_sdr import pixels_to_sdr
from reel.make.makers import makes
from reel.make.pictures import (
    LEAST_SPREAD,
    brightness_deviation,
    grid,
    interest,
    shrunk,
    small_size,
    write_picture,
    write_sizes,
)
from reel.media import Colour
from reel.packets.apart import first_frame, keyframe_times, pictures_at
from reel.packets.keyframes import Pixels, near_keyframes
from reel.plan.operations import (
    Animation,
    FindScenes,
    Join,
    Poster,
    PosterMoments,
    Sheet,
    Sprite,
    Thumbnails,
    UploadedPoster,
)
from reel.plan.operations.stills import Look, Pictures
from reel.presets import Canvas, Size
from reel.rectangles import nearest_even
from reel.timeline import Framing

MOST_COLUMNS, LEAST_COLUMNS = 10, 6

POSTER_CANDIDATES = 24
"""Key frames that a poster is chosen from."""

HELD_BYTES = 32 << 20
"""Of thumbnails at full size that are decoded at a time: a hundred would not fit into memory, and each time all packets are
gone through."""

PLAIN_TILES = 20
"""Of a sheet, whose stretches are looked through together for something to see."""

SCENE_CANDIDATES = 5
"""Moments of a scene that its thumbnail is chosen from."""
LEAST_CANDIDATES = 3
"""Of these, key frames that are enough: what lies between them takes decoding."""


@makes(Poster)
def make_poster(operation: Poster, context: StepContext) -> Measured:
    """The picture that stands for a video: as asked for, as chosen for its set, or the key frame with most to see."""
    video = _video(operation, context)
    frame, told = operation.frame, {}
    if frame is None and operation.moments:
        path = context.made(operation.moments, PosterMoments, PosterMoments.file)
        chosen = chosen_of(json.loads(path.read_text()), operation.played)
        frame, told = chosen.frame, {"poster_distance": chosen.distance}
    moment = _best_keyframe(video, operation) if frame is None else float(frame / operation.canvas.rate)
    (found,) = pictures_at(video, [moment])
    write_sizes(context.folder, "poster", found.pixels, operation.look)
    return {"poster_seconds": round(found.seconds, 3), **told}


def _video(operation: Pictures, context: StepContext) -> Path:
    return context.made(operation.video, Join, Join.stem)


def _best_keyframe(video: Path, operation: Pictures) -> float:
    times = keyframe_times(video)
    if len(times) < LEAST_CANDIDATES:  # of a short one that fades in, they may all be black
        times = sorted({*times, *_evenly((0, operation.frames), operation.canvas.rate)})
    return _best(video, times[:: max(1, len(times) // POSTER_CANDIDATES)], operation.canvas)


def _best(video: Path, moments: Sequence[float], canvas: Canvas) -> float:
    """The moment with most to see; of those with nothing, the first."""
    scores = [_worth(shown.pixels) for shown in pictures_at(video, moments, small_size(canvas))]
    return moments[scores.index(max(scores))]


def _worth(picture: Pixels) -> float:
    """How much there is to see in a picture: nothing where it is black, or nearly one colour."""
    return 0.0 if brightness_deviation(picture) < LEAST_SPREAD else interest(picture)


@makes(UploadedPoster)
def make_uploaded_poster(operation: UploadedPoster, context: StepContext) -> Measured:
    """Somebody's own picture, cut about its middle to the shape of the video, and as large as that."""
    source = operation.source
    place = framed(Framing(fit="cover"), source.display_size, operation.size)
    taken = decode_regions(context.asset(source.asset), [ImageRegion(place.box, operation.size)], context.place)
    # A profile within the file was applied already, and goes before all else that the file says of its colours.
    pixels = pixels_to_sdr(taken.pictures[0], Colour() if taken.by_profile else source.colour)
    # On black, where it is transparent: what neither JPEG nor a player shows otherwise.
    opaque = (pixels[..., 2::-1].astype("u2") * pixels[..., 3:] // 255).astype("u1")
    write_sizes(context.folder, "poster", opaque, operation.look)
    return {}


@makes(Thumbnails)
def make_thumbnails(operation: Thumbnails, context: StepContext) -> Measured:
    """Pictures of moments that were asked for, or of the best of each scene, and which these are."""
    video, rate = _video(operation, context), operation.canvas.rate
    if operation.scenes:
        found = json.loads(context.made(operation.scenes, FindScenes, FindScenes.file).read_text())
        stretches = best_stretches(seen_scenes(found), operation.best)
        keys = keyframe_times(video)
        moments = [_best(video, _candidates(stretch, keys, rate), operation.canvas) for stretch in stretches]
    else:
        moments = [float(frame / rate) for frame in operation.shown]
    stems, seconds = operation.stems(), dict[str, float]()
    at_a_time = max(1, HELD_BYTES // (3 * operation.canvas.pixels))
    rising = sorted(zip(moments, stems, strict=True))
    for some in (rising[first : first + at_a_time] for first in range(0, len(rising), at_a_time)):
        for (_, stem), shown in zip(some, pictures_at(video, [moment for moment, _ in some]), strict=True):
            write_sizes(context.folder, stem, shown.pixels, operation.look)
            seconds[stem] = round(shown.seconds, 6)
    told = [{"files": [*operation.look.files(stem)], "seconds": seconds[stem]} for stem in stems]
    (context.folder / operation.index).write_text(json.dumps({"thumbnails": told}, indent=1), "utf-8")
    return {"thumbnails": len(told)}


def seen_scenes(found: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Of each scene that is not black, what lies clear of its ends, without what is black of it: the longest stretch. Of all,
    where all are black."""
    scenes = [(scene["clear"][0], scene["clear"][1]) for scene in found["scenes"]]
    seen = [max(parts, key=lambda part: part[1] - part[0]) for scene in scenes if (parts := _without(scene, found))]
    return seen or scenes


def _without(scene: tuple[int, int], found: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The stretches of a scene between those that are black."""
    since, until = scene
    black = [(first, end) for first, end in found["black"] if first < until and end > since]
    begins, ends = [since, *(end for _, end in black)], [*(first for first, _ in black), until]
    return [(first, end) for first, end in zip(begins, ends, strict=True) if first < end]


def best_stretches(scenes: Sequence[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """So many stretches of scenes, in their order: the longest scenes, and where there are too few, parts of the longest."""
    by_length = sorted(range(len(scenes)), key=lambda place: scenes[place][0] - scenes[place][1])
    parts = [int(place in by_length[:count]) for place in range(len(scenes))]
    for _ in range(count - len(scenes)):
        # What each part of a scene is long, were it one part more.
        longest = max(range(len(scenes)), key=lambda place: (scenes[place][1] - scenes[place][0]) / (parts[place] + 1))
        parts[longest] += 1
    return [
        (first + (end - first) * part // many, first + (end - first) * (part + 1) // many)
        for (first, end), many in zip(scenes, parts, strict=True)
        for part in range(many)
    ]


def _candidates(stretch: tuple[int, int], keys: Sequence[float], rate: Fraction) -> list[float]:
    """Moments of a stretch to choose from: key frames in it, as far as they lie near to evenly spaced ones; these themselves
    where there are too few to choose from, as in a short one that ends in a fade."""
    first, end = stretch
    even = _evenly(stretch, rate)
    near = near_keyframes(keys, even, float((end - first) / rate))
    inside = sorted({moment for moment in near if first <= moment * rate < end})
    return inside if len(inside) >= LEAST_CANDIDATES else even


def _evenly(stretch: tuple[int, int], rate: Fraction) -> list[float]:
    """Moments of frames that are spaced evenly in a stretch."""
    first, end = stretch
    places = (Fraction(2 * place + 1, 2 * SCENE_CANDIDATES) for place in range(SCENE_CANDIDATES))
    return [float((first + int(place * (end - first))) / rate) for place in places]


@makes(Sprite)
def make_sprite(operation: Sprite, context: StepContext) -> Measured:
    """A sheet of small pictures, evenly spaced, and its WebVTT storyboard: of key frames, where these are near enough."""
    width, height = small_size(operation.canvas, operation.tile_height)
    seconds = float(operation.frames / operation.canvas.rate)
    tiles = _tiles(_video(operation, context), operation, (width, height))
    columns = columns_of(len(tiles))
    write_picture(context.folder / operation.sheet, grid(tiles, columns, blank=tiles[-1]), operation.look)
    text = storyboard(operation.sheet, len(tiles), columns, width, height, seconds)
    (context.folder / operation.storyboard).write_text(text, "utf-8")
    return {"tiles": len(tiles), "tile_width": width, "tile_height": height, "columns": columns}


def _tiles(video: Path, operation: Sprite, size: Size) -> list[Pixels]:
    """A picture of each stretch: one of its key frames, or its middle. Where that shows nothing, as the key frame of what fades
    in, the best of the stretch."""
    rate, count = operation.canvas.rate, operation.tiles
    keys = [round(time * rate) for time in keyframe_times(video)]
    edges = [Fraction(operation.frames * edge, count) for edge in range(count + 1)]
    moments = [float(tile_frame(keys, begin, end) / rate) for begin, end in pairwise(edges)]
    tiles = [shown.pixels for shown in pictures_at(video, moments, size)]
    plain = [place for place, tile in enumerate(tiles) if not _worth(tile)]
    for first in range(0, len(plain), PLAIN_TILES):
        for place, tile in _with_more_to_see(video, operation, plain[first : first + PLAIN_TILES], size):
            tiles[place] = tile
    return tiles


def tile_frame(keys: Sequence[int], begin: Fraction, end: Fraction) -> int:
    """The frame that stands for a stretch of frames, `end` excluded: of its key frames the one next to its middle; where it has
    none, its middle."""
    middle = (begin + end) / 2
    within = keys[bisect_left(keys, begin) : bisect_left(keys, end)]
    return min(within, key=lambda frame: abs(frame - middle), default=int(middle))


def _with_more_to_see(
    video: Path, operation: Sprite, places: Sequence[int], size: Size
) -> Iterator[tuple[int, Pixels]]:
    """The best picture of each of some stretches, where it shows anything."""
    frames, count = operation.frames, operation.tiles
    tried = [
        _evenly((frames * place // count, frames * (place + 1) // count), operation.canvas.rate) for place in places
    ]
    shown = iter(pictures_at(video, [moment for moments in tried for moment in moments], size))
    for place, moments in zip(places, tried, strict=True):
        best = max((next(shown).pixels for _ in moments), key=_worth)
        if _worth(best):
            yield place, best


def columns_of(tiles: int) -> int:
    """How many pictures a row of a sheet has: of those numbers that fill the last row best, the largest."""
    if tiles <= MOST_COLUMNS:
        return tiles
    return min(range(MOST_COLUMNS, LEAST_COLUMNS - 1, -1), key=lambda columns: -tiles % columns)


def storyboard(sheet: str, tiles: int, columns: int, width: int, height: int, seconds: float) -> str:
    """WebVTT cues that name a region of a sheet (Media Fragments `xywh`) for each stretch of the video."""
    cues = ["WEBVTT"]
    for tile in range(tiles):
        row, column = divmod(tile, columns)
        start, end = seconds * tile / tiles, seconds * (tile + 1) / tiles
        region = f"{column * width},{row * height},{width},{height}"
        cues.append(f"{clock(start)} --> {clock(end)}\n{sheet}#xywh={region}")
    return "\n\n".join(cues) + "\n"


def clock(seconds: float) -> str:
    """A time as WebVTT has it."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{milliseconds:03d}"


@makes(Animation)
def make_animation(operation: Animation, context: StepContext) -> Measured:
    """A silent loop: as many stretches of a second as it has seconds, from all over the video; of a short one, all of it."""
    seconds = operation.frames / operation.canvas.rate
    width = min(operation.width, operation.canvas.width)
    height = max(2, nearest_even(operation.canvas.height * width / operation.canvas.width))
    moments = loop_moments(seconds, operation.seconds, operation.rate)
    frames = [shown.pixels for shown in pictures_at(_video(operation, context), moments, (width, height))]
    write_animation(context.folder / operation.files()[0], frames, 1000 // operation.rate)
    return {"pictures": len(frames), "width": width, "height": height}


def loop_moments(seconds: Fraction, most: int, rate: int) -> list[float]:
    """The moments that a loop shows: seconds from the middles of as many equal parts of the video; of a short video, all."""
    if seconds <= most:
        return [number / rate for number in range(max(1, int(seconds * rate)))]
    begins = [seconds * Fraction(2 * part + 1, 2 * most) - Fraction(1, 2) for part in range(most)]
    return [float(begin + Fraction(number, rate)) for begin in begins for number in range(rate)]


@makes(Sheet)
def make_sheet(operation: Sheet, context: StepContext) -> Measured:
    """One picture at full size, or pictures side by side, on a sheet of at most the canvas's width."""
    pictures = [first_frame(context.segment(key), context.place) for key in operation.pictures]
    canvas = operation.canvas
    if len(pictures) > 1:
        width = max(16, canvas.width // operation.columns)
        height = max(16, round(width * canvas.height / canvas.width))
        pictures = [shrunk(picture, width, height) for picture in pictures]
    sheet = grid(pictures, operation.columns)
    write_picture(context.folder / operation.file, sheet, Look())
    height, width = sheet.shape[:2]
    seconds = round(float(len(pictures) / canvas.rate), 6)
    return {
        "frames": len(pictures),
        "seconds": seconds,
        "width": width,
        "height": height,
        "frame_rate": str(canvas.rate),
    }
