"""No process outlives the one it works for, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1  # from linux/prctl.h
# Resolved here, because between fork and exec nothing may be imported or looked up.
_prctl = ctypes.CDLL(None).prctl
_prctl.argtypes = (ctypes.c_int, ctypes.c_ulong)


def end_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when the thread that started it ends, however it ends.

    To be called in the new process, before or after `exec`.
    """
    _prctl(_PR_SET_PDEATHSIG, number)


def end_with(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """As `end_with_parent`, where the parent is the process `parent`; at once where that is gone already."""
    end_with_parent(number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
