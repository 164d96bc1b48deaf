"""Reading back segments and soundtracks that were made, decoded to their end, and holding them against the plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from reel.codecs import VIDEO_CODECS
from reel.codecs.nal import Coding
from reel.errors import Internal
from reel.media import Colour
from reel.packets.expecting import expect, opened, ticks_at
from reel.packets.hearing import Ear
from reel.packets.lock import LOOP_LOCK
from reel.packets.picture import colour_of
from reel.packets.planes import pixels_of
from reel.packets.prints import Print, Printer
from reel.packets.undecoded import open_undecoded
from reel.packets.units import units
from reel.packets.writing import stream_codec
from reel.presets import Canvas, Size, VideoEncoder
from reel.time import SAMPLE_RATE

if TYPE_CHECKING:
    from reel.frame_stats import PartStats

BLACK_LUMA, BLACK_PIXELS = 38, 0.98
"""A frame is black when 98 % of its pixels have at most this luma (limited range), the defaults of FFmpeg's blackdetect..."""
NEUTRAL, GREYISH = 128, 16
"""...and 98 % of each of its planes of colour are no farther from grey. Navy is 56 from it."""
LOOKED_AT = 8
"""Rows and columns of a frame that are looked at at least."""

SAMPLES_PER_SUM = 1 << 18
"""Samples that are summed at a time: summing each frame by itself takes longer than decoding it."""


@dataclass(frozen=True)
class SegmentMeasure:
    """What a decoded segment showed."""

    frames: int
    black: list[tuple[int, int]]
    """Where it is black: stretches of frames, half-open."""
    delay: int
    """By how many frames the first frame is decoded before it is shown (B-frames need it)."""
    prints: Mapping[int, Print] = field(default_factory=dict)
    """Of the frames that were to be kept, by their number."""
    stats: PartStats | None = None
    """Where all frames were measured, too (`reel.packets.stats`)."""

    @property
    def is_black(self) -> bool:
        """Whether nothing else is seen."""
        return self.black == [(0, self.frames)]


def check_segment(
    path: Path,
    canvas: Canvas,
    frames: int,
    place: str,
    encoder: VideoEncoder,
    *,
    copied: bool = False,
    threads: int = 1,
    keep: Collection[int] = (),
    print_size: Size = (1, 1),
    see: Callable[[av.VideoFrame], None] | None = None,
) -> SegmentMeasure:
    """Decode a segment of picture to its end. More than one thread takes a fifth more processor time. `keep` are the frames of
    which prints of a size are kept; `see` is shown all frames.

    Of H.264 and H.265, frames that no other is predicted from, about half, are decoded only if kept, seen or copied, or where
    the picture turns black: an encoder's fault in one of them spoils that frame alone, and they take two fifths of the time.

    Raises `Internal` unless it is of the encoder's codec and holds exactly `frames` frames of the canvas's size, evenly spaced,
    the first a key frame, which look as the encoder was to make them, in its groups of pictures. Where there are `copied` ones
    among them, they have groups of their own, and say what their colours are only where those were to be kept.
    """
    look = _asked_look(encoder)
    keys = keyframe_numbers(path, canvas, place)
    expect(place, "key frame first", keys[:1], [0])
    printer, prints, wanted = Printer(print_size), dict[int, Print](), frozenset(keep)
    looked_at = frozenset(keys if encoder.kept or not copied else ())
    black = dict[int, bool]()
    with opened(path, place) as source:
        expect(place, "streams", [stream.type for stream in source.streams], ["video"])
        stream = source.streams.video[0]
        expect(place, "codec", stream_codec(stream), VIDEO_CODECS[encoder.codec].stream)
        assert stream.time_base is not None
        numbers = {ticks_at(number / canvas.rate, stream.time_base): number for number in range(frames)}
        coding = None if copied or see else VIDEO_CODECS[encoder.codec].units
        packets = _Packets(source, coding, frozenset(time for time, number in numbers.items() if number in wanted))
        for frame in _decoded(place, packets, _decoder(stream, encoder, threads)):
            assert frame.pts is not None
            number = numbers.get(frame.pts, -1)
            if number < 0:
                seconds = float(frame.pts * stream.time_base)
                raise Internal.at(place, f"shows a frame at {seconds:g} s, where none should be", "report this")
            if not black:
                expect(place, "size", (frame.width, frame.height), (canvas.width, canvas.height))
            if number in looked_at:
                expect(place, f"look of frame {number}", (frame.format.name, Colour(**colour_of(frame))), look)
            black[number] = is_black(frame)
            if number in wanted:
                prints[number] = printer.print_of(frame)
            if see:
                see(frame)
    expect(place, "frames", len(packets.times), frames)
    for number, (found, expected) in enumerate(zip(sorted(packets.times), numbers, strict=True)):
        expect(place, f"time of frame {number}", found, expected)
    expect(place, "decoded frames", len(black), frames - packets.left_out)
    if packets.left_out and 0 < sum(black.values()) < len(black):
        # Where it turns black, or is no longer, may lie among those that were left out: all are looked at.
        return check_segment(
            path,
            canvas,
            frames,
            place,
            encoder,
            threads=threads,
            keep=keep,
            print_size=print_size,
            see=lambda _: None,
        )
    if not copied:
        every = 1 if VIDEO_CODECS[encoder.codec].intra else encoder.group
        expect(place, "key frames", keys, list(range(0, frames, every)))
    return SegmentMeasure(frames, black_stretches(black), decode_delay(path, canvas, place), prints)


class _Packets:
    """Those of a segment that are to be decoded; of a coding of units, without those that nothing needs."""

    def __init__(self, source: InputContainer, coding: Coding | None, wanted: Collection[int]) -> None:
        self._source, self._coding, self._wanted = source, coding, wanted
        self.times: list[int] = []
        """Of all packets: when they are shown."""
        self.left_out = 0

    def __iter__(self) -> Iterator[av.Packet[Any] | None]:
        for packet in self._source.demux(video=0):
            if packet.pts is None:
                continue
            self.times.append(packet.pts)
            if self._is_needed(packet):
                yield packet
            else:
                self.left_out += 1
        yield None

    def _is_needed(self, packet: av.Packet[Any]) -> bool:
        coding = self._coding
        if coding is None or packet.pts in self._wanted:
            return True
        pictures = [unit for unit in units(bytes(packet)) if unit and coding.type_of(unit) in coding.pictures]
        return not pictures or any(map(coding.is_needed, pictures))


def black_stretches(black: Mapping[int, bool]) -> list[tuple[int, int]]:
    """Where a segment is black, in half-open stretches of frames, by the frames that were looked at; what lies between two of
    them that are black is so as well."""
    stretches: list[tuple[int, int]] = []
    before = -1
    for number in sorted(black):
        if black[number]:
            goes_on = stretches and stretches[-1][1] == before + 1
            stretches.append((stretches.pop()[0] if goes_on else number, number + 1))
        before = number
    return stretches


def _decoder(stream: av.VideoStream, encoder: VideoEncoder, threads: int) -> Any:
    """What decodes a segment: FFmpeg's own choice, but where that would drop alpha."""
    other = VIDEO_CODECS[encoder.codec].decoder_of_alpha if encoder.alpha else None
    decoder: Any = stream.codec_context
    if other:
        decoder = av.CodecContext.create(other, "r")
        # The container says them, not the stream.
        decoder.color_primaries = stream.codec_context.color_primaries
        decoder.color_trc = stream.codec_context.color_trc
    decoder.thread_type = "FRAME" if threads > 1 else "NONE"
    decoder.thread_count = threads
    # explode: damage is an error. The loop filter is a fifth of the time, and stays: what is predicted from pictures that it
    # did not pass over strays, by 29 levels after 52 frames of film grain under a low cap, and what is kept for proofs with it.
    decoder.options = {"err_detect": "explode"}
    return decoder


BT709 = Colour(matrix="bt709", primaries="bt709", transfer="bt709")


def _asked_look(encoder: VideoEncoder) -> tuple[str, Colour]:
    pixels = VIDEO_CODECS[encoder.codec].decoded.get(encoder.pixel_format, encoder.pixel_format)
    return pixels, encoder.kept.colour if encoder.kept else BT709


def count_frames(path: Path, place: str) -> int:
    """How many frames a segment holds, by its packets."""
    with opened(path, place, open_undecoded) as source:
        return sum(1 for packet in source.demux(video=0) if packet.dts is not None)


def keyframe_numbers(path: Path, canvas: Canvas, place: str) -> list[int]:
    """The numbers, as shown, of the key frames of a segment."""
    with opened(path, place, open_undecoded) as source:
        stream = source.streams.video[0]
        times = [packet.pts for packet in source.demux(stream) if packet.is_keyframe and packet.pts is not None]
        assert stream.time_base is not None
        return [round(time * stream.time_base * canvas.rate) for time in sorted(times)]


def decode_delay(path: Path, canvas: Canvas, place: str) -> int:
    """By how many frames a segment's first frame is decoded before it is shown."""
    with opened(path, place, open_undecoded) as source:
        first = next(source.demux(video=0))
        assert first.pts is not None and first.dts is not None and first.time_base is not None
        return round((first.pts - first.dts) * first.time_base * canvas.rate)


def _decoded(place: str, packets: Iterable[av.Packet[Any] | None], decoder: Any) -> Iterator[av.VideoFrame]:
    try:
        for packet in packets:
            yield from decoder.decode(packet)
    except av.FFmpegError as error:
        raise Internal.at(place, f"does not decode to its end: {error}", "report this") from error


def is_black(frame: av.VideoFrame) -> bool:
    """Whether a frame (planes of 8 or 10 bits, luma in the first) is black: dark, and of no colour.

    Every 16th pixel each way is looked at, of small ones more: three columns of a preview that is 36 pixels wide may all be in
    what is dark of it. All are where these are black, as in a pattern of pixels they may be of one colour.
    """
    bits = frame.format.components[0].bits
    scale, luma = bits - 8, pixels_of(frame.planes[0], bits)
    step = max(1, min(16, min(frame.width, frame.height) // LOOKED_AT))
    if not all(_mostly(part <= BLACK_LUMA << scale) for part in (luma[::step, ::step], luma)):
        return False
    colours = (pixels_of(frame.planes[each.plane], bits) for each in frame.format.components if each.is_chroma)
    least, most = (NEUTRAL - GREYISH) << scale, (NEUTRAL + GREYISH) << scale
    return all(_mostly((colour >= least) & (colour <= most)) for colour in colours)


def _mostly(pixels: npt.NDArray[np.bool_]) -> bool:
    return bool(pixels.mean() >= BLACK_PIXELS)


def measure_sound(path: Path, place: str) -> Ear:
    """Decode an encoded soundtrack to its end and listen to it, without the padding before and after it."""
    with LOOP_LOCK, opened(path, place) as source:
        stream = source.streams.audio[0]
        assert stream.duration is not None and stream.time_base is not None
        expect(place, "sample rate", stream.rate, SAMPLE_RATE)
        expect(place, "channels", stream.codec_context.channels, 2)
        length = int(stream.duration * stream.time_base * SAMPLE_RATE)
        ear = Ear(length)
        for frame in _gathered(_in_floats(source.decode(stream))):
            block = frame.to_ndarray()[:, : max(0, length - ear.samples)].astype(np.float32, copy=False)
            ear.hear(block.T)
    return ear


def _in_floats(frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """The same sound in planes of floats, full scale 1, which lossy codecs decode to anyway."""
    resampler = av.AudioResampler("fltp")
    for frame in frames:
        yield from [frame] if frame.format.name == "fltp" else resampler.resample(frame)


def _gathered(frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """The same sound in longer frames."""
    waiting = av.AudioFifo()
    for frame in frames:
        frame.pts = None  # it is read in order, and gaps are not of interest here
        waiting.write(frame)
        if waiting.samples >= SAMPLES_PER_SUM and (gathered := waiting.read()):
            yield gathered
    if gathered := waiting.read():
        yield gathered
