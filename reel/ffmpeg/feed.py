"""Feeds FFmpeg through its stdin: pictures or sound that are made while it runs, and are on no disk."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Generator, Iterable
from typing import IO, TypeAlias

from reel.meter import helping

log = logging.getLogger("reel.ffmpeg")

Feed: TypeAlias = Iterable[bytes | memoryview]
"""Blocks of raw pictures or sound, of any size."""

PIPE_BYTES = 1 << 20
"""Room in the pipe of a feed; the most that a user without privileges may ask for by default."""
PATIENCE_SECONDS = 2.0
"""How long a feed may go on with its block after FFmpeg has ended."""


class Feeder(threading.Thread):
    """Writes a feed to FFmpeg's stdin: a thread, because the other pipes must be drained meanwhile."""

    def __init__(self, feed: Feed, pipe: IO[bytes]) -> None:
        # A daemon, so that a feed that never yields cannot keep the process from ending.
        super().__init__(target=helping(self._write_all), name="ffmpeg-feed", daemon=True)
        self.blocks = 0
        """How many blocks FFmpeg has taken."""
        self.failure: BaseException | None = None
        """What the feed raised."""
        self._feed = feed
        self._pipe = pipe
        with contextlib.suppress(OSError):  # the user's pipes together may be over their limit; then 64 KiB must do
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def _write_all(self) -> None:
        try:
            blocks = iter(self._feed)
            while (block := next(blocks, None)) is not None and self._write(block):
                self.blocks += 1
            if isinstance(blocks, Generator):  # what it holds open is closed now, and in its own thread
                blocks.close()
        except BaseException as failure:  # noqa: BLE001 - raised again by `run`, in the thread that waits
            self.failure = failure
        finally:
            self._pipe.close()

    def finish(self) -> None:
        """Called when FFmpeg has ended; the next write fails, and that ends the thread."""
        if not self.ident:
            self._pipe.close()
            return
        self.join(PATIENCE_SECONDS)
        if self.is_alive():
            log.warning("FFmpeg has ended, but its feed is still at work on a block; not waited for")

    def _write(self, block: bytes | memoryview) -> bool:
        """Write all of a block; false when FFmpeg takes no more, and then its exit code tells why."""
        rest = memoryview(block).cast("B")
        try:
            while rest:
                rest = rest[os.write(self._pipe.fileno(), rest) :]
        except BrokenPipeError:
            return False
        return True
