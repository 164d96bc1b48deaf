"""What the packets of a video of ours tell: codecs, groups of pictures, bits for each second. Nothing is decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import av

from reel.packets.codec_strings import codec_strings
from reel.packets.writing import stream_codec

PICTURES = (".gif", ".webp")
"""What files end in that are shown as pictures: they have no codec by RFC 6381, and animated WebP no reader here."""


def technical(path: Path, rate: Fraction) -> dict[str, Any]:
    """A video of this rate as JSON, its streams in order; rates are exact (`30000/1001`), bits are counted per second of the
    video. Of a GIF or a WebP, which hold pictures and no streams, the size alone."""
    if path.suffix in PICTURES:
        return {"container": path.suffix[1:], "bytes": path.stat().st_size, "codecs": "", "streams": []}
    with av.open(str(path)) as source:
        packets: dict[int, list[_Packet]] = {stream.index: [] for stream in source.streams}
        for packet in source.demux():
            if packet.pts is not None:
                packets[packet.stream.index].append(_packet(packet))
        strings = codec_strings(path, rate)
        streams = [
            _stream(stream, string, sorted(packets[stream.index]), rate)
            for stream, string in zip((*source.streams.video, *source.streams.audio), strings, strict=True)
        ]
        return {
            "container": source.format.name,
            "bytes": path.stat().st_size,
            "codecs": ",".join(dict.fromkeys(strings)),
            "streams": streams,
        }


class _Packet(NamedTuple):
    """What is looked at of a packet; times in seconds."""

    at: Fraction
    end: Fraction
    bytes: int
    key: bool


def _packet(packet: Any) -> _Packet:
    at, lasts = packet.pts * packet.time_base, (packet.duration or 0) * packet.time_base
    return _Packet(at, at + lasts, packet.size, packet.is_keyframe)


def _seconds(stream: Any, packets: Sequence[_Packet], rate: Fraction) -> Fraction:
    """How long a stream is. Streams of Matroska do not say it: from its begin (what an encoder's delay puts before is not
    heard) to the end of its last packet; frames, of which those of ours follow each other evenly, are counted."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    if stream.type == "video":
        return len(packets) / rate
    return max(packet.end for packet in packets) - max(Fraction(0), packets[0].at)


def _stream(stream: Any, codec_string: str, packets: Sequence[_Packet], rate: Fraction) -> dict[str, Any]:
    seconds = _seconds(stream, packets, rate)
    size = sum(packet.bytes for packet in packets)
    common = {
        "type": stream.type,
        "codec": stream_codec(stream),
        "codec_string": codec_string,
        "profile": stream.profile,
        "packets": len(packets),
        "seconds": round(float(seconds), 6),
        "bits_per_second": round(8 * size / float(seconds)) if seconds else None,
        "bits_of_seconds": _bits_of_seconds(packets),
    }
    return common | (_picture(stream, packets, rate) if stream.type == "video" else _sound(stream))


def _bits_of_seconds(packets: Sequence[_Packet]) -> list[int]:
    """What is shown, or heard, in each second takes so many bits."""
    bits: Counter[int] = Counter()
    for packet in packets:
        bits[max(0, int(packet.at))] += 8 * packet.bytes
    return [bits[second] for second in range(max(bits, default=-1) + 1)]


def _picture(stream: Any, packets: Sequence[_Packet], rate: Fraction) -> dict[str, Any]:
    context = stream.codec_context
    keys = [number for number, packet in enumerate(packets) if packet.key]
    groups = [after - before for before, after in pairwise([*keys, len(packets)])]
    return {
        "width": stream.width,
        "height": stream.height,
        "frame_rate": str(rate),
        "frames": len(packets),
        "pixel_format": context.pix_fmt,
        "colour": {
            "primaries": int(context.color_primaries),
            "transfer": int(context.color_trc),
            "matrix": int(context.colorspace),
            "full_range": int(context.color_range) == 2,
        },
        "key_frames": len(keys),
        "group_frames": {"shortest": min(groups), "longest": max(groups), "mean": round(sum(groups) / len(groups), 2)},
    }


def _sound(stream: Any) -> dict[str, Any]:
    return {"sample_rate": stream.sample_rate, "channels": stream.channels, "layout": stream.layout.name}
