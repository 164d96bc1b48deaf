"""What time stamps are worth. Values alone: whoever reads files of strangers knows them too."""

from __future__ import annotations

from fractions import Fraction

STAMPLESS = ("aac", "ac3", "aiff", "amr", "au", "caf", "dts", "eac3", "flac", "mp2", "mp3", "wav", "w64")
"""Readers of files that are nothing but sound, one packet after another: FFmpeg counts their time stamps itself, and counts
wrong where the rate changes on the way, or where files were put behind each other."""

SOUND_GAP = Fraction(15, 1000)
"""Seconds. Where time stamps of sound jump by more, there is silence, or an overlap is cut: a lost packet of any codec lasts
longer. Clocks of containers, and of recorders that write down when a packet came, waver by less."""
