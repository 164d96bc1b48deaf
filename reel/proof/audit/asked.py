"""What outputs shall show and sound, and what of a plan they are put together from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reel.plan.operations import (
    Animated,
    AnyOperation,
    Compose,
    Copied,
    Encrypt,
    Fragment,
    Join,
    Mezzanine,
    Picture,
    Refit,
    Sheet,
    SoundFile,
    SoundMix,
)
from reel.plan.operations.joins import Excerpt
from reel.plan.operations.tracks import ENCRYPTED_HEAD
from reel.plan.step import PlannedOutput
from reel.presets import Size
from reel.timeline import Timeline


@dataclass(frozen=True)
class AskedVideo:
    """What one of the videos of a variant shall be like."""

    size: Size
    has_sound: bool


@dataclass(frozen=True)
class Asked:
    """What the outputs of one variant shall show: frames of a timeline, in one piece or, of a sheet, one by one."""

    timeline: Timeline
    windows: tuple[tuple[int, int], ...]
    """Half-open ranges of frames."""
    videos: Mapping[str, AskedVideo]
    """By the names of their files; of a sheet, none."""
    sounds: Mapping[str, Timeline] = field(default_factory=dict)
    """The timelines whose sounds are files by themselves, by the names of these."""


@dataclass(frozen=True)
class PlacedStep:
    """A step's picture within an output."""

    key: str
    operation: Picture | Compose | Copied | Mezzanine
    first: int
    """Frame of the timeline at which it begins."""
    frames: int
    skipped: int = 0
    """Frames of the step's picture that come before what is taken of it."""

    @property
    def end(self) -> int:
        return self.first + self.frames


def is_audited(output: PlannedOutput, operations: Mapping[str, AnyOperation]) -> bool:
    """Whether an output shows or sounds a timeline: of an encrypted track, whose files are one, that is said of its head."""
    if isinstance(operations[output.step], Encrypt) and output.file != ENCRYPTED_HEAD:
        return False
    return isinstance(put_together(output.step, operations), Join | Sheet | SoundMix)


def put_together(key: str, operations: Mapping[str, AnyOperation]) -> AnyOperation:
    """What the packets of an output were put together by: tracks have those of what they are made of."""
    operation = operations[key]
    while isinstance(operation, Animated | Fragment | Encrypt | SoundFile):
        operation = operations[operation.source]
    return operation


def placed_steps(operation: Join | Sheet, asked: Asked, operations: Mapping[str, AnyOperation]) -> Iterator[PlacedStep]:
    """What an output is put together from, each at its place on the timeline."""
    pieces: Sequence[str | Excerpt] = operation.segments if isinstance(operation, Join) else operation.pictures
    windows = iter(asked.windows)
    first, end = next(windows)
    for piece in pieces:
        if first >= end:
            first, end = next(windows, (first, end))
        key = piece.mezzanine if isinstance(piece, Excerpt) else piece
        made = operations[key]
        made = made.shown if isinstance(made, Refit) else made
        assert isinstance(made, Picture | Compose | Copied | Mezzanine)
        if isinstance(piece, Excerpt):
            yield PlacedStep(key, made, first, piece.frames, piece.first)
        else:
            yield PlacedStep(key, made, first, made.frames)
        first += piece.frames if isinstance(piece, Excerpt) else made.frames
