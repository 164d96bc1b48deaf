"""Which FFmpeg this machine uses, and the fingerprint of its build.

The fingerprint is part of every step's key: two workers share an artefact only when they run the same encoder.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from reel.errors import Internal, Resource
from reel.settings import settings

PLACE = "ffmpeg"
REMEDY = "set REEL_FFMPEG to a working FFmpeg, or install the wheel imageio-ffmpeg again"


@cache
def ffmpeg_path() -> Path:
    """The FFmpeg to run: `REEL_FFMPEG`, or the binary of the imageio-ffmpeg wheel."""
    told = settings().ffmpeg
    path = told or _wheel_binary()
    kind, place = (Resource, "REEL_FFMPEG") if told else (Internal, PLACE)
    if not path.is_file():
        raise kind.at(place, f"there is no file {path}", REMEDY)
    if not os.access(path, os.X_OK):
        raise kind.at(place, f"{path} is not executable", f"chmod +x {path}, or {REMEDY}")
    # Absolute, because a step may run in a working folder of its own.
    return path.absolute()


@cache
def build_id() -> str:
    """A short fingerprint of the build: version, configuration, compiler and library versions (about 10 ms, once)."""
    return hashlib.sha256(_version_text(ffmpeg_path())).hexdigest()[:16]


def _wheel_binary() -> Path:
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise Internal.at(PLACE, f"imageio-ffmpeg holds no FFmpeg for this machine: {error}", REMEDY) from None


def _version_text(path: Path) -> bytes:
    try:
        command = [str(path), "-version"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Internal.at(PLACE, f"{path} does not start: {error}", REMEDY) from None
    if done.returncode != 0 or not done.stdout.startswith(b"ffmpeg version "):
        said = (done.stderr or done.stdout).decode(errors="replace").strip()[-500:]
        raise Internal.at(PLACE, f"{path} -version ended with {done.returncode}: {said}", REMEDY)
    return done.stdout
