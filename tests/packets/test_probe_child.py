"""The process that reads untrusted files: what happens when it hangs, crashes or loses its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reel.errors import BadMedia, Internal
from reel.packets import probe as probing
from reel.settings import settings
from tests.waiting import wait_for


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    return path


def child_does(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(probing, "_command", lambda: [sys.executable, "-c", code])


def test_a_hanging_reader_is_ended(victim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REEL_PROBE_SECONDS", "0.3")
    settings.cache_clear()
    child_does(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(BadMedia, match=r"cannot be read within 0\.3 s"):
        probing.probe(victim, "", "clips[0]")
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("import os; os.abort()", BadMedia, "makes the reader crash (SIGABRT)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", BadMedia, "cannot be read within"),
        ("bytearray(1 << 60)", BadMedia, "needs too much memory"),
        ("raise KeyError('oops')", Internal, "oops"),
    ],
)
def test_a_dying_reader(
    code: str, error: type[Exception], words: str, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child_does(monkeypatch, code)
    with pytest.raises(error) as raised:
        probing.probe(victim, "", "clips[0]")
    assert words in str(raised.value)


def test_a_flood_of_output_is_bounded(victim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    confined = f"from reel.confinement.child import confine; confine({os.getpid()}, 20)"
    child_does(monkeypatch, f"{confined}\nimport sys\nwhile True: sys.stdout.write('x' * (1 << 20))")
    with pytest.raises(Internal, match="File too large"):
        probing.probe(victim, "", "clips[0]")


@pytest.mark.parametrize("name", ["missing.mp4", "."])
def test_what_is_not_a_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="is not a file"):
        probing.probe(tmp_path / name, "", "clips[0]")


PARENT = """
import os, sys
from pathlib import Path
from reel.packets import probe
child = "import os, time; from reel.confinement.child import confine; confine(os.getppid(), 60); "
child += f"os.write(2, b'.'); Path({sys.argv[1]!r}).write_text(str(os.getpid())); time.sleep(60)"
child = "from pathlib import Path; " + child
probe._command = lambda: [sys.executable, "-c", child]
probe.probe(Path(sys.argv[2]), "", "a")
"""


def test_no_reader_outlives_its_parent(victim: Path, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    root = str(Path(probing.__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(note), str(victim)], env={**os.environ, "PYTHONPATH": root}
    )
    reader = wait_for_pid(note)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not is_running(reader), "the reader's end")


def wait_for_pid(note: Path) -> int:
    return int(wait_for(lambda: note.exists() and note.read_text(), "the reader to start"))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
