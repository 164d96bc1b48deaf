"""Operations on sound, from a stream to a soundtrack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, RawSound, Retention, StreamSource
from reel.plan.operations.expected import Sort, Work
from reel.plan.operations.work import sound_work
from reel.presets import AudioEncoder
from reel.time import SAMPLE_RATE, Rational
from reel.toolchain import Tool
from reel.values import Value, is_off

DECODE_SECONDS, STRETCH_SECONDS, RECLOCK_SECONDS, MIX_SECONDS = 0.004, 0.02, 0.008, 0.03
"""For a second of sound."""

LOUDNESS_SECONDS = 0.045
"""For a second of sound: measuring, and encoding as often as it takes to come close, about three rounds."""


class Decode(RawSound):
    """Decode a whole audio stream to raw samples.

    Sample 0 is the moment `zero` of the file's clock. The whole stream is decoded from its begin, because no seek in
    compressed sound is sample-exact.
    """

    operation: Literal["decode"] = "decode"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg"})
    task: ClassVar[str] = "decode sound"
    doing: ClassVar[str] = "decode {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    source: StreamSource
    zero: Rational
    """When the first sample is heard, on the file's clock, whether the picture has begun by then or not."""
    samples: int
    """How many samples to make: the stream's own length, cut or padded with silence."""
    turns_back: bool = Field(False, exclude_if=is_off)
    """Whether time stamps go back on the way (`AudioFacts.turns_back`)."""

    def needs(self) -> tuple[str, ...]:
        return ()

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return sound_work(self.samples, DECODE_SECONDS)


class TimeStretch(RawSound):
    """Play a stretch of decoded sound faster or slower at its own pitch: exactly `margin + samples + margin` samples."""

    operation: Literal["stretch"] = "stretch"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"numpy"})
    task: ClassVar[str] = "stretch sound"
    doing: ClassVar[str] = "stretch {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    sound: str
    """Key of the decoded sound."""
    first: int
    """First sample of the stretch; before the sound's own first one there is silence."""
    speed: Rational
    samples: int
    margin: int = 0
    """How many samples more are made on both sides: what would be heard there, so that a cut can be heard as one."""

    def needs(self) -> tuple[str, ...]:
        return (self.sound,)

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return sound_work(self.samples, STRETCH_SECONDS)


class Reclock(RawSound):
    """Put decoded sound on another clock: exactly `samples` samples. All of it, so that whatever is cut out of it
    meets at a sample."""

    operation: Literal["reclock"] = "reclock"
    rules: ClassVar[int] = 2
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg"})
    task: ClassVar[str] = "retime sound"
    doing: ClassVar[str] = "retime {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    sound: str
    """Key of the decoded sound."""
    clock: Rational
    """Its seconds for one second of the result; its pitch goes with it, which nobody hears of a few thousandths."""
    samples: int

    def needs(self) -> tuple[str, ...]:
        return (self.sound,)

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return sound_work(self.samples, RECLOCK_SECONDS)


class GainKey(Value):
    """A gain at a sample of a part."""

    sample: int
    gain: float
    """Linear factor; between keys it runs straight."""


class SoundPart(Value):
    """Samples of a sound, placed on the soundtrack: all of what is heard as one, or, of what is repeated, one time."""

    sound: str
    """Key of the decoded, stretched or reclocked sound."""
    first: int
    """First sample to take of it. Beyond both ends of the sound there is silence."""
    at: int
    """Where it goes, in samples of the soundtrack."""
    samples: int
    gain: tuple[GainKey, ...] = (GainKey(sample=0, gain=1.0),)
    """Before the first key and after the last the gain stays."""
    before: int = 0
    """Samples of the whole that come before this part."""
    after: int = 0
    fade_in: int = 0
    """Samples over which the whole rises from silence along a quarter of a sine (equal power)."""
    fade_out: int = 0
    declick_in: bool = False
    """Whether it is cut here: unless the sound begins by itself at this place, it rises over 10 ms at least."""
    declick_out: bool = False


class LoudnessTarget(Value):
    """What a soundtrack is brought to (EBU R128, ITU-R BS.1770)."""

    lufs: float = -14.0
    """Integrated loudness."""
    true_peak_db: float = -1.0
    """Highest true peak, in dBTP."""


class SoundMix(OneFile):
    """Mix parts on one line of samples and encode it once: exactly `samples` samples."""

    operation: Literal["soundtrack"] = "soundtrack"
    rules: ClassVar[int] = 5
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg", "numpy"})
    task: ClassVar[str] = "render sound"
    doing: ClassVar[str] = "render {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    stem: ClassVar[str] = "sound"
    samples: int
    parts: tuple[SoundPart, ...]
    encoder: AudioEncoder
    loudness: LoudnessTarget | None = None
    """Null: the level stays as mixed."""
    sample_rate: int = SAMPLE_RATE

    @property
    def file(self) -> str:
        return self.encoder.sound_file

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.sound for part in self.parts))

    def assets(self) -> tuple[str, ...]:
        return ()

    def sort(self) -> Sort:
        return Sort(codec=self.encoder.codec)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        pace = MIX_SECONDS + bool(self.loudness) * LOUDNESS_SECONDS
        return sound_work(self.samples, pace, self.samples * 128_000 // 8 // SAMPLE_RATE)
