"""The child process that reads one untrusted media file: `python -m reel.packets.reader LIMITS < FILE > FACTS`.

The file comes as standard input, so that neither its name nor its folder can steer FFmpeg. What goes out is one JSON
object, `{"facts": ...}` or `{"refusal": [what, remedy]}`. Light on purpose, without pydantic and NumPy: starting is
most of the price. What reads the file is imported once the process is confined.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO

from reel.confinement.child import INPUT, confine


def _answer(file: BinaryIO, limits: dict[str, int]) -> dict[str, Any]:
    """Facts of the file, or why there are none."""
    from reel.confinement.refusal import Refusal
    from reel.packets.facts import file_facts

    try:
        return {"facts": file_facts(file, INPUT, limits)}
    except Refusal as refusal:
        return {"refusal": list(refusal.args)}


def main() -> None:
    limits = json.loads(sys.argv[1])
    confine(limits["parent"], limits["cpu_seconds"])
    json.dump(_answer(sys.stdin.buffer, limits), sys.stdout)


if __name__ == "__main__":
    main()
