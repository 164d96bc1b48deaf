"""The process of FFmpeg: started so that it cannot outlive us."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from reel.errors import Internal, Resource
from reel.orphans import end_with

PASSED_ENVIRONMENT = (
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "HOME",
    "LD_LIBRARY_PATH",
    "PATH",
    "TMPDIR",
    "XDG_CACHE_HOME",
)
"""All that FFmpeg sees of our environment. It parses untrusted media: no credentials for it, and no FFREPORT either."""

OWN_ENVIRONMENT = {
    # SVT-AV1 knows nothing of FFmpeg's `-loglevel`: it would fill the tail of what is kept with its settings. 1: errors.
    "SVT_LOG": "1",
}


def start_ffmpeg(
    command: Sequence[str], place: str, cwd: Path | None, stdin: int, pass_fds: Sequence[int]
) -> subprocess.Popen[bytes]:
    """Start FFmpeg so that it cannot outlive us; in our own process group, because a cancel by Prefect ends that."""
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=pass_fds,
            env=OWN_ENVIRONMENT | {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ},
            preexec_fn=partial(_end_with_parent, os.getpid()),  # noqa: PLW1509 - it makes system calls only
        )
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.ENOMEM):
            raise Resource.at(place, f"FFmpeg could not be started: {error}", "run fewer steps at a time") from error
        raise Internal.at(place, f"FFmpeg could not be started: {error}") from error


def close(fds: Sequence[int]) -> None:
    """FFmpeg's copies are the last ones then: whoever reads the other ends sees them close with FFmpeg."""
    for fd in fds:
        os.close(fd)


def _end_with_parent(parent: int) -> None:
    """Runs in the child between fork and exec, where locks of other threads are held for ever: system calls only."""
    end_with(parent)
    # A crash in a codec would write gigabytes of core into the working folder.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def peak_memory(pid: int) -> int:
    """The most bytes that were resident in a running process; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    _, found, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) << 10 if found else 0
