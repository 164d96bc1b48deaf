"""Single frames of an untrusted file, decoded in a child process: what it shows at certain moments::

frames = frames_shown(path, facts, [Fraction(1, 3), Fraction(2)], "clips[0]")
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from reel.confinement.parent import ask_child, limits
from reel.errors import BadMedia
from reel.media import MediaFacts

READER = "reel.packets.shown_reader"

HEAD_BYTES = 4096
"""Room for the line before a frame's planes."""


Stored: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Decoded:
    """A frame as it is stored: neither turned nor stretched nor converted."""

    planes: tuple[Stored, ...]
    """Y, Cb, Cr and, where there is any, alpha, each of its own shape (height, width); or one, of shape (height, width, 4):
    red, green, blue and straight alpha."""
    bits: int
    rgb: bool


def frames_shown(path: Path, facts: MediaFacts, moments: Sequence[Fraction], name: str) -> list[Decoded]:
    """For each moment, in seconds on the file's clock and rising, the last frame that begins before it, else the first.

    Where frames last equally long, each begins on the exact grid of its rate. Raises `BadMedia` where nothing decodes.
    """
    video = facts.video
    assert video, "only files with a picture show anything"
    # A frame earlier, as frames that count as on time may come a little after it.
    place = bisect.bisect_left(video.keyframes, moments[0] - 1 / video.rate) - 1
    order = {
        **limits(),
        "moments": [str(moment) for moment in moments],
        "demuxer": facts.demuxer,
        "stream": video.index,
        "codec": video.codec,
        "alpha": video.alpha,
        "interlaced": video.interlaced,
        "start": str(video.start),
        "rate": str(video.rate),
        "variable": video.variable,
        "counted": video.counted,
        # A key frame before the first moment, so that what it shows is there already.
        "seek": str(video.keyframes[place]) if place > 0 else None,
    }
    # Eight bytes for a pixel is the most that any format has; some seconds of a clip are tens of frames.
    most = len(moments) * (8 * video.width * video.height + HEAD_BYTES)
    output = ask_child(READER, order, path, name, output_bytes=most)
    frames: list[Decoded] = []
    at = 0
    while at < len(output):
        end = output.index(b"\n", at) + 1
        head = json.loads(output[at:end])
        frame, at = _frame(output, head, end)
        frames += [frame] * head["moments"]
    if len(frames) != len(moments):
        raise BadMedia.at(name, f"has no frame to show at {float(moments[len(frames)]):.3f} s")
    return frames


def _frame(output: bytes, head: dict[str, Any], at: int) -> tuple[Decoded, int]:
    """The frame whose planes begin at a byte of the child's output, and where they end."""
    bits, rgb = head["bits"], head["rgb"]
    kind = np.dtype("u1" if bits <= 8 else "<u2")
    planes = []
    for width, height in head["planes"]:
        shape = (height, width, 4) if rgb else (height, width)
        count = int(np.prod(shape))
        planes.append(np.frombuffer(output, kind, count, at).reshape(shape))
        at += count * kind.itemsize
    return Decoded(tuple(planes), bits, rgb), at
