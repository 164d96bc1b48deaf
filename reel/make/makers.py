"""Who makes the artefact of an operation: each maker says it of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reel.ffmpeg.feed import Feed
from reel.ffmpeg.graph import Node
from reel.make.context import Measured, StepContext
from reel.plan.operations.base import Composition, Operation, SourceClip

AnOperation = TypeVar("AnOperation", bound=Operation)
AComposition = TypeVar("AComposition", bound=Composition)

MAKERS: dict[type[Operation], Callable[[Any, StepContext], Measured]] = {}
"""By class of operation; complete once the modules of this package are imported, as `reel.make.perform` does."""


def makes(
    operation: type[AnOperation],
) -> Callable[[Callable[[AnOperation, StepContext], Measured]], Callable[[AnOperation, StepContext], Measured]]:
    """A decorator for what makes the artefact of an operation: its files in the context's folder, and what was measured."""

    def register(
        maker: Callable[[AnOperation, StepContext], Measured],
    ) -> Callable[[AnOperation, StepContext], Measured]:
        MAKERS[operation] = maker
        return maker

    return register


@dataclass(frozen=True)
class Frames:
    """The frames of a composition, on their way into an FFmpeg: once."""

    video: Node
    """As its encoder takes them."""
    feed: Feed | None = None
    """What is written to that FFmpeg's stdin; null where it makes them itself."""
    inputs: Sequence[SourceClip] = ()
    """The clips that it decodes itself."""
    damaged: list[SourceClip] = field(default_factory=list)
    """Clips whose decoders complained, once the frames are read."""


@dataclass(frozen=True)
class Composer:
    """How segments are made whose frames are composed once for several renditions (`reel.make.composed`)."""

    frames: Callable[[Any, StepContext], Frames]
    """Those of any of the steps."""
    check: Callable[[Any, StepContext], Measured]
    """Verify what was made of one step."""


COMPOSERS: dict[type[Operation], Composer] = {}
"""Of each operation that has a composition, as `MAKERS`."""


def composes(
    operation: type[AComposition],
    frames: Callable[[AComposition, StepContext], Frames],
    check: Callable[[AComposition, StepContext], Measured],
) -> None:
    """Registers how the frames of an operation are composed, and how its segments are verified."""
    COMPOSERS[operation] = Composer(frames, check)
