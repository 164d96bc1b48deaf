"""What a child does first: it confines itself. Light on purpose, as starting is most of what a child costs."""

from __future__ import annotations

import resource

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
