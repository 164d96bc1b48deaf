"""What reads subtitles of strangers, and packets that we made of their files, run in a confined child as if it were called
here."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from reel.confinement.apart import apart
from reel.package.cmaf import write_cmaf
from reel.package.entries import Protection
from reel.package.protect import write_protected
from reel.package.subtitles import read
from reel.package.subtitles.cues import Cue
from reel.packets.track import Kind


def cut_fragments(source: Path, output: Path, kind: Kind, cuts: Sequence[Fraction] | None = None) -> None:
    """As `write_cmaf`, for who reads the track afterwards."""
    write_cmaf(source, output, kind, cuts)


def lock_samples(clear: Path, encrypted: Path, output: Path, wanted: Protection, key: bytes) -> None:
    """As `write_protected`, likewise."""
    write_protected(clear, encrypted, output, wanted, key)


write_track = apart(cut_fragments)
write_protected_track = apart(lock_samples)
read_subtitles = apart(read.subtitles_in, Cue)
