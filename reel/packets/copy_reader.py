"""The child process that copies packets out of one untrusted file: `python -m reel.packets.copy_reader ORDER < FILE > MP4`.

The order is JSON: the limits of `reel.confinement.parent`, `output_bytes`, and what to copy (see `reel.packets.copy`). What
goes out is an mp4 file with one stream of picture (with a number behind it, where `wrap` is true: see
`reel.packets.cutting`), or one JSON object, `{"refusal": [what, remedy]}`.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO

from reel.confinement.child import INPUT, confine


def _answer(order: dict[str, Any], out: BinaryIO) -> None:
    """Write what is ordered, or why it cannot be had."""
    from reel.confinement.refusal import Refusal
    from reel.packets.cutting import copy_out, wrap_out

    try:
        (wrap_out if order["wrap"] else copy_out)(INPUT, order, out)
    except Refusal as refusal:
        out.seek(0)
        out.truncate()
        out.write(json.dumps({"refusal": refusal.args}).encode())


def main() -> None:
    order = json.loads(sys.argv[1])
    confine(order["parent"], order["cpu_seconds"], order["output_bytes"])
    _answer(order, sys.stdout.buffer)


if __name__ == "__main__":
    main()
