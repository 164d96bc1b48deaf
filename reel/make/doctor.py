"""What a machine needs to make anything, looked at piece by piece: what `reel doctor` says."""

from __future__ import annotations

import os
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from reel.confinement.selftest import sandbox
from reel.control.stores import open_stores, these_backups, this_library
from reel.disk import free_bytes, require_folder
from reel.errors import ReelError
from reel.ffmpeg.build import build_id, encoders, ffmpeg_path
from reel.settings import Settings
from reel.shaka.build import REMEDY, packager_id, packager_path
from reel.store import ObjectStore
from reel.text.fonts import chain, font_digests
from reel.words import nearest

State = Literal["good", "doubtful", "bad"]

ENCODERS = ("libx264", "aac")
"""Without these nothing is made. Others are asked for by name, and missed where they are."""
PACKAGER = "Shaka Packager"
FREE_BYTES = 10 << 30
"""Less than this is soon used up."""
SKEW_SECONDS = 5.0
"""By which clocks may differ: places in the queue, ages of files and signatures of S3 compare those of machines."""
PREFECT_SECONDS = 10.0


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    name: str
    state: State
    what: str
    remedy: str = ""


def examine(config: Settings) -> Iterator[Finding]:
    """Look at everything; one thing after another, as each may take a while. Raises nothing."""
    looks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("settings", _settings),
        ("FFmpeg", _ffmpeg),
        (PACKAGER, _packager),
        ("sandbox", _sandbox),
        ("disk", _disks),
        ("fonts", _fonts),
        ("store", _store),
        ("outputs", _outputs),
        ("library", _library),
        ("backups", _backups),
        ("Prefect", _prefect),
        ("clocks", _clocks),
    )
    for name, look in looks:
        try:
            yield from look(config)
        except ReelError as error:
            yield from (Finding(name, "bad", problem.what, problem.remedy) for problem in error.problems)
        except OSError as error:
            yield Finding(name, "bad", str(error))


def _settings(_: Settings) -> Iterator[Finding]:
    """Variables that are nearly the name of a setting: nobody reads them."""
    known = {f"REEL_{name.upper()}" for name in Settings.model_fields}
    ours = (name for name in os.environ if name.startswith("REEL_") and not name.startswith(OF_OTHERS))
    for given in sorted(set(ours) - known):
        if near := nearest(given, known):
            yield Finding("settings", "doubtful", f"{given} is no setting", f"did you mean `{near}`?")


OF_OTHERS = ("REEL_GATEWAY_", "REEL_API_KEY", "REEL_DEBUG", "REEL_WORKER_PID")
"""Variables that are no settings of workers."""


def _ffmpeg(_: Settings) -> Iterator[Finding]:
    yield Finding("FFmpeg", "good", f"{ffmpeg_path()}, build {build_id()}")
    present = encoders()
    if missing := [name for name in ENCODERS if name not in present]:
        yield Finding("encoders", "bad", f"{', '.join(missing)} missing", "unset REEL_FFMPEG, or name another build")
    else:
        yield Finding("encoders", "good", f"{len(present)}, with {' and '.join(ENCODERS)}")


def _packager(_: Settings) -> Iterator[Finding]:
    if path := packager_path():
        yield Finding(PACKAGER, "good", f"{path}, {packager_id()}")
    else:
        yield Finding(PACKAGER, "doubtful", "not installed: no ladder is encrypted by cbcs or cenc", REMEDY)


def _sandbox(_: Settings) -> Iterator[Finding]:
    found = sandbox()
    states: dict[str, State] = {"full": "good", "partial": "doubtful", "none": "bad"}
    remedy = "" if found.level == "full" else "run a kernel with Landlock (5.13 or newer) and seccomp: docs/sandbox.md"
    yield Finding("sandbox", states[found.level], str(found), remedy)


def _disks(config: Settings) -> Iterator[Finding]:
    for setting, folder in {"REEL_HOME": config.home, "REEL_SCRATCH": config.scratch_folder}.items():
        require_folder(setting, folder)
        free = free_bytes(folder)
        state: State = "bad" if free < config.min_free_bytes else "good" if free >= FREE_BYTES else "doubtful"
        remedy = "" if state == "good" else f"make room, or let {setting} name another disk"
        yield Finding("disk", state, f"{free / (1 << 30):.1f} GiB free in {folder}", remedy)


def _fonts(_: Settings) -> Iterator[Finding]:
    altered = [
        path.name
        for path, digest in zip(chain(), font_digests(), strict=True)
        if sha256(path.read_bytes()).hexdigest() != digest
    ]
    if altered:
        yield Finding("fonts", "bad", f"{', '.join(altered)} is not what it was", "install the project again")
    else:
        yield Finding("fonts", "good", f"{len(chain())}, all as they should be")


def _store(config: Settings) -> Iterator[Finding]:
    yield _tried("store", open_stores(config).store.objects, config.store_location, config)


def _outputs(config: Settings) -> Iterator[Finding]:
    yield _tried("outputs", open_stores(config).outputs, config.outputs_location, config)


def _library(config: Settings) -> Iterator[Finding]:
    yield _tried("library", this_library(), config.library_location, config)


def _backups(config: Settings) -> Iterator[Finding]:
    yield _tried("backups", these_backups(), config.backups_location, config)


def _tried(name: str, objects: ObjectStore, place: str, config: Settings) -> Finding:
    """That a place is good; where it is none, that is told by its name, whatever becomes of the others."""
    _try_out(objects, config.scratch_folder)
    return Finding(name, "good", f"{place} is written, read and cleared")


def _try_out(objects: ObjectStore, scratch: Path) -> None:
    """Put an object, get it back, and delete it."""
    data = os.urandom(64)
    name = f"doctor/{sha256(data).hexdigest()[:16]}"
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="doctor-") as folder:
        sent, back = Path(folder, "sent"), Path(folder, "back")
        sent.write_bytes(data)
        objects.put(name, sent, sha256(data).hexdigest())
        try:
            objects.get(name, back)
        finally:
            objects.delete(name)
        if back.read_bytes() != data:
            raise OSError(f"{name} came back changed")


def _prefect(_: Settings) -> Iterator[Finding]:
    if address := os.environ.get("PREFECT_API_URL"):
        _date_of(address)
        yield Finding("Prefect", "good", f"{address} answers")
    else:
        remedy = "set PREFECT_API_URL where workers are to find their server"
        yield Finding("Prefect", "doubtful", "no server is named; `reel render` needs none", remedy)


def _date_of(address: str) -> float:
    """When a Prefect server says that it is, in seconds since 1970."""
    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/health", timeout=PREFECT_SECONDS) as answer:
            date = answer.headers["Date"]
    except (urllib.error.URLError, ValueError) as error:
        raise OSError(f"{address} does not answer: {getattr(error, 'reason', error)}") from None
    return parsedate_to_datetime(date).timestamp() if date else time.time()


def _clocks(config: Settings) -> Iterator[Finding]:
    yield _clock("the disk of the home", _disk_time(config.home))
    if address := os.environ.get("PREFECT_API_URL"):
        yield _clock("Prefect's server", _date_of(address))


def _disk_time(folder: Path) -> float:
    with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as file:
        return Path(file.name).stat().st_mtime


def _clock(whose: str, moment: float) -> Finding:
    apart = abs(moment - time.time())
    if apart > SKEW_SECONDS:
        return Finding("clocks", "bad", f"that of {whose} differs by {apart:.0f} s", "let NTP set both")
    return Finding("clocks", "good", f"that of {whose} agrees")
