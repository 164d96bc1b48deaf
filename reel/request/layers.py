"""The parts of a timeline as people write them: tracks, clips, keyframes, transitions. Times are seconds."""

from __future__ import annotations

import difflib
import itertools
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from reel.curves import Easing
from reel.presets import DRAWN_LOOPS, DRAWN_STILLS, TRANSITIONS, Fit
from reel.request.parts import AssetName, Number, Seconds
from reel.values import Value

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$", description="`#rrggbb` or `#rrggbbaa`.")]


def known_transition(name: str) -> str:
    """A name of a transition; `ValueError` for any other, with the nearest one."""
    if name in TRANSITIONS:
        return name
    near = difflib.get_close_matches(name, TRANSITIONS, n=1)
    raise ValueError(f"{name!r} is not a transition" + (f"; did you mean `{near[0]}`?" if near else ""))


def _known_drawing(name: str) -> str:
    known = (*DRAWN_STILLS, *DRAWN_LOOPS)
    if name in known:
        return name
    raise ValueError(f"{name!r} is not in the library; it has {', '.join(known)}")


class Keyframe(Value):
    """A value at a time."""

    at: Number = Field(description="Seconds from the clip's begin.")
    value: float
    easing: Easing = Field("linear", description="How the value goes on to the next keyframe.")


def _rising(keyframes: Any) -> Any:
    if isinstance(keyframes, tuple) and any(b.at <= a.at for a, b in itertools.pairwise(keyframes)):
        raise ValueError("keyframes must have rising times")
    return keyframes


Animated = Annotated[float | tuple[Keyframe, ...], AfterValidator(_rising)]
"""One value, or keyframes."""


class Position(Value):
    """Where the middle of a clip's area is moved, in shares of the canvas's width and height."""

    x: Animated = 0.0
    y: Animated = 0.0


class AreaShare(Value):
    """A rectangle in shares of the canvas; all of it by default."""

    x: float = Field(0.0, ge=-2, le=3)
    y: float = Field(0.0, ge=-2, le=3)
    width: float = Field(1.0, gt=0, le=4)
    height: float = Field(1.0, gt=0, le=4)


class CropShare(Value):
    """A rectangle in shares of the picture; all of it by default."""

    x: float = Field(0.0, ge=0, lt=1)
    y: float = Field(0.0, ge=0, lt=1)
    width: float = Field(1.0, gt=0, le=1)
    height: float = Field(1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _inside(self) -> CropShare:
        if self.x + self.width > 1 + 1e-9 or self.y + self.height > 1 + 1e-9:
            raise ValueError("reaches beyond the picture: x + width and y + height are at most 1")
        return self


class FocusShare(Value):
    """The point that stays in sight, in shares of the picture."""

    x: float = Field(0.5, ge=0, le=1)
    y: float = Field(0.5, ge=0, le=1)


class TransitionIn(Value):
    """How a clip takes over from the one before it on its track; both are seen meanwhile."""

    name: Annotated[str, AfterValidator(known_transition)] = Field("crossfade", description="See docs/transitions.md.")
    duration: Number = Field(Fraction(1, 2), gt=0, le=60, description="Seconds.")
    easing: Easing = "linear"
    colour: Colour = "#000000"


def _transition_of(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class _Clip(Value):
    """What every clip has."""

    start: Seconds | Literal["auto"] = Field(
        "auto", description="Seconds; `auto`: after the clip before it, less the transition."
    )


class _Seen(_Clip):
    """What every clip that is seen has."""

    area: AreaShare = AreaShare()
    position: Position = Position()
    scale: Animated = 1.0
    rotation: Animated = Field(0.0, description="Degrees clockwise.")
    opacity: Animated = 1.0
    clipped: bool = Field(False, description="Hide what leaves the area by moving or growing.")
    transition: Annotated[TransitionIn, BeforeValidator(_transition_of)] | None = None


class _Framed(_Seen):
    """What every picture has that is fitted into its area."""

    asset: AssetName
    fit: Fit = "contain"
    crop: CropShare | None = None
    focus: FocusShare = FocusShare()


Speed = Annotated[Number, Field(ge=Fraction(1, 4), le=4)]


class VideoLayer(_Framed):
    """A stretch of a video, with its sound."""

    type: Literal["video"]
    in_: Seconds = Field(Fraction(0), alias="in")
    out: Seconds | None = Field(None, description="Null: its end.")
    duration: Seconds | Literal["media", "end"] = Field(
        "media", description="`media`: from in to out; `end`: to the end of the timeline."
    )
    speed: Speed = Fraction(1)
    loop: bool = Field(False, description="Begin again where `duration` is longer than the media.")
    freeze: Seconds | None = Field(
        None, description="Show only the picture at this second of the media, without sound."
    )
    volume: Animated = Field(0.0, description="Of its sound, in dB.")
    mute: bool = False

    @model_validator(mode="after")
    def _in_before_out(self) -> VideoLayer:
        if self.out is not None and self.out <= self.in_:
            raise ValueError(f"`out` ({float(self.out):g} s) must be after `in` ({float(self.in_):g} s)")
        return self


Lasting = Annotated[
    Annotated[Seconds, Field(gt=0)] | Literal["end"],
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


class TextLayer(_Seen):
    """A text, wrapped into its area. Sizes are pixels where the short side of the canvas has 1080."""

    type: Literal["text"]
    text: str = Field(max_length=10_000)
    duration: Lasting = "end"
    size: float = Field(60, gt=0, le=1000)
    smallest: float = Field(20, gt=0, le=1000, description="How small it may get to fit.")
    bold: bool = True
    colour: Colour = "#ffffff"
    outline: float = Field(2, ge=0, le=50)
    outline_colour: Colour = "#000000"
    shadow: float = Field(0, ge=0, le=100)
    shadow_colour: Colour = "#000000a0"
    align: Literal["start", "centre", "end"] = "centre"
    vertical: Literal["top", "middle", "bottom"] = "middle"
    line_height: float = Field(1.2, ge=0.8, le=3)
    padding: float = Field(0, ge=0, le=500)
    background: Colour = "#00000000"


class AudioLayer(_Clip):
    """A stretch of sound."""

    type: Literal["audio"]
    asset: AssetName
    in_: Seconds = Field(Fraction(0), alias="in")
    out: Seconds | None = None
    duration: Seconds | Literal["media", "end"] = "media"
    speed: Speed = Fraction(1)
    loop: bool = False
    volume: Animated = Field(0.0, description="In dB.")
    fade_in: Seconds = Fraction(0)
    fade_out: Seconds = Fraction(0)


AnyClip = Annotated[
    VideoLayer | ImageLayer | ColourLayer | DrawnLayer | TextLayer | AudioLayer, Field(discriminator="type")
]
SeenClip = VideoLayer | ImageLayer | ColourLayer | DrawnLayer | TextLayer


class LayerTrack(Value):
    """Clips one after another. Sound and picture are on tracks of their own."""

    clips: tuple[AnyClip, ...] = Field(max_length=10_000)

    @model_validator(mode="after")
    def _of_one_kind(self) -> LayerTrack:
        kinds = {clip.type == "audio" for clip in self.clips}
        if len(kinds) > 1:
            raise ValueError("a track holds either sound or picture: put the audio clips on a track of their own")
        return self


class TimelineOfLayers(Value):
    """Tracks, bottom to top."""

    tracks: tuple[LayerTrack, ...] = Field(min_length=1, max_length=100)
