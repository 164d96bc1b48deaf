"""What Shaka Packager gets to see, and what is told of it when it fails."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reel.errors import Cancelled, Internal, ReelError, Resource, Transient
from reel.settings import settings
from reel.shaka import build
from reel.shaka.encrypt import INPUT, OUTPUT, Lock, encrypt

LOCK = Lock("cbcs", bytes(15) + b"\1", bytes(range(16)), bytes(16))
Choose = Callable[..., None]


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Choose]:
    """`chosen(script)` has a script in the place of the program."""

    def forget() -> None:
        for cached in (settings, build.packager_path, build.packager_id):
            cached.cache_clear()

    def choose(script: str, **variables: str) -> None:
        path = tmp_path / "packager"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        for name, value in {"REEL_PACKAGER": str(path), **variables}.items():
            monkeypatch.setenv(name, value)
        forget()

    yield choose
    monkeypatch.undo()
    forget()


def encrypted(tmp_path: Path, cancelled: threading.Event | None = None) -> Path:
    source, folder = tmp_path / "a, b=c.mp4", tmp_path / "work"
    source.write_bytes(b"clear")
    folder.mkdir(exist_ok=True)
    for name in (INPUT, OUTPUT):
        (folder / name).unlink(missing_ok=True)
    return encrypt(source, "audio", LOCK, folder, place="en", cancelled=cancelled)


def test_it_is_told_of_the_key_by_a_pipe_alone(chosen: Choose, tmp_path: Path) -> None:
    # What it is given is written where it would write its file: arguments, environment, flags, and what it reads.
    chosen('{ echo "$@"; set; read a; read b; read c; echo "$a|$b|$c"; read d <clear.mp4; echo "$d"; } >encrypted.mp4')
    arguments, *variables, flags, read = encrypted(tmp_path).read_text().splitlines()
    assert arguments.startswith(
        "in=clear.mp4,stream=audio,out=encrypted.mp4 --enable_raw_key_encryption --clear_lead=0"
    )
    key = bytes(range(16)).hex()
    assert flags == f"--protection_scheme=cbcs|--iv={'00' * 16}|--keys=label=:key_id={'00' * 15}01:key={key}"
    assert read == "clear"
    assert key not in arguments + "".join(variables)
    assert not any("REEL_HOME" in variable for variable in variables)
    assert key not in repr(LOCK)


def test_it_sees_no_other_file(chosen: Choose, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("other tenant's")
    chosen(f"read a <{tmp_path}/secret && echo seen >encrypted.mp4; exit 0")
    encrypted(tmp_path)
    assert not (tmp_path / "work" / OUTPUT).exists()


@pytest.mark.parametrize(
    ("script", "error", "said"),
    [
        ("kill -9 $$", Resource, "en: Shaka Packager was ended by signal 9 (Killed), not by us"),
        ("kill -15 $$", Transient, "en: Shaka Packager was ended by signal 15 (Terminated), not by us"),
        ("echo E1: no; kill -11 $$", Internal, "en: Shaka Packager crashed with signal 11"),
        ("echo E1: no stream >&2; exit 1", Internal, "en: Shaka Packager failed with exit code 1: E1: no stream"),
        ("echo write: No space left on device >&2; exit 1", Resource, "en: the disk is full"),
        (
            "echo 'Packaging Error: 5 (FILE_FAILURE): Cannot close file encrypted.mp4, possibly file permission issue or "
            "running out of disk space.' >&2; exit 2",
            Resource,
            "en: the disk is full",
        ),
        (
            "echo 'Packaging Error: 5 (FILE_FAILURE): Failed to write file encrypted.mp4' >&2; exit 2",
            Resource,
            "en: the disk is full",
        ),
        (
            "read a; read b; read c; echo $c >&2; exit 1",
            Internal,
            "en: Shaka Packager failed with exit code 1: --keys=",
        ),
    ],
)
def test_how_it_fails_decides_whether_it_is_tried_again(
    script: str, error: type[ReelError], said: str, chosen: Choose, tmp_path: Path
) -> None:
    chosen(script)
    with pytest.raises(error) as failed:
        encrypted(tmp_path)
    assert str(failed.value).startswith(said)
    told = str(failed.value) + json.dumps([*failed.value.evidence.argv, failed.value.evidence.stderr_tail])
    assert bytes(range(16)).hex() not in told


@pytest.mark.parametrize(
    ("variables", "cancels", "error", "said"),
    [
        ({"REEL_STEP_SECONDS": "0.3"}, False, Resource, "after its time limit of 0.3 s"),
        ({}, True, Cancelled, "cancelled"),
    ],
)
def test_it_is_ended_when_it_hangs_or_is_called_off(
    variables: dict[str, str], cancels: bool, error: type[ReelError], said: str, chosen: Choose, tmp_path: Path
) -> None:
    chosen("echo $$ >pid; while :; do :; done", **variables)
    cancelled = threading.Event()
    if cancels:
        threading.Timer(0.3, cancelled.set).start()
    with pytest.raises(error, match=said):
        encrypted(tmp_path, cancelled)
    pid = int((tmp_path / "work" / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)


def test_what_is_no_packager_is_named(chosen: Choose, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chosen("echo packager version v9.9-1-release")
    assert build.packager_id() == "v9.9-1-release"
    chosen("echo something else")
    with pytest.raises(Resource, match=r"REEL_PACKAGER: .* is no Shaka Packager: it does not tell its version"):
        build.packager_id()
    chosen("exit 0", REEL_PACKAGER=str(tmp_path / "nothing"))
    with pytest.raises(Resource, match="REEL_PACKAGER: there is no file "):
        build.packager_path()
    monkeypatch.delenv("REEL_PACKAGER")
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    for cached in (settings, build.packager_path, build.packager_id):
        cached.cache_clear()
    assert build.packager_id() == build.ABSENT
    with pytest.raises(
        Resource, match=r"en: cbcs and cenc take Shaka Packager, which is not installed here \(pip install"
    ):
        encrypted(tmp_path)
