"""How large the packets of a segment are. Nothing is decoded."""

from __future__ import annotations

from pathlib import Path

from reel.packets.expecting import opened
from reel.packets.undecoded import open_undecoded


def packet_bits(path: Path, place: str) -> list[int]:
    """Bits of each packet of a file's pictures, as they are decoded."""
    with opened(path, place, open_undecoded) as source:
        return [8 * packet.size for packet in source.demux(video=0) if packet.dts is not None]
