"""Reading back what was made, and holding it against the plan. Every failed check is an error with the numbers in it.

A segment is decoded to its last frame. A joined video need not be decoded again: its packets are proven to be the packets of
its segments, bit for bit and in order, behind the same codec parameters; every segment begins with a key frame and refers to
nothing outside itself; so it decodes to the same frames. Only its time stamps are new, and all of them are read.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from reel.errors import Internal
from reel.media import Colour
from reel.packets.hearing import Ear
from reel.packets.join import Joined, Packet
from reel.packets.lock import LOOP_LOCK
from reel.packets.picture import picture
from reel.packets.prints import Print, Printer
from reel.packets.undecoded import open_undecoded
from reel.presets import Canvas, NativeFormat
from reel.time import SAMPLE_RATE

BLACK_LUMA, BLACK_PIXELS = 38, 0.98
"""A frame is black when 98 % of its pixels have at most this luma (limited range): the defaults of FFmpeg's blackdetect."""

FRAMES_PER_LOOK = 12
"""Every twelfth frame is looked at for black: enough for a stretch that a viewer would notice."""

SAMPLES_PER_SUM = 1 << 18
"""Samples that are summed at a time: summing each frame by itself takes longer than decoding it."""

AAC_FRAME = 1024
"""Samples of an AAC packet (ISO/IEC 14496-3)."""


@dataclass(frozen=True)
class SegmentMeasure:
    """What a decoded segment showed."""

    frames: int
    black: list[int]
    """Numbers of the frames that are black, of those looked at."""
    black_share: float
    """Which share they are."""
    delay: int
    """By how many frames the first frame is decoded before it is shown (B-frames need it)."""
    prints: Mapping[int, Print] = field(default_factory=dict)
    """Of the frames that were to be kept, by their number."""


def check_segment(
    path: Path,
    canvas: Canvas,
    frames: int,
    place: str,
    kept: NativeFormat | None = None,
    threads: int = 1,
    keep: Collection[int] = (),
) -> SegmentMeasure:
    """Decode a segment of picture to its end. More than one thread takes a fifth more processor time. `keep` are the frames of
    which prints are kept.

    Raises `Internal` unless it holds exactly `frames` frames of the canvas's size, evenly spaced, the first a key frame;
    and, where they are `kept` as they were, unless all key frames look so.
    """
    with _opened(path, place) as source:
        _expect(place, "streams", [stream.type for stream in source.streams], ["video"])
        stream = source.streams.video[0]
        stream.codec_context.thread_type = "FRAME" if threads > 1 else "NONE"
        stream.codec_context.thread_count = threads
        # explode: damage is an error. Without the loop filter, which reads nothing from the file, edges look harder and a
        # quarter of the time is saved.
        stream.codec_context.options = {"err_detect": "explode", "skip_loop_filter": "all"}
        black: list[int] = []
        count = 0
        printer, prints, wanted = Printer(canvas), dict[int, Print](), frozenset(keep)
        for frame in _decoded(place, source):
            if count == 0:
                _expect(place, "key frame first", frame.key_frame, True)
                _expect(place, "size", (frame.width, frame.height), (canvas.width, canvas.height))
            assert frame.pts is not None and frame.time_base is not None
            _expect(place, f"time of frame {count}", frame.pts * frame.time_base, count / canvas.rate)
            if kept and frame.key_frame:
                _expect(place, f"look of frame {count}", _look(frame), (kept.pixel_format, kept.colour))
            if count % FRAMES_PER_LOOK == 0 and is_black(frame):
                black.append(count)
            if count in wanted:
                prints[count] = printer.print_of(frame)
            count += 1
    _expect(place, "frames", count, frames)
    looks = math.ceil(count / FRAMES_PER_LOOK)
    return SegmentMeasure(count, black, round(len(black) / looks, 4), decode_delay(path, place), prints)


def _look(frame: av.VideoFrame) -> tuple[str, Colour]:
    found = picture(frame, "hevc")
    return found["pixel_format"], Colour(**found["colour"])


def count_frames(path: Path, place: str) -> int:
    """How many frames a segment holds, by its packets."""
    with _opened(path, place, open_undecoded) as source:
        return sum(1 for packet in source.demux(video=0) if packet.dts is not None)


def keyframe_numbers(path: Path, place: str) -> list[int]:
    """The numbers, as shown, of the key frames of a segment."""
    with _opened(path, place, open_undecoded) as source:
        stream = source.streams.video[0]
        times = [packet.pts for packet in source.demux(stream) if packet.is_keyframe and packet.pts is not None]
        assert stream.time_base is not None and stream.average_rate is not None
        return [round(time * stream.time_base * stream.average_rate) for time in sorted(times)]


def decode_delay(path: Path, place: str) -> int:
    """By how many frames a segment's first frame is decoded before it is shown."""
    with _opened(path, place, open_undecoded) as source:
        stream = source.streams.video[0]
        first = next(source.demux(stream))
        assert first.pts is not None and first.dts is not None and first.time_base is not None
        assert stream.average_rate is not None
        return round((first.pts - first.dts) * first.time_base * stream.average_rate)


def _decoded(place: str, source: InputContainer) -> Iterator[av.VideoFrame]:
    try:
        yield from source.decode(video=0)
    except av.FFmpegError as error:
        raise Internal.at(place, f"does not decode to its end: {error}", "report this") from error


def is_black(frame: av.VideoFrame) -> bool:
    """Whether a frame (8 or 10 bits, luma in its first plane) is black; every 16th pixel each way is looked at."""
    plane, luma = frame.planes[0], frame.format.components[0]
    dtype = np.dtype("<u2" if luma.bits > 8 else "u1")
    values = np.frombuffer(memoryview(plane), dtype).reshape(-1, plane.line_size // dtype.itemsize)
    sample = values[: frame.height : 16, : frame.width : 16]
    return bool((sample <= BLACK_LUMA << (luma.bits - 8)).mean() >= BLACK_PIXELS)


def measure_sound(path: Path, place: str) -> Ear:
    """Decode an encoded soundtrack to its end and listen to it, without the padding before and after it."""
    with LOOP_LOCK, _opened(path, place) as source:
        stream = source.streams.audio[0]
        assert stream.duration is not None and stream.time_base is not None
        _expect(place, "sample rate", stream.rate, SAMPLE_RATE)
        _expect(place, "channels", stream.codec_context.channels, 2)
        length = int(stream.duration * stream.time_base * SAMPLE_RATE)
        ear = Ear(length)
        for frame in _gathered(source.decode(stream)):
            block = frame.to_ndarray()[:, : max(0, length - ear.samples)].astype(np.float32, copy=False)
            ear.hear(block.T)
    return ear


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


def check_joined(path: Path, canvas: Canvas, frames: int, samples: int, parts: Joined, place: str) -> None:
    """Read a joined video back, packet by packet.

    Raises `Internal` unless it holds exactly the packets of its parts, at the right times: picture and sound begin
    together at 0, frames are evenly spaced, decoding times rise, and the sound is as long as the plan says.
    """
    with LOOP_LOCK, _opened(path, place, open_undecoded) as source:
        _expect(place, "streams", [stream.type for stream in source.streams], ["video", "audio"])
        video, audio = source.streams.video[0], source.streams.audio[0]
        _expect(place, "size", (video.width, video.height), (canvas.width, canvas.height))
        assert audio.duration is not None and audio.time_base is not None
        _expect(place, "length of the sound in samples", audio.duration * audio.time_base * SAMPLE_RATE, samples)
        picture, sound = _Track(place, "picture", video.time_base), _Track(place, "sound", audio.time_base)
        for packet in source.demux(video, audio):
            if packet.dts is not None:
                (picture if packet.stream is video else sound).read(packet)
    _expect(place, "frames", len(picture.shown), frames)
    tick = picture.ticks(1 / canvas.rate)
    _expect(place, "times of the frames", sorted(picture.shown), [number * tick for number in range(frames)])
    step = sound.ticks(Fraction(AAC_FRAME, SAMPLE_RATE))
    _expect(place, "start of the sound", sound.shown[0] in (0, -step), True)
    steps = {later - earlier for earlier, later in pairwise(sound.shown)}
    _expect(place, "steps of the sound", steps <= {step}, True)
    _expect(place, "packets of the picture", picture.payload.hexdigest(), parts.picture_sha256)
    _expect(place, "packets of the sound", sound.payload.hexdigest(), parts.sound_sha256)


class _Track:
    """Collects what the packets of one stream say, in ticks of its clock."""

    def __init__(self, place: str, name: str, time_base: Fraction | None) -> None:
        assert time_base is not None
        self.place = place
        self.name = name
        self.time_base = time_base
        self.shown: list[int] = []
        self.payload = hashlib.sha256()
        self._last = -(2**63)

    def ticks(self, seconds: Fraction) -> int:
        """A time in ticks of the clock, which must hold it exactly."""
        ticks = seconds / self.time_base
        _expect(self.place, f"clock of the {self.name}", ticks.denominator, 1)
        return ticks.numerator

    def read(self, packet: Packet) -> None:
        assert packet.pts is not None and packet.dts is not None
        if packet.dts <= self._last or packet.is_corrupt:
            number = len(self.shown)
            raise Internal.at(self.place, f"packet {number} of the {self.name} is damaged or out of order")
        self._last = packet.dts
        self.shown.append(packet.pts)
        self.payload.update(packet)


def _opened(path: Path, place: str, opener: Callable[[Path], InputContainer] = av.open) -> InputContainer:
    try:
        return opener(path)
    except av.FFmpegError as error:
        raise Internal.at(place, f"cannot be read back: {error}", "report this") from error


def _expect(place: str, what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Internal.at(place, f"{what}: expected {_brief(expected)}, found {_brief(found)}", "report this")


def _brief(value: object) -> str:
    text = f"{float(value):.6f}" if isinstance(value, Fraction) else str(value)
    return text if len(text) <= 120 else f"{text[:120]}..."
