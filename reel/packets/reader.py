"""The child process that reads one untrusted media file: `python -m reel.packets.reader LIMITS < FILE > FACTS`.

The file comes as standard input, so that neither its name nor its folder can steer FFmpeg. What goes out is one JSON
object, `{"facts": ...}` or `{"refusal": [what, remedy]}`. Light on purpose, without pydantic and NumPy: starting is
most of the price. What reads the file is imported once the process is confined.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any, BinaryIO

from reel.orphans import end_with

INPUT = "file:/proc/self/fd/0"
MEMORY_BYTES = 4 << 30
OUTPUT_BYTES = 64 << 20


def confine(parent: int, cpu_seconds: int, output_bytes: int = OUTPUT_BYTES) -> None:
    """Takes away what reading a file does not need; ends this process with the thread that started it."""
    end_with(parent)
    for what, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, output_bytes),
    ):
        resource.setrlimit(what, (limit, limit))
    # Soft below hard, so that too long (SIGXCPU) does not look like too large (SIGKILL of the kernel).
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 2))


def answer(file: BinaryIO, limits: dict[str, int]) -> dict[str, Any]:
    """Facts of the file, or why there are none."""
    from reel.packets.facts import read
    from reel.packets.refuse import Refusal

    try:
        return {"facts": read(file, INPUT, limits)}
    except Refusal as refusal:
        return {"refusal": list(refusal.args)}


def main() -> None:
    limits = json.loads(sys.argv[1])
    confine(limits["parent"], limits["cpu_seconds"])
    json.dump(answer(sys.stdin.buffer, limits), sys.stdout)


if __name__ == "__main__":
    main()
