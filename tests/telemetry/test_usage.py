"""What a process and its children use."""

from __future__ import annotations

import os
import subprocess
import sys

from reel.telemetry.usage import usage_of

FAMILY = """
import subprocess, sys, time
held = bytearray(64 << 20)
for place in range(0, len(held), 4096):
    held[place] = 1
child = subprocess.Popen([sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
while time.process_time() < 0.3:
    pass
print(child.pid, flush=True)
sys.stdin.readline()
burned = subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.3: pass"])
child.stdin.close()
child.wait()
print("alone", flush=True)
sys.stdin.readline()
"""


def test_a_family_is_counted_as_one() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as parent:
        assert parent.stdin
        assert parent.stdout
        child = int(parent.stdout.readline())
        together = usage_of(parent.pid)
        assert together.pids == {parent.pid, child}
        assert together.cpu_seconds >= 0.25  # the kernel counts in hundredths, and cuts off each of four
        assert together.memory_bytes > 64 << 20
        assert usage_of(child).memory_bytes < 64 << 20
        parent.stdin.write("\n")
        assert parent.stdout.readline() == "alone\n"
        alone = usage_of(parent.pid)
        assert alone.pids == {parent.pid}
        # What has ended has worked all the same.
        assert alone.cpu_seconds >= together.cpu_seconds + 0.25
        parent.stdin.write("\n")


def test_this_process_is_in_its_own_family_and_what_is_gone_uses_nothing() -> None:
    assert os.getpid() in usage_of(os.getpid()).pids
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert usage_of(gone.pid).pids == frozenset()
