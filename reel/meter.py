"""Processor time of a piece of work: of its own thread, of threads that help it, and of processes that it waits for::

    with metered() as meter:
        make()
    print(meter.seconds)

The kernel counts by thread and by process, and steps share both. So whoever starts a thread or a process for a piece of work
says so here; outside of `metered` all of it is nothing.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Meter:
    """Adds up processor seconds; safe from all threads."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        return self._seconds

    def add(self, seconds: float) -> None:
        with self._lock:
            self._seconds += seconds


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Meter what this thread does meanwhile, and what it says that others do for it; whole when the context is left."""
    meter = Meter()
    with _metering(meter):
        yield meter


@contextmanager
def _metering(meter: Meter) -> Iterator[None]:
    token, began = _METER.set(meter), time.thread_time()
    try:
        yield
    finally:
        meter.add(time.thread_time() - began)
        _METER.reset(token)


def charge(seconds: float) -> None:
    """Add what was spent elsewhere to the work that is metered here, if any is."""
    if meter := _METER.get():
        meter.add(seconds)


def helping(work: Callable[[], None]) -> Callable[[], None]:
    """The same work, for another thread, whose time is charged to what is metered here."""
    meter = _METER.get()
    if meter is None:
        return work

    def run() -> None:
        with _metering(meter):
            work()

    return run


def reap(pid: int) -> tuple[int, resource.struct_rusage]:
    """Wait for the end of a child that nobody has waited for yet, and charge what it used; its exit code, negative after a
    signal, and its usage."""
    _, status, usage = os.wait4(pid, 0)
    charge(usage.ru_utime + usage.ru_stime)
    return os.waitstatus_to_exitcode(status), usage


def end(pid: int) -> int:
    """End such a child, unless it has ended, and `reap` it; its exit code."""
    # Not `Popen.kill`, which looks first whether it has ended: it would be reaped then, and its usage lost. The number cannot
    # be another's meanwhile, as nobody else takes it from the kernel.
    os.kill(pid, signal.SIGKILL)
    return reap(pid)[0]
