"""Has Shaka Packager encrypt one track, confined and within bounds, whatever happens leaving no process behind.

The key goes through a pipe: on a command line everybody on the machine could read it, and in a file it could be left behind.
"""

from __future__ import annotations

import logging
import os
import re
import shlex
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from reel.confinement.child import Child
from reel.confinement.ended import ended_by
from reel.confinement.executable import executable
from reel.confinement.program import Access, Bounds, reason, start
from reel.errors import Cancelled, Evidence, Internal, ReelError, Resource
from reel.settings import settings
from reel.shaka.build import REMEDY, require_packager

log = logging.getLogger("reel.shaka")

Scheme = Literal["cbcs", "cenc"]
"""Of ISO/IEC 23001-7: AES-CBC of one block in ten (sound: of all), and AES-CTR of all."""

INPUT, OUTPUT = "clear.mp4", "encrypted.mp4"
"""Its arguments are lists with commas, in which no path may stand: so both are in the folder where it works."""
MEMORY_BYTES = 1 << 30
DISK_FULL = re.compile(r"No space left|Disk quota exceeded|out of disk space|Failed to write")
"""The last two are its own words for a file that takes no more, or does not close; why, it does not say."""
ROOM_BYTES = 64 << 20
"""For what a file grows by: a vector and a list of ranges for each sample."""
TAIL_BYTES = 16 << 10

FLAGS = (
    "--enable_raw_key_encryption",
    # From the first sample on: its default leaves five seconds clear.
    "--clear_lead=0",
    # It rewrites the file to put the index in front; by default by way of a folder of the system.
    "--temp_dir=.",
    # Warnings and worse: the rest tells what it is about.
    "--minloglevel=1",
    "--stderrthreshold=1",
    # What is in a file of its flags: none may come from the environment, or from the command line beside it.
    "--flagfile=/dev/stdin",
)


@dataclass(frozen=True)
class Lock:
    """What a track is encrypted with."""

    scheme: Scheme
    key_id: bytes
    key: bytes = field(repr=False)
    iv: bytes
    """Of the first sample; of cbcs, of all of them. Without one it would be drawn by lot, and no two makings were equal."""

    def flags(self) -> str:
        """One a line, as its flag file has them."""
        key = f"label=:key_id={self.key_id.hex()}:key={self.key.hex()}"
        return f"--protection_scheme={self.scheme}\n--iv={self.iv.hex()}\n--keys={key}\n"


def encrypt(
    source: Path,
    kind: Literal["video", "audio"],
    lock: Lock,
    folder: Path,
    *,
    place: str,
    cancelled: threading.Event | None = None,
) -> Path:
    """Encrypt the one track of an MP4 file; returns the new file, which is in `folder`, and whose layout is the program's own.

    Raises `Resource` where there is no such program, where it runs for longer than a step may, or is ended for what it takes;
    `Transient` where somebody else ends it, `Cancelled`, and `Internal` where it fails otherwise.
    """
    program = require_packager(place)
    (folder / INPUT).symlink_to(source.absolute())
    command = [str(program), f"in={INPUT},stream={kind},out={OUTPUT}", *FLAGS]
    log.debug("%s", shlex.join(command))
    made_of = executable(program)
    access = Access((*made_of.read, str(source.absolute())), made_of.executed, (str(folder.absolute()),))
    bounds = Bounds(
        MEMORY_BYTES, 2 * source.stat().st_size + ROOM_BYTES, int(settings().step_seconds * (os.cpu_count() or 1)) + 1
    )
    try:
        process = start(
            command,
            access,
            bounds,
            cwd=folder,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise Resource.at(place, f"Shaka Packager could not be started: {error.strerror}", REMEDY) from error
    ended, said, verdict = _attended(process, lock.flags().encode(), place, cancelled)
    said = said.replace(lock.key.hex(), "(the key)")  # should it ever say what it takes exception to
    if failure := verdict or _failure(ended, said, place):
        failure.evidence = Evidence(argv=tuple(command), stderr_tail=said)
        raise failure
    return folder / OUTPUT


def _attended(
    process: subprocess.Popen[bytes], flags: bytes, place: str, cancelled: threading.Event | None
) -> tuple[int, str, ReelError | None]:
    """Give a program its flags, and listen until it ends or has to: its exit code, what it said last, and why it had to."""
    assert process.stdin is not None
    assert process.stderr is not None
    due, said = time.monotonic() + settings().step_seconds, bytearray()
    verdict: ReelError | None = None

    def listen(data: bytes) -> None:
        said.extend(data)
        del said[:-TAIL_BYTES]

    def look() -> bool:
        nonlocal verdict
        verdict = verdict or _verdict(due, place, cancelled)
        return verdict is not None

    with Child(process) as child:
        # It may have ended already, and how tells why.
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(flags)  # fewer bytes than any pipe holds
        child.attend({process.stderr: listen}, look)
        child.reap()
    return child.returncode or 0, said.decode(errors="replace"), verdict


def _verdict(due: float, place: str, cancelled: threading.Event | None) -> ReelError | None:
    """Why a running program has to end; null where it may go on."""
    if cancelled and cancelled.is_set():
        return Cancelled.at(place, "cancelled")
    if time.monotonic() > due:
        what = f"Shaka Packager was ended after its time limit of {settings().step_seconds:g} s"
        return Resource.at(place, what, "raise REEL_STEP_SECONDS, or use a faster machine")
    return None


def _failure(returncode: int, said: str, place: str) -> ReelError | None:
    """What a program that has ended failed of; null where it did not."""
    lines = said.strip().splitlines()
    if never := reason(returncode, said):
        return Resource.at(place, f"Shaka Packager could not be started: {os.strerror(never[1])}", REMEDY)
    if returncode < 0:
        return ended_by(-returncode, "Shaka Packager", place, REMEDY, lines[-1] if lines else "")
    if DISK_FULL.search(said):
        return Resource.at(place, "the disk is full", "free some disk space, or let REEL_SCRATCH name a larger disk")
    if returncode:
        what = f"Shaka Packager failed with exit code {returncode}: {lines[-1] if lines else 'it said nothing'}"
        return Internal.at(place, what, "report this with the version that `reel doctor` tells")
    return None
