"""Pixels of a still picture that nobody vouches for, decoded and scaled in a child process::

decoded = decode_regions(Path("upload.jpg"), [ImageRegion((0, 0, 1, 1), (960, 540))], "step 3")
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reel.confinement.parent import FILE_BYTES, ask_child, limits
from reel.errors import BadMedia

READER = "reel.images.reader"
REPLY_BYTES = 4096
"""Room for the line before the pixels."""


@dataclass(frozen=True)
class ImageRegion:
    """What to take of a picture, and how large."""

    box: tuple[float, float, float, float]
    """Left, top, right and bottom, in shares of the upright picture."""
    size: tuple[int, int]
    """Width and height in pixels."""


@dataclass(frozen=True)
class DecodedRegions:
    """Parts of a picture, each of shape (height, width, 4): RGBA, straight alpha, upright."""

    pictures: tuple[npt.NDArray[np.uint8], ...]
    by_profile: bool
    """Whether the colours were brought to sRGB by a profile within the file; else they are as the file has them."""


def decode_regions(path: Path, parts: list[ImageRegion], name: str) -> DecodedRegions:
    """Parts of the first picture in a file, the largest first.

    Peak memory of the child, in bytes per pixel of the file: 4 for a JPEG that is needed large (a quarter of that at half
    the size, and so on), up to 16 for the other formats. Raises `BadMedia`.
    """
    lengths = [4 * part.size[0] * part.size[1] for part in parts]
    order = {**limits(), "parts": [(part.box, part.size) for part in parts]}
    output = ask_child(READER, order, path, name, output_bytes=REPLY_BYTES + sum(lengths), memory_bytes=FILE_BYTES)
    begin = output.index(b"\n") + 1
    reply = json.loads(output[:begin])
    if "refusal" in reply:
        raise BadMedia.at(name, *reply["refusal"])
    pieces = np.split(np.frombuffer(output, np.uint8, offset=begin), list(accumulate(lengths))[:-1])
    pictures = (piece.reshape(part.size[1], part.size[0], 4) for piece, part in zip(pieces, parts, strict=True))
    return DecodedRegions(tuple(pictures), reply["by_profile"])
