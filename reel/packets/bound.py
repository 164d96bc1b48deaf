"""Packets of files of our own, for comparing them byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reel.packets.undecoded import open_undecoded


def payloads(path: Path, kind: str = "video") -> Iterator[bytes]:
    """The bytes of a file's packets of one kind of stream, in the order in which they are decoded."""
    with open_undecoded(path) as source:
        stream = next(stream for stream in source.streams if stream.type == kind)
        for packet in source.demux(stream):
            if packet.dts is not None:
                yield bytes(packet)
