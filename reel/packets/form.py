"""How one stream writes its units: taking its packets apart, and putting them together again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reel.codecs.nal import Coding
from reel.confinement.refusal import Refusal
from reel.packets.units import (
    CODINGS,
    START_CODE,
    length_prefixed,
    record_units,
    units,
    units_of_annex_b,
    with_lengths,
)


@dataclass(frozen=True)
class Form:
    """How a stream writes its units."""

    coding: Coding
    lengths: bool
    """Lengths in front, else start codes."""
    sets: frozenset[bytes]
    """Its parameter sets."""

    def units(self, packet: bytes) -> list[bytes]:
        """The units of a packet, but for delimiters."""
        found = units(packet) if self.lengths else units_of_annex_b(packet)
        return [unit for unit in found if unit and self.coding.type_of(unit) != self.coding.delimiter]

    def packet(self, parts: list[bytes]) -> bytes:
        """Units as a packet."""
        return with_lengths(parts) if self.lengths else b"".join(START_CODE + unit for unit in parts)


def form_of(stream: Any) -> Form:
    """How a stream writes its units. Raises `Refusal` where it is in no form that is known here."""
    coding = CODINGS.get(stream.codec_context.name)
    extradata = bytes(stream.codec_context.extradata or b"")
    if coding and length_prefixed(extradata, coding):
        return Form(coding, lengths=True, sets=_sets(record_units(extradata, coding), coding))
    if coding and extradata.startswith((START_CODE, START_CODE[1:])):
        return Form(coding, lengths=False, sets=_sets(units_of_annex_b(extradata), coding))
    raise Refusal("its packets are in no form that can be copied", "")


def _sets(found: Iterator[bytes], coding: Coding) -> frozenset[bytes]:
    return frozenset(unit for unit in found if unit and coding.type_of(unit) in coding.sets)
