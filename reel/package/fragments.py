"""A track's samples as fragments: where they are cut, and the boxes that say so (ISO/IEC 14496-12, 8.8 and 8.16). Pure."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from fractions import Fraction

from reel.package.boxes import HEADER_BYTES, box, children, full_box, inside
from reel.packets.track import Sample

SYNC, NOT_SYNC = 0x0200_0000, 0x0101_0000
"""Flags of samples (8.8.3.1): needs no other sample; needs others, and decoding cannot begin at it."""

Cut = range
"""The numbers of a fragment's samples."""


def at_key_frames(samples: Sequence[Sample]) -> list[Cut]:
    """One fragment for each group of pictures."""
    keys = [number for number, sample in enumerate(samples) if sample.key]
    return [range(first, end) for first, end in zip(keys, [*keys[1:], len(samples)], strict=True)]


def at_times(samples: Sequence[Sample], timescale: int, times: Iterable[Fraction]) -> list[Cut]:
    """Fragments of sound that begin with the samples nearest to these times, in seconds, and with the first sample."""
    shown = [sample.shown for sample in samples]
    firsts = sorted({0, *(_nearest(shown, time * timescale) for time in times)} - {len(samples)})
    return [range(first, end) for first, end in zip(firsts, [*firsts[1:], len(samples)], strict=True)]


def _nearest(shown: Sequence[int], tick: Fraction) -> int:
    """The number of the sample that begins nearest to a tick; one more than the last where the tick is beyond them all."""
    if tick > shown[-1]:
        return len(shown)
    after = bisect_left(shown, tick)
    return after - 1 if after and tick - shown[after - 1] <= shown[after] - tick else after


def with_edit_list(moov: bytes, zero: int) -> bytes:
    """The head of a file of one track that is shown from the tick `zero` on (8.6.6). A duration of 0 stands for all of it."""
    if not zero:
        return moov
    edits = box("edts", full_box("elst", 0, 0, struct.pack(">IIiHH", 1, 0, zero, 1, 0)))
    parts = []
    for name, contents in children(inside(moov, "moov")):
        if name == "trak":
            # Behind the header of the track, which comes first.
            (first, track_header), *others = children(contents)
            contents = box(first, track_header) + edits + b"".join(box(*other) for other in others)
        parts.append(box(name, contents))
    return box("moov", *parts)


def moof(sequence: int, samples: Sequence[Sample]) -> bytes:
    """The head of a fragment. Samples have the file's own clock: decoding begins at 0."""
    # The offset to the first byte of the payload is known once the size of the box is.
    size = len(_moof(sequence, samples, 0))
    return _moof(sequence, samples, size + HEADER_BYTES)


def _moof(sequence: int, samples: Sequence[Sample], payload_at: int) -> bytes:
    lasts = samples[0].lasts
    # default-base-is-moof, as CMAF wants it; default duration and flags.
    fragment = full_box("tfhd", 0, 0x02_0028, struct.pack(">III", 1, lasts, SYNC if _all_sync(samples) else NOT_SYNC))
    decoded = full_box("tfdt", 1, 0, struct.pack(">Q", samples[0].decoded))
    traf = box("traf", fragment, decoded, _trun(samples, payload_at))
    return box("moof", full_box("mfhd", 0, 0, struct.pack(">I", sequence)), traf)


def _trun(samples: Sequence[Sample], payload_at: int) -> bytes:
    sync = _all_sync(samples)
    uneven = any(sample.lasts != samples[0].lasts for sample in samples)
    reordered = any(sample.shown != sample.decoded for sample in samples)
    # Offset of the payload, flags of the first sample, then of each sample: duration, size, composition offset.
    flags = 0x001 | (0 if sync else 0x004) | uneven * 0x100 | 0x200 | reordered * 0x800
    parts = [struct.pack(">II", len(samples), payload_at), b"" if sync else struct.pack(">I", SYNC)]
    for sample in samples:
        fields = [sample.lasts] * uneven + [sample.size] + [sample.shown - sample.decoded] * reordered
        parts.append(struct.pack(f">{len(fields)}I", *fields))
    return full_box("trun", 0, flags, *parts)


def _all_sync(samples: Sequence[Sample]) -> bool:
    return all(sample.key for sample in samples)


def sidx(timescale: int, pieces: Sequence[tuple[int, int]]) -> bytes:
    """The index of a file whose fragments follow at once: bytes and ticks of each. What is shown begins at 0."""
    # Reference to track 1; earliest time and distance to the first fragment are 0.
    head = struct.pack(">IIQQHH", 1, timescale, 0, 0, 0, len(pieces))
    # A key frame comes first in decoding and in time: a stream access point of type 1 (annex I.2.4.1).
    references = [struct.pack(">III", size, ticks, 1 << 31 | 1 << 28) for size, ticks in pieces]
    return full_box("sidx", 1, 0, head, *references)
