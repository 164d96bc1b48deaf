"""Small pictures of frames of our own segments: what a proof compares, kept while a segment is read back, so that it costs next
to nothing.

    prints of a segment:  one line of JSON [numbers, height, width], then the planes of all frames, deflated
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.reformatter import Colorspace, VideoReformatter

from reel.codecs import VIDEO_CODECS_BY_STREAM
from reel.errors import Internal
from reel.packets.planes import pixels_of
from reel.packets.samples import FrameQuery, take_frames
from reel.plan.operations.proofs import ProofSource
from reel.presets import Canvas, Size

PRINT_FILE = "prints"
"""Beside the segment. `print` was made without the loop filter, and is not read: frames are decoded anew."""

PRINT_SIDE = 240
"""Pixels of the short side. Of 1080, two ninths: what blurs a frame in coding is averaged out, and a caption is still seen."""

Print = npt.NDArray[np.uint8]
"""Shape (3, height, width): Y', Cb and Cr in limited range, chroma at full size."""


def print_scale(canvas: Canvas, frame: Size) -> float:
    """Pixels of a print for one of its canvas, per side, where the frames of the file are of another size: none is enlarged."""
    return min(PRINT_SIDE, *frame, canvas.width, canvas.height) / min(canvas.width, canvas.height)


def print_size(canvas: Canvas, frame: Size) -> Size:
    """Width and height of the prints of such frames: of their canvas's shape, whatever theirs was rounded to."""
    scale = print_scale(canvas, frame)
    return max(1, round(canvas.width * scale)), max(1, round(canvas.height * scale))


@dataclass
class Printer:
    """Makes prints of a size, of frames that are all of one."""

    size: Size

    def __post_init__(self) -> None:
        self._scaler = VideoReformatter()

    def print_of(self, frame: av.VideoFrame) -> Print:
        width, height = self.size
        small = self._scaler.reformat(
            frame,
            width,
            height,
            "yuv444p",
            # Averages over areas. The numbers keep their meaning: no other matrix, no other range.
            interpolation="AREA",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range="MPEG",
            dst_color_range="MPEG",
            threads=1,
        )
        return np.stack([pixels_of(plane) for plane in small.planes])


def write_prints(path: Path, prints: Mapping[int, Print]) -> None:
    """Keep prints in a file."""
    numbers = sorted(prints)
    stacked = np.stack([prints[number] for number in numbers])
    head = json.dumps([numbers, *stacked.shape[2:]]).encode()
    # Level 1: half the bytes for a millisecond each; more would halve nothing again.
    path.write_bytes(head + b"\n" + zlib.compress(stacked.tobytes(), 1))


def read_prints(path: Path) -> dict[int, Print]:
    """The prints of a file, by the number of their frame."""
    head, _, data = path.read_bytes().partition(b"\n")
    numbers, height, width = json.loads(head)
    stacked = np.frombuffer(zlib.decompress(data), np.uint8).reshape(len(numbers), 3, height, width)
    return dict(zip(numbers, stacked, strict=True))


def decoded_prints(path: Path, rate: Fraction, size: Size, wanted: Collection[int], place: str) -> dict[int, Print]:
    """Prints of a size of frames of a segment, decoded for them, each from the key frame before it on."""
    printer, found = Printer(size), dict[int, Print]()
    for number, frame in _numbered(path, rate, sorted(wanted)):
        found[number] = printer.print_of(frame)
    if missing := set(wanted) - found.keys():
        raise Internal.at(place, f"frame {min(missing)} cannot be decoded", "report this")
    return found


NEAR_FRAMES = 60
"""A frame so little later than the last is read on to: key frames are no farther apart than two seconds."""


def _numbered(path: Path, rate: Fraction, wanted: list[int]) -> Iterator[tuple[int, av.VideoFrame]]:
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        stream.thread_type = "NONE"
        assert stream.time_base is not None
        tick = stream.time_base
        at, frames = -NEAR_FRAMES, iter(list[av.VideoFrame]())
        for number in wanted:
            if not at <= number < at + NEAR_FRAMES:
                source.seek(int(number / rate / tick), stream=stream)
                frames = source.decode(stream)
            for frame in frames:
                assert frame.pts is not None
                at = round(frame.pts * tick * rate)
                if at >= number:
                    break
            else:
                return
            if at == number:
                yield number, frame


def transparent_prints(
    path: Path, rate: Fraction, size: Size, wanted: Collection[int], ground: int, place: str
) -> dict[int, Print]:
    """Prints of frames of a segment with alpha, laid on a grey ground of that luma. All are decoded, up to the last of them."""
    printer, found = Printer(size), dict[int, Print]()
    with av.open(str(path)) as source:
        for number, frame in enumerate(_with_alpha(source)):
            if number in wanted:
                found[number] = printer.print_of(_laid_on(frame, ground))
            if len(found) == len(wanted):
                break
    if missing := set(wanted) - found.keys():
        raise Internal.at(place, f"frame {min(missing)} cannot be decoded", "report this")
    return found


def _with_alpha(source: InputContainer) -> Iterator[av.VideoFrame]:
    stream = source.streams.video[0]
    codec = VIDEO_CODECS_BY_STREAM[stream.codec_context.codec.canonical_name]
    decoder: Any = av.CodecContext.create(codec.decoder_of_alpha, "r") if codec.decoder_of_alpha else None
    for packet in source.demux(stream):
        yield from decoder.decode(packet if packet.size else None) if decoder else packet.decode()


def _laid_on(frame: av.VideoFrame, ground: int) -> av.VideoFrame:
    """A frame with straight alpha on a ground, in the numbers that it has."""
    straight = VideoReformatter().reformat(
        frame,
        format="yuva444p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range="MPEG",
        dst_color_range="MPEG",
    )
    y, u, v, alpha = (pixels_of(plane).astype(np.float32) for plane in straight.planes)
    share = alpha / 255
    laid = [level * share + under * (1 - share) for level, under in ((y, ground), (u, 128), (v, 128))]
    return av.VideoFrame.from_ndarray(np.rint(np.stack(laid)).astype(np.uint8), format="yuv444p")


OWN = ProofSource(
    asset="", demuxer="mov,mp4,m4a,3gp,3g2,mj2", stream=0, codec="", size=(0, 0), start=Fraction(0), zero=Fraction(0)
)
"""How a segment of ours is read."""


def decoded_apart(path: Path, rate: Fraction, size: Size, wanted: Collection[int], place: str) -> dict[int, Print]:
    """Prints of frames of a segment in which there are packets of others, decoded in a child process."""
    numbers = sorted(wanted)
    source = OWN.model_copy(update={"rate": rate})
    # Half a frame later, so that it is the last one to begin before.
    moments = tuple((number + Fraction(1, 2)) / rate for number in numbers)
    (taken,) = take_frames([FrameQuery(path, source, moments, size, seekable=True)], place)
    return {
        number: np.stack(
            [(plane >> 8 if plane.dtype == np.uint16 else plane).astype(np.uint8) for plane in frame.planes]
        )
        for number, frame in zip(numbers, taken.frames, strict=True)
    }
