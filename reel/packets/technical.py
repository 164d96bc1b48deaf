"""What the packets of a video of ours tell: codecs, groups of pictures, bits for each second. Nothing is decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from reel.packets.codec_strings import codec_strings
from reel.packets.writing import stream_codec


def technical(path: Path) -> dict[str, Any]:
    """A video as JSON, its streams in order; rates are exact (`30000/1001`), bits are counted per second of the video."""
    with av.open(str(path)) as source:
        packets: dict[int, list[Any]] = {stream.index: [] for stream in source.streams}
        for packet in source.demux():
            if packet.pts is not None:
                packets[packet.stream.index].append((packet.pts * packet.time_base, packet.size, packet.is_keyframe))
        strings = codec_strings(path)
        streams = [
            _stream(stream, string, sorted(packets[stream.index]))
            for stream, string in zip((*source.streams.video, *source.streams.audio), strings, strict=True)
        ]
        return {
            "container": source.format.name,
            "bytes": path.stat().st_size,
            "codecs": ",".join(dict.fromkeys(strings)),
            "streams": streams,
        }


def _stream(stream: Any, codec_string: str, packets: Sequence[tuple[Any, int, bool]]) -> dict[str, Any]:
    seconds = stream.duration * stream.time_base if stream.duration else packets[-1][0] - packets[0][0]
    size = sum(packet[1] for packet in packets)
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
    return common | (_picture(stream, packets) if stream.type == "video" else _sound(stream))


def _bits_of_seconds(packets: Sequence[tuple[Any, int, bool]]) -> list[int]:
    """What is shown, or heard, in each second takes so many bits."""
    bits: Counter[int] = Counter()
    for at, size, _ in packets:
        bits[max(0, int(at))] += 8 * size
    return [bits[second] for second in range(max(bits, default=-1) + 1)]


def _picture(stream: Any, packets: Sequence[tuple[Any, int, bool]]) -> dict[str, Any]:
    context = stream.codec_context
    keys = [number for number, packet in enumerate(packets) if packet[2]]
    groups = [after - before for before, after in pairwise([*keys, len(packets)])]
    return {
        "width": stream.width,
        "height": stream.height,
        "frame_rate": str(stream.average_rate),
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
