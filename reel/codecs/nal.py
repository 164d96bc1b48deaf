"""What must be known of a codec's units (NAL units) to copy them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Coding:
    """Numbers are types of units."""

    type_of: Callable[[bytes], int]
    sequence: int
    """The parameter set that says how large frames are; none of the others is of use without it."""
    sets: frozenset[int]
    fresh: frozenset[int]
    """Frames at which decoding begins anew, whatever came before."""
    delimiter: int
    """Marks where a frame begins; a container knows that without it."""
    length_size_at: int
    """Place, in the configuration record, of the byte that says how long lengths are."""
    record_units: Callable[[bytes], Iterator[bytes]]
    """The units in a configuration record."""
    pictures: range
    """Units that hold picture."""
    is_needed: Callable[[bytes], bool]
    """Whether other frames may be predicted from the one that a unit of picture belongs to."""
    demand: Callable[[bytes], tuple[int, int]]
    """What, by its configuration record, a decoder must be able to do, to be compared: the tier and the level."""
    tag_in_band: str | None = None
    """What mp4 calls streams whose parameter sets may stand in front of key frames, where that is another name."""


def counted(record: bytes, place: int) -> tuple[bytes, int]:
    """A unit with a length of two bytes in front, and the place behind it."""
    end = place + 2 + int.from_bytes(record[place : place + 2], "big")
    return record[place + 2 : end], end
