"""Raw frames out of a running FFmpeg, one by one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from reel.errors import Cancelled, Internal
from reel.ffmpeg.feed import PIPE_BYTES
from reel.ffmpeg.process import run
from reel.meter import helping

Frame = npt.NDArray[np.uint8]
"""The bytes of one frame; valid until the next is read."""


class FrameReader:
    """A context manager that runs FFmpeg and hands out what it writes to a pipe; leaving it ends FFmpeg.

    `command` gives the arguments for an output such as `pipe:7`; each frame has `frame_bytes` bytes. What FFmpeg writes
    beside them goes to `cwd`. `on_damage`: as of `run`, but called in another thread, until the context is left.
    """

    def __init__(
        self,
        command: Callable[[str], list[str]],
        frame_bytes: int,
        place: str,
        cwd: Path | None = None,
        on_damage: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._on_damage = on_damage
        self._command = command
        self._place = place
        self._cwd = cwd
        self._frame = np.empty(frame_bytes, np.uint8)
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        # FFmpeg dies with the thread that started it, so that thread does nothing else but to wait for it.
        self._thread = threading.Thread(target=helping(self._run), name="ffmpeg-frames", daemon=True)
        self._pipe = -1
        self._other_end = -1

    def __enter__(self) -> FrameReader:
        self._pipe, self._other_end = os.pipe()
        with contextlib.suppress(OSError):  # the user's pipes together may be over their limit
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        os.close(self._pipe)
        self._thread.join()

    def read(self) -> Frame:
        """The next frame. Raises FFmpeg's error where there is none, `Internal` where it just ended too early."""
        if not self._fill():
            self._thread.join()
            raise self._failure or Internal.at(self._place, "has fewer frames than planned", "report this")
        return self._frame

    def __iter__(self) -> Iterator[Frame]:
        """All frames there are; all that FFmpeg writes is written after the last. Raises FFmpeg's error where it fails."""
        while self._fill():
            yield self._frame
        self._thread.join()
        if self._failure:
            raise self._failure

    def _fill(self) -> bool:
        """Read the next frame; whether there was one."""
        rest = self._frame.data
        while rest:
            count = os.readv(self._pipe, [rest])
            if count == 0:
                return False
            rest = rest[count:]
        return True

    def _run(self) -> None:
        argv = self._command(f"pipe:{self._other_end}")
        try:
            run(
                argv,
                place=self._place,
                cancelled=self._stop,
                cwd=self._cwd,
                pass_fds=(self._other_end,),
                on_damage=self._on_damage,
            )
        except Cancelled:
            pass  # by `__exit__`, which has what it wants
        except BaseException as failure:  # noqa: BLE001 - raised by `read`, in the thread that waits for frames
            self._failure = failure
