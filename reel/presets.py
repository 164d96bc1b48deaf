"""The tables of sizes, rates and encoder settings that requests name by a word."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from reel.codecs import AUDIO_CODECS, VIDEO_CODECS, AudioCodecName, VideoCodecName
from reel.codecs.video import BitDepth, Effort, VideoSettings
from reel.media import NativeFormat
from reel.time import Rational
from reel.values import Value, is_first

Aspect = Literal["9:16", "16:9", "1:1", "4:5"]
Resolution = Literal["360p", "480p", "720p", "1080p", "1440p", "4k"]
Bitrate = Literal["low", "medium", "high"]
Size = tuple[int, int]
"""Width and height in pixels."""
Copying = Literal["auto", "never", "require"]
Fit = Literal["contain", "contain-blur", "cover", "fill", "none"]

SHORT_SIDE: dict[Resolution, int] = {"360p": 360, "480p": 480, "720p": 720, "1080p": 1080, "1440p": 1440, "4k": 2160}
BITS_PER_SECOND: dict[Bitrate, int] = {"low": 1_000_000, "medium": 2_500_000, "high": 5_000_000}

OWN_TRANSITIONS = (
    "blur", "circle-close", "circle-crop", "circle-open", "cover-down", "cover-left", "cover-right", "cover-up",
    "crossfade", "diagonal-bottom-left", "diagonal-bottom-right", "diagonal-top-left", "diagonal-top-right",
    "dissolve", "distance", "fade-black", "fade-fast", "fade-grey", "fade-slow", "fade-through", "fade-white",
    "horizontal-close", "horizontal-open", "pixelize", "radial", "rect-close", "rect-crop", "rect-open", "reveal-down",
    "reveal-left", "reveal-right", "reveal-up", "slice-down", "slice-left", "slice-right", "slice-up", "slide-down",
    "slide-left", "slide-right", "slide-up", "smooth-down", "smooth-left", "smooth-right", "smooth-up", "squeeze-h",
    "squeeze-v", "vertical-close", "vertical-open", "wind-down", "wind-left", "wind-right", "wind-up",
    "wipe-bottom-left", "wipe-bottom-right", "wipe-down", "wipe-left", "wipe-right", "wipe-top-left", "wipe-top-right",
    "wipe-up", "zoom-in",
)  # fmt: skip
"""Names of transitions; `reel.compose.transitions` makes them."""
_OF_XFADE = (
    "circleclose", "circlecrop", "circleopen", "coverdown", "coverleft", "coverright", "coverup", "diagbl", "diagbr",
    "diagtl", "diagtr", "fade", "fadeblack", "fadefast", "fadegrays", "fadeslow", "fadewhite", "hblur", "hlslice",
    "hlwind", "horzclose", "horzopen", "hrslice", "hrwind", "rectcrop", "revealdown", "revealleft", "revealright",
    "revealup", "slidedown", "slideleft", "slideright", "slideup", "smoothdown", "smoothleft", "smoothright",
    "smoothup", "squeezeh", "squeezev", "vdslice", "vdwind", "vertclose", "vertopen", "vuslice", "vuwind", "wipebl",
    "wipebr", "wipedown", "wipeleft", "wiperight", "wipetl", "wipetr", "wipeup", "zoomin",
)  # fmt: skip
"""What FFmpeg calls some of them."""
TRANSITIONS = tuple(sorted((*OWN_TRANSITIONS, *_OF_XFADE)))
"""All names by which they can be asked for."""

MissingGlyphs = Literal["error", "replace", "drop"]
"""What becomes of characters that no font has: the text is refused; they are replaced by what is like them, else by a box;
they are left out."""

DRAWN_STILLS = {"golden": 10, "silver": 10, "ornate-gold": 140, "ornate-silver": 140}
"""Frames of the library that ships with the project, and how deep they reach into the picture from each side, in 1080ths of
the canvas's short side: what is further in is clear. `reel.draw` draws them."""

DRAWN_LOOPS = ("glitter-rain", "sparkles")
"""Moving overlays of the library."""


class Canvas(Value):
    """The frame that everything is composed on. Both sides are even, as 4:2:0 chroma needs."""

    width: int
    height: int
    rate: Rational

    @property
    def size(self) -> Size:
        return self.width, self.height

    @property
    def pixels(self) -> int:
        return self.width * self.height


def shape_of(aspect: Aspect) -> Size:
    """Across and down, in parts."""
    across, down = (int(part) for part in aspect.split(":"))
    return across, down


def sized(shape: Size, resolution: Resolution) -> Size:
    """Width and height of a picture of a shape, given in parts or pixels: the short side as the resolution says, the long side
    to the nearest even number."""
    across, down = shape
    short = SHORT_SIDE[resolution]
    long = _nearest_even(Fraction(short * max(across, down), min(across, down)))
    return (long, short) if across > down else (short, long)


def has_shape(size: Size, shape: Size) -> bool:
    """Whether one side of an even size follows from the other by the shape, to the nearest even number; where two are equally
    near, to either."""
    (width, height), (across, down) = size, shape
    return abs(width - Fraction(height * across, down)) <= 1 or abs(height - Fraction(width * down, across)) <= 1


def _nearest_even(side: Fraction) -> int:
    """Of two that are equally near, the smaller: what is made of a picture of 855x480 at 480p is not larger than that."""
    return 2 * math.ceil((side - 1) / 2)


class VideoEncoder(VideoSettings):
    """Settings of the picture's encoder (see `capped_crf`), and which it is. Raises where the codec cannot encode so."""

    codec: VideoCodecName = "h264"
    rules: int = Field(default_factory=lambda said: VIDEO_CODECS[said["codec"]].rules, exclude_if=is_first)
    """Of the codec (`VideoCodec.rules`): part of the key of whatever is encoded so."""

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if refusal := VIDEO_CODECS[self.codec].refusal(self):
            raise ValueError(refusal)
        return self

    @property
    def pixel_format(self) -> str:
        """What the encoder is given."""
        return VIDEO_CODECS[self.codec].pixel_formats[self.bit_depth, self.alpha]

    @property
    def segment_file(self) -> str:
        """What a segment is called."""
        return f"picture.{VIDEO_CODECS[self.codec].segment_suffix}"

    @property
    def copies_after(self) -> int:
        """How many copies of its last frame follow the segment into the encoder."""
        return 0 if self.ends_at is None else VIDEO_CODECS[self.codec].copies_after

    @property
    def is_coarse(self) -> bool:
        """Whether its quality is worse than what any budget stands for."""
        scale = VIDEO_CODECS[self.codec].scale
        return scale is not None and self.crf is not None and self.crf > scale.crf(WORST_OF_BUDGETS)

    @property
    def may_be_coarse(self) -> bool:
        """Whether it is, or another step decides that."""
        return self.is_coarse or (self.decided is not None and self.decided.first_pass is None)

    def mean_bits_per_second(self, canvas: Canvas) -> float:
        """About what comes out: of the budget that the cap is twice of, most; or what the codec always takes."""
        if self.max_bits_per_second is None:
            return VIDEO_CODECS[self.codec].bits_per_pixel * canvas.pixels * float(canvas.rate)
        return self.max_bits_per_second / 2 * EXPECTED_SHARE_OF_BUDGET


EXPECTED_SHARE_OF_BUDGET = 0.75
"""Mean bits of capped constant quality, as a share of the budget that the quality stands for."""


class AudioEncoder(Value):
    """Settings of the sound's encoder, and which it is."""

    codec: AudioCodecName = "aac"
    rules: int = Field(default_factory=lambda said: AUDIO_CODECS[said["codec"]].rules, exclude_if=is_first)
    """Of the codec (`AudioCodec.rules`): part of the key of whatever is encoded so."""
    bits_per_second: int | None = 128_000
    """Null for what is lossless."""

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        lossless = AUDIO_CODECS[self.codec].bits_per_second is None
        if lossless and self.bits_per_second is not None:
            raise ValueError(f"{self.codec} is lossless: it has no bitrate that could be set")
        if not lossless and self.bits_per_second is None:
            raise ValueError(f"{self.codec} needs a bitrate")
        return self

    @property
    def sound_file(self) -> str:
        """What a soundtrack is called."""
        return f"sound.{AUDIO_CODECS[self.codec].suffix}"


def audio_encoder(codec: AudioCodecName, bits_per_second: int | None = None) -> AudioEncoder:
    """A codec with a bitrate; null: its usual one, or none where it is lossless."""
    return AudioEncoder(codec=codec, bits_per_second=bits_per_second or AUDIO_CODECS[codec].bits_per_second)


REFERENCE_CRF = 21.5
"""What 2,500 kbit/s at 1080x1920, 30 fps stands for: on the mixed clips of `bench/`, its VMAF is not below that of an
average-bitrate encode of that budget, in the mean and at the 5th percentile, at little more than half the bytes."""

REFERENCE_BITS_PER_PIXEL = 2_500_000 / (1080 * 1920 * 30)


GROUP_SECONDS = Fraction(2)
"""Longest distance between key frames: what HLS advises (RFC 8216 bis, Apple's authoring rules), for quick seeking."""


BEST_OF_BUDGETS, WORST_OF_BUDGETS = 16.0, 34.0
"""CRFs of x264 that no budget goes beyond, however many bits or few it has."""


def capped_crf(
    bits_per_second: int,
    canvas: Canvas,
    codec: VideoCodecName = "h264",
    *,
    effort: Effort = "standard",
    bit_depth: BitDepth | None = None,
    alpha: bool = False,
    kept: NativeFormat | None = None,
) -> VideoEncoder:
    """Encoder settings that keep a budget of bits by constant quality under a cap.

    An equal bitrate for every segment starves hard segments and feeds easy ones; constant quality moves bits to where they
    are needed, also between segments that are encoded on different machines. The quality follows the budget: six steps of
    CRF halve x264's bitrate (x264's rate control doubles its quantiser every six steps), so twice the bits per pixel are
    worth six steps less; other codecs have the number of the same quality (`Scale`). The cap is twice the budget, over two
    seconds of it. A codec that has no cap follows the budget by its quality alone, and one that has no constant quality takes
    no notice of it. The bit depth is the codec's lowest, unless one is said.
    """
    known = VIDEO_CODECS[codec]
    bits_per_pixel = bits_per_second / (canvas.pixels * float(canvas.rate))
    reference = REFERENCE_CRF - 6 * math.log2(bits_per_pixel / REFERENCE_BITS_PER_PIXEL)
    scale = known.scale
    return VideoEncoder(
        codec=codec,
        kept=kept,
        bit_depth=bit_depth or (kept.bit_depth if kept else known.least_bits(alpha=alpha)),
        alpha=alpha,
        preset=known.presets[effort],
        crf=scale.crf(min(max(reference, BEST_OF_BUDGETS), WORST_OF_BUDGETS)) if scale else None,
        max_bits_per_second=2 * bits_per_second if known.capped else None,
        buffer_bits=4 * bits_per_second if known.capped else None,
        start_fill=1.0 if known.begins_full else None,
        group=int(GROUP_SECONDS * canvas.rate),
        threads=known.threads,
    )


def for_segments(encoder: VideoEncoder, seconds: Fraction, rate: Fraction) -> VideoEncoder:
    """The same quality for what players fetch in segments of so many seconds: in groups of pictures of a whole share of one, as
    none begins within a group."""
    share = seconds / math.ceil(seconds / GROUP_SECONDS)
    return encoder.model_copy(update={"group": max(1, int(share * rate))})


def with_quality(encoder: VideoEncoder, *, crf: float | None = None, cap: int | None = None) -> VideoEncoder:
    """The same with a constant quality, or a cap in bits a second, of its own. Raises where the codec has neither."""
    said = {
        **({} if crf is None else {"crf": crf}),
        # Such a cap is held over seams, too (`reel.make.buffering`).
        **({} if cap is None else {"max_bits_per_second": cap, "buffer_bits": 2 * cap, "start_fill": None}),
    }
    return VideoEncoder.model_validate(encoder.model_dump() | said)


FRAMES_AHEAD = 37
"""x264 begins to encode when it has seen so many frames (preset `fast`: 30 of lookahead, 3 B-frames, its threads). A shorter
segment is read or composed to its end, on one processor, before it is encoded."""


def for_frames(encoder: VideoEncoder, frames: int) -> VideoEncoder:
    """The same quality for a segment of so many frames, in as few groups of pictures as may be, of one length (the last may be
    shorter). So key frames follow from the number of frames, and are at the same places in all sizes and codecs."""
    groups = math.ceil(frames / encoder.group)
    goes_on = VIDEO_CODECS[encoder.codec].copies_after and frames >= LEAST_FRAMES_WITH_COPIES
    return encoder.model_copy(update={"group": math.ceil(frames / groups), "ends_at": frames if goes_on else None})


LEAST_FRAMES_WITH_COPIES = 60
"""Of a shorter segment, the copies that follow its end (`VideoCodec.copies_after`) would be a notable part of its costs."""


MEZZANINE_GROUP_SECONDS = Fraction(1, 2)
"""About how far apart the key frames of a mezzanine are. Measured at 1080p (docs/multicam.md): the file is 11 to 15 % larger
than with key frames every two seconds, and the edge of a cut has seven frames on the average."""


def group_frames(rate: Fraction) -> int:
    """How many frames a group of pictures has, of which mezzanines are made."""
    return max(1, round(MEZZANINE_GROUP_SECONDS * rate))


def for_cutting(encoder: VideoEncoder, rate: Fraction) -> VideoEncoder:
    """The same quality in groups of pictures that can be cut."""
    return encoder.model_copy(update={"cuttable": True, "group": group_frames(rate)})
