"""What a request says of a ladder: one video in several sizes, as HLS and DASH, with its sounds and subtitles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from reel.errors import Problem
from reel.languages import UNKNOWN, tag_of
from reel.request.encryption import LadderEncryption
from reel.request.parts import AssetName, OrText
from reel.request.rules import Fault, Ruled, fault, rule
from reel.request.sizes import Bits, Effort, Sized
from reel.request.tracks import MOST_TRACKS, UNNAMED, Label, Language, NamedTrack, TrackName
from reel.time import Rational

LadderCodec = Literal["h264", "hevc", "av1", "vp9"]
"""Those that CMAF holds (ISO/IEC 23000-19)."""

MOST_RUNGS = 24
"""Of all codecs."""

FolderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Rung(Sized):
    """One size of a ladder. What it leaves open is as the ladder says. A bare string is its `resolution`."""

    codec: LadderCodec | None = Field(None, description="Null: each of the ladder's `codecs`.")
    bitrate: Bits | None = Field(None, description="Null: as many bits for a pixel as the largest has.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"resolution": value} if isinstance(value, str) else value


RungOrSize = Annotated[Rung, OrText("Resolution")]


LadderSoundCodec = Literal["aac", "opus", "flac"]


class LadderSound(Ruled):
    """A sound that viewers may choose."""

    asset: AssetName | None = Field(
        None, description="A file that sounds from the video's begin on, and as long; null: the video's own sound."
    )
    track: TrackName | None = Field(
        None, description="Of an encoded master: which of its sound tracks, by number or language; null: its default."
    )
    language: Language = Field("und", description="`und`: as the master's track says.")
    name: Label | None = Field(
        None, description="As players list it; null: the track's title, or the language's tag, or its kind."
    )
    codec: LadderSoundCodec = "aac"

    @rule
    def _one_source(self) -> Iterator[Fault]:
        if len(self.given("asset", "track")) == 2:
            yield fault("give either `asset` or `track`", "track")

    @property
    def label(self) -> str:
        return self.name or self.language

    @property
    def listed_as(self) -> tuple[str, ...]:
        """What players tell it by from others; empty where its master says it, or nobody knows."""
        name = _listed_as(self, UNNAMED["sound"])
        return (*name, self.codec) if name and self.knows("codec") else ()


class LadderSubtitles(Ruled):
    """A text that viewers may choose: a file of SRT, WebVTT, ASS or SSA, whose times count from the video's begin; or a track
    of the master."""

    asset: AssetName | None = Field(None, description="A file; null: a `track`.")
    track: TrackName | None = Field(
        None, description="Of an encoded master: which of its subtitles, by number or language; null: an `asset`."
    )
    language: Language | None = Field(
        None, description="Of a file it has to be said; null: as the master's track says."
    )
    name: Label | None = Field(
        None, description="As players list it; null: the track's title, or the language's tag, or its kind."
    )
    default: bool = Field(False, description="Shown where nobody chose.")
    forced: bool = Field(False, description="Holds what everybody must read, such as translations of signs.")
    encoding: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="Where it is neither UTF-8 nor begins with a byte order mark: `windows-1252`."
    )

    @rule
    def _one_source(self) -> Iterator[Fault]:
        if len(given := self.given("asset", "track")) != 1:
            doubtful = ("track",) if given else ("asset", "track")
            yield fault("give either `asset`, a file, or `track`, one of the master's", *doubtful)

    @rule
    def _language_of_a_file(self) -> Iterator[Fault]:
        if self.given("asset") and not self.given("language"):
            yield fault("a file needs its `language`: `en`, `pt-BR`", "language")

    @rule
    def _encoding_of_a_file(self) -> Iterator[Fault]:
        if self.given("track") and self.given("encoding"):
            yield fault("`encoding` is of files: leave it out of a `track`", "encoding")

    @property
    def label(self) -> str:
        return self.name or self.language or ""

    @property
    def listed_as(self) -> tuple[str, ...]:
        """As that of a sound."""
        return _listed_as(self, UNNAMED["subtitles"])


def _listed_as(listed: LadderSound | LadderSubtitles, unnamed: str) -> tuple[str, ...]:
    if listed.given("name"):
        return (listed.name,) if listed.knows("name") and listed.name else ()
    if listed.given("track") or not listed.knows("language") or not listed.language:
        return ()
    return (unnamed if tag_of(listed.language) == UNKNOWN else listed.language,)


def _alike(listed: Sequence[tuple[str, ...]]) -> str:
    """What players would list as what is before it, in words. Empty: what it is called is known when its master is."""
    alike = [
        f"[{number}] is called {each[0]}, as [{listed.index(each)}] is"
        for number, each in enumerate(listed)
        if each and listed.index(each) < number
    ]
    return f"{'; '.join(alike)}: give each a `name` of its own" if alike else ""


class LadderOutput(Ruled):
    """HLS and DASH of one set of files."""

    type: Literal["ladder"]
    name: FolderName | None = Field(None, description="Folder of its files (`variant-001/NAME`); null: `stream`.")
    rungs: (
        Literal["standard", "per-title"] | Annotated[tuple[RungOrSize, ...], Field(min_length=1, max_length=MOST_RUNGS)]
    ) = Field(
        "standard",
        description="standard: as large as the video, and each usual size that is clearly smaller; per-title: of those "
        "sizes as many, and as good, as trying shows to be worth their bits.",
    )
    codecs: Annotated[tuple[LadderCodec, ...], Field(min_length=1, max_length=4)] = ("h264",)
    audio: Literal["all"] | Annotated[tuple[LadderSound, ...], Field(max_length=MOST_TRACKS)] | None = Field(
        None,
        description="Null: the video's own sound, if it has any; all: each sound track of the master, its default first. "
        "The first of each codec plays where nobody chose.",
    )
    subtitles: Literal["all"] | Annotated[tuple[LadderSubtitles, ...], Field(max_length=64)] = Field(
        (), description="all: each of the master's that is text."
    )
    effort: Effort = Field("balanced", description="Time that encoders take to save bits at the same quality.")
    segment_seconds: Annotated[Rational, Field(ge=1, le=30)] = Field(
        Fraction(6), description="About how much a player fetches at a time."
    )
    encryption: LadderEncryption | None = Field(None, description="Null: none.")

    @rule
    def _codecs_once(self) -> Iterator[Fault]:
        if len(set(self.codecs)) < len(self.codecs):
            yield fault("names one twice", "codecs", at="codecs")

    @rule
    def _sounds_apart(self) -> Iterator[Fault]:
        if alike := _alike([each.listed_as for each in self.listed_sounds]):
            yield fault(alike, "audio", at="audio")

    @rule
    def _texts_apart(self) -> Iterator[Fault]:
        if alike := _alike([each.listed_as for each in self.listed_subtitles]):
            yield fault(alike, "subtitles", at="subtitles")

    @rule
    def _one_default(self) -> Iterator[Fault]:
        if sum(each.knows("default") and each.default for each in self.listed_subtitles) > 1:
            yield fault("only one can be the default", "subtitles", at="subtitles")

    @property
    def listed_sounds(self) -> tuple[LadderSound, ...]:
        """The sounds that are listed one by one."""
        return self.audio if isinstance(self.audio, tuple) else ()

    @property
    def listed_subtitles(self) -> tuple[LadderSubtitles, ...]:
        """The subtitles that are listed one by one."""
        return self.subtitles if isinstance(self.subtitles, tuple) else ()

    @property
    def folder(self) -> str:
        """Of its files, within the variant's."""
        return self.name or "stream"


def same_folder(ladders: Sequence[tuple[str, LadderOutput]]) -> Iterator[Problem]:
    """Ladders whose files would be in the folder of an earlier one."""
    taken: dict[str, str] = {}
    for place, ladder in ladders:
        if (before := taken.setdefault(ladder.folder, place)) != place:
            what = f"would be in the folder {ladder.folder}, as {before} is"
            rests_on = tuple(f"{each}.{field}" for each in (place, before) for field in ("type", "name"))
            yield Problem(f"{place}.name", what, "give each a `name` of its own", rests_on=rests_on)


def named_of(place: str, ladder: LadderOutput) -> Iterator[tuple[str, str]]:
    """The media that a ladder names, each under the field that does."""
    for number, sound in enumerate(ladder.listed_sounds):
        if sound.asset:
            yield f"{place}.audio[{number}].asset", sound.asset


def named_by(place: str, ladder: LadderOutput) -> Iterator[NamedTrack]:
    """The tracks of a master that a ladder names. One sound may be there in each codec."""
    if ladder.audio == "all":
        yield NamedTrack(f"{place}.audio", "sound", "all")
    if ladder.subtitles == "all":
        yield NamedTrack(f"{place}.subtitles", "subtitles", "all")
    for number, sound in enumerate(ladder.listed_sounds):
        if sound.track is not None:
            yield NamedTrack(f"{place}.audio[{number}].track", "sound", sound.track, f"{place}.audio in {sound.codec}")
    for number, text in enumerate(ladder.listed_subtitles):
        if text.track is not None:
            yield NamedTrack(f"{place}.subtitles[{number}].track", "subtitles", text.track, f"{place}.subtitles")
