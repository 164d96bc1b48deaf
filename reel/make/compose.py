"""Making and verifying composed segments: layers in, encoded picture out."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from fractions import Fraction
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from reel.compose.compositor import FrameSource, composed
from reel.compose.planes import Planes, filled, planes_with_alpha
from reel.compose.transparent import composed_without_ground
from reel.ffmpeg.encoder import fed_frames
from reel.ffmpeg.frames import FrameReader
from reel.ffmpeg.picture import frames_command
from reel.make.context import Measured, StepContext
from reel.make.makers import Frames, composes
from reel.make.picture import measured_segment, read_back
from reel.packets.loop import LoopFrames
from reel.plan.operations import Compose, DrawnLoop
from reel.plan.operations.base import SourceClip
from reel.plan.operations.bitmaps import loop_file
from reel.plan.operations.layers import BitmapPart, ColourPart, Layer, LoopPart, VideoPart

Opened: TypeAlias = AbstractContextManager[FrameSource]


def composed_frames(operation: Compose, context: StepContext) -> Frames:
    """The frames of a segment, composed one by one as FFmpeg reads them."""

    damaged: list[SourceClip] = []

    def opened(layer: Layer) -> Opened:
        return _open(layer, operation, context, damaged)

    canvas, layers, count = operation.canvas, operation.layers, operation.frames
    frames = (
        composed_without_ground(canvas, layers, count, opened)
        if operation.encoder.alpha
        else composed(canvas, operation.background, layers, count, opened)
    )
    return Frames(fed_frames(operation.canvas, operation.encoder), _raw(frames), damaged=damaged)


def checked_composed(operation: Compose, context: StepContext) -> Measured:
    """Decode a composed segment to its end."""
    return measured_segment(read_back(operation, context), context)


composes(Compose, composed_frames, checked_composed)


def _raw(frames: Generator[Planes]) -> Iterator[memoryview]:
    """The frames as FFmpeg reads them; what they hold open is closed when no more are asked for."""
    with closing(frames):
        for frame in frames:
            yield from frame.raw()


def _open(layer: Layer, operation: Compose, context: StepContext, damaged: list[SourceClip]) -> Opened:
    part, area = layer.part, layer.area
    match part:
        case BitmapPart(bitmap=key):
            return _still(context.bitmap(key))
        case ColourPart(colour=colour):
            return _still(filled(area.width, area.height, colour))
        case LoopPart(loop=key, first=first):
            return _loop(key, first, context)
        case VideoPart():
            return _video(part, layer, operation, context, damaged)


def _loop(key: str, first: int, context: StepContext) -> LoopFrames:
    loop = context.measured(key, DrawnLoop)
    parts = [(context.made(key, DrawnLoop, loop_file(number)), area) for number, area in enumerate(loop["parts"])]
    return LoopFrames(loop["width"], loop["height"], parts, first, context.place)


class _Still:
    """One picture, over and over."""

    def __init__(self, picture: Planes) -> None:
        self._picture = picture

    def next(self) -> Planes:
        return self._picture


@contextmanager
def _still(picture: Planes) -> Iterator[FrameSource]:
    yield _Still(picture)


class _Video:
    """The clips of a layer, decoded by one FFmpeg after another."""

    def __init__(self, frames: Iterator[Planes]) -> None:
        self._frames = frames

    def next(self) -> Planes:
        return next(self._frames)


@contextmanager
def _video(
    part: VideoPart, layer: Layer, operation: Compose, context: StepContext, damaged: list[SourceClip]
) -> Iterator[FrameSource]:
    area, rate = (layer.filled or layer.area).size, operation.canvas.rate
    with closing(_decoded(part, area, rate, context, damaged)) as frames:
        yield _Video(frames)


def _decoded(
    part: VideoPart, area: tuple[int, int], rate: Fraction, context: StepContext, damaged: list[SourceClip]
) -> Generator[Planes]:
    """The frames of a part; clips whose decoders complain are added to `damaged`."""
    for clip in part.clips:
        told = partial(_add, damaged, clip)
        command = partial(frames_command, clip, str(context.asset(clip.source.asset)), area, rate)
        pixels, alpha = area[0] * area[1], clip.source.alpha
        frame_bytes = 4 * pixels if alpha else pixels * 3 // 2
        with FrameReader(command, frame_bytes, context.place, on_damage=told) as reader:
            for _ in range(clip.frames):
                frame = reader.read()
                yield planes_with_alpha(*frame.reshape(4, area[1], area[0])) if alpha else _planes(frame, *area)


def _add(damaged: list[SourceClip], clip: SourceClip, _: int) -> None:
    damaged.append(clip)


def _planes(data: npt.NDArray[np.uint8], width: int, height: int) -> Planes:
    """A raw frame of `yuv420p` as planes, without a copy."""
    full, half = width * height, width * height // 4
    y, u, v = np.split(data, [full, full + half])
    return Planes(y.reshape(height, width), u.reshape(height // 2, width // 2), v.reshape(height // 2, width // 2))
