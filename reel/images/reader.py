"""Parts of one untrusted picture, decoded in a confined child.

The order holds `max_pixels` and `parts`, a list of [box, size]. What goes out is one line of JSON, `{"by_profile": ...}` or
`{"refusal": [what, remedy]}`, and after it the pixels of all parts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from reel.confinement.refusal import Refusal
from reel.images.decode import decode_boxes


def answer(order: dict[str, Any], files: Sequence[int], out: BinaryIO) -> None:
    """Writes the parts that are ordered of the file, or why it is no use."""
    reply: dict[str, Any]
    with os.fdopen(files[0], "rb", closefd=False) as file:
        try:
            parts, by_profile = decode_boxes(file, order["max_pixels"], order["parts"])
        except Refusal as refusal:
            parts, reply = [], {"refusal": refusal.args}
        else:
            reply = {"by_profile": by_profile}
    out.write(json.dumps(reply).encode() + b"\n")
    out.writelines(parts)
