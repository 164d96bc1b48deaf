"""Copying frames out of small clips at 30 fps, and looking at what came out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from reel.packets.copy import copy_packets
from reel.packets.probe import probe
from reel.plan.layers import picture_source
from reel.plan.operations.base import SourceClip
from reel.presets import Canvas

CANVAS = Canvas(width=320, height=180, rate=Fraction(30))
"""Of the clips."""


def stretch(source: Path, first: int, frames: int) -> SourceClip:
    """So many frames of a file, from the frame `first` on."""
    facts = probe(source, "0" * 64, source.name)
    assert facts.video
    video = picture_source(facts.sha256, facts.demuxer, facts.video)
    return SourceClip(source=video, frames=frames, media_in=facts.video.start + Fraction(first, 30))


def copied(source: Path, output: Path, first: int, frames: int) -> str | None:
    """Copy a stretch; why it was declined."""
    return copy_packets(stretch(source, first, frames), source, output, "copy")


def pictures(path: Path) -> list[bytes]:
    """The pixels of each frame."""
    with av.open(str(path)) as source:
        return [frame.to_ndarray().tobytes() for frame in source.decode(video=0)]
