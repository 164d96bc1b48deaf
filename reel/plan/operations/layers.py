"""Composing layers, and what each of them shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reel.curves import Curve, constant
from reel.media import MediaFacts
from reel.plan.operations.base import Composition, Retention, SourceClip
from reel.plan.operations.expected import Work
from reel.plan.operations.work import encoding_work
from reel.timeline import Area, Transition
from reel.toolchain import Tool
from reel.values import Value

COMPOSE_SECONDS_PER_MEGAPIXEL = 0.004
"""Of the canvas, and of every layer that moves or is a video."""


class BitmapPart(Value):
    """A still picture, in memory as planes."""

    kind: Literal["bitmap"] = "bitmap"
    bitmap: str
    """Key of the step that makes it."""


class LoopPart(Value):
    """A drawn loop, from one of its frames on, over and over."""

    kind: Literal["loop"] = "loop"
    loop: str
    """Key of the step that makes it."""
    first: int
    """Which of its frames comes first."""


class VideoPart(Value):
    """Video of assets, framed for the layer's area."""

    kind: Literal["video"] = "video"
    clips: tuple[SourceClip, ...]


class ColourPart(Value):
    """One colour."""

    kind: Literal["colour"] = "colour"
    colour: str


class Entrance(Transition):
    """How a layer takes over from another one of its track."""

    after: int
    """The place of that layer in the list, in which it comes before."""
    age: int = 0
    """How many frames of the transition had passed before the layer's first: the segment begins within it."""
    within: Area | None = None
    """The area that both stay in, in which the transition takes place as far as it is on the canvas; null: all over."""

    @property
    def left(self) -> int:
        """For how many of the layer's frames the transition lasts."""
        return self.frames - self.age


class Layer(Value):
    """Something to see in a composed segment. Curves count frames from `first`; their keys may lie before it."""

    part: Annotated[BitmapPart | LoopPart | VideoPart | ColourPart, Field(discriminator="kind")]
    first: int
    """First frame within the segment."""
    frames: int
    area: Area
    filled: Area | None = None
    """The part of the area that the picture takes, where it leaves room for what lies below; null: all of it."""
    x: Curve = constant(0)
    y: Curve = constant(0)
    scale: Curve = constant(1)
    rotation: Curve = constant(0)
    opacity: Curve = constant(1)
    clipped: bool = False
    entrance: Entrance | None = None
    """Null: it is there at once."""

    @property
    def end(self) -> int:
        return self.first + self.frames


class Compose(Composition):
    """Compose layers frame by frame and encode them: exactly `frames` frames."""

    operation: Literal["compose"] = "compose"
    rules: ClassVar[int] = 9
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg", "pyav", "opencv", "numpy"})
    task: ClassVar[str] = "compose segment"
    doing: ClassVar[str] = "compose {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    frames: int
    background: str
    layers: tuple[Layer, ...]
    """Bottom to top."""

    def needs(self) -> tuple[str, ...]:
        keys = (_made_key(layer.part) for layer in self.layers)
        return tuple(dict.fromkeys((*(key for key in keys if key), *self.decided_by)))

    def assets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clip.source.asset for clip in self._clips()))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        layers = sum(layer.frames * layer.area.width * layer.area.height for layer in self.layers)
        composing = (self.frames * self.canvas.pixels + layers) / 1e6 * COMPOSE_SECONDS_PER_MEGAPIXEL
        # On black and on white, and then both are compared.
        composing *= 5 if self.encoder.alpha else 1
        return encoding_work(self.canvas, self.frames, self.rendition, self._clips(), assets, composing)

    def _clips(self) -> Iterator[SourceClip]:
        videos = (layer.part for layer in self.layers if isinstance(layer.part, VideoPart))
        return (clip for video in videos for clip in video.clips)


def _made_key(part: BitmapPart | LoopPart | VideoPart | ColourPart) -> str | None:
    match part:
        case BitmapPart():
            return part.bitmap
        case LoopPart():
            return part.loop
        case _:
            return None
