"""A program that is attended to its end: whatever happens, neither it nor its pipes are left behind."""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import IO

from reel.meter import reap

POLL_SECONDS = 0.1
"""How often those who attend a program look at it; the latency of a cancel."""
READ_BYTES = 64 << 10
"""Of a pipe at a time."""


class Child:
    """A running program; a context manager that leaves no process and no pipe that we read behind.

    It is made, attended and left in one thread: the kernel ends the child when the thread that started it ends.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.returncode: int | None = None
        """Null until it is reaped; negative after a signal."""

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self.returncode is None:
            self.kill()
            self.reap()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def kill(self) -> None:
        """End it at once, without SIGTERM before: what it has written is under a temporary name, and nobody wants its end."""
        # Not Popen.kill: that may reap the child, and its resource usage would be lost. The pid cannot belong to
        # another process meanwhile, because nobody but `reap` takes it from the kernel.
        os.kill(self.process.pid, signal.SIGKILL)

    def attend(self, readers: Mapping[IO[bytes], Callable[[bytes], object]], look: Callable[[], bool]) -> None:
        """Hand on what comes through pipes until it closes them by ending; a full pipe would stop it for ever. `look` is called
        again and again, and says whether it has to end."""
        with selectors.DefaultSelector() as selector:
            for pipe, read in readers.items():
                selector.register(pipe, selectors.EVENT_READ, read)
            while selector.get_map():
                for key, _ in selector.select(POLL_SECONDS):
                    if data := os.read(key.fd, READ_BYTES):
                        key.data(data)
                    else:
                        selector.unregister(key.fileobj)
                if look():
                    self.kill()

    def reap(self) -> resource.struct_rusage:
        """Wait for its end; take its exit code and what it used."""
        self.returncode, usage = reap(self.process.pid)
        self.process.returncode = self.returncode
        return usage
