"""The tables of sizes, rates and encoder settings that requests name by a word."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

from reel.media import Colour
from reel.time import Rational
from reel.values import Value

Aspect = Literal["9:16", "16:9", "1:1", "4:5"]
Resolution = Literal["480p", "720p", "1080p", "4k"]
Bitrate = Literal["low", "medium", "high"]
Copying = Literal["auto", "never", "require"]
Fit = Literal["contain", "contain-blur", "cover", "fill", "none"]

SHORT_SIDE: dict[Resolution, int] = {"480p": 480, "720p": 720, "1080p": 1080, "4k": 2160}
BITS_PER_SECOND: dict[Bitrate, int] = {"low": 1_000_000, "medium": 2_500_000, "high": 5_000_000}

TRANSITIONS = (
    "blur", "circle-close", "circle-crop", "circle-open", "circleclose", "circlecrop", "circleopen", "cover-down",
    "cover-left", "cover-right", "cover-up", "coverdown", "coverleft", "coverright", "coverup", "crossfade",
    "diagbl", "diagbr", "diagonal-bottom-left", "diagonal-bottom-right", "diagonal-top-left", "diagonal-top-right",
    "diagtl", "diagtr", "dissolve", "distance", "fade", "fade-black", "fade-fast", "fade-grey", "fade-slow",
    "fade-through", "fade-white", "fadeblack", "fadefast", "fadegrays", "fadeslow", "fadewhite", "hblur", "hlslice",
    "hlwind", "horizontal-close", "horizontal-open", "horzclose", "horzopen", "hrslice", "hrwind", "pixelize",
    "radial", "rect-close", "rect-crop", "rect-open", "rectcrop", "reveal-down", "reveal-left", "reveal-right",
    "reveal-up", "revealdown", "revealleft", "revealright", "revealup", "slice-down", "slice-left", "slice-right",
    "slice-up", "slide-down", "slide-left", "slide-right", "slide-up", "slidedown", "slideleft", "slideright",
    "slideup", "smooth-down", "smooth-left", "smooth-right", "smooth-up", "smoothdown", "smoothleft", "smoothright",
    "smoothup", "squeeze-h", "squeeze-v", "squeezeh", "squeezev", "vdslice", "vdwind", "vertclose",
    "vertical-close", "vertical-open", "vertopen", "vuslice", "vuwind", "wind-down", "wind-left", "wind-right",
    "wind-up", "wipe-bottom-left", "wipe-bottom-right", "wipe-down", "wipe-left", "wipe-right", "wipe-top-left",
    "wipe-top-right", "wipe-up", "wipebl", "wipebr", "wipedown", "wipeleft", "wiperight", "wipetl", "wipetr",
    "wipeup", "zoom-in", "zoomin",
)  # fmt: skip
"""Names of transitions; `reel.compose.transitions` makes them."""

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
    def pixels(self) -> int:
        return self.width * self.height


def canvas_size(aspect: Aspect, resolution: Resolution) -> tuple[int, int]:
    """Width and height in pixels: the short side as the resolution says, the long side to the nearest even number."""
    across, down = (int(part) for part in aspect.split(":"))
    short = SHORT_SIDE[resolution]
    long = 2 * round(Fraction(short * max(across, down), 2 * min(across, down)))
    return (long, short) if across > down else (short, long)


class NativeFormat(Value):
    """How pictures look that stay in their sources' own numbers: nothing is scaled, turned or mapped to other colours."""

    pixel_format: Literal["yuv420p", "yuv420p10le"]
    colour: Colour


KEPT_PRESET = "veryfast"
"""x265's, for the edges of cuts: they are few frames, and it takes about half the time of `fast` at the same quality."""


class VideoEncoder(Value):
    """Settings of the picture's encoder: constant quality under a cap (see `capped_crf`)."""

    codec: Literal["h264", "hevc"] = "h264"
    kept: NativeFormat | None = None
    """Null: 4:2:0 of 8 bits, BT.709 in limited range."""
    preset: str = "fast"
    tune: Literal["fastdecode"] | None = None
    crf: float
    max_bits_per_second: int
    """Cap of the mean over `buffer_bits`; a decoder's buffer of that size never runs dry (VBV)."""
    buffer_bits: int
    cuttable: bool = False
    """Whether what is encoded can be cut at any key frame, and ended anywhere, by copying: groups of pictures are of one
    length, and no frame is decoded after a later one (no B-frames)."""
    keyframe_seconds: Rational = Fraction(2)
    """Longest distance between key frames: what HLS advises (RFC 8216 bis, Apple's authoring rules), for quick seeking."""
    threads: int = 5
    """Frame threads of the encoder. Fixed, not the machine's cores: x264's output depends on it, and a key must not. One more
    than the four cores of a small worker, because threads wait for one another: alone on four cores, it is done a tenth sooner
    than with four, with no more processor time. Short segments have fewer (see `for_frames`)."""


class AudioEncoder(Value):
    """Settings of the sound's encoder."""

    codec: Literal["aac"] = "aac"
    bits_per_second: int = 128_000
    cutoff: int = 20_000
    """Hertz; what is above is left out."""


REFERENCE_CRF = 21.5
"""What 2,500 kbit/s at 1080x1920, 30 fps stands for: on the mixed clips of `bench/`, its VMAF is not below that of an
average-bitrate encode of that budget, in the mean and at the 5th percentile, at little more than half the bytes."""

REFERENCE_BITS_PER_PIXEL = 2_500_000 / (1080 * 1920 * 30)


def capped_crf(bits_per_second: int, canvas: Canvas) -> VideoEncoder:
    """Encoder settings that keep a budget of bits by constant quality under a cap.

    An equal bitrate for every segment starves hard segments and feeds easy ones; constant quality moves bits to where they
    are needed, also between segments that are encoded on different machines. The quality follows the budget: six steps of
    CRF halve x264's bitrate (x264's rate control doubles its quantiser every six steps), so twice the bits per pixel are
    worth six steps less. The cap is twice the budget, over two seconds of it.
    """
    bits_per_pixel = bits_per_second / (canvas.pixels * float(canvas.rate))
    crf = REFERENCE_CRF - 6 * math.log2(bits_per_pixel / REFERENCE_BITS_PER_PIXEL)
    return VideoEncoder(
        crf=round(min(max(crf, 16.0), 34.0), 1),
        max_bits_per_second=2 * bits_per_second,
        buffer_bits=4 * bits_per_second,
    )


FRAMES_AHEAD = 37
"""x264 begins to encode when it has seen so many frames (preset `fast`: 30 of lookahead, 3 B-frames, its threads). A shorter
segment is read or composed to its end, on one processor, before it is encoded."""

THREADS_OF_SHORT = 2
"""For a segment that is shorter than that. Several of them are made at a time, often beside a long one that all wait for, which
five threads of theirs would keep waiting."""


def for_frames(encoder: VideoEncoder, frames: int) -> VideoEncoder:
    """The same quality for a segment of so many frames: a short one is encoded by fewer threads."""
    return encoder if frames > FRAMES_AHEAD else encoder.model_copy(update={"threads": THREADS_OF_SHORT})


GROUP_SECONDS = Fraction(1, 2)
"""About how far apart the key frames of a mezzanine are. Measured at 1080p (docs/multicam.md): the file is 11 to 15 % larger
than with key frames every two seconds, and the edge of a cut has seven frames on the average."""


def group_frames(rate: Fraction) -> int:
    """How many frames a group of pictures has, of which mezzanines are made."""
    return max(1, round(GROUP_SECONDS * rate))


def for_cutting(encoder: VideoEncoder, rate: Fraction) -> VideoEncoder:
    """The same quality in groups of pictures that can be cut."""
    return encoder.model_copy(update={"cuttable": True, "keyframe_seconds": group_frames(rate) / rate})
