"""Ctrl-C: no traceback, nothing published, and nothing left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clips import Clip
from tests.conftest import MakeClip
from tests.waiting import wait_for

# A shell that runs tests in the background has SIGINT ignored, and children inherit that.
START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from reel.cli import main; main()"


def ffmpegs_of(parent: int) -> list[int]:
    """The FFmpeg processes that a process has started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        state, ppid = rest.split()[:2]
        if name.startswith("ffmpeg") and int(ppid) == parent and state != "Z":
            found.append(int(stat.parent.name))
    return found


@contextmanager
def rendering(request: dict[str, object], home: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", START, "render", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "REEL_HOME": str(home)},
    ) as process:
        assert process.stdin
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        process.stdin = None
        try:
            yield process
        finally:
            process.kill()


def test_an_interrupt_ends_everything(make_clip: MakeClip, tmp_path: Path) -> None:
    slow = {"kind": "mixer", "clips": [str(make_clip(Clip(seconds=4)))], "speed": {"min": 0.25, "max": 0.25}}
    with rendering({**slow, "resolution": "4k", "frame_rate": 60}, tmp_path) as process:

        def started() -> list[int]:
            assert process.poll() is None, process.communicate()
            return ffmpegs_of(process.pid)

        children = wait_for(started, "FFmpeg to start")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130, said
    assert "interrupted; what was made is kept" in said
    assert "Traceback" not in said
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert not list((tmp_path / "scratch").rglob("*.mp4"))
    assert not list((tmp_path / "outputs").rglob("*.mp4"))
