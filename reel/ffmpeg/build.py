"""Which FFmpeg this machine uses, and the fingerprint of its build.

The fingerprint is part of every step's key: two workers share an artefact only when they run the same encoder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from reel.confinement.ended import MEMORY
from reel.errors import Internal, Resource, Transient
from reel.ffmpeg import failures
from reel.settings import settings

PLACE = "ffmpeg"
REMEDY = "set REEL_FFMPEG to a working FFmpeg, or install the wheel imageio-ffmpeg again"
VERSION_SECONDS = 120.0
"""It answers in 10 ms; one that does not answer for so long is on a machine that does nothing else either."""


@cache
def ffmpeg_path() -> Path:
    """The FFmpeg to run: `REEL_FFMPEG`, or the binary of the imageio-ffmpeg wheel. Nothing is started to find it."""
    path = settings().ffmpeg or _wheel_binary()
    if not path.is_file():
        raise _unfit(f"there is no file {path}")
    if not os.access(path, os.X_OK):
        raise _unfit(f"{path} is not executable", f"chmod +x {path}, or {REMEDY}")
    # Absolute, because a step may run in a working folder of its own.
    return path.absolute()


@cache
def build_id() -> str:
    """A short fingerprint of the build: version, configuration, compiler and library versions.

    FFmpeg is asked for them, and may be killed or starved meanwhile as in any step: then this raises `Transient` or `Resource`
    and is worth another try. Raises `Internal` where it does not start at all.
    """
    path = ffmpeg_path()
    if settings().ffmpeg:
        # It may link libraries that change beside it: only asking tells.
        return _fingerprint(path)
    noted = _Note(path)
    if known := noted.read():
        return known
    build = _fingerprint(path)
    noted.write(build)
    return build


def encoders() -> frozenset[str]:
    """Names of the encoders that this FFmpeg has. Raises as `build_id`."""
    said = _said(ffmpeg_path(), ["-hide_banner", "-encoders"]).decode(errors="replace")
    listed = said.partition("------\n")[2].splitlines()
    return frozenset(line.split()[1] for line in listed if len(line.split()) > 1)


class _Note:
    """The fingerprint of the wheel's binary, kept at home: it links nothing, so the same file is the same build, and the
    processes of a worker's runs need not each ask it."""

    def __init__(self, path: Path) -> None:
        stat = path.stat()
        self._file = [str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino]
        self._note = settings().home / "ffmpeg.json"

    def read(self) -> str | None:
        """What is noted of this very file."""
        try:
            noted = json.loads(self._note.read_text("utf-8"))
            return str(noted["build"]) if noted["file"] == self._file else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, build: str) -> None:
        """Note it, whole or not at all; where it cannot be written, the next process asks again."""
        beside = self._note.with_suffix(f".{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            self._note.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps({"file": self._file, "build": build}), "utf-8")
            beside.replace(self._note)


def _wheel_binary() -> Path:
    """The file itself: the wheel's own finder starts it each time, and takes a kill meanwhile for a missing FFmpeg."""
    folder = Path(imageio_ffmpeg.__file__).with_name("binaries")
    for path in sorted(folder.glob("ffmpeg-*")):
        return path
    raise Internal.at(PLACE, f"imageio-ffmpeg holds no FFmpeg for this machine: {folder} is empty", REMEDY)


def _fingerprint(path: Path) -> str:
    said = _said(path, ["-version"])
    if not said.startswith(b"ffmpeg version "):
        words = said.decode(errors="replace").strip()[-500:]
        raise _unfit(f"{path} is no FFmpeg: -version ended with 0: {words or 'it said nothing'}")
    return hashlib.sha256(said).hexdigest()[:16]


def _said(path: Path, arguments: list[str]) -> bytes:
    """What FFmpeg writes that is asked for something."""
    command = [str(path), *arguments]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=VERSION_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        what = f"{' '.join(command)} gave no answer in {VERSION_SECONDS:g} s"
        raise Transient.at(PLACE, what, "try again") from None
    except (BlockingIOError, MemoryError) as error:
        raise Resource.at(PLACE, f"{path} does not start: {error}", MEMORY) from None
    except OSError as error:
        raise _unfit(f"{path} does not start: {error}") from None
    said = (done.stderr or done.stdout).decode(errors="replace").strip()[-500:]
    if done.returncode < 0:
        raise failures.classify(done.returncode, said, PLACE)
    if done.returncode != 0:
        told = " ".join(arguments)
        raise _unfit(f"{path} is no FFmpeg: {told} ended with {done.returncode}: {said or 'it said nothing'}")
    return done.stdout


def _unfit(what: str, remedy: str = REMEDY) -> Resource | Internal:
    """What to raise of an FFmpeg that cannot be used: a machine that was set up wrong where one was named, else a fault of the
    installation."""
    kind, place = (Resource, "REEL_FFMPEG") if settings().ffmpeg else (Internal, PLACE)
    return kind.at(place, what, remedy)
