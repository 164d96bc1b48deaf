"""Single frames and stretches of sound out of files that nobody vouches for. Runs in the child of `samples_reader`.

A frame is found by its time stamp alone: the last one that begins before a moment. Nothing is counted, and nothing is resampled
in time, so that what is made by counting and resampling can be held against it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, pairwise
from typing import Any

import av
import av.filter
from av.video.reformatter import Colorspace, VideoReformatter

READ_ON_SECONDS = 2
"""A moment so little later than the last one is read on to; for others a key frame is sought."""

KEEPING_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that keep the transparency which FFmpeg's own leave out."""

PREROLL_SECONDS = Fraction(1, 5)
"""Sound is read so much before what is wanted: decoders of lossy sound need some packets until they are right."""

GAP_SECONDS = Fraction(1, 10)
"""Samples are counted, as time stamps of sound are rounded and may drift, up to a gap of that length."""

Timed = tuple[Fraction, Any]
"""A frame with its time."""


def samples_of(files: list[dict[str, Any]]) -> tuple[list[Any], list[bytes]]:
    """For each file a reply, and the bytes that the replies speak of, one after another.

    Of a picture the reply is a list with, for each moment, the number of a frame; and a list of frames: format, width, height,
    time, and for each plane its bytes and bytes per line. Of sound: for each begin, time, channels and samples of each block.
    """
    replies: list[Any] = []
    data: list[bytes] = []
    for order in files:
        reply, found = _frames(order) if "moments" in order else _sounds(order)
        replies.append(reply)
        data += found
    return replies, data


def _frames(order: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    frames: list[dict[str, Any]] = []
    data: list[bytes] = []
    numbers: dict[Fraction, int] = {}
    places: list[int] = []
    with _Reading(order) as reading:
        for moment in map(Fraction, order["moments"]):
            time, frame = reading.before(moment)
            if time not in numbers:
                numbers[time] = len(frames)
                small, planes = _small(frame, order, reading.scaler)
                frames.append(small | {"time": str(time)})
                data += planes
            places.append(numbers[time])
        begin = str(reading.begin) if reading.begin is not None else None
    return {"places": places, "frames": frames, "begin": begin}, data


def _small(frame: Any, order: dict[str, Any], scaler: VideoReformatter) -> tuple[dict[str, Any], list[bytes]]:
    """A frame, scaled down by averaging, in planes at full chroma. Its numbers keep their meaning: no matrix, no range."""
    width, height = order["size"]
    form = frame.format
    deep = max((part.bits for part in form.components), default=8) > 8
    if form.is_rgb or form.name.startswith("pal"):
        target = "gbrap" if order["alpha"] else "gbrp"
    elif order["alpha"]:
        target = "yuva444p"
    else:
        target = "yuv444p16le" if deep else ("yuvj444p" if form.name.startswith("yuvj") else "yuv444p")
    small = scaler.reformat(
        frame,
        min(width, frame.width),
        min(height, frame.height),
        target,
        interpolation="AREA",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range="MPEG",
        dst_color_range="MPEG",
        threads=1,
    )
    planes = [bytes(plane) for plane in small.planes]
    lines = [[len(plane), part.line_size] for plane, part in zip(planes, small.planes, strict=True)]
    return {"format": target, "width": small.width, "height": small.height, "planes": lines}, planes


class _Reading:
    """A stream of pictures, read in the order of its moments."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._start, self._rate = Fraction(order["start"]), Fraction(order["rate"])
        self.scaler = VideoReformatter()
        self._held: Timed | None = None
        self._next: Timed | None = None
        self._timed: Iterator[Timed] = iter(())
        self.begin: Fraction | None = None
        """When the file's first frame is shown, by its own time stamp."""
        self._open()

    def __enter__(self) -> _Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def before(self, moment: Fraction) -> Timed:
        """The last frame that begins before a moment, else the first."""
        held = self._held
        if not (held and held[0] < moment and moment - held[0] < READ_ON_SECONDS):
            self._seek(moment)
        found = self._read_to(moment)
        if found is None and self._sought:
            self._reopen()
            found = self._read_to(moment)
        first = found or self._next
        if first is None:
            raise ValueError("no frame could be decoded")
        return first

    def _read_to(self, moment: Fraction) -> Timed | None:
        while self._next is not None and self._next[0] < moment:
            self._held = self._next
            self._next = next(self._timed, None)
        return self._held

    def _seek(self, moment: Fraction) -> None:
        if not self._order["seekable"]:
            if self._held is not None:
                self._reopen()
            return
        tick = self._stream.time_base
        try:
            self._container.seek(math.ceil(moment / tick) - 1, stream=self._stream)
        except av.FFmpegError:
            self._reopen()
            return
        self._begin(sought=True)

    def _reopen(self) -> None:
        self._container.close()
        self._open()

    def _open(self) -> None:
        self._container, self._stream = opened(self._order)
        self._stream.thread_type, self._stream.codec_context.thread_count = "NONE", 1
        self._begin(sought=False)

    def _begin(self, *, sought: bool) -> None:
        self._sought = sought
        self._held = None
        self._timed = self._times()
        self._next = next(self._timed, None)

    def _times(self) -> Iterator[Timed]:
        """Frames with their times: of an even rate, on its grid. Those without a time stamp follow each other evenly."""
        due = None if self._sought else self._start
        for frame in _decoded(self._container, self._stream, self._order):
            stamped = frame.pts is not None and frame.time_base is not None
            time = frame.pts * Fraction(frame.time_base) if stamped else due
            if time is None:
                continue
            due = time + 1 / self._rate
            if self.begin is None:
                self.begin = time
            if self._order["even"]:
                time = (
                    self._start + Fraction(math.floor((time - self._start) * self._rate + Fraction(1, 2))) / self._rate
                )
            yield time, frame


def opened(order: dict[str, Any]) -> tuple[Any, Any]:
    """A file and its stream, read by the one reader that the facts name."""
    url = f"file:/proc/self/fd/{order['fd']}"
    container: Any = av.open(url, format=order["demuxer"].split(",")[0], metadata_errors="replace")
    return container, container.streams[order["stream"]]


def _decoded(container: Any, stream: Any, order: dict[str, Any]) -> Iterator[Any]:
    """All frames, but those that cannot be decoded."""
    coder: Any = None
    if order["alpha"] and (name := KEEPING_ALPHA.get(stream.codec_context.codec.canonical_name)):
        coder = av.CodecContext.create(name, "r")
        coder.extradata = stream.codec_context.extradata
    for packet in container.demux(stream):
        try:
            frames = coder.decode(packet if packet.size else None) if coder else packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            if coder and frame.time_base is None:
                frame.time_base = stream.time_base
            yield frame


def _sounds(order: dict[str, Any]) -> tuple[list[Any], list[bytes]]:
    """Stretches of sound, stereo and at 48 kHz, each with the time of its first sample."""
    reply: list[Any] = []
    data: list[bytes] = []
    for begin, samples in zip(map(Fraction, order["begins"]), order["samples"], strict=True):
        container, stream = opened(order)
        with container:
            blocks = list(_stretch(container, stream, begin, Fraction(samples, 48_000), whole=order["whole"]))
        reply.append([[str(time), len(block) // 8] for time, block in blocks])
        data += [block for _, block in blocks]
    return reply, data


def _stretch(
    container: Any, stream: Any, begin: Fraction, seconds: Fraction, *, whole: bool
) -> Iterator[tuple[Fraction, bytes]]:
    early = begin - PREROLL_SECONDS
    if early > 0 and not whole:
        try:
            container.seek(math.floor(early / stream.time_base), stream=stream)
        except av.FFmpegError:
            container.seek(0)
    mixer = None
    first: Fraction | None = None
    for frame in chain(_sound_frames(container, stream), (None,)):
        if frame is not None and mixer is None:
            first = frame.pts * Fraction(frame.time_base) if frame.pts is not None else None
            mixer = _Mixer(frame, stream)
        if mixer is None or first is None or first > begin + seconds:
            return
        if frame is not None and frame.pts is not None:
            due = frame.pts * Fraction(frame.time_base)
            first = due if abs(due - first) > GAP_SECONDS else first
        for part in mixer.mixed(frame):
            samples = part.samples
            block = bytes(part.planes[0])[: samples * 8]
            time, first = first, first + Fraction(samples, 48_000)
            if first > begin and time < begin + seconds:
                yield time, block


class _Mixer:
    """Brings sound to stereo at 48 kHz: one channel goes to both sides at full level, of more than two the sum of what goes to
    a side stays within full scale (ITU-R BS.775)."""

    def __init__(self, frame: Any, stream: Any) -> None:
        how = "pan=stereo|c0=c0|c1=c0" if frame.layout.nb_channels == 1 else "aresample=ochl=stereo:rematrix_maxval=1"
        self._graph = av.filter.Graph()
        nodes = [
            self._graph.add_abuffer(template=stream),
            self._graph.add(how.partition("=")[0], how.partition("=")[2]),
            self._graph.add("aresample", "48000"),
            self._graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo"),
            self._graph.add("abuffersink"),
        ]
        for one, other in pairwise(nodes):
            one.link_to(other)
        self._graph.configure()

    def mixed(self, frame: Any) -> Iterator[Any]:
        """What comes out after a frame, or at the end."""
        self._graph.push(frame)
        while True:
            try:
                yield self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return


def _sound_frames(container: Any, stream: Any) -> Iterator[Any]:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue
