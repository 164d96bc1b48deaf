"""No process outlives the one it works for, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time

_PR_SET_PDEATHSIG = 1  # from linux/prctl.h
# Resolved here, because between fork and exec nothing may be imported or looked up.
_prctl = ctypes.CDLL(None).prctl
_prctl.argtypes = (ctypes.c_int, ctypes.c_ulong)
LOOK_SECONDS = 1.0
"""How often a process that is to end by itself looks for its parent."""


def end_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when the thread that started it ends, however it ends.

    To be called in the new process, before or after `exec`.
    """
    _prctl(_PR_SET_PDEATHSIG, number)


def end_with(parent: int, number: signal.Signals = signal.SIGKILL, patience: float | None = None) -> None:
    """As `end_with_parent`, where the parent is the process `parent`; at once where that is gone already.

    `patience`: seconds after which this process is killed where it is still there, as one may be that hangs while it ends.
    """
    end_with_parent(number)
    if patience is not None:
        threading.Thread(target=_outlive, args=(parent, patience), name="orphan", daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def _outlive(parent: int, seconds: float) -> None:
    """End this process so long after its parent, from a thread: the main one may be waiting for something that never comes."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)
