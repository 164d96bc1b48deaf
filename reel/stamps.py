"""What time stamps are worth. Values alone: whoever reads files of strangers knows them too."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

STAMPLESS = ("aac", "ac3", "aiff", "amr", "au", "caf", "dts", "eac3", "flac", "mp2", "mp3", "wav", "w64")
"""Readers of files that are nothing but sound, one packet after another: FFmpeg counts their time stamps itself, and counts
wrong where the rate changes on the way, or where files were put behind each other."""

SOUND_GAP = Fraction(15, 1000)
"""Seconds. Where time stamps of sound jump by more, there is silence, or an overlap is cut: a lost packet of any codec lasts
longer. Clocks of containers, and of recorders that write down when a packet came, waver by less."""

TURNED_BACK = Fraction(1, 2)
"""Seconds. Time stamps rise in the order of decoding; where they go back by more than muxers' mistakes, another recording
begins."""

FALSE_WITHIN, FALSE_BLOCKS = 1, 256
"""Seconds, and blocks at most. A time stamp of a sound is false where most of what comes so soon behind it is heard before: a
bit of it fell over. What comes in one piece under one time stamp is shorter than half of that."""


def heard_at(begins: Sequence[int], lengths: Sequence[int], second: int) -> list[int]:
    """When the blocks of a sound are heard, in ticks of which `second` are one: when their time stamps say, to `SOUND_GAP`.
    Those that are false, or turn back, say nothing: the sound goes on there from the block before."""
    false = _false(begins, lengths, FALSE_WITHIN * second)
    true = false.index(False) if False in false else 0
    due = begins[true] - sum(lengths[:true]) if begins else 0
    heard = []
    for begin, length, is_false in zip(begins, lengths, false, strict=True):
        late = begin - due
        if not is_false and (late > SOUND_GAP * second or -TURNED_BACK * second < late < -SOUND_GAP * second):
            due = begin
        heard.append(due)
        due += length
    return heard


def _false(begins: Sequence[int], lengths: Sequence[int], within: int) -> list[bool]:
    """Of each time stamp whether it is false: it can be where time stamps fall soon behind it."""
    result, fall = [False] * len(begins), len(begins) + FALSE_BLOCKS
    for place in reversed(range(len(begins) - 1)):
        fall = place if begins[place + 1] < begins[place] else fall
        if fall - place < FALSE_BLOCKS:
            result[place] = _is_taken_back(begins, lengths, place, within)
    return result


def _is_taken_back(begins: Sequence[int], lengths: Sequence[int], place: int, within: int) -> bool:
    before = behind = 0
    for other in range(place + 1, min(place + FALSE_BLOCKS, len(begins))):
        if before + behind > within:
            break
        if begins[other] < begins[place]:
            before += lengths[other]
        else:
            behind += lengths[other]
    return before > behind
