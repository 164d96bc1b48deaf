"""What a process and all that it has started use of this machine, as the kernel tells it in /proc."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
"""Clock ticks in a second of a processor, in which /proc counts."""


@dataclass(frozen=True)
class Usage:
    """What a process, its children, theirs and so on use."""

    pids: frozenset[int]
    cpu_seconds: float
    """Of processors, since the process began; what has ended and was waited for is counted with who waited for it."""
    memory_bytes: int
    """Held now; what several share is counted once, a part with each (PSS)."""


def usage_of(pid: int) -> Usage:
    """The usage of a process's family at this moment; of a process that is gone, nothing."""
    stats = dict(_stats())
    children = defaultdict(list)
    for child, (parent, _) in stats.items():
        children[parent].append(child)
    family, left = set(), [pid] if pid in stats else []
    while left:
        family.add(member := left.pop())
        left += children[member]
    ticks = sum(stats[member][1] for member in family)
    return Usage(frozenset(family), ticks / TICKS, sum(map(_memory, family)))


def _stats() -> Iterator[tuple[int, tuple[int, int]]]:
    """Of each process its parent and its ticks: user and system, its own and those of children it has waited for."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                text = (entry / "stat").read_text(errors="replace")
            except OSError:
                continue  # it has ended meanwhile
            fields = text.rpartition(")")[2].split()  # the command's name before it may hold anything
            yield int(entry.name), (int(fields[1]), sum(map(int, fields[11:15])))


def _memory(pid: int) -> int:
    """A process that keeps to itself, as ours do, shows its shares to root alone; to others what it holds of its own."""
    for file, name in (("smaps_rollup", "Pss:"), ("status", "RssAnon:")):
        try:
            lines = Path(f"/proc/{pid}/{file}").read_text(errors="replace").splitlines()
        except OSError:  # it has ended meanwhile, or is not ours to look into
            continue
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
    return 0
