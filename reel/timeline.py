"""The timeline that every kind of request compiles to, in whole frames.

Tracks lie bottom to top, clips within a track lie one after another, as in OpenTimelineIO. A clip covers the half-open range
of frames `[start, start + frames)`. Clips of a track may overlap only by a transition: then the later one begins, in full
sight of the earlier, `transition.frames` frames before the earlier ends.

          0        60        75       150      frames of the timeline
    video [ clip A            )
                   [ clip B            )      clip B enters by a transition of 15 frames
    audio [        soundtrack          )
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from reel.curves import Curve, Easing, constant
from reel.presets import Canvas, Fit, MissingGlyphs
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
    """How a text looks. Sizes are pixels of the canvas."""

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

    def grown(self, factor: float) -> TextStyle:
        """The same look where everything is larger by `factor`."""
        sizes = {name: getattr(self, name) * factor for name in ("size", "smallest", "outline", "shadow")}
        return self.model_copy(update=sizes | {"padding": round(self.padding * factor)})


class TextContent(Value):
    """A text, shaped and wrapped into the clip's area."""

    kind: Literal["text"] = "text"
    text: str
    style: TextStyle = TextStyle()
    missing_glyphs: MissingGlyphs = "replace"
    headline: Area | None = None
    """Where it goes instead of the clip's area if it fits there on one line in its full size."""


class DrawnContent(Value):
    """A picture of the library that ships with the project, drawn by its code."""

    kind: Literal["drawn"] = "drawn"
    name: str
    """`golden`, `glitter-rain`...: see `reel.draw`."""


Content = Annotated[
    VideoContent | ImageContent | ColourContent | TextContent | DrawnContent, Field(discriminator="kind")
]


class Transition(Value):
    """How a clip takes over from the one before it on its track, while both are seen."""

    name: str = "crossfade"
    """See `reel.compose.transitions`."""
    frames: int
    easing: Easing = "linear"
    colour: str = "#000000"
    """Of `fade-through`."""


class PictureClip(Value):
    """Something to see, in an area of the canvas. Curves count frames from the clip's begin."""

    content: Content
    start: int
    """First frame on the timeline."""
    frames: int
    """How many frames it lasts."""
    area: Area
    framing: Framing = Framing()
    x: Curve = constant(0)
    """Pixels that the area's centre is moved to the right."""
    y: Curve = constant(0)
    """Pixels down."""
    scale: Curve = constant(1)
    """About the area's centre."""
    rotation: Curve = constant(0)
    """Degrees clockwise about the area's centre."""
    opacity: Curve = constant(1)
    clipped: bool = False
    """Whether what leaves the area by moving or growing is hidden: a picture that zooms within its frame."""
    transition: Transition | None = None
    """From the clip before it on the track; null: a cut."""
    place: str = ""
    """The field of the request that asked for it, for errors and titles."""

    @property
    def end(self) -> int:
        """The first frame after the clip."""
        return self.start + self.frames


class SoundClip(Value):
    """A sound as a whole, however often it begins again. Curves count frames from the clip's begin."""

    asset: str
    start: int
    frames: int
    media_in: Rational = Fraction(0)
    """Seconds into the asset (from `MediaFacts.zero`) at which it begins; negative where that is before the picture."""
    speed: Rational = Fraction(1)
    """Pitch is kept."""
    period: int | None = None
    """Frames after which it begins again at `media_in`, over and over; null: it runs on."""
    clock: Rational = Fraction(1)
    """Seconds of the asset for one second of the timeline, where its recorder's clock runs fast (more than 1) or slow: the
    sound is resampled, and its pitch goes with it. On top of `speed`."""
    gain_db: Curve = constant(0)
    fade_in: int = 0
    """Frames over which it rises from silence (equal power, so that a crossfade keeps its loudness): over several periods,
    where they are shorter."""
    fade_out: int = 0
    place: str = ""

    @property
    def end(self) -> int:
        """The first frame after the clip."""
        return self.start + self.frames


class PictureTrack(Value):
    """Clips to see. Where no clip is, one sees what lies below."""

    kind: Literal["picture"] = "picture"
    clips: tuple[PictureClip, ...]


class SoundTrack(Value):
    """Clips to hear. Where no clip is, there is silence."""

    kind: Literal["sound"] = "sound"
    clips: tuple[SoundClip, ...]


Track = Annotated[PictureTrack | SoundTrack, Field(discriminator="kind")]

ClipId = tuple[int, int]
"""The place of a track in `Timeline.tracks`, and of a clip in that track's `clips`: what a clip is known by, whatever is left
out of a list. In their order clips lie bottom to top, and those of one track one after another."""


class Timeline(Value):
    """One video to be made."""

    name: str
    canvas: Canvas
    frames: int
    background: str = "#000000"
    """The colour under all tracks."""
    tracks: tuple[Track, ...]
    """Bottom to top."""

    @property
    def pictures(self) -> tuple[PictureTrack, ...]:
        """The tracks to see, bottom first."""
        return tuple(track for track in self.tracks if isinstance(track, PictureTrack))

    @property
    def seen(self) -> dict[ClipId, PictureClip]:
        """All clips to see, bottom to top."""
        return {
            (number, place): clip
            for number, track in enumerate(self.tracks)
            if isinstance(track, PictureTrack)
            for place, clip in enumerate(track.clips)
        }

    @property
    def sounds(self) -> tuple[SoundClip, ...]:
        """All clips to hear."""
        return tuple(clip for track in self.tracks if isinstance(track, SoundTrack) for clip in track.clips)
