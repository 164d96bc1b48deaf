"""Stretches of sound out of files that nobody vouches for. Runs in the child of `samples_reader`."""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, chain, pairwise
from statistics import median_low
from typing import Any

import av
import av.filter
from av.sidedata.sidedata import Type as SideData

from reel.packets.layouts import held
from reel.packets.sampling import opened, packets_of
from reel.stamps import FALSE_WITHIN, SOUND_GAP, STAMPLESS, TURNED_BACK

SAMPLE_RATE = 48_000
PREROLL_SECONDS = Fraction(1, 5)
"""Sound is read so much before what is wanted: decoders of lossy sound need some packets until they are right."""

SAMPLE_BYTES = 8
"""Of both channels."""


def decoded_sounds(order: dict[str, Any]) -> tuple[list[Any], list[bytes]]:
    """Stretches of sound, stereo and at 48 kHz, each with the time of its first sample."""
    reply: list[Any] = []
    data: list[bytes] = []
    for begin, samples in zip(map(Fraction, order["begins"]), order["samples"], strict=True):
        container, stream = opened(order)
        with container:
            if not order["whole"]:
                _sought(container, stream, begin - PREROLL_SECONDS)
            sound = _in_time(_sound_frames(container, stream), stamped=order["demuxer"] not in STAMPLESS)
            blocks = list(_stretch(sound, begin, begin + Fraction(samples, SAMPLE_RATE)))
        reply.append([[str(time), len(block) // SAMPLE_BYTES] for time, block in blocks])
        data += [block for _, block in blocks]
    return reply, data


def _sought(container: Any, stream: Any, moment: Fraction) -> None:
    if moment > 0:
        try:
            container.seek(math.floor(moment / stream.time_base), stream=stream)
        except av.FFmpegError:
            container.seek(0)


def _in_time(frames: Iterator[Any], *, stamped: bool) -> Iterator[tuple[Fraction, bytes]]:
    """Blocks of mixed sound, each with the time of its first sample: counted from the first frame's, and anew where time stamps
    jump, if they are `stamped`, or where rate, channels or the kind of numbers change."""
    mixer = None
    first = due = Fraction(0)
    for frame, said in chain(_said(frames), ((None, None),)):
        if mixer is None:
            if said is None:
                return
            mixer, first, due = _Mixer(frame), said, said
        if frame is not None and _form_of(frame) != mixer.form:
            yield from _blocks(mixer.mixed(None), first)
            mixer, first = _Mixer(frame), due
        if stamped and said is not None and _jumps(said - due):
            first += said - due
            due = said
        if frame is not None:
            due += _lasting(frame)
        for time, block in _blocks(mixer.mixed(frame), first):
            yield time, block
            first = time + Fraction(len(block) // SAMPLE_BYTES, SAMPLE_RATE)


def _said(frames: Iterator[Any]) -> Iterator[tuple[Any, Fraction | None]]:
    """Frames with what their time stamps say: nothing where most of the second behind a frame is heard before. The first has
    what others say of it then."""
    waiting: deque[Any] = deque()
    lasting, is_first = Fraction(0), True
    for frame in chain(frames, (None,)):
        if frame is not None:
            waiting.append(frame)
            lasting += _lasting(frame)
        while waiting and (frame is None or lasting > FALSE_WITHIN):
            said = _told(waiting) if is_first else _own(waiting)
            shown = waiting.popleft()
            lasting -= _lasting(shown)
            yield shown, said
            is_first = False


def _own(frames: deque[Any]) -> Fraction | None:
    """What the first of some frames says of itself; null where most of the others say that they are heard before."""
    own, *others = frames
    if own.pts is None:
        return None
    known = [frame for frame in others if frame.pts is not None]
    before = sum(frame.samples for frame in known if frame.pts < own.pts)
    return None if 2 * before > sum(frame.samples for frame in known) else own.pts * Fraction(own.time_base)


def _told(frames: deque[Any]) -> Fraction | None:
    """When the first of some frames is heard: by its own word, or where that is false, by that of others; null where it says
    nothing."""
    said = _own(frames)
    if said is not None or frames[0].pts is None:
        return said
    before = accumulate(map(_lasting, frames), initial=Fraction(0))
    told: list[Fraction] = [
        frame.pts * Fraction(frame.time_base) - lasted
        for frame, lasted in zip(frames, before, strict=False)
        if frame.pts is not None
    ]
    return median_low(told)


def _lasting(frame: Any) -> Fraction:
    return Fraction(frame.samples, frame.sample_rate)


def _jumps(late: Fraction) -> bool:
    """Whether a time stamp that is late by so much counts: where it is early by more than muxers' mistakes, it is another
    recording's."""
    return late > SOUND_GAP or -TURNED_BACK < late < -SOUND_GAP


def _blocks(parts: Iterator[Any], first: Fraction) -> Iterator[tuple[Fraction, bytes]]:
    """Mixed frames, one after another from a time on."""
    for part in parts:
        yield first, bytes(part.planes[0])[: part.samples * SAMPLE_BYTES]
        first += Fraction(part.samples, SAMPLE_RATE)


def _stretch(
    sound: Iterator[tuple[Fraction, bytes]], begin: Fraction, end: Fraction
) -> Iterator[tuple[Fraction, bytes]]:
    """The blocks that lie in a stretch; where two overlap, the later one is cut."""
    told: Fraction | None = None
    for time, block in sound:
        if time > end:
            return
        cut = 0 if told is None else max(0, round((told - time) * SAMPLE_RATE))
        since, kept = time + Fraction(cut, SAMPLE_RATE), block[cut * SAMPLE_BYTES :]
        if kept:
            told = since + Fraction(len(kept) // SAMPLE_BYTES, SAMPLE_RATE)
            if told > begin and since < end:
                yield since, kept


def _form_of(frame: Any) -> tuple[int, str, str, str]:
    """Rate, layout and kind of numbers; and how more than two channels are to be mixed, where the sound says so."""
    said = [bytes(each) for each in frame.side_data if each.type == SideData.DOWNMIX_INFO]
    return frame.sample_rate, frame.layout.name, frame.format.name, _mix_of(said[0]) if said else ""


LT_RT, DOLBY_II = 2, 3
MIX = struct.Struct("=i4x5d")
"""FFmpeg's `AVDownmixInfo`: the kind that is preferred; the centre's level, and that in kinds that are decoded again; so of
what surrounds; and of the lowest."""


def _mix_of(said: bytes) -> str:
    """As options of `aresample`: AC-3 and its kin say themselves how loud the centre and what surrounds are on both sides."""
    kind, centre, matrixed_centre, surround, matrixed_surround, lowest = MIX.unpack_from(said)
    coding = {LT_RT: "dolby", DOLBY_II: "dplii"}.get(kind, "none")
    if kind in (LT_RT, DOLBY_II):
        centre, surround = matrixed_centre, matrixed_surround
    return f":center_mix_level={centre}:surround_mix_level={surround}:lfe_mix_level={lowest}:matrix_encoding={coding}"


class _Mixer:
    """Brings sound to stereo at 48 kHz: one channel goes to both sides at full level, of more than two the sum of what goes to
    a side stays within full scale (ITU-R BS.775)."""

    def __init__(self, frame: Any) -> None:
        form = _form_of(frame)
        mixed = f"aresample=ochl=stereo:rematrix_maxval=1{form[3]}"
        how = "pan=stereo|c0=c0|c1=c0" if frame.layout.nb_channels == 1 else mixed
        self.form = form
        """What it takes: a filter's input is of one rate, one layout and one format as long as it lasts."""
        rate, layout, numbers, _ = form
        self._graph = av.filter.Graph()
        nodes = [
            self._graph.add_abuffer(sample_rate=rate, layout=layout, format=numbers, time_base=frame.time_base),
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
    for packet in packets_of(container, stream):
        try:
            yield from held(packet.decode())
        except av.FFmpegError:
            continue
