"""Starts FFmpeg, watches it and ends it: the only module of Reelflow that runs FFmpeg to make something.

`run` takes the arguments after the executable and returns when FFmpeg has ended well, or raises::

    finished = run(["-i", "file:in.mp4", "-c:v", "libx264", "file:out.mp4"], place="encode", on_frames=print)
    print(finished.frames, finished.peak_memory_bytes)

Whatever happens, no FFmpeg is left behind: not after an error, an interrupt, a cancel, or a `kill -9` of this process.
An exit code of 0 proves nothing about the output; whoever calls `run` verifies what was made.
"""

from __future__ import annotations

import logging
import os
import resource
import selectors
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from reel.confinement.program import reason
from reel.errors import Cancelled, Evidence, ReelError, Transient
from reel.ffmpeg import failures
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.child import close, not_started, peak_memory, start_ffmpeg
from reel.ffmpeg.feed import Feed, Feeder
from reel.ffmpeg.progress import Finished, ProgressReader, Reporter
from reel.ffmpeg.watchdog import Watchdog
from reel.meter import reap
from reel.settings import settings

log = logging.getLogger("reel.ffmpeg")

GLOBAL_FLAGS = (
    # No version and configuration text: it would only push the lines that matter out of the tail.
    "-hide_banner",
    # FFmpeg reads keys from its stdin by default, and would eat the data of a feed or stop a job in the background.
    "-nostdin",
    # Warnings and worse, each with its level in front (`[error]`): `failures.classify` looks for these.
    "-loglevel", "level+warning",
    # The human status line is not for us; progress comes as key=value lines on stdout.
    "-nostats",
    "-progress", "pipe:1",
    # Often enough for a smooth bar, rare enough to cost nothing.
    "-stats_period", "0.5",
    # Outputs have temporary names in our scratch folder; one that exists is a leftover of an attempt that died.
    "-y",
)  # fmt: skip

POLL_SECONDS = 0.1
"""How often the cancel event and the clocks are looked at; the latency of a cancel."""
MOST_BYTES = 1 << 30
"""In a file of an FFmpeg whose output nobody has planned."""
TAIL_BYTES = 64 << 10
TAIL_LINES = 200


def run(
    argv: Sequence[str],
    *,
    place: str,
    feed: Feed | None = None,
    stdin: int | None = None,
    on_frames: Callable[[int], None] | None = None,
    on_seconds: Callable[[float], None] | None = None,
    cancelled: threading.Event | None = None,
    silence_seconds: float | None = None,
    limit_seconds: float | None = None,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    most_bytes: int = MOST_BYTES,
) -> Finished:
    """Run FFmpeg to its end; `argv` is what comes after the executable, `place` the name that errors carry.

    `feed` is written to FFmpeg's stdin (`-i pipe:0`) by a thread of its own; or else that is the file `stdin`. `on_frames` and
    `on_seconds` are called in the calling thread when their number has grown. What any of the three raises ends FFmpeg and
    is raised as it is.
    `pass_fds` are open in FFmpeg too (`pipe:N`), and are closed here in any case, once FFmpeg has them.
    FFmpeg is confined (`docs/sandbox.md`): it sees the files that `argv` names and no others, and writes to the folders of its
    outputs and to `cwd`; no file becomes larger than `most_bytes`.

    Raises `Cancelled` when `cancelled` is set, `Transient` after `silence_seconds` without progress, `Resource` after
    `limit_seconds` in all (both from the settings unless given), and what `failures.classify` says when FFmpeg fails.
    """
    if cancelled and cancelled.is_set():
        close(pass_fds)
        raise Cancelled.at(place, "cancelled before it began")
    command = [str(ffmpeg_path()), *GLOBAL_FLAGS, *argv]
    log.debug("%s", shlex.join(command))
    silence_seconds = settings().silence_seconds if silence_seconds is None else silence_seconds
    limit_seconds = settings().step_seconds if limit_seconds is None else limit_seconds
    watchdog = Watchdog(place, cancelled, silence_seconds, limit_seconds)
    starting = partial(
        start_ffmpeg, command, place, cwd, pass_fds=pass_fds, most_bytes=most_bytes, limit_seconds=limit_seconds
    )
    with _Child(starting, feed, stdin, pass_fds) as child:
        child.attend(watchdog, Reporter(on_frames, on_seconds))
        finished = child.reap()
    if child.feeder and child.feeder.failure:
        raise child.feeder.failure
    if failure := _failure(child.returncode or 0, finished.stderr_tail, watchdog.verdict, place, cancelled):
        failure.evidence = Evidence(argv=tuple(command), stderr_tail=finished.stderr_tail)
        raise failure
    return finished


def _failure(
    returncode: int, stderr_tail: str, verdict: ReelError | None, place: str, cancelled: threading.Event | None
) -> ReelError | None:
    """What an FFmpeg that has ended failed of; null where it did not."""
    if never := reason(returncode, stderr_tail):
        return not_started(place, never[1])
    if isinstance(verdict, Transient):
        return failures.shortage(stderr_tail, place) or verdict
    if verdict or not (returncode or failures.given_up_input(stderr_tail)):
        return verdict
    if cancelled and cancelled.is_set():  # a cancel that reached FFmpeg by another way first
        return Cancelled.at(place, "cancelled")
    return failures.classify(returncode, stderr_tail, place)


class _Child:
    """A running FFmpeg; a context manager that leaves no process, thread or pipe behind.

    It is made, attended and left in one thread: the kernel ends the child when the thread that started it ends.
    """

    def __init__(
        self,
        starting: Callable[..., subprocess.Popen[bytes]],
        feed: Feed | None,
        stdin: int | None,
        pass_fds: Sequence[int],
    ) -> None:
        self._started = time.monotonic()
        self.returncode: int | None = None
        self._peak_memory_bytes = 0
        self._said = bytearray()
        self._reader = ProgressReader()
        try:
            given = subprocess.DEVNULL if stdin is None else stdin
            self._process = starting(stdin=given if feed is None else subprocess.PIPE)
        finally:
            close(pass_fds)
        self.feeder = Feeder(feed, self._process.stdin) if feed is not None and self._process.stdin else None

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self.returncode is None:
            self.kill()
            self.reap()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        if self.feeder:
            self.feeder.finish()

    def kill(self) -> None:
        # At once, without SIGTERM before: what it has written is under a temporary name, and nobody wants its end.
        # Not Popen.kill: that may reap the child, and its resource usage would be lost. The pid cannot belong to
        # another process meanwhile, because nobody but `reap` takes it from the kernel.
        os.kill(self._process.pid, signal.SIGKILL)

    def attend(self, watchdog: Watchdog, report: Reporter) -> None:
        """Drain both pipes until FFmpeg closes them by ending; a full pipe would stop it for ever."""
        stdout, stderr = self._process.stdout, self._process.stderr
        assert stdout is not None
        assert stderr is not None
        if self.feeder:
            self.feeder.start()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ, self._read_progress)
            selector.register(stderr, selectors.EVENT_READ, self._read_said)
            while selector.get_map():
                for key, _ in selector.select(POLL_SECONDS):
                    if data := os.read(key.fd, TAIL_BYTES):
                        key.data(data)
                    else:
                        selector.unregister(key.fileobj)
                report(self._reader.progress)
                watchdog.check(self._reader.progress, self.feeder.blocks if self.feeder else 0)
                if watchdog.verdict or (self.feeder and self.feeder.failure):
                    self.kill()

    def reap(self) -> Finished:
        """Wait for the end of FFmpeg; take its exit code and what it used."""
        self.returncode, usage = reap(self._process.pid)
        self._process.returncode = self.returncode
        # The kernel's own maximum begins at the size of the Python that forked; what is above that is FFmpeg's.
        if usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
            self._peak_memory_bytes = usage.ru_maxrss << 10
        return Finished(
            seconds=time.monotonic() - self._started,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            frames=self._reader.progress.frames,
            media_seconds=self._reader.progress.seconds,
            peak_memory_bytes=self._peak_memory_bytes,
            stderr_tail="\n".join(self._said[-TAIL_BYTES:].decode(errors="replace").splitlines()[-TAIL_LINES:]),
        )

    def _read_said(self, data: bytes) -> None:
        self._said += data
        if len(self._said) > 4 * TAIL_BYTES:  # cut rarely, so that a flood costs little
            del self._said[:-TAIL_BYTES]

    def _read_progress(self, data: bytes) -> None:
        self._peak_memory_bytes = peak_memory(self._process.pid) or self._peak_memory_bytes
        self._reader.read(data)
