"""Facts of one untrusted media file, in a confined child. What goes out is one JSON object, `{"facts": ...}` or
`{"refusal": [what, remedy]}`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from reel.confinement.files import url_of
from reel.confinement.refusal import Refusal
from reel.packets.facts import file_facts


def answer(limits: dict[str, int], files: Sequence[int], out: BinaryIO) -> None:
    """Facts of the file, or why there are none."""
    reply: dict[str, Any]
    with os.fdopen(files[0], "rb", closefd=False) as file:
        try:
            reply = {"facts": file_facts(file, url_of(files[0]), limits)}
        except Refusal as refusal:
            reply = {"refusal": list(refusal.args)}
    out.write(json.dumps(reply).encode())
