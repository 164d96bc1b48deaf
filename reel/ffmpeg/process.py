"""Starts FFmpeg, watches it and ends it: the only module of Reelflow that runs FFmpeg to make something.

`run` takes the arguments after the executable and returns when FFmpeg has ended well, or raises::

    finished = run(["-i", "file:in.mp4", "-c:v", "libx264", "file:out.mp4"], place="encode", on_frames=print)
    print(finished.frames, finished.peak_memory_bytes)

Whatever happens, no FFmpeg is left behind: not after an error, an interrupt, a cancel, or a `kill -9` of this process.
An exit code of 0 proves nothing about the output; whoever calls `run` verifies what was made.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import logging
import os
import resource
import selectors
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from reel.errors import Cancelled, Internal, ReelError, Resource, Transient
from reel.ffmpeg import failures
from reel.ffmpeg.build import ffmpeg_path
from reel.settings import settings

log = logging.getLogger("reel.ffmpeg")

Feed = Iterable[bytes | memoryview]
"""Blocks of raw pictures or sound, of any size."""

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
GRACE_SECONDS = 2.0
"""From SIGTERM to SIGKILL."""
TAIL_BYTES = 64 << 10
TAIL_LINES = 200
FEED_PIPE_BYTES = 1 << 20
"""Room in the pipe of a feed; the most that a user without privileges may ask for by default."""

PASSED_ENVIRONMENT = (
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "HOME",
    "LD_LIBRARY_PATH",
    "PATH",
    "TMPDIR",
    "XDG_CACHE_HOME",
)
"""All that FFmpeg sees of our environment. It parses untrusted media: no credentials for it, and no FFREPORT either."""

PR_SET_PDEATHSIG = 1  # from linux/prctl.h
# Resolved here, because between fork and exec nothing may be imported or looked up.
_prctl = ctypes.CDLL(None).prctl
_prctl.argtypes = (ctypes.c_int, ctypes.c_ulong)


@dataclass(frozen=True)
class Progress:
    """How far FFmpeg is."""

    frames: int = 0
    """Frames of the first video output; 0 when there is none."""
    seconds: float = 0.0
    """How much of the output's own time is written, to within a few frames."""
    written_bytes: int = 0

    def updated(self, block: Mapping[str, str]) -> Progress:
        """The state after one `-progress` report; what the report leaves out or calls `N/A` stays as it was."""

        def number(key: str, before: int) -> int:
            text = block.get(key, "")
            return int(text) if text.isdecimal() else before

        return Progress(
            frames=number("frame", self.frames),
            seconds=number("out_time_us", round(self.seconds * 1e6)) / 1e6,
            written_bytes=number("total_size", self.written_bytes),
        )


@dataclass(frozen=True)
class Finished:
    """An FFmpeg that ended with exit code 0."""

    seconds: float
    """From start to end, by the clock on the wall."""
    cpu_seconds: float
    frames: int
    """Frames of the first video output, as FFmpeg counted them; 0 when there is none."""
    media_seconds: float
    """Length of the output, as FFmpeg reported it last."""
    peak_memory_bytes: int
    """The most memory that was resident, as last seen; 0 when FFmpeg ended too soon to be looked at."""
    stderr_tail: str
    """The last lines of what FFmpeg said: warnings, and reports of filters that print."""


def run(
    argv: Sequence[str],
    *,
    place: str,
    feed: Feed | None = None,
    on_frames: Callable[[int], None] | None = None,
    on_seconds: Callable[[float], None] | None = None,
    cancelled: threading.Event | None = None,
    silence_seconds: float | None = None,
    limit_seconds: float | None = None,
    cwd: Path | None = None,
) -> Finished:
    """Run FFmpeg to its end; `argv` is what comes after the executable, `place` the name that errors carry.

    `feed` is written to FFmpeg's stdin (`-i pipe:0`) by a thread of its own. `on_frames` and `on_seconds` are called in
    the calling thread when their number has grown. What any of the three raises ends FFmpeg and is raised as it is.

    Raises `Cancelled` when `cancelled` is set, `Transient` after `silence_seconds` without progress, `Resource` after
    `limit_seconds` in all (both from the settings unless given), and what `failures.classify` says when FFmpeg fails.
    """
    if cancelled and cancelled.is_set():
        raise Cancelled.at(place, "cancelled before it began")
    command = [str(ffmpeg_path()), *GLOBAL_FLAGS, *argv]
    log.debug("%s", shlex.join(command))
    watchdog = _Watchdog(
        place,
        cancelled,
        settings().silence_seconds if silence_seconds is None else silence_seconds,
        settings().step_seconds if limit_seconds is None else limit_seconds,
    )
    with _Child(command, place, cwd, feed) as child:
        child.attend(watchdog, _Reporter(on_frames, on_seconds))
        finished = child.reap()
    if child.feeder and child.feeder.failure:
        raise child.feeder.failure
    if isinstance(watchdog.verdict, Transient):
        raise failures.shortage(finished.stderr_tail, place) or watchdog.verdict
    if watchdog.verdict:
        raise watchdog.verdict
    if child.returncode or failures.given_up_input(finished.stderr_tail):
        if cancelled and cancelled.is_set():  # a cancel that reached FFmpeg by another way first
            raise Cancelled.at(place, "cancelled")
        raise failures.classify(child.returncode or 0, finished.stderr_tail, place)
    return finished


class _Child:
    """A running FFmpeg; a context manager that leaves no process, thread or pipe behind.

    It is made, attended and left in one thread: the kernel ends the child when the thread that started it ends.
    """

    def __init__(self, command: Sequence[str], place: str, cwd: Path | None, feed: Feed | None) -> None:
        self.started = time.monotonic()
        self.progress = Progress()
        self.returncode: int | None = None
        self._peak_memory_bytes = 0
        self._said = bytearray()
        self._unparsed = b""
        self._block: dict[str, str] = {}
        self._process = _start(command, place, cwd, subprocess.DEVNULL if feed is None else subprocess.PIPE)
        self.feeder = _Feeder(feed, self._process.stdin) if feed is not None and self._process.stdin else None

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self.returncode is None:
            self.signal(signal.SIGKILL)
            self.reap()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        if self.feeder:
            self.feeder.finish()

    def signal(self, number: signal.Signals) -> None:
        # Not Popen.send_signal: that may reap the child, and its resource usage would be lost. The pid cannot belong to
        # another process meanwhile, because nobody but `reap` takes it from the kernel.
        os.kill(self._process.pid, number)

    def attend(self, watchdog: _Watchdog, report: _Reporter) -> None:
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
                report(self.progress)
                watchdog.check(self)

    def reap(self) -> Finished:
        """Wait for the end of FFmpeg; take its exit code and what it used."""
        _, status, usage = os.wait4(self._process.pid, 0)
        self.returncode = self._process.returncode = os.waitstatus_to_exitcode(status)
        # The kernel's own maximum begins at the size of the Python that forked; what is above that is FFmpeg's.
        if usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
            self._peak_memory_bytes = usage.ru_maxrss << 10
        return Finished(
            seconds=time.monotonic() - self.started,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            frames=self.progress.frames,
            media_seconds=self.progress.seconds,
            peak_memory_bytes=self._peak_memory_bytes,
            stderr_tail="\n".join(self._said[-TAIL_BYTES:].decode(errors="replace").splitlines()[-TAIL_LINES:]),
        )

    def _read_said(self, data: bytes) -> None:
        self._said += data
        if len(self._said) > 4 * TAIL_BYTES:  # cut rarely, so that a flood costs little
            del self._said[:-TAIL_BYTES]

    def _read_progress(self, data: bytes) -> None:
        self._peak_memory_bytes = _peak_memory(self._process.pid) or self._peak_memory_bytes
        *lines, self._unparsed = (self._unparsed + data).split(b"\n")
        for line in lines:
            key, _, value = line.decode(errors="replace").partition("=")
            self._block[key] = value.strip()
            if key == "progress":  # the last line of each report
                self.progress = self.progress.updated(self._block)


class _Reporter:
    """Tells the caller of growth, and of nothing else."""

    def __init__(self, on_frames: Callable[[int], None] | None, on_seconds: Callable[[float], None] | None) -> None:
        self._on_frames = on_frames
        self._on_seconds = on_seconds
        self._told = Progress()

    def __call__(self, progress: Progress) -> None:
        told, self._told = self._told, progress
        if self._on_frames and progress.frames > told.frames:
            self._on_frames(progress.frames)
        if self._on_seconds and progress.seconds > told.seconds:
            self._on_seconds(progress.seconds)


class _Watchdog:
    """Decides when FFmpeg has to end before its time, and ends it."""

    def __init__(
        self, place: str, cancelled: threading.Event | None, silence_seconds: float, limit_seconds: float
    ) -> None:
        self.verdict: ReelError | None = None
        self._place = place
        self._cancelled = cancelled
        self._silence_seconds = silence_seconds
        self._limit_seconds = limit_seconds
        self._silent = 0.0
        self._checked = time.monotonic()
        self._seen: tuple[Progress, int] | None = None
        self._kill_at = 0.0

    def check(self, child: _Child) -> None:
        now = time.monotonic()
        if self.verdict is None:
            self._listen(child, now)
            self.verdict = self._judge(child, now)
            if isinstance(self.verdict, Cancelled):
                self._kill_at = now + GRACE_SECONDS
                child.signal(signal.SIGTERM)
        if (self.verdict and now >= self._kill_at) or (child.feeder and child.feeder.failure):
            child.signal(signal.SIGKILL)

    def _listen(self, child: _Child, now: float) -> None:
        """Add up the time in which nothing moved: no frame, no second, no byte written, no block of a feed taken.

        Only time that we watched counts, in steps of at most a second: after Ctrl-Z, in a container that was frozen, or
        behind a slow callback of ours FFmpeg is not to blame.
        """
        seen = (child.progress, child.feeder.blocks if child.feeder else 0)
        self._silent = 0.0 if seen != self._seen else self._silent + min(now - self._checked, 1.0)
        self._seen, self._checked = seen, now

    def _judge(self, child: _Child, now: float) -> ReelError | None:
        at = f"at frame {child.progress.frames}, {child.progress.seconds:.1f} s"
        if self._cancelled and self._cancelled.is_set():
            return Cancelled.at(self._place, f"cancelled {at}")
        if now - child.started > self._limit_seconds:
            what = f"FFmpeg was ended {at}, after its time limit of {self._limit_seconds:g} s"
            return Resource.at(self._place, what, "raise REEL_STEP_SECONDS, or use a faster machine")
        if self._silent > self._silence_seconds:
            what = f"FFmpeg hung {at}; it was ended after {self._silence_seconds:g} s without progress"
            return Transient.at(self._place, what, "if it happens again, raise REEL_SILENCE_SECONDS")
        return None


class _Feeder(threading.Thread):
    """Writes a feed to FFmpeg's stdin: a thread, because the other pipes must be drained meanwhile."""

    def __init__(self, feed: Feed, pipe: IO[bytes]) -> None:
        # A daemon, so that a feed that never yields cannot keep the process from ending.
        super().__init__(name="ffmpeg-feed", daemon=True)
        self.blocks = 0
        """How many blocks FFmpeg has taken."""
        self.failure: BaseException | None = None
        """What the feed raised."""
        self._feed = feed
        self._pipe = pipe
        with contextlib.suppress(OSError):  # the user's pipes together may be over their limit; then 64 KiB must do
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, FEED_PIPE_BYTES)

    def run(self) -> None:
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
        self.join(GRACE_SECONDS)
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


def _start(command: Sequence[str], place: str, cwd: Path | None, stdin: int) -> subprocess.Popen[bytes]:
    """Start FFmpeg so that it cannot outlive us; in our own process group, because a cancel by Prefect ends that."""
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ},
            preexec_fn=partial(_end_with_parent, os.getpid()),  # noqa: PLW1509 - it makes system calls only
        )
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.ENOMEM):
            raise Resource.at(place, f"FFmpeg could not be started: {error}", "run fewer steps at a time") from error
        raise Internal.at(place, f"FFmpeg could not be started: {error}") from error


def _end_with_parent(parent: int) -> None:
    """Runs in the child between fork and exec, where locks of other threads are held for ever: system calls only."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it could be tied to us
        os._exit(1)
    # A crash in a codec would write gigabytes of core into the working folder.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _peak_memory(pid: int) -> int:
    """The most bytes that were resident in a running process; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    _, found, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) << 10 if found else 0
