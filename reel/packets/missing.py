"""What a file lacks that it once had, as its packets tell: its end, or a piece in the middle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

from reel.packets.scan import Subtitles, Track

DECLARING = ("mov", "matroska", "flac", "wav", "avi")
"""Readers whose files say how long they are meant to be; of others it is estimated from what is there."""
CUT_SECONDS = Fraction(1, 4)
"""By so much a file may end before it says that it does: muxers count padding, and round."""
GAP_SECONDS = {"video": Fraction(1, 2), "audio": Fraction(1, 10)}
"""From how long on a gap is told."""
GAP_STEPS = 5
"""A gap is longer than so many of the usual steps."""
EVEN_SHARE = 0.9
"""Of the steps are about as long as the usual one, or gaps are the file's own way: screen recorders write what changes."""
MOST_TOLD = 3


def missing(tracks: Sequence[Track], streams: Sequence[Track | Subtitles], container: Any) -> Iterator[str]:
    """Warnings of the tracks that are used, in seconds from the begin of the first of them; `streams` are all of the file that
    were walked through."""
    known = [track for track in tracks if track.times]
    if not known:
        return
    zero = min(known[0].times) * known[0].stream.time_base
    yield from _cut_off(known, streams, container)
    for track in known:
        if gaps := _gaps(track):
            yield f"{_name(track)}: {_told(gaps, zero, track.stream.type)}"


def _name(track: Track) -> str:
    return f"{track.stream.type} {track.codec}"


def _cut_off(tracks: Sequence[Track], streams: Sequence[Track | Subtitles], container: Any) -> Iterator[str]:
    """Of each track that says how long it is; of a file that says it only of itself, of the longest stream, used or not."""
    if not container.format.name.startswith(DECLARING):
        return
    lasting = {track.stream.index: _end(track) - min(track.times) * track.stream.time_base for track in tracks}
    for track in tracks:
        if track.stream.duration:
            yield from _short(_name(track), lasting[track.stream.index], track.stream.duration * track.stream.time_base)
    if container.duration and not any(track.stream.duration for track in tracks):
        # Of a Matroska file that begins late some muxers count from 0, others from there: it has what either of them means.
        begin = min(Fraction(0), Fraction(container.start_time or 0, 1_000_000))
        ends = max(_end(stream) for stream in streams) - begin
        yield from _short("the file", ends, Fraction(container.duration, 1_000_000))


def _end(stream: Track | Subtitles) -> Fraction:
    if isinstance(stream, Subtitles):
        return stream.end()
    return Fraction((stream.last[0] + stream.last[1]) * stream.stream.time_base) if stream.times else Fraction(0)


def _short(what: str, there: Fraction, meant: Fraction) -> Iterator[str]:
    if meant - there > CUT_SECONDS:
        yield f"{what}: is cut off: {float(there):.2f} s of {float(meant):.2f} s are there"


def _gaps(track: Track) -> list[tuple[Fraction, Fraction]]:
    """Begin and length of each stretch of an even stream in which there is nothing."""
    if track.begins_again or len(track.times) < 2 * GAP_STEPS:
        return []
    times, tick = sorted(track.times), track.stream.time_base
    steps = [after - before for before, after in pairwise(times)]
    # Packets of a sound lie one behind another, and those of Vorbis are shorter where something begins.
    is_sound = track.stream.type == "audio"
    usual = max(1, sorted(steps)[len(steps) * 9 // 10] if is_sound else median(steps))
    shortest = 0 if is_sound else usual / 2
    least = max(GAP_SECONDS[track.stream.type] / tick, GAP_STEPS * usual)
    # What follows the first packet may be an encoder's priming.
    gaps = [
        ((time + usual) * tick, (step - usual) * tick)
        for time, step in list(zip(times, steps, strict=False))[1:]
        if step > least
    ]
    even = sum(shortest <= step <= usual * 3 / 2 for step in steps) + len(gaps)
    return [(Fraction(at), Fraction(length)) for at, length in gaps] if even >= EVEN_SHARE * len(steps) else []


def _told(gaps: Sequence[tuple[Fraction, Fraction]], zero: Fraction, kind: str) -> str:
    said = ", ".join(f"{float(length):.2f} s from {float(at - zero):.2f} s on" for at, length in gaps[:MOST_TOLD])
    more = f" and {len(gaps) - MOST_TOLD} more times" if len(gaps) > MOST_TOLD else ""
    then = "the frame before stays" if kind == "video" else "it is silent there"
    return f"has nothing for {said}{more}: {then}"
