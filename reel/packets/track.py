"""One track of a finished file as what a fragmented file is made of: the numbers of its samples, and FFmpeg's head."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

import av
from av.packet import Packet as AnyPacket

from reel.errors import BadMedia
from reel.packets.lock import LOOP_LOCK
from reel.packets.units import CODINGS, length_prefixed, record_units, units
from reel.packets.writing import add_stream_like, stream_codec

Packet: TypeAlias = "AnyPacket[Any]"
Kind = Literal["video", "audio"]

ENTRIES = {"h264": "avc1", "hevc": "hvc1", "av1": "av01", "vp9": "vp09", "aac": "mp4a", "opus": "Opus", "flac": "fLaC"}
"""What CMAF calls the codecs that it holds here (ISO/IEC 23000-19; Opus and FLAC by their own mappings). Of the two names that
H.264 and H.265 have, those of streams whose parameter sets are in the head alone: Apple's players take no other."""

HEAD_SAMPLES = 8
"""Samples from which FFmpeg makes a head: the first would do."""


Stamp: TypeAlias = tuple[int | None, int | None, bool]
"""Ticks of decoding and of showing, and whether it is a key frame."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One packet, in ticks of its track."""

    decoded: int
    shown: int
    lasts: int
    size: int
    """Bytes."""
    key: bool


@dataclass(frozen=True)
class SourceTrack:
    """A track as it lies in a finished file."""

    kind: Kind
    timescale: int
    """Ticks per second."""
    samples: tuple[Sample, ...]
    """In the order of decoding."""
    head: bytes
    """The box `moov` for a fragmented file of this track alone, without an edit list."""


def read_source_track(path: Path, kind: Kind) -> SourceTrack:
    """The one track of this kind in an MP4 file. `BadMedia` where there is not one, or CMAF cannot hold it."""
    with LOOP_LOCK, _opened(path) as source:
        stream = _only_stream(path, source, kind)
        in_band = _InBand(path, stream)
        samples = []
        for packet in _packets(source, stream):
            if packet.is_keyframe:
                in_band.refuse(packet)
            samples.append(_sample(path, packet))
        if not samples:
            raise BadMedia.at(path.name, f"its {kind} track has no samples", "make it anew")
        end = (stream.start_time or 0) + stream.duration if kind == "audio" and stream.duration else None
        return SourceTrack(kind, _timescale(stream), _ended(samples, end), _head(path, kind))


def read_payloads(path: Path, kind: Kind, key: bytes | None = None) -> Iterator[tuple[Stamp, bytes]]:
    """Stamp and bytes of each packet of that track, in the order of decoding; `key`: that of what is encrypted."""
    with _opened(path, {} if key is None else {"decryption_key": key.hex()}) as source:
        for packet in _packets(source, _only_stream(path, source, kind)):
            yield (packet.dts, packet.pts, packet.is_keyframe), bytes(packet)


def _opened(path: Path, options: dict[str, str] | None = None) -> Any:
    source = av.open(str(path), options=options)
    if "mp4" not in source.format.name.split(","):
        source.close()
        raise BadMedia.at(
            path.name, f"is a {source.format.name} file, and packages are made of MP4", "copy it into MP4"
        )
    return source


def _only_stream(path: Path, source: Any, kind: Kind) -> Any:
    found = [stream for stream in source.streams if stream.type == kind]
    if len(found) != 1:
        raise BadMedia.at(path.name, f"has {len(found)} {kind} tracks where one is needed", "give a file with one")
    codec = stream_codec(found[0])
    if codec not in ENTRIES:
        raise BadMedia.at(path.name, f"its codec {codec} cannot be packaged", f"use one of {', '.join(ENTRIES)}")
    return found[0]


def _timescale(stream: Any) -> int:
    """Ticks per second: MP4 has whole numbers of them."""
    return int(stream.time_base.denominator)


def _packets(source: Any, stream: Any) -> Iterator[Packet]:
    return (packet for packet in source.demux(stream) if packet.dts is not None)


def _sample(path: Path, packet: Packet) -> Sample:
    if packet.pts is None or packet.dts is None or not packet.duration:
        raise BadMedia.at(path.name, f"the packet at byte {packet.pos} has no time or lasts no time", "make it anew")
    return Sample(packet.dts, packet.pts, packet.duration, packet.size, packet.is_keyframe)


def _ended(samples: list[Sample], end: int | None) -> tuple[Sample, ...]:
    """The samples, the last no longer than the track: encoders of sound fill their last block with silence."""
    last = samples[-1]
    if end is None or not last.shown < end < last.shown + last.lasts:
        return tuple(samples)
    return (*samples[:-1], Sample(last.decoded, last.shown, end - last.shown, last.size, last.key))


class _InBand:
    """Looks for parameter sets in key frames that the head does not have: under the names of `ENTRIES` none may be there."""

    def __init__(self, path: Path, stream: Any) -> None:
        self.path = path
        self.coding = CODINGS.get(stream_codec(stream))
        record = bytes(stream.codec_context.extradata or b"")
        if self.coding and not length_prefixed(record, self.coding):
            raise BadMedia.at(path.name, "its packets have start codes, not lengths of four bytes", "copy it into MP4")
        self.known = frozenset(record_units(record, self.coding)) if self.coding else frozenset()

    def refuse(self, packet: Packet) -> None:
        """`BadMedia` where this key frame has such sets."""
        if self.coding is None:
            return
        found = [unit for unit in units(bytes(packet)) if unit and self.coding.type_of(unit) in self.coding.sets]
        if not self.known.issuperset(found):
            what = f"the key frame at tick {packet.pts} brings parameter sets that the head of the file does not have"
            raise BadMedia.at(self.path.name, what, "encode it whole, without copied stretches")


def _head(path: Path, kind: Kind) -> bytes:
    """`moov` as FFmpeg writes it for these samples."""
    written = io.BytesIO()
    # Opened with decoders: the record of VP9 is made of what only a decoded frame tells.
    with av.open(str(path)) as source:
        stream = next(stream for stream in source.streams if stream.type == kind)
        options = {
            # The head waits for the first samples: some codecs' records are made of them.
            "movflags": "dash+frag_keyframe+delay_moov+skip_trailer",
            # That depends on how the fragments are written.
            "use_editlist": "0",
            # Times stay as they are: they begin before zero where decoding does.
            "avoid_negative_ts": "0",
            # No versions or times of day: the same samples give the same bytes.
            "fflags": "+bitexact",
            # An average of the first samples would be taken for that of the whole.
            "write_btrt": "0",
            "video_track_timescale": str(_timescale(stream)),
        }
        with av.open(written, "w", format="mp4", options=options) as target:
            copy = add_stream_like(target, stream)
            copy.codec_context.codec_tag = ENTRIES[stream_codec(stream)]
            copy.time_base = stream.time_base
            for packet in islice(_packets(source, stream), HEAD_SAMPLES):
                packet.stream = copy
                target.mux(packet)
    data = written.getvalue()
    start = int.from_bytes(data[:4], "big")  # behind `ftyp`
    return data[start : start + int.from_bytes(data[start : start + 4], "big")]
