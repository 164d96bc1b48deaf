"""What operations make of fixed inputs is what is locked; a change needs another `rules`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from reel.ffmpeg import framing
from reel.make.worker import Worker, make_worker
from reel.plan.operations import AnyOperation, Picture
from reel.settings import Settings
from tests.lock.examples import EXAMPLES, MEDIA
from tests.lock.locks import LOCKED, complaint, perform_all, plain_keys_of, read_lock
from tests.lock.signature import plain

PROOFS = {"prove", "prove-sound", "bind"}
"""What these make is a verdict: nothing of it is ever seen or heard. `tests/proof` holds them to it."""

OPERATIONS = {
    name: operation
    for operation in get_args(get_args(AnyOperation)[0])
    if (name := operation.model_fields["operation"].default) not in PROOFS
}

Performed = dict[str, tuple[AnyOperation, dict[str, Any]]]


@pytest.fixture(scope="module")
def locked_worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("lock")))


@pytest.fixture(scope="module")
def performed(locked_worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> Performed:
    made = perform_all(locked_worker, tmp_path_factory.mktemp("media"))
    return {operation.operation: (operation, found) for operation, found in made}


def test_lock_has_an_example_and_a_file_for_every_operation() -> None:
    assert set(EXAMPLES) == set(OPERATIONS)
    assert {path.stem for path in LOCKED.glob("*.json")} == set(OPERATIONS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_lock_of(name: str, performed: Performed) -> None:
    if name not in performed:
        pytest.skip("Shaka Packager is not installed (REEL_PACKAGER)")
    operation, found = performed[name]
    assert complaint(operation, found, read_lock(name)) == ""


def test_lock_fails_with_another_scaler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nearest = framing.SCALER["flags"].replace("bicubic", "neighbor")
    monkeypatch.setitem(framing.SCALER, "flags", nearest)
    worker = make_worker(Settings(home=tmp_path))
    operation, found = next(perform_all(worker, tmp_path))
    said = complaint(operation, found, read_lock("picture"))
    assert "picture.mp4" in said
    assert "the commands for FFmpeg" in said
    assert f"set `Picture.rules` in reel/plan/operations/ to {Picture.rules + 1}" in said


def test_lock_is_to_be_renewed_when_rules_were_raised(performed: Performed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the operation, or of one that it reads, for then its key is another too."""
    monkeypatch.setattr(Picture, "rules", Picture.rules + 1)
    raised = plain_keys_of(MEDIA)
    for name, is_another in {
        "picture": True,
        "join": True,
        "sprite": True,
        "decode": False,
        "soundtrack": False,
    }.items():
        operation, found = performed[name]
        said = complaint(operation, found | {"key": raised[name], "files": {}}, read_lock(name))
        assert ("has another key" in said) == is_another, name
        assert ("would be served for new ones" in said) != is_another, name


def test_lock_keeps_rules_from_sinking(performed: Performed) -> None:
    operation, found = performed["decode"]
    assert "only ever rises" in complaint(operation, found | {"rules": 0}, read_lock("decode"))


def test_commands_are_kept_without_what_changes_no_byte() -> None:
    command = "/opt/ffmpeg -y -max_pixels 9 -i file:/tmp/a/video.mp4 -f_c '[0]scale=w=(4/2)/1' pipe:17 pipe:1 pipe:17"
    assert plain(command) == "-i file:video.mp4 -f_c [0]scale=w=(4/2)/1 pipe:#1 pipe:1 pipe:#1"
