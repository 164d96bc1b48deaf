"""The timeline of a template as people write it: tracks, and their clips. Times are seconds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from reel.kinds.template.parts import (
    AreaShare,
    CropShare,
    Decibels,
    Degrees,
    FocusShare,
    Opacity,
    Position,
    Scale,
    TemplatePart,
    TransitionIn,
)
from reel.presets import DRAWN_LOOPS, DRAWN_STILLS, Fit, MissingGlyphs
from reel.request.filling import in_text
from reel.request.parts import MISSING_GLYPHS, AssetName, Colour, Number, Seconds, known
from reel.request.rules import Fault, Ruled, fault, rule
from reel.values import Value


def _known_drawing(name: str) -> str:
    names = (*DRAWN_STILLS, *DRAWN_LOOPS)
    return known(name, names, "is not in the library", f"it has {', '.join(names)}")


def _transition_of(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class _Clip(TemplatePart):
    """What every clip has."""

    start: Seconds | Literal["auto"] = Field(
        "auto", description="Seconds; `auto`: after the clip before it, less the transition."
    )

    @property
    def lasts_to_the_end(self) -> bool:
        """Whether the clip has no end of its own."""
        return getattr(self, "duration", None) == "end"


class _Seen(_Clip):
    """What every clip that is seen has."""

    area: AreaShare = AreaShare()
    position: Position = Position()
    scale: Scale = 1.0
    rotation: Degrees = Field(0.0, description="Degrees clockwise.")
    opacity: Opacity = 1.0
    clipped: bool = Field(False, description="Hide what leaves the area by moving or growing.")
    transition: Annotated[TransitionIn, BeforeValidator(_transition_of)] | None = None


class _Framed(_Seen):
    """What every picture has that is fitted into its area."""

    asset: AssetName
    fit: Fit | None = Field(None, description="How it fills its area; null: as the request says.")
    crop: CropShare | None = None
    focus: FocusShare = FocusShare()


Speed = Annotated[Number, Field(ge=Fraction(1, 4), le=4)]
Positive = Annotated[Seconds, Field(gt=0)]


class _Stretch(TemplatePart):
    """What part of an asset is played, and how fast."""

    in_: Seconds = Field(Fraction(0), alias="in", description="Seconds into the asset.")
    out: Seconds | None = Field(None, description="Seconds into the asset (exclusive); null: its end.")
    duration: Positive | Literal["media", "end"] = Field(
        "media", description="Seconds; `media`: from in to out; `end`: to the end of the timeline."
    )
    speed: Speed = Field(Fraction(1), description="0.25 to 4; pitch is kept.")
    loop: bool = Field(False, description="Begin again where `duration` is longer than from in to out.")

    @rule
    def _out_after_in(self) -> Iterator[Fault]:
        if self.out is not None and self.out <= self.in_:
            yield fault(f"must be after `in` ({float(self.in_):g} s)", "in", "out", at="out")


class VideoLayer(_Stretch, _Framed):
    """A stretch of a video, with its sound."""

    type: Literal["video"]
    freeze: Seconds | None = Field(
        None, description="Show only the picture at this second of the media, without sound."
    )
    volume: Decibels = Field(0.0, description="Of its sound, in dB.")
    mute: bool = False

    @property
    def lasts_to_the_end(self) -> bool:
        return self.duration == "end" or (self.freeze is not None and self.duration == "media")


Lasting = Annotated[
    Positive | Literal["end"],
    Field(description="Seconds; `end`: to the end of the timeline."),
]


class ImageLayer(_Framed):
    """A still picture."""

    type: Literal["image"]
    duration: Lasting = "end"


class ColourLayer(_Seen):
    """A rectangle of one colour."""

    type: Literal["colour"]
    colour: Colour
    duration: Lasting = "end"


class DrawnLayer(_Seen):
    """A frame or a moving overlay of the library."""

    type: Literal["drawn"]
    name: Annotated[str, AfterValidator(_known_drawing)]
    duration: Lasting = "end"


def _text_of(value: Any) -> Any:
    return in_text(value) if isinstance(value, bool | int | float) else value


class TextLayer(_Seen):
    """A text, wrapped into its area. Sizes are pixels where the short side of the canvas has 1080."""

    type: Literal["text"]
    text: Annotated[str, BeforeValidator(_text_of)] = Field(max_length=10_000)
    duration: Lasting = "end"
    size: float = Field(60, gt=0, le=1000)
    smallest: float = Field(20, gt=0, le=1000, description="How small it may get to fit.")
    bold: bool = True
    colour: Colour = "#ffffff"
    outline: float = Field(2, ge=0, le=50)
    outline_colour: Colour = "#000000"
    shadow: float = Field(0, ge=0, le=100)
    shadow_colour: Colour = "#000000a0"
    align: Literal["start", "centre", "end"] = Field(
        "centre", description="The start of a paragraph is right where its first letter is Arabic or Hebrew."
    )
    vertical: Literal["top", "middle", "bottom"] = "middle"
    line_height: float = Field(1.2, ge=0.8, le=3)
    padding: float = Field(0, ge=0, le=500)
    background: Colour = "#00000000"
    balanced: bool = Field(False, description="Lines of about the same length, and no word alone on the last.")
    missing_glyphs: MissingGlyphs = MISSING_GLYPHS


class AudioLayer(_Stretch, _Clip):
    """A stretch of sound."""

    type: Literal["audio"]
    asset: AssetName
    volume: Decibels = Field(0.0, description="In dB.")
    fade_in: Seconds = Fraction(0)
    fade_out: Seconds = Fraction(0)


AnyClip = Annotated[
    VideoLayer | ImageLayer | ColourLayer | DrawnLayer | TextLayer | AudioLayer, Field(discriminator="type")
]
SeenClip = VideoLayer | ImageLayer | ColourLayer | DrawnLayer | TextLayer


class LayerTrack(Ruled):
    """Clips one after another. Sound and picture are on tracks of their own."""

    clips: tuple[AnyClip, ...] = Field(max_length=10_000)

    @rule
    def _of_one_kind(self) -> Iterator[Fault]:
        kinds = {clip.type == "audio" for clip in self.clips}
        if len(kinds) > 1:
            yield fault("a track holds either sound or picture: put the audio clips on a track of their own")


class TimelineOfLayers(Value):
    """Tracks, bottom to top."""

    tracks: tuple[LayerTrack, ...] = Field(min_length=1, max_length=100)
