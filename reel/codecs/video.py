"""What a codec of pictures is, and the settings that it encodes with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from pydantic import Field

from reel.codecs.container import Container
from reel.codecs.nal import Coding
from reel.media import NativeFormat
from reel.values import Value, is_none

Options: TypeAlias = dict[str, Any]
"""Options of FFmpeg's command line by name, without the dash."""

Effort = Literal["quick", "standard", "thorough"]
"""How much time an encoder may take to save bits at the same quality."""

BitDepth = Literal[8, 10]


STATS = "stats"
"""What the first pass over a segment writes begins with this name, in the folder that its encoder works in."""


class Decided(Value):
    """Who says the rest of an encoder's settings: a step that looks at the whole video before any of it is encoded."""

    by: str
    """Its key."""
    place: int = 0
    """Which of the segments this is, where each has bits of its own."""
    first_pass: str | None = None
    """Key of the first pass over this segment; null: a quality is decided, and all segments have it."""

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.by, *((self.first_pass,) if self.first_pass else ()))


class VideoSettings(Value):
    """How pictures are to be encoded, whatever the codec; `reel.presets.VideoEncoder` says with which."""

    kept: NativeFormat | None = None
    """Null: 4:2:0 (as the codec's `pixel_formats` say), BT.709 in limited range. Else the source's own numbers."""
    bit_depth: BitDepth = 8
    alpha: bool = False
    """Whether pictures have an alpha plane."""
    preset: str = "fast"
    """One of the encoder's own: see the codec's `presets`."""
    tune: Literal["fastdecode"] | None = None
    crf: float | None
    """Constant quality on the codec's own scale; null where it has none, and in a second pass."""
    decided: Decided | None = Field(None, exclude_if=is_none)
    """Null: all is said here."""
    pass_number: Literal[1, 2] | None = Field(None, exclude_if=is_none)
    """Of two passes over the same frames; null: there is one. The first takes note of what frames cost at its quality."""
    start_fill: float | None = Field(None, exclude_if=is_none)
    """How full a player's buffer is where the segment begins, of `buffer_bits`; null: as it is at a video's begin."""
    bits_per_second: int | None = Field(None, exclude_if=is_none)
    """Of a second pass: what the segment is to have in the mean."""
    max_bits_per_second: int | None
    """Cap of the mean over `buffer_bits`; a decoder's buffer of that size never runs dry (VBV). Null where it has none."""
    buffer_bits: int | None
    cuttable: bool = False
    """Whether what is encoded can be cut at any key frame, and ended anywhere, by copying: no frame is decoded after a later
    one (no B-frames)."""
    group: int = 48
    """Frames of a group of pictures: a key frame stands at each multiple of it, and nowhere else. No group refers to another.
    See `reel.presets.for_frames`."""
    ends_at: int | None = Field(None, exclude_if=is_none)
    """How many frames the segment has, where it is encoded as if it went on (`VideoCodec.copies_after`); null: it is not."""
    threads: int = 1
    """Of the encoder; those that its codec says, on every machine (`VideoCodec.threads`)."""


@dataclass(frozen=True)
class Scale:
    """How a codec's constant quality follows x264's CRF: `at_23` is as good as x264's 23, and `per_step` goes for each further
    step. Fitted by VMAF (docs/codecs.md)."""

    at_23: float
    per_step: float
    whole: bool = False
    """Whether the encoder takes whole numbers only."""

    def crf(self, reference: float) -> float:
        """The codec's number for a CRF of x264."""
        found = self.at_23 + (reference - 23) * self.per_step
        return float(round(found)) if self.whole else round(found, 1)


@dataclass(frozen=True)
class MadeStream:
    """A stream of pictures as it was made, for its codec string."""

    record: bytes
    """Its configuration record, as it stands in an mp4 file; empty where the codec has none."""
    width: int
    height: int
    rate: Fraction
    bit_depth: int = 8
    tag: str = ""
    """What its container calls it."""


@dataclass(frozen=True)
class VideoCodec:
    """All there is to know of a codec to encode it in segments, to join them by copying, and to prove that."""

    name: str
    """As in `VIDEO_CODECS`."""
    stream: str
    """What FFmpeg calls streams of it."""
    flags: Callable[[VideoSettings], Options]
    """The encoder and its options."""
    pixel_formats: Mapping[tuple[int, bool], str]
    """What it takes, by bit depth and whether there is alpha."""
    containers: tuple[Container, ...]
    """What it may go in, the usual one first."""
    tag: str | None
    """What mp4 and mov call it; null: each profile has a name of its own."""
    codec_string: Callable[[MadeStream], str]
    """What playlists and players call it (RFC 6381), from the made stream."""
    presets: Mapping[Effort, str]
    scale: Scale | None
    """How constant quality is expressed; null: it has none, and its preset alone decides."""
    threads: int
    """Bytes hang on their number, so it is the same on every machine; and few, because what the cap takes may hang on which of
    them is ahead (docs/benchmarks.md)."""
    cost: float
    """Processor time of the preset `standard` beside x264's `fast`, at the same quality."""
    segment_suffix: str = "mp4"
    """Container of segments before they are joined. One with a fine clock, where there is one that holds all of the stream."""
    units: Coding | None = None
    """The units of its packets where parameter sets can stand among them; null: segments must agree on all parameters."""
    alpha_containers: tuple[Container, ...] = ()
    crfs: tuple[int, int] = (1, 51)
    """The best and the worst of its constant qualities that are of use."""
    two_passes: bool = False
    """Whether a first pass over a segment tells what its frames cost, so that bits can be shared out between segments."""
    buffered: bool = False
    """Whether its cap holds from the first frame on, and it can be told how full a player's buffer is there."""
    begins_full: bool = False
    """Whether a segment is encoded as if a player's buffer was full where it begins, unless its cap was asked for. At a video's
    begin encoders take it to be nine tenths full, and have little left behind a key frame."""
    capped: bool = True
    """Whether quality is kept under a cap of bits; where not, none may be set."""
    bits_per_pixel: float = 0.0
    """Of a codec without a cap, about."""
    decoder_of_alpha: str | None = None
    """Where FFmpeg's own choice of decoder drops alpha."""
    software: str | None = None
    """Of an encoder in hardware: the codec that stands in for it where that is missing."""
    driver: str | None = None
    """A file that says which device and which driver there are: part of what decides its bytes."""
    upload: str | None = None
    """The filter that brings frames to the device, where the encoder does not."""
    extra_presets: tuple[str, ...] = ()
    """Further presets of the encoder's."""
    cuttable: bool = False
    """Whether it can be encoded without a frame that is decoded after a later one."""
    decoded: Mapping[str, str] = field(default_factory=dict)
    """What decoders give for what the encoder took, where that is another pixel format."""
    intra: bool = False
    """Whether every frame is a key frame."""
    keeps: bool = False
    """Whether its streams say how numbers of high dynamic range map to light, and what display they were made on."""
    rules: int = 1
    """Raised by one when it should encode the same frames otherwise: what was encoded before is made again then."""
    copies_after: int = 0
    """So many copies of its last frame follow a segment into the encoder, and none of them comes out (`reel.codecs.ends`)."""

    @property
    def bit_depths(self) -> tuple[int, ...]:
        return tuple(sorted({depth for depth, _ in self.pixel_formats}))

    def least_bits(self, *, alpha: bool) -> int:
        """The least bit depth that it has with alpha, or without; without, where it has no alpha."""
        fitting = [depth for depth, has_alpha in self.pixel_formats if has_alpha == alpha]
        return min(fitting or self.bit_depths)

    @property
    def alpha(self) -> bool:
        """Whether it can hold transparency."""
        return any(alpha for _, alpha in self.pixel_formats)

    def containers_with(self, *, alpha: bool) -> tuple[Container, ...]:
        """The containers that it may go in, with alpha or without."""
        return self.alpha_containers if alpha else self.containers

    def refusal(self, settings: VideoSettings) -> str | None:
        """Why it cannot encode so; null where it can."""
        known = (*self.presets.values(), *self.extra_presets)
        depth, cap = settings.bit_depth, (settings.max_bits_per_second, settings.buffer_bits)
        reasons = {
            f"{self.name} has no preset {settings.preset!r}, but {', '.join(known)}": settings.preset not in known,
            f"{self.name} has no transparency": settings.alpha and not self.alpha,
            f"{self.name} has no {depth} bits{' with alpha' * settings.alpha}": (depth, settings.alpha)
            not in self.pixel_formats,
            f"{self.name} needs a quality": self.scale is not None
            and (settings.crf, settings.decided, settings.bits_per_second) == (None, None, None),
            f"{self.name} has no two passes here": settings.pass_number is not None and not self.two_passes,
            f"{self.name} has no constant quality": self.scale is None and settings.crf is not None,
            f"{self.name} needs a cap": self.capped and None in cap,
            f"{self.name} has no cap": not self.capped and cap != (None, None),
            f"{self.name} does not stay in its sources' own numbers": settings.kept is not None and not self.keeps,
            "what is kept as it was has the bit depth of its sources": settings.kept is not None
            and settings.kept.bit_depth != depth,
            f"{self.name} cannot be cut by copying here": settings.cuttable and not self.cuttable,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)
