"""What a request wants beside its videos: pictures of each, and what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reel.errors import Problem
from reel.presets import Size
from reel.request.parts import AssetName, Number, Seconds
from reel.request.rules import Fault, Ruled, fault, rule
from reel.request.sizes import SIZES
from reel.values import Value

MOST_THUMBNAILS = 100
"""Of one video, in one entry of `outputs`."""

PictureFormat = Literal["jpeg", "webp", "avif"]

FolderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
"""Without dots: no file beside it is called so."""

PictureWidth = Annotated[int, Field(ge=16, le=8192)]
"""Pixels."""


class Thumbnails(Ruled):
    """Which moments of a video are shown: in one of three ways."""

    at: tuple[Seconds, ...] | None = Field(
        None, min_length=1, max_length=MOST_THUMBNAILS, description="At these seconds of the video."
    )
    every: Annotated[Number, Field(gt=0, le=86_400)] | None = Field(
        None, description=f"One every so many seconds, the first at 0; {MOST_THUMBNAILS} at most."
    )
    best: int | None = Field(
        None,
        ge=1,
        le=MOST_THUMBNAILS,
        description="So many, each the sharpest and best exposed moment of another scene, as far as there are so many.",
    )

    @rule
    def _one_way(self) -> Iterator[Fault]:
        if len(self.given("at", "every", "best")) != 1:
            yield fault("give one of `at`, `every` and `best`", "at", "every", "best")


class PicturesOutput(Ruled):
    """Pictures of each video: of the largest, where there are several."""

    type: Literal["pictures"]
    name: FolderName | None = Field(
        None, description="Folder of its files, in that of the video's; needed where there are several."
    )
    poster: Literal["best", "none"] | Seconds = Field(
        "best",
        description="A second of the video; `best`: that with most to see, and of several videos moments that differ.",
    )
    upload: AssetName | None = Field(None, description="A picture of your own as the poster, cut to the video's shape.")
    thumbnails: Thumbnails | None = Field(None, description="Single pictures of moments; null: none.")
    sprite: bool = Field(True, description="A sheet of small pictures with its WebVTT storyboard, for scrubbing.")
    animation: Literal["webp", "gif", "none"] = Field("none", description="A short silent loop of the video.")
    format: PictureFormat = Field("jpeg", description="Of poster, thumbnails and sprite.")
    quality: int | None = Field(None, ge=1, le=100, description="Null: of JPEG 90, of WebP 82, of AVIF 62.")
    widths: tuple[PictureWidth, ...] = Field(
        (), max_length=8, description="Widths of poster and thumbnails in pixels; none: as large as the video."
    )

    @rule
    def _widths_once(self) -> Iterator[Fault]:
        if len(set(self.widths)) < len(self.widths):
            yield fault("`widths` names one width twice", "widths")

    @rule
    def _one_poster(self) -> Iterator[Fault]:
        if self.given("upload") and self.poster != "best":
            yield fault("give either `poster` or `upload`", "poster")

    @rule
    def _asks_for_something(self) -> Iterator[Fault]:
        if self.poster == "none" and not (self.thumbnails or self.sprite or self.animation != "none"):
            yield fault("asks for no picture", "poster")


class AnalysisOutput(Value):
    """What is in each video: `analysis.json`, its scenes for editors and players, its waveform."""

    type: Literal["analysis"]


Besides = PicturesOutput | AnalysisOutput


def same_besides(besides: Sequence[tuple[str, Besides]], taken: Mapping[str, str]) -> Iterator[Problem]:
    """What is asked for twice, or in a folder that is taken; each with its place."""
    folders: dict[str | None, str] = dict(taken.items())
    for place, beside in besides:
        folder = (beside.name or "").lower() if isinstance(beside, PicturesOutput) else None
        if before := folders.get(folder):
            what, remedy = (
                (f"would be in the folder of {before}", "give one of them a `name` of its own")
                if isinstance(beside, PicturesOutput)
                else (f"is the same as {before}", "leave one of them out")
            )
            rests_on = tuple(f"{each}.{field}" for each in (place, before) for field in ("type", "name"))
            yield Problem(place, what, remedy, rests_on=rests_on)
        folders.setdefault(folder, place)


def large_besides(besides: Sequence[tuple[str, Besides]], largest: Size) -> Iterator[Problem]:
    """What is larger than the largest video; each with its place."""
    for place, beside in besides:
        if isinstance(beside, PicturesOutput):
            yield from _too_wide(place, beside.widths, largest)


def _too_wide(place: str, widths: Iterable[int], largest: Size) -> Iterator[Problem]:
    for number, width in enumerate(widths):
        if width > largest[0]:
            what = f"{width} pixels are more than the {largest[0]} of the largest video"
            yield Problem(f"{place}.widths[{number}]", what, "ask for less, or for no widths", rests_on=SIZES)


def moments_of(wanted: Thumbnails, seconds: Fraction) -> tuple[Fraction, ...]:
    """The seconds at which a video of a length is shown, where these are known before it is made."""
    if wanted.every:
        return tuple(wanted.every * number for number in range(-(-seconds // wanted.every)))
    return wanted.at or ()


def late_moments(place: str, wanted: PicturesOutput, seconds: Fraction) -> Iterator[Problem]:
    """Moments past the end of a video of a length, and too many of them."""
    asked = {
        f"{place}.thumbnails.at[{number}]": at
        for number, at in enumerate((wanted.thumbnails and wanted.thumbnails.at) or ())
    }
    if isinstance(wanted.poster, Fraction):
        asked[f"{place}.poster"] = wanted.poster
    for where, at in asked.items():
        if at >= seconds:
            what = f"{float(at):g} s is past the end: the video lasts {float(seconds):.3f} s"
            yield Problem(where, what, "name an earlier moment")
    if wanted.thumbnails and wanted.thumbnails.every and seconds / wanted.thumbnails.every > MOST_THUMBNAILS:
        count = -(-seconds // wanted.thumbnails.every)
        what = f"makes {count} pictures of a video of {float(seconds):g} s, more than {MOST_THUMBNAILS}"
        yield Problem(f"{place}.thumbnails.every", what, "let more seconds lie between them")
