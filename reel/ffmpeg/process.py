"""Starts FFmpeg, watches it and ends it: the only module of Reelflow that runs FFmpeg to make something.

`run` takes the arguments after the executable and returns when FFmpeg has ended well, or raises::

    finished = run(["-i", "file:in.mp4", "-c:v", "libx264", "file:out.mp4"], place="encode", on_frames=print)
    print(finished.frames, finished.peak_memory_bytes)

Whatever happens, no FFmpeg is left behind: not after an error, an interrupt, a cancel, or a `kill -9` of this process.
An exit code of 0 proves nothing about the output; whoever calls `run` verifies what was made.
"""

from __future__ import annotations

import logging
import resource
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from reel.confinement.child import Child
from reel.confinement.program import reason
from reel.errors import Cancelled, Evidence, ReelError, Transient
from reel.ffmpeg import failures
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.child import close, not_started, peak_memory, start_ffmpeg
from reel.ffmpeg.complaints import ComplaintReader
from reel.ffmpeg.feed import Feed, Feeder
from reel.ffmpeg.progress import Finished, ProgressReader, Reporter
from reel.ffmpeg.watchdog import Watchdog
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
    on_damage: Callable[[int], None] = lambda _: None,
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
    is raised as it is. `on_damage` is called, once each, with the numbers of the inputs that decoders complain of.
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
    with _FFmpeg(starting, feed, stdin, pass_fds, ComplaintReader(on_damage)) as child:
        child.watch(watchdog, Reporter(on_frames, on_seconds))
        finished = child.finished()
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


class _FFmpeg(Child):
    """A running FFmpeg, with the thread that feeds it."""

    def __init__(
        self,
        starting: Callable[..., subprocess.Popen[bytes]],
        feed: Feed | None,
        stdin: int | None,
        pass_fds: Sequence[int],
        complaints: ComplaintReader,
    ) -> None:
        self._started = time.monotonic()
        self._peak_memory_bytes = 0
        self._said = bytearray()
        self._reader = ProgressReader()
        self._complaints = complaints
        try:
            given = subprocess.DEVNULL if stdin is None else stdin
            super().__init__(starting(stdin=given if feed is None else subprocess.PIPE))
        finally:
            close(pass_fds)
        self.feeder = Feeder(feed, self.process.stdin) if feed is not None and self.process.stdin else None

    def __enter__(self) -> _FFmpeg:
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        if self.feeder:
            self.feeder.finish()

    def watch(self, watchdog: Watchdog, report: Reporter) -> None:
        """Attend it to its end, which may be the watchdog's."""
        stdout, stderr = self.process.stdout, self.process.stderr
        assert stdout is not None
        assert stderr is not None
        if self.feeder:
            self.feeder.start()

        def look() -> bool:
            report(self._reader.progress)
            watchdog.check(self._reader.progress, self.feeder.blocks if self.feeder else 0)
            return bool(watchdog.verdict or (self.feeder and self.feeder.failure))

        self.attend({stdout: self._read_progress, stderr: self._read_said}, look)

    def finished(self) -> Finished:
        """Wait for its end, and say what it did."""
        usage = self.reap()
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
        self._complaints.read(data)
        self._said += data
        if len(self._said) > 4 * TAIL_BYTES:  # cut rarely, so that a flood costs little
            del self._said[:-TAIL_BYTES]

    def _read_progress(self, data: bytes) -> None:
        self._peak_memory_bytes = peak_memory(self.process.pid) or self._peak_memory_bytes
        self._reader.read(data)
