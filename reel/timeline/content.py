"""What a clip shows, where, and how it fills that place."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from reel.presets import Fit, MissingGlyphs
from reel.rectangles import Rectangle
from reel.time import Rational
from reel.values import Value


class Area(Value):
    """A rectangle of the canvas in whole pixels; sides and offsets are even, as 4:2:0 chroma needs."""

    x: int
    y: int
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        return (self.width, self.height)

    @property
    def rectangle(self) -> Rectangle:
        return (self.x, self.y, self.x + self.width, self.y + self.height)


class Crop(Value):
    """A part of a picture as displayed, in shares of its width and height."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0


class Framing(Value):
    """How a picture fills an area."""

    fit: Fit = "contain"
    crop: Crop | None = None
    """What to take of the picture before it is fitted; null: all of it."""
    focus: tuple[float, float] = (0.5, 0.5)
    """The point, in shares of the cropped picture, that stays in sight where `cover` and `none` cut."""
    unit: float = Field(1.0, gt=0, exclude_if=lambda unit: unit == 1)
    """Pixels here for a pixel of the canvas that was asked for: others than 1 in previews, and on what is drawn larger than it
    is first shown. It matters where a fit has a measure of its own: `none`, and the blur of `contain-blur`."""

    def grown(self, factor: float) -> Framing:
        """The same look where everything is larger by `factor`."""
        has_measure = self.fit in ("none", "contain-blur")
        return self.model_copy(update={"unit": self.unit * factor}) if has_measure else self


class MediaRange(Value):
    """Media that runs on without a jump."""

    media_in: Rational
    """Seconds into the asset (from `MediaFacts.zero`) that the first frame shows."""
    frames: int
    speed: Rational = Fraction(1)
    """Seconds of media per second of timeline; 0 holds the first frame."""


class VideoContent(Value):
    """A video's picture."""

    kind: Literal["video"] = "video"
    asset: str
    """SHA-256 of the asset's bytes."""
    stretches: tuple[MediaRange, ...]
    """One after another, as long as the clip together: one for a plain cut, several for a loop."""


class ImageContent(Value):
    """A still picture."""

    kind: Literal["image"] = "image"
    asset: str


class ColourContent(Value):
    """One colour all over."""

    kind: Literal["colour"] = "colour"
    colour: str
    """`#rrggbb`, or `#rrggbbaa` with straight alpha; sRGB."""


class TextStyle(Value):
    """How a text looks. Sizes are pixels of the box that it is set in: of the canvas, unless its content says otherwise."""

    size: float = 60.0
    """Of the font (one em); made smaller where the text would not fit its box, but not below `smallest`."""
    smallest: float = 20.0
    bold: bool = True
    colour: str = "#ffffff"
    outline: float = 2.0
    """Width of the outline outside of the letters; 0 for none."""
    outline_colour: str = "#000000"
    shadow: float = 0.0
    """Distance of the shadow down and to the right; 0 for none. Its blur is half of that."""
    shadow_colour: str = "#000000a0"
    align: Literal["start", "centre", "end"] = "centre"
    """The start is where a paragraph's first strong letter has it: left for Latin, right for Arabic."""
    vertical: Literal["top", "middle", "bottom"] = "middle"
    balanced: bool = False
    """Whether the lines of a paragraph are made about as long as each other."""
    line_height: float = 1.2
    """Distance of base lines in ems."""
    padding: int = 0
    background: str = "#00000000"
    """Of the whole box."""


class TextContent(Value):
    """A text, shaped and wrapped into the clip's area."""

    kind: Literal["text"] = "text"
    text: str
    style: TextStyle = TextStyle()
    missing_glyphs: MissingGlyphs = "replace"
    headline: Area | None = None
    """Where it goes instead of the clip's area if it fits there on one line in its full size."""
    box: tuple[int, int] | None = None
    """Width and height in which it is set, where the clip's area is that box in another size; null: the area itself. So a
    smaller canvas shows the same lines, whatever widths are rounded to there."""


class DrawnContent(Value):
    """A picture of the library that ships with the project, drawn by its code."""

    kind: Literal["drawn"] = "drawn"
    name: str
    """`golden`, `glitter-rain`...: see `reel.draw`."""


Content = Annotated[
    VideoContent | ImageContent | ColourContent | TextContent | DrawnContent, Field(discriminator="kind")
]
