"""Scratch folders: private, gone afterwards, and swept when their owner died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reel.errors import ReelError
from reel.store import sweep, workspace
from reel.store.scratch import STRANGER_SECONDS, owned_name
from tests.waiting import wait_for

HOLD = """
import sys, time
from pathlib import Path
from reel.store import workspace
with workspace(Path(sys.argv[1])) as folder:
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_bytes(b"x")
    print("ready", flush=True)
    time.sleep(60)
"""


def holder(root: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def finish(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def test_a_workspace_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with workspace(tmp_path / "a" / "b") as one, workspace(tmp_path / "a" / "b") as two:
        assert one != two
        assert one.stat().st_mode & 0o777 == 0o700
        (one / "file").write_bytes(b"x")
        (one / "link").symlink_to("/")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_workspace_is_gone_after_an_error_too(tmp_path: Path) -> None:
    def work() -> None:
        with workspace(tmp_path) as folder:
            (folder / "file").write_bytes(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_may_be_gone_already(tmp_path: Path) -> None:
    with workspace(tmp_path) as folder:
        folder.rmdir()


def test_a_workspace_where_none_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ReelError, match="file"), workspace(tmp_path / "file"):
        pass


def test_sweep_takes_the_dead_and_leaves_the_living(tmp_path: Path) -> None:
    living, dying = holder(tmp_path), holder(tmp_path)
    try:
        with workspace(tmp_path) as own:
            assert sweep(tmp_path) == 0
            os.kill(dying.pid, signal.SIGKILL)
            # Until it is waited for it is a zombie: there, and dead all the same.
            stat = Path(f"/proc/{dying.pid}/stat")
            wait_for(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z", "its end")
            assert sweep(tmp_path) == 1
            left = {path.name.split("-")[0] for path in tmp_path.iterdir()}
            assert left == {str(living.pid), str(os.getpid())}
            assert own.is_dir()
    finally:
        finish(living)
        finish(dying)
    assert sweep(tmp_path) == 1
    assert sweep(tmp_path) == 0


def test_a_process_number_that_is_used_again(tmp_path: Path) -> None:
    pid, start, *rest = owned_name().split("-")
    (tmp_path / "-".join([pid, str(int(start) - 1), *rest])).mkdir()
    (tmp_path / owned_name()).mkdir()
    assert sweep(tmp_path) == 1


@pytest.mark.parametrize(
    "name", ["notes.txt", "1-2", "0-1-" + "0" * 12 + "-" + "0" * 12, "4-5-" + "f" * 12 + "-" + "0" * 12]
)
@pytest.mark.parametrize("folder", [True, False])
def test_strangers_have_a_day(tmp_path: Path, name: str, folder: bool) -> None:
    path = tmp_path / name
    path.mkdir() if folder else path.write_bytes(b"")
    assert sweep(tmp_path) == 0
    old = time.time() - STRANGER_SECONDS - 60
    os.utime(path, (old, old))
    assert sweep(tmp_path) == 1
    assert not path.exists()


def test_a_sweep_does_not_follow_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"x")
    root = tmp_path / "root"
    root.mkdir()
    pid, start, *rest = owned_name().split("-")
    (root / "-".join([pid, str(int(start) - 1), *rest])).symlink_to(outside)
    assert sweep(root) == 1
    assert (outside / "kept").exists()


def test_a_sweep_of_nothing(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none") == 0
