"""Reads single frames and stretches of sound in a confined child.

The order holds `files`, what is asked of each (see `reel.packets.samples`). What is answered is a line of JSON, `files` and the
`seconds` of processor that it took, and behind it the bytes that it speaks of (see `_samples_of`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, BinaryIO

from reel.packets.sampling import frames_of
from reel.packets.sampling_sound import decoded_sounds


def answer(order: dict[str, Any], files: Sequence[int], out: BinaryIO) -> None:
    """What is asked of all the files."""
    reply, data = _samples_of([{**each, "fd": fd} for each, fd in zip(order["files"], files, strict=True)])
    out.write(json.dumps({"files": reply, "seconds": time.process_time()}).encode() + b"\n")
    out.writelines(data)


def _samples_of(files: list[dict[str, Any]]) -> tuple[list[Any], list[bytes]]:
    """For each file a reply, and the bytes that the replies speak of, one after another.

    Of a picture the reply is a list with, for each moment, the number of a frame; and a list of frames: format, width, height,
    time, and for each plane its bytes and bytes per line. Of sound: for each begin, time, channels and samples of each block.
    """
    replies: list[Any] = []
    data: list[bytes] = []
    for order in files:
        reply, found = frames_of(order) if "moments" in order else decoded_sounds(order)
        replies.append(reply)
        data += found
    return replies, data
