"""The process of FFmpeg: started confined, and so that it cannot outlive us."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from reel.confinement.executable import executable
from reel.confinement.program import Access, Bounds, start
from reel.errors import Internal, ReelError, Resource
from reel.settings import settings

LIBRARY_PATH = "LD_LIBRARY_PATH"
"""All that FFmpeg sees of our environment, and only one that `REEL_FFMPEG` names: where its libraries lie."""

DEVICE_OPTIONS = ("-vaapi_device", "-qsv_device")
"""Options of FFmpeg that name the device of an encoder in hardware; that of NVIDIA names none."""

LEAST_MEMORY_BYTES = 4 << 30
"""That an FFmpeg may hold, however little its worker is given: what a step holds is bounded by letting steps in."""
MEMORY_BYTES_PER_PROCESSOR = 128 << 20
"""For the stacks of the threads that decoders, filters and encoders each start as many of."""

OWN_ENVIRONMENT = {
    # SVT-AV1 knows nothing of FFmpeg's `-loglevel`: it would fill the tail of what is kept with its settings. 1: errors.
    "SVT_LOG": "1",
}


def start_ffmpeg(
    command: Sequence[str],
    place: str,
    cwd: Path | None,
    stdin: int,
    pass_fds: Sequence[int],
    most_bytes: int,
    limit_seconds: float,
) -> subprocess.Popen[bytes]:
    """Start FFmpeg so that it cannot outlive us, and sees no file but those that its arguments name; in our own process group,
    because a cancel by Prefect ends that. No file of its becomes larger than `most_bytes`; it takes as many seconds of each
    processor at most."""
    try:
        return start(
            command,
            access_of(command, cwd),
            _bounds(most_bytes, limit_seconds),
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=pass_fds,
            env=OWN_ENVIRONMENT | ({LIBRARY_PATH: _library_path()} if _library_path() else {}),
        )
    except OSError as error:
        raise not_started(place, error.errno or 0) from error


def not_started(place: str, number: int) -> ReelError:
    """FFmpeg could not be started, of an error with this number."""
    what = f"FFmpeg could not be started: {os.strerror(number)}"
    if number in (errno.EAGAIN, errno.ENOMEM):
        return Resource.at(place, what, "run fewer steps at a time")
    return Internal.at(place, what)


def access_of(command: Sequence[str], cwd: Path | None) -> Access:
    """What an FFmpeg gets to see: the files that it is told to read, the folders of those that it is told to write, where it
    works, and what it is made of itself."""
    inputs = [word for option, word in pairwise(command) if option == "-i"]
    outputs = [word for option, word in pairwise(command) if option not in ("-i", *DEVICE_OPTIONS)]
    devices = [word for option, word in pairwise(command) if option in DEVICE_OPTIONS]
    if any(word.endswith("_nvenc") for word in command):
        devices += map(str, Path("/dev").glob("nvidia*"))
    made_of = executable(Path(command[0]), _library_path())
    own = map(str, settings().ffmpeg_files)
    return Access(
        reads=(*made_of.read, *(path for word in inputs if (path := _path(word)))),
        tools=(*made_of.executed, *own),
        writes=(*(str(Path(path).parent) for word in outputs if (path := _path(word))), *([str(cwd)] if cwd else [])),
        devices=tuple(devices),
    )


def _path(word: str) -> str:
    """The path that an argument is, empty where it is none."""
    return word.removeprefix("file:") if word.startswith(("file:", "/")) else ""


def _library_path() -> str:
    return os.environ.get(LIBRARY_PATH, "") if settings().ffmpeg else ""


def _bounds(most_bytes: int, limit_seconds: float) -> Bounds:
    processors = os.cpu_count() or 1
    return Bounds(
        memory_bytes=max(LEAST_MEMORY_BYTES, settings().memory_bytes) + processors * MEMORY_BYTES_PER_PROCESSOR,
        file_bytes=most_bytes,
        cpu_seconds=int(limit_seconds * processors) + 1,
    )


def close(fds: Sequence[int]) -> None:
    """FFmpeg's copies are the last ones then: whoever reads the other ends sees them close with FFmpeg."""
    for fd in fds:
        os.close(fd)


def peak_memory(pid: int) -> int:
    """The most bytes that were resident in a running process; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    _, found, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) << 10 if found else 0
