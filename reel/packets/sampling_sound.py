"""Stretches of sound out of files that nobody vouches for. Runs in the child of `samples_reader`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, pairwise
from typing import Any

import av
import av.filter

from reel.packets.sampling import opened

PREROLL_SECONDS = Fraction(1, 5)
"""Sound is read so much before what is wanted: decoders of lossy sound need some packets until they are right."""

GAP_SECONDS = Fraction(1, 10)
"""Samples are counted, as time stamps of sound are rounded and may drift, up to a gap of that length."""


def decoded_sounds(order: dict[str, Any]) -> tuple[list[Any], list[bytes]]:
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
