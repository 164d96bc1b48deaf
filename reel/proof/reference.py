"""Any frame of any timeline, straight from the timeline's definition: plain, slow, and short enough to be believed by reading.

    picture = frame_of(timeline, 37, pictures)

Nothing is planned, kept or left out: every clip that is there at that frame is drawn, tracks from bottom to top, in floating
point. What renders quickly (`reel.plan`, `reel.compose`) is held against this, so nothing of it is used here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import NamedTuple

import cv2
import numpy as np

from reel.curves import value_at
from reel.presets import Canvas
from reel.proof.drawing import Paper, Transform, draw_placed, inside
from reel.proof.framing import WHOLE, Box, Placement, box_of, placement_of
from reel.proof.pictures import RGB, RGBA, Pictures, over, premultiplied_colour
from reel.proof.seen import stay_in_one_area
from reel.proof.transitions import share_at, turned_into
from reel.time import SAMPLING_SHIFT
from reel.timeline import (
    Area,
    ClipId,
    ColourContent,
    DrawnContent,
    ImageContent,
    PictureClip,
    PictureTrack,
    TextContent,
    Timeline,
    VideoContent,
)

BEGUN = Fraction(1, 2) - SAMPLING_SHIFT
"""Frames of the output by which a source frame may begin late and yet be shown (docs/concepts.md)."""

BLUR = 32
"""Standard deviation, in pixels of the canvas, of the blur behind `contain-blur`."""


class Stage(NamedTuple):
    """What all clips of a frame share."""

    canvas: Canvas
    paper: Paper
    pictures: Pictures

    @property
    def whole(self) -> Area:
        return Area(x=0, y=0, width=self.canvas.width, height=self.canvas.height)

    def seen_of(self, area: Area) -> tuple[int, int]:
        """Width and height of an area as far as it lies on the canvas."""
        across = min(area.x + area.width, self.canvas.width) - max(area.x, 0)
        down = min(area.y + area.height, self.canvas.height) - max(area.y, 0)
        return max(across, 0), max(down, 0)


def frame_of(
    timeline: Timeline, frame: int, pictures: Pictures, *, scale: float = 1.0, without: Collection[ClipId] = ()
) -> RGB:
    """What one sees at a frame of a timeline, on `scale` times as many pixels per side as its canvas has.

    Clips named in `without` show nothing; transitions go on without them, from or to what lies below.
    """
    stage = Stage(timeline.canvas, paper_of(timeline.canvas, scale), pictures)
    picture = _ground(timeline, stage)
    for number, track in _seen_tracks(timeline, frame):
        hidden = {place for other, place in without if other == number}
        picture = _with_track(track, frame, hidden, picture, stage)
    return picture


class LeftOut:
    """A frame of a timeline without any one of its clips, as `frame_of` draws it, for many clips of it.

    Layers over layers are a layer (Porter and Duff: `over` is associative). So what lies above a track is one picture, or a few
    where a clip enters by a transition, and each clip costs its own track, not all tracks again. Clips are best asked for from
    bottom to top.
    """

    def __init__(self, timeline: Timeline, frame: int, pictures: Pictures, *, scale: float = 1.0) -> None:
        self._timeline, self._frame = timeline, frame
        self._stage = Stage(timeline.canvas, paper_of(timeline.canvas, scale), pictures)
        self._tracks = dict(_seen_tracks(timeline, frame))
        self._above: dict[int, tuple[RGBA | PictureTrack, ...]] = {}
        above: tuple[RGBA | PictureTrack, ...] = ()
        for number, track in reversed(self._tracks.items()):
            self._above[number] = above
            above = _joined(above, _as_layer(track, frame, self._stage))
        self._begin()

    def _begin(self) -> None:
        self._waiting, self._below = [*self._tracks], _ground(self._timeline, self._stage)

    def without(self, clip: ClipId) -> RGB:
        """The frame without a clip that is there."""
        number, place = clip
        if number not in self._waiting:
            self._begin()
        while self._waiting[0] != number:
            self._below = self._with(self._tracks[self._waiting.pop(0)], self._below)
        picture = self._with(self._tracks[number], self._below, {place})
        for each in self._above[number]:
            picture = self._with(each, picture) if isinstance(each, PictureTrack) else over(each, picture)
        return picture

    def _with(self, track: PictureTrack, below: RGB, hidden: Collection[int] = ()) -> RGB:
        return _with_track(track, self._frame, hidden, below, self._stage)


def _joined(above: tuple[RGBA | PictureTrack, ...], below: RGBA | PictureTrack) -> tuple[RGBA | PictureTrack, ...]:
    """What is laid on a picture one after the other, from bottom to top: layers that follow one another are one."""
    if above and not isinstance(above[0], PictureTrack) and not isinstance(below, PictureTrack):
        return over(above[0], below), *above[1:]
    return below, *above


def _as_layer(track: PictureTrack, frame: int, stage: Stage) -> RGBA | PictureTrack:
    """All of a track that is seen at a frame as one layer; the track itself where a clip enters by a transition, as what shows
    then may hang on what lies below."""
    layer: RGBA = np.zeros((stage.paper.height, stage.paper.width, 4), np.float32)
    for _, clip, leaving in _there(track, frame):
        if leaving:
            return track
        layer = _with_clip(clip, frame - clip.start, layer, stage)
    return layer


def _ground(timeline: Timeline, stage: Stage) -> RGB:
    return np.full(
        (stage.paper.height, stage.paper.width, 3), premultiplied_colour(timeline.background)[:3], np.float32
    )


def _seen_tracks(timeline: Timeline, frame: int) -> Iterator[tuple[int, PictureTrack]]:
    """The tracks of picture that show anything at a frame, bottom to top, and their places among all."""
    for number, track in enumerate(timeline.tracks):
        if isinstance(track, PictureTrack) and any(clip.start <= frame < clip.end for clip in track.clips):
            yield number, track


def paper_of(canvas: Canvas, scale: float) -> Paper:
    """The pixels that a canvas is drawn with at a scale."""
    width, height = max(1, round(canvas.width * scale)), max(1, round(canvas.height * scale))
    return Paper(width, height, width / canvas.width, height / canvas.height)


def _with_track(track: PictureTrack, frame: int, hidden: Collection[int], below: RGB, stage: Stage) -> RGB:
    """What lies below a track with the track's clips on it.

    A clip that enters by a transition takes over from what the track has shown so far: each of the two over what lies below.
    """
    picture = below
    for place, clip, leaving in _there(track, frame):
        age = frame - clip.start
        ground = below if leaving else picture
        shown = ground if place in hidden else _with_clip(clip, age, ground, stage)
        if leaving and clip.transition:
            share = share_at(age, clip.transition)
            window = clip.area if stay_in_one_area(leaving, clip) else stage.whole
            pixels, size = stage.paper.pixels(box_of(window)), stage.seen_of(window)
            before, after, shown = picture[pixels], shown[pixels], picture.copy()
            if all(size):
                shown[pixels] = turned_into(clip.transition, before, after, share, size)
        picture = shown
    return picture


def _there(track: PictureTrack, frame: int) -> Iterator[tuple[int, PictureClip, PictureClip | None]]:
    """The clips of a track that are there at a frame: each one's place, itself, and, while it enters by a transition, the clip
    that it enters from."""
    earlier: PictureClip | None = None
    for place, clip in sorted(enumerate(track.clips), key=lambda each: each[1].start):
        if clip.start <= frame < clip.end:
            is_entering = clip.transition and frame - clip.start < clip.transition.frames
            yield place, clip, earlier if is_entering else None
            earlier = clip


def _with_clip(clip: PictureClip, age: int, below: RGB | RGBA, stage: Stage) -> RGB | RGBA:
    """What lies below a clip with the clip on it, `age` frames after its begin."""
    x, y, scale, turned, opacity = (
        value_at(curve, age) for curve in (clip.x, clip.y, clip.scale, clip.rotation, clip.opacity)
    )
    if scale <= 0 or opacity <= 0:
        return below
    area = box_of(clip.area)
    pose = Transform(((area.left + area.right) / 2, (area.top + area.bottom) / 2), (x, y), scale, turned)
    window = stage.paper.pixels(pose.bounds(area))
    if below[window].size == 0:
        return below
    layer: RGBA = np.zeros((*below[window].shape[:2], 4), np.float32)
    for picture, place in _shown(clip, age, stage):
        layer = over(draw_placed(picture, place, pose, stage.paper, window), layer)
    if clip.clipped:
        layer *= inside(area, stage.paper, window)[..., None]
    result = below.copy()
    result[window] = over(layer * np.float32(min(opacity, 1)), below[window])
    return result


def _shown(clip: PictureClip, age: int, stage: Stage) -> Iterator[tuple[RGBA, Placement]]:
    """The pictures of a clip, bottom to top, and where they are."""
    area, pictures, canvas = clip.area, stage.pictures, stage.canvas
    whole = Placement(WHOLE, box_of(area))
    match clip.content:
        case ColourContent(colour=colour):
            yield premultiplied_colour(colour).reshape(1, 1, 4), whole
        case TextContent() as content:
            yield pictures.text(content, *area.size), whole
        case DrawnContent(name=name):
            unit = min(canvas.width, canvas.height) / 1080
            yield pictures.drawn(name, age, *area.size, unit, canvas.rate), whole
        case ImageContent(asset=asset):
            yield from _framed(pictures.image(asset), pictures.size(asset), clip)
        case VideoContent(asset=asset) as content:
            moment = shown_before(content, age, canvas.rate)
            yield from _framed(pictures.video(asset, moment), pictures.size(asset), clip, pairs=True)


def shown_before(video: VideoContent, age: int, rate: Fraction) -> Fraction:
    """The moment, in seconds from the asset's zero, before which the source frame begins that a clip shows `age` frames
    after its own begin: the last such frame is shown."""
    stretches = iter(video.stretches)
    stretch = next(stretches)
    while age >= stretch.frames:
        age -= stretch.frames
        stretch = next(stretches)
    # Speed 0 holds the frame that is shown at the in point at speed 1.
    return stretch.media_in + ((age + BEGUN) * stretch.speed if stretch.speed else BEGUN) / rate


def _framed(
    picture: RGBA, size: tuple[int, int], clip: PictureClip, *, pairs: bool = False
) -> Iterator[tuple[RGBA, Placement]]:
    """A picture of an asset, framed for its area; below it, where that is asked for, itself blurred."""
    if clip.framing.fit == "contain-blur":
        covering = clip.framing.model_copy(update={"fit": "cover"})
        yield (
            _blurred(picture, placement_of(covering, size, clip.area), clip.framing.unit),
            Placement(WHOLE, box_of(clip.area)),
        )
    yield picture, placement_of(clip.framing, size, clip.area, pairs=pairs)


def _blurred(picture: RGBA, place: Placement, unit: float) -> RGBA:
    """What is seen at a place, blurred: at an eighth of its size, or at 32 pixels on its short side, if that is more."""
    wide, high = place.at.right - place.at.left, place.at.bottom - place.at.top
    share, deviation = max(1 / 8, 32 / min(wide, high)), min(BLUR * unit, min(wide, high) / 8)
    width, height = max(1, round(wide * share)), max(1, round(high * share))
    moved = Placement(place.part, Box(0, 0, wide, high))
    paper = Paper(width, height, width / wide, height / high)
    small = draw_placed(picture, moved, Transform((0, 0)), paper, (slice(0, height), slice(0, width)))
    soft = cv2.GaussianBlur(
        small, (0, 0), deviation * paper.across, sigmaY=deviation * paper.down, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(soft, np.float32)
