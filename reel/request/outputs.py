"""What a request wants delivered: a list of files by type, each with what is explicit about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from reel.codecs import AUDIO_CODECS, AudioCodecName
from reel.errors import Problem
from reel.presets import AudioEncoder, audio_encoder
from reel.request.besides import AnalysisOutput, PicturesOutput
from reel.request.ladders import LadderOutput, named_by
from reel.request.rules import Fault, Ruled, fault, rule
from reel.request.tracks import NamedTrack, TrackName
from reel.request.videos import OutputName, VideoOutput

MOST_OUTPUTS = 16


class AudioOutput(Ruled):
    """The sound by itself."""

    type: Literal["audio"]
    name: OutputName | None = Field(
        None, description="Ends the file's name (`variant-001-NAME.m4a`); null: it has none."
    )
    codec: AudioCodecName = Field("aac", description="pcm: samples as they are, of 24 bits, in WAV.")
    bitrate: int | None = Field(
        None, ge=32_000, le=512_000, description="Bits per second; null: the codec's usual one."
    )
    track: TrackName | None = Field(
        None, description="Of an encoded master: which of its sound tracks, by number or language; null: its default."
    )

    @rule
    def _lossless(self) -> Iterator[Fault]:
        if self.given("bitrate") and AUDIO_CODECS[self.codec].bits_per_second is None:
            yield fault(f"{self.codec} is lossless: it has no bitrate that could be set", "bitrate")

    @property
    def encoder(self) -> AudioEncoder:
        return audio_encoder(self.codec, self.bitrate)

    def file(self, timeline: str) -> str:
        """The name of the file of a timeline."""
        return f"{timeline}{f'-{self.name}' if self.name else ''}.{AUDIO_CODECS[self.codec].file_suffix}"


Output = Annotated[
    VideoOutput | LadderOutput | AudioOutput | PicturesOutput | AnalysisOutput, Field(discriminator="type")
]
"""An entry of `outputs`."""


def same_sounds(sounds: Sequence[tuple[str, AudioOutput]]) -> Iterator[Problem]:
    """Sounds that would have the name of an earlier one."""
    taken: dict[str, str] = {}
    for place, sound in sounds:
        name = sound.file("").lower()
        if (before := taken.setdefault(name, place)) != place:
            what = f"would be the file variant{name}, as {before} is"
            rests_on = tuple(f"{each}.{field}" for each in (place, before) for field in ("type", "name", "codec"))
            yield Problem(f"{place}.name", what, "give each a `name` of its own", rests_on=rests_on)


def named_in(place: str, output: Output) -> Iterator[NamedTrack]:
    """The tracks of a master that an output names."""
    match output:
        case AudioOutput(track=name) if name is not None:
            yield NamedTrack(f"{place}.track", "sound", name)
        case VideoOutput(audio_tracks="all"):
            yield NamedTrack(f"{place}.audio_tracks", "sound", "all")
        case VideoOutput(audio_tracks=tuple(names)):
            for number, name in enumerate(names):
                yield NamedTrack(f"{place}.audio_tracks[{number}]", "sound", name, among=f"{place}.audio_tracks")
        case LadderOutput():
            yield from named_by(place, output)
        case _:
            pass
