"""Finds what is damaged in a stretch of an untrusted file, by decoding it in a confined child.

The order is what `reel.packets.damage` asks for; what goes out is a list of JSON.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, BinaryIO

import av

from reel.damage import TOGETHER_SECONDS
from reel.packets.layouts import held
from reel.packets.sampling import opened, packets_of


def answer(order: dict[str, Any], files: Sequence[int], out: BinaryIO) -> None:
    """The damaged stretches, one after another."""
    begin, end, lasts = (Fraction(order[name]) for name in ("begin", "end", "lasts"))
    stretches: list[list[Any]] = []
    for first, behind, patched in sorted(_damaged({**order, "fd": files[0]}, end, lasts)):
        if first >= end or behind <= begin:
            continue
        if not stretches or first > stretches[-1][1] + TOGETHER_SECONDS:
            stretches.append([max(first, begin), first, 0, 0])
        stretches[-1][1] = max(stretches[-1][1], min(behind, end))
        stretches[-1][2 if patched else 3] += first >= begin
    out.write(json.dumps([[str(first), str(behind), *counts] for first, behind, *counts in stretches]).encode())


def _damaged(order: dict[str, Any], end: Fraction, lasts: Fraction) -> Iterator[tuple[Fraction, Fraction, bool]]:
    """Each frame that a decoder patched up (true), and each packet that gave none: from when on, and until when it is felt.
    What follows a picture is drawn from it, until the next key frame."""
    container, stream = opened(order)
    shown = 0
    is_sound = stream.type == "audio"
    damaged: list[tuple[Fraction, bool]] = []
    keys: list[Fraction] = []
    with container:
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        if order["seek"] is not None:
            container.seek(math.floor(Fraction(order["seek"]) / stream.time_base), stream=stream)
        for packet in packets_of(container, stream):
            stamp = packet.pts if packet.pts is not None else packet.dts
            try:
                frames = held(stream.decode(packet if packet.size else None))
            except (av.FFmpegError, ValueError):
                damaged.append((shown * lasts if stamp is None else stamp * stream.time_base, False))
                continue
            for frame in frames:
                # Frames without time stamps, as those of a bare stream, follow each other from its begin on.
                said = frame.pts if frame.pts is None else frame.pts * Fraction(frame.time_base or stream.time_base)
                time = shown * lasts if said is None else said
                shown += 1
                if frame.is_corrupt:
                    damaged.append((time, True))
                elif is_sound or frame.key_frame:
                    keys.append(time)
            if packet.dts is not None and packet.dts * stream.time_base >= end:
                break
    keys.sort()
    for time, patched in damaged:
        place = bisect_right(keys, time)
        behind = keys[place] if place < len(keys) else end
        yield time, time + lasts if is_sound else behind, patched
