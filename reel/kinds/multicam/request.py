"""The `multicam` request: an export from an edit decision."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Collection, Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from reel.errors import InvalidRequest, Problem
from reel.presets import Aspect, Copying, Fit, Size, shape_of
from reel.request import Request
from reel.request.filling import FILLED
from reel.request.parts import AssetName, FrameRate, Loudness, Number, OrText, Seconds
from reel.request.problems import mentions
from reel.request.sizes import Codec
from reel.values import Value, public_name

SourceName = int | str
"""A source by its place in the list, from 0, or by its name."""

NO_SOURCE = -1
"""Stands for a name that could not be read."""


def _timecode(text: str) -> str:
    if not TIMECODE.fullmatch(text):
        raise ValueError(f"{reprlib.repr(text)} is no timecode; write it as 01:00:00:00")
    return text


TIMECODE = re.compile(r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}[:;][0-9]{2}")


class Source(Value):
    """A camera or recorder. A bare string stands for the asset, in time with the first source."""

    asset: AssetName
    name: str | None = Field(None, max_length=100, description="What switches and cuts may call it by.")
    sync_offset: Annotated[Number, Field(ge=-86_400, le=86_400)] | Literal["auto"] = Field(
        0,
        validate_default=True,
        description="Seconds of the project at which this source begins (negative: it was running before); "
        "`auto`: found by its sound against the first source's.",
    )

    drift_ppm: Annotated[Number, Field(ge=-2000, le=2000)] | None = Field(
        None,
        description="By how many millionths its clock runs faster than the first source's; null: found with `auto`, else 0.",
    )
    start_timecode: Annotated[str, AfterValidator(_timecode)] = Field(
        "00:00:00:00", description="Of its first frame, where an edit list counts in timecodes."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"asset": value} if isinstance(value, str) else value


class Switch(Value):
    """From here on, this source is seen (and heard, unless said otherwise)."""

    at: Seconds = Field(description="Seconds of the project.")
    source: SourceName
    audio: SourceName | None = Field(
        None, description="The source that is heard from here; null: the one that is seen."
    )


class Cut(Value):
    """A stretch of one source, in its own time."""

    source: SourceName
    in_: Seconds = Field(alias="in", description="Seconds into the source.")
    out: Seconds = Field(description="Seconds into the source at which the cut ends (exclusive).")


class MulticamRequest(Request):
    """One video from several sources that run side by side, cut as an editor decided."""

    kind: Literal["multicam"] = "multicam"
    sources: tuple[Annotated[Source, OrText("In time with the first")], ...] = Field(min_length=1, max_length=100)
    switches: tuple[Switch, ...] | None = Field(None, description="Which source is seen from when on.")
    end: Seconds | None = Field(
        None, gt=0, description="Seconds of the project at which switches end; null: where the last source seen ends."
    )
    cuts: tuple[Cut, ...] | None = Field(None, max_length=10_000, description="Or: stretches, one after another.")
    edl: str | None = Field(
        None, max_length=5_000_000, description="Or: the text of a CMX 3600 EDL, or of an OpenTimelineIO document."
    )
    audio_source: SourceName | None = Field(None, description="The source that is heard throughout; null: as seen.")
    copy_packets: Copying = Field(
        "auto",
        alias="copy",
        description="Copy what no cut touches instead of encoding it again: where it can be, never, or else refuse.",
    )
    mezzanine: bool = Field(
        False,
        description="Keep a copy of each source seen that is quick to cut: the first export takes longer, all edits less.",
    )
    aspect: Aspect | None = Field(
        None, description="Width to height of the frame; null: the shape of the first of `sources` that is seen."
    )
    fit: Fit = Field("contain", description="How a source fills a frame of another shape (the CSS `object-fit` names).")
    frame_rate: FrameRate | None = Field(None, description="Null: that of the first of `sources` that is seen.")
    loudness: Loudness | Literal["off"] = Field("off", description="What the sound is brought to (EBU R128).")

    @model_validator(mode="after")
    def _sound_structure(self, info: ValidationInfo) -> MulticamRequest:
        """Who reads a document looks at it with all else that is wrong (see `reel.kinds.read`)."""
        if not (info.context or {}).get(FILLED) and (problems := [*misplaced(self)]):
            raise InvalidRequest(*problems)
        return self

    def source_places(self) -> dict[str, str]:
        """Every asset that the timelines are made of, under the field that names it (`sources[2].asset`)."""
        return {f"sources[{number}].asset": source.asset for number, source in enumerate(self.sources)}

    @property
    def shape(self) -> Size | None:
        return shape_of(self.aspect) if self.aspect else None

    @property
    def usual_codec(self) -> Codec | None:
        return None

    def source_number(self, source: SourceName) -> int | None:
        """The place of a source in the list; null where there is none of that name."""
        if isinstance(source, int):
            return source if 0 <= source < len(self.sources) else None
        names = [each.name for each in self.sources]
        return names.index(source) if source in names else None

    def source_by_file(self, name: str) -> int | None:
        """The place of the source that an edit list names: by its own name, its file's, or that without its ending."""
        wanted = name.rstrip("/").rsplit("/", 1)[-1]
        for number, source in enumerate(self.sources):
            file = public_name(source.asset).rstrip("/").rsplit("/", 1)[-1]
            if {wanted.lower(), name.lower()} & {
                (source.name or file).lower(),
                file.lower(),
                file.rsplit(".", 1)[0].lower(),
            }:
                return number
        return None


def misplaced(request: MulticamRequest, unknown: Collection[str] = ()) -> Iterator[Problem]:
    """What is wrong whatever the assets are, beyond single fields. `unknown` are the fields that could not be read."""
    rules = (
        (
            sum(map(bool, (request.switches, request.cuts, request.edl))) == 1,
            "give one of `switches`, `cuts` and `edl`, with at least one entry",
        ),
        (
            not request.sources[0].drift_ppm,
            "the first source's clock is what others are measured by: leave out its `drift_ppm`",
        ),
        (
            request.aspect is None or request.is_sized,
            "an `aspect` has no size: give `resolution` with it",
        ),
        (
            request.copy_packets != "require" or request.takes_packets,
            "nothing is copied into such `outputs`: leave out `copy`, or ask for one video, in H.264",
        ),
        (
            not request.mezzanine or request.copy_packets != "never",
            "a `mezzanine` is there to be copied from: leave out `copy`, or the mezzanine",
        ),
    )
    problems = (Problem("request", what) for holds, what in rules if not holds)
    yield from (problem for problem in problems if not mentions(problem, unknown))
