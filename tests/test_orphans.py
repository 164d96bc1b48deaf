"""No process outlives the one it works for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import wait_for

CHILD = """
import os, signal, sys, time
from reel.orphans import end_with
signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[2] == "hangs" else signal.SIG_DFL)
end_with(int(sys.argv[1]), signal.SIGTERM, 1.0)
print(os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = (
    "import os, subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], str(os.getpid()), sys.argv[2]])"
)


@pytest.mark.parametrize("manner", ["ends", "hangs"])
def test_a_child_is_gone_soon_after_its_parent_was_killed(manner: str) -> None:
    """Also one that takes no notice of being told to end, as one that hangs while it ends."""
    command = [sys.executable, "-c", PARENT, CHILD, manner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = Path("/proc", parent.stdout.readline().strip())
        assert child.exists()
        parent.kill()
        wait_for(lambda: not child.exists(), "the child's end")


def test_a_child_goes_on_as_long_as_its_parent() -> None:
    """Longer than it has patience with a dead one."""
    code = "import time; time.sleep(2.5); print('here')"
    child = CHILD.replace("print(os.getpid(), flush=True)\ntime.sleep(600)", code)
    said = subprocess.run([sys.executable, "-c", PARENT, child, "hangs"], stdout=subprocess.PIPE, text=True, check=True)
    assert said.stdout == "here\n"
