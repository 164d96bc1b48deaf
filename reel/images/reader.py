"""The child process that decodes one untrusted picture: `python -m reel.images.reader ORDER < FILE > PIXELS`.

The order is JSON: the limits of `reel.confinement.parent`, `output_bytes`, and `parts`, a list of [box, size]. What goes out is
one line of JSON, `{"by_profile": ...}` or `{"refusal": [what, remedy]}`, and after it the pixels of all parts.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO

from reel.confinement.child import confine


def _answer(file: BinaryIO, order: dict[str, Any], out: BinaryIO) -> None:
    """Writes the parts that are ordered of the file, or why it is no use."""
    from reel.confinement.refusal import Refusal
    from reel.images.decode import decode_boxes

    reply: dict[str, Any]
    try:
        parts, by_profile = decode_boxes(file, order["max_pixels"], order["parts"])
    except Refusal as refusal:
        parts, reply = [], {"refusal": refusal.args}
    else:
        reply = {"by_profile": by_profile}
    out.write(json.dumps(reply).encode() + b"\n")
    out.writelines(parts)


def main() -> None:
    order = json.loads(sys.argv[1])
    confine(order["parent"], order["cpu_seconds"], order["output_bytes"])
    _answer(sys.stdin.buffer, order, sys.stdout.buffer)


if __name__ == "__main__":
    main()
