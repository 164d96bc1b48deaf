"""Copies packets out of one untrusted file in a confined child.

The order says what to copy (see `reel.packets.copy`). What goes out is an mp4 file with one stream of picture (with a number
behind it, where `wrap` is true: see `reel.packets.cutting`), or one JSON object, `{"refusal": [what, remedy]}`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

from reel.confinement.files import url_of
from reel.confinement.refusal import Refusal
from reel.packets.cutting import copy_out, wrap_out


def answer(order: dict[str, Any], files: Sequence[int], out: BinaryIO) -> None:
    """Write what is ordered, or why it cannot be had."""
    try:
        (wrap_out if order["wrap"] else copy_out)(url_of(files[0]), order, out)
    except Refusal as refusal:
        out.seek(0)
        out.truncate()
        out.write(json.dumps({"refusal": refusal.args}).encode())
