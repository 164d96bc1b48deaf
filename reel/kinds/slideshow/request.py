"""The `slideshow` request: product images on the beat, framed."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from reel.presets import DRAWN_LOOPS, DRAWN_STILLS, Fit, MissingGlyphs
from reel.request import ComposedRequest
from reel.request.kept import ListOf
from reel.request.parts import (
    MISSING_GLYPHS,
    AssetName,
    Loudness,
    Number,
    OpaqueColour,
    OrText,
    Seconds,
    known_transition,
)
from reel.values import Value

MOST_IMAGES, MOST_SECONDS = 500, 3600
"""Of any slideshow, anywhere. What an installation takes on is its own to say: `REEL_SLIDESHOW_IMAGES` and `..._SECONDS`."""


class Focus(Value):
    """A point of a picture, in shares of its width and height."""

    x: float = Field(0.5, ge=0, le=1)
    y: float = Field(0.5, ge=0, le=1)


class Image(Value):
    """A picture of the slideshow. A bare string stands for the picture as the request frames it."""

    asset: AssetName
    fit: Fit | None = Field(None, description="How this picture fills the content's area; null: as the request says.")
    focus: Focus = Field(Focus(), description="The point that stays in sight where `cover` cuts.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"asset": value} if isinstance(value, str) else value


class Music(Value):
    """Music under the slideshow; pictures change on its beats. A bare string stands for the whole of that asset."""

    asset: AssetName
    in_: Seconds = Field(Fraction(0), alias="in", description="Seconds into the asset at which the music begins.")
    volume: float = Field(0.0, ge=-60, le=12, description="Gain in dB.")
    bpm: float | None = Field(
        None, ge=30, le=300, description="Beats per minute, where you know better than the analysis."
    )
    fade_out: Seconds = Field(Fraction(1), description="Seconds over which the music fades at the end.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"asset": value} if isinstance(value, str) else value


ImageOrAsset = Annotated[Image, OrText("Picture")]
MusicOrAsset = Annotated[Music, OrText("Whole asset")]


class OwnPicture(Value):
    """A file of your own in place of one of the library."""

    asset: AssetName


class Zoom(Value):
    """How much the pictures grow while they are seen (Ken Burns)."""

    from_: float = Field(1.0, alias="from", ge=1, le=2)
    to: float = Field(1.05, ge=1, le=2)


def _transition_or_cut(name: str) -> str:
    return name if name == "cut" else known_transition(name)


class Change(Value):
    """How one picture takes over from the one before."""

    name: Annotated[str, AfterValidator(_transition_or_cut)] = Field(
        "crossfade", description="See docs/transitions.md; `cut` for none."
    )
    duration: Number = Field(Fraction(1, 2), ge=0, le=5, description="Seconds.")


FrameName = Literal["golden", "silver", "ornate-gold", "ornate-silver", "none"]
AtmosphereName = Literal["glitter-rain", "sparkles", "none"]
assert {*FrameName.__args__} == {*DRAWN_STILLS, "none"}  # type: ignore[attr-defined]
assert {*AtmosphereName.__args__} == {*DRAWN_LOOPS, "none"}  # type: ignore[attr-defined]


class SlideshowRequest(ComposedRequest):
    """Pictures one after another, in a frame, on the beat of music."""

    kind: Literal["slideshow"] = "slideshow"
    images: ListOf[ImageOrAsset] = Field(
        min_length=1, max_length=MOST_IMAGES, description="The pictures in order; installations may allow fewer."
    )
    music: MusicOrAsset | None = Field(None, description="Music; null: silence.")
    text: str | None = Field(None, max_length=500, description="A line or more at the top; any script, emoji too.")
    missing_glyphs: MissingGlyphs = MISSING_GLYPHS
    frame: FrameName | OwnPicture = Field("golden", description="Around the content: of the library, or your own PNG.")
    atmosphere: AtmosphereName | OwnPicture = Field(
        "glitter-rain", description="Behind the content, over and over: of the library, or your own video."
    )
    atmosphere_opacity: float = Field(0.7, ge=0, le=1)
    background: OpaqueColour = Field("#050505", description="Colour under everything.")
    fit: Fit = Field("cover", description="How a picture fills the content's area (the CSS `object-fit` names).")
    zoom: Zoom = Field(Zoom(), description="Ken Burns zoom over each picture.")
    transition: Change = Field(Change(), description="Between pictures; its visible middle falls on the beat.")
    duration: Annotated[Seconds, Field(gt=0, le=MOST_SECONDS)] | None = Field(
        None, description="Seconds; null: the music's length, at most 60, else 30. Installations may allow less."
    )
    quality: Literal["normal", "eco", "freeze"] = Field(
        "normal", description="eco: half the size, no atmosphere; freeze: the content does not move."
    )
    loudness: Loudness | Literal["off"] = Field(Loudness(), description="What the sound is brought to (EBU R128).")

    def source_places(self) -> dict[str, str]:
        """Every asset that the timelines are made of, under the field that names it (`images[2].asset`)."""
        places = {f"images[{number}].asset": image.asset for number, image in enumerate(self.images)}
        if self.music:
            places["music.asset"] = self.music.asset
        for field in ("frame", "atmosphere"):
            own = getattr(self, field)
            if isinstance(own, OwnPicture):
                places[f"{field}.asset"] = own.asset
        return places
