"""Packets of files of our own, compared byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from reel.packets.undecoded import open_undecoded


@dataclass(frozen=True)
class ProvenPart:
    """A stretch of a segment, with what is known of the packets of the whole segment."""

    segment: Path
    first: int
    frames: int
    packets: int
    packets_sha256: str


def packets_digest(path: Path, kind: str = "video", number: int = 0) -> tuple[int, str]:
    """How many packets a stream has, by its number among those of its kind, and the digest of them all, in the order in which
    they are decoded."""
    return _digest(_payloads(path, kind, number))


def first_other(video: Path, parts: Sequence[ProvenPart]) -> int | None:
    """Which part is the first whose packets a video has not where they are due: as many as there are parts, where it has more
    packets than all of them; null where it is made of them and nothing else. Parameter sets may go before a key frame's."""
    packets = _payloads(video)
    for number, part in enumerate(parts):
        if not _is_part(packets, part):
            return number
    return None if next(packets, None) is None else len(parts)


def _is_part(packets: Iterator[bytes], part: ProvenPart) -> bool:
    """Whether the next packets of a video are those of a part."""
    taken = list(islice(packets, part.frames))
    if len(taken) < part.frames:
        return False
    is_whole = part.first == 0 and part.frames == part.packets
    if is_whole and _digest(taken)[1] == part.packets_sha256:
        return True
    own = islice(_payloads(part.segment), part.first, part.first + part.frames)
    return all(mine.endswith(theirs) for mine, theirs in zip(taken, own, strict=True))


def _payloads(path: Path, kind: str = "video", number: int = 0) -> Iterator[bytes]:
    """The bytes of the packets of one of a file's streams of a kind, in the order in which they are decoded."""
    with open_undecoded(path) as source:
        stream = [stream for stream in source.streams if stream.type == kind][number]
        for packet in source.demux(stream):
            if packet.dts is not None:
                yield bytes(packet)


def _digest(packets: Iterable[bytes]) -> tuple[int, str]:
    whole, count = hashlib.sha256(), 0
    for payload in packets:
        whole.update(payload)
        count += 1
    return count, whole.hexdigest()
