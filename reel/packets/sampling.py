"""Single frames out of files that nobody vouches for. Runs in the child of `samples_reader`.

A frame is found by its time stamp alone: the last one that begins before a moment. Nothing is counted, and nothing is resampled
in time, so that what is made by counting and resampling can be held against it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.video.reformatter import Colorspace, VideoReformatter

from reel.confinement.files import url_of

READ_ON_SECONDS, READ_ON_FRAMES = 2, 4
"""A moment so little later than the last one is read on to, unless the file's index tells of a key frame in between that spares
more frames than a decoder takes in before it hands out the first; for others a key frame is sought."""

KEEPING_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that keep the transparency which FFmpeg's own leave out."""

ALWAYS_FULL = ("gray", "ya8", "ya16")
"""Formats of which FFmpeg's scaler takes luma as full range (`handle_jpeg` in libswscale)."""

Timed = tuple[Fraction, Any]
"""A frame with its time."""


def frames_of(order: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """The reply for the frames of one file, and their planes."""
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
    same_range = "JPEG" if form.name.startswith(ALWAYS_FULL) else "MPEG"
    small = scaler.reformat(
        frame,
        min(width, frame.width),
        min(height, frame.height),
        target,
        interpolation="AREA",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        # Grey is taken as full range, whatever is said here: as long as both are alike, no number changes.
        src_color_range=same_range,
        dst_color_range=same_range,
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
        if not (self._held and self._is_near(self._held[0], moment)):
            self._seek(moment)
        found = self._read_to(moment)
        if found is None and self._sought:
            self._reopen()
            found = self._read_to(moment)
        first = found or self._next
        if first is None:
            raise ValueError("no frame could be decoded")
        return first

    def _is_near(self, held: Fraction, moment: Fraction) -> bool:
        if not held < moment < held + READ_ON_SECONDS:
            return False
        index, tick = self._stream.index_entries, self._stream.time_base
        # The key frame at or before it; -1: none that is known.
        place = index.search_timestamp(math.ceil(moment / tick) - 1)
        return place < 0 or bool(index[place].timestamp * tick <= held + READ_ON_FRAMES / self._rate)

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
            stamped = not self._order["counted"] and frame.pts is not None and frame.time_base is not None
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
    container: Any = av.open(url_of(order["fd"]), format=order["demuxer"].split(",")[0], metadata_errors="replace")
    return container, container.streams[order["stream"]]


def packets_of(container: Any, stream: Any) -> Iterator[Any]:
    """All packets, up to where a file that is cut off or damaged cannot be read on: facts are of no more."""
    try:
        yield from container.demux(stream)
    except (av.FFmpegError, IndexError):  # of streams that begin in the middle of MPEG-TS, PyAV 18 knows nothing
        return


def _decoded(container: Any, stream: Any, order: dict[str, Any]) -> Iterator[Any]:
    """All frames, but those that cannot be decoded."""
    coder: Any = None
    if order["alpha"] and (name := KEEPING_ALPHA.get(stream.codec_context.codec.canonical_name)):
        coder = av.CodecContext.create(name, "r")
        coder.extradata = stream.codec_context.extradata
    for packet in packets_of(container, stream):
        try:
            frames = coder.decode(packet if packet.size else None) if coder else packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            if coder and frame.time_base is None:
                frame.time_base = stream.time_base
            yield frame
