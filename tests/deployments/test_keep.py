"""What dies is started again, what has ended is not, and whoever keeps it takes it along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from deployments import processes, surroundings
from tests.waiting import wait_for

NOTES_ITSELF = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"


def kept(note: Path, code: str = NOTES_ITSELF, *options: str) -> list[str]:
    return [sys.executable, "-m", "deployments.keep", *options, sys.executable, "-c", code, str(note)]


def noted(note: Path) -> list[int]:
    return [int(line) for line in note.read_text().splitlines()] if note.exists() else []


def test_what_is_killed_is_started_again_until_its_keeper_is_told_to_end(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with subprocess.Popen(kept(note), cwd=surroundings.ROOT) as keeper:
        wait_for(lambda: noted(note), "its start")
        os.kill(noted(note)[0], signal.SIGKILL)
        wait_for(lambda: len(noted(note)) == 2, "its second start")
        keeper.terminate()
        assert keeper.wait() == 0
    assert not any(map(processes.is_alive, noted(note)))


def test_what_is_kept_does_not_outlive_its_keeper(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with subprocess.Popen(kept(note), cwd=surroundings.ROOT) as keeper:
        wait_for(lambda: noted(note), "its start")
        keeper.kill()
    wait_for(lambda: not processes.is_alive(noted(note)[0]), "its end")


def test_what_ends_by_itself_is_done(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    ends = NOTES_ITSELF.replace("time.sleep(600)", "pass")
    assert subprocess.run(kept(note, ends), cwd=surroundings.ROOT, check=False).returncode == 0
    assert len(noted(note)) == 1


def test_what_is_killed_at_its_begin_is_started_again_all_the_same(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with subprocess.Popen(kept(note, NOTES_ITSELF, "--begun"), cwd=surroundings.ROOT) as keeper:
        wait_for(lambda: noted(note), "its start")
        os.kill(noted(note)[0], signal.SIGKILL)
        wait_for(lambda: len(noted(note)) == 2, "its second start")
        keeper.terminate()
        assert keeper.wait() == 0


def test_what_cannot_begin_is_not_started_again_where_that_is_asked_for(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    fails = NOTES_ITSELF.replace("time.sleep(600)", "sys.exit(3)")
    assert subprocess.run(kept(note, fails, "--begun"), cwd=surroundings.ROOT, check=False).returncode == 3
    assert len(noted(note)) == 1
