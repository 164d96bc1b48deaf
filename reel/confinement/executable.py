"""What executing a file takes beside the file itself: its interpreter, and the libraries of the system."""

from __future__ import annotations

import os
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FILES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
"""Where the loader of a program finds its libraries."""

MACHINE_FILES = ("/dev/null", "/dev/zero", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system")
"""What a program may ask of the machine: processors, memory, chance."""

PT_INTERP = 3
MOST_INTERPRETERS = 4  # as the kernel: a script whose interpreter is a script


@dataclass(frozen=True)
class Executable:
    """Files and folders that a program is made of."""

    executed: tuple[str, ...]
    """The program, and what the kernel starts it with."""
    read: tuple[str, ...]


def executable(program: Path, library_path: str = "") -> Executable:
    """What it takes to execute a program; `library_path` is what `LD_LIBRARY_PATH` will be."""
    executed = [str(program)]
    for _ in range(MOST_INTERPRETERS):
        if not (found := _interpreters(Path(executed[-1]))):
            break
        executed += found
    libraries = tuple(filter(None, library_path.split(":")))
    return Executable(tuple(executed), (*SYSTEM_FILES, *libraries, *MACHINE_FILES))


def _interpreters(file: Path) -> list[str]:
    """Who loads or reads a file that is executed; the one that is looked at next comes last."""
    try:
        with file.open("rb") as opened:
            head = opened.read(4096)
    except OSError:
        return []
    if head.startswith(b"#!"):
        return _of_script(os.fsdecode(head[2:].partition(b"\n")[0]).split())
    return _of_elf(head)


def _of_script(line: list[str]) -> list[str]:
    if line and Path(line[0]).name == "env" and len(line) > 1:
        named = shutil.which(line[-1])
        return [line[0], *_interpreters(Path(line[0])), *([named] if named else [])]
    return line[:1]


def _of_elf(head: bytes) -> list[str]:
    """The loader that an ELF file of 64 bits names, where it is linked dynamically (gABI, chapter 5)."""
    if len(head) < 64 or head[:5] != b"\x7fELF\x02":
        return []
    start, (size, count) = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<HH", head, 54)
    for at in range(start, min(start + size * count, len(head) - size + 1), size or 1):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", head, at)
        if kind == PT_INTERP:
            return [os.path.realpath(os.fsdecode(head[offset : offset + length].rstrip(b"\0")))]
    return []
