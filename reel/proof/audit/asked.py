"""What outputs shall show and sound, and what of a plan they are put together from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reel.plan.operations import (
    Animated,
    AnyOperation,
    Compose,
    Copied,
    Fragment,
    Join,
    Mezzanine,
    Picture,
    Refit,
    Remux,
    Sheet,
    SoundFile,
    SoundMix,
)
from reel.plan.operations.joins import Excerpt, Part
from reel.plan.operations.locked import Encrypt, Locked
from reel.plan.step import PlannedOutput
from reel.presets import Size
from reel.timeline import Timeline


@dataclass(frozen=True)
class AskedVideo:
    """What one of the videos of a variant shall be like."""

    size: Size
    sounds: tuple[Timeline, ...]
    """The timelines whose sounds are its tracks, the one that plays where nobody chose first; none: it has no sound."""


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
    made = operations[output.step]
    if isinstance(made, Encrypt) and output.file != made.head:
        return False
    return not is_listing(output, operations) and isinstance(
        put_together(output.step, operations), Join | Sheet | SoundMix
    )


def is_listing(output: PlannedOutput, operations: Mapping[str, AnyOperation]) -> bool:
    """Whether an output is the text beside a video that lists its chapters."""
    made = operations[output.step]
    return isinstance(made, Remux) and output.file != made.file


def put_together(key: str, operations: Mapping[str, AnyOperation]) -> AnyOperation:
    """What the packets of an output were put together by: tracks have those of what they are made of."""
    operation = operations[key]
    while isinstance(operation, Animated | Fragment | Locked | SoundFile | Remux):
        operation = operations[operation.source]
    return operation


def soundtracks_of(key: str, operations: Mapping[str, AnyOperation]) -> tuple[str, ...]:
    """The keys of the soundtracks in the file of a video, in its order."""
    operation = operations[key]
    if isinstance(operation, Remux):
        return tuple(sound.soundtrack for sound in operation.sounds)
    joined = put_together(key, operations)
    return (joined.soundtrack,) if isinstance(joined, Join) and joined.soundtrack else ()


def placed_steps(operation: Join | Sheet, asked: Asked, operations: Mapping[str, AnyOperation]) -> Iterator[PlacedStep]:
    """What an output is put together from, each at its place on the timeline."""
    pieces: Sequence[Part] = operation.segments if isinstance(operation, Join) else operation.pictures
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
