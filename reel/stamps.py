"""What time stamps are worth. Values alone: whoever reads files of strangers knows them too."""

from __future__ import annotations

from fractions import Fraction

STAMPLESS = ("aac", "ac3", "aiff", "amr", "au", "caf", "dts", "eac3", "flac", "mp2", "mp3", "wav", "w64")
"""Readers of files that are nothing but sound, one packet after another: FFmpeg counts their time stamps itself, and counts
wrong where the rate changes on the way, or where files were put behind each other."""

SOUND_GAP = Fraction(15, 1000)
"""Seconds. Where time stamps of sound jump by more, there is silence, or an overlap is cut: a lost packet of any codec lasts
longer. Clocks of containers, and of recorders that write down when a packet came, waver by less."""


def is_counted(demuxer: str, codec: str, *, even: bool, interlaced: bool) -> bool:
    """Whether frames are counted as they come out of the decoder, and their time stamps left alone.

    AVI says in which order frames are decoded, one in each frame's time, and not when they are shown. Of H.264 and H.265, whose
    frames are shown in another order, FFmpeg guesses times late by some frames: by how many, its versions do not agree.
    """
    return demuxer == "avi" and codec in ("h264", "hevc") and even and not interlaced
