"""What a packet holds: its bytes, and what stands beside them."""

from __future__ import annotations

import struct
from typing import Any, Final, Protocol

from av.packet import Packet, PacketSideData, packet_sidedata_type_from_literal

ALPHA: Final = "matroska_block_additional"
"""Where WebM has the alpha plane of a packet's picture."""


class _Sha256(Protocol):
    def update(self, data: Any, /) -> None: ...


def digest_packet(digest: _Sha256, packet: Packet[Any]) -> None:
    """Add a packet to a digest, with its alpha."""
    digest.update(packet)
    if packet.has_sidedata(ALPHA):
        digest.update(bytes(packet.get_sidedata(ALPHA)))


def discard_end(packet: Packet[Any], filled: int) -> None:
    """Note on a packet of sound how many samples at its end are no sound: WebM writes that down (DiscardPadding); mp4 has an
    edit list for it."""
    if filled > 0:
        kind = packet_sidedata_type_from_literal("skip_samples")
        # FFmpeg's AV_PKT_DATA_SKIP_SAMPLES: samples to skip at the begin and at the end, and why (0: padding).
        noted = PacketSideData(kind, 10)  # type: ignore[call-arg]
        noted.update(struct.pack("<IIBB", 0, filled, 0, 0))
        packet.set_sidedata(noted)


def discarded(packet: Packet[Any]) -> int:
    """How many samples at a packet's end are no sound, where it says so."""
    if not packet.has_sidedata("skip_samples"):
        return 0
    _, at_end, *_ = struct.unpack("<IIBB", bytes(packet.get_sidedata("skip_samples")))
    return int(at_end)
