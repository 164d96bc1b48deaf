"""Running FFmpeg: what it reports, and that none is left behind whatever happens. No mocks: each test starts one."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reel.errors import BadMedia, Cancelled, Internal, Resource, Transient
from reel.ffmpeg import build, process, watchdog
from reel.ffmpeg.process import run
from reel.make.worker import this_worker
from reel.settings import settings
from tests.waiting import POLL_SECONDS, wait_for

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25", "-f", "null", "-"]
PCM_INPUT = ["-f", "s16le", "-ar", "48000", "-ac", "1", "-i", "pipe:0"]


def children_of(parent: int) -> set[int]:
    """The processes whose parent is `parent`, zombies too."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.add(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for_child(parent: int, before: Collection[int] = ()) -> int:
    """The FFmpeg that `parent` starts, once it is FFmpeg and no longer a fork of Python."""

    def find() -> int | None:
        for pid in children_of(parent).difference(before):
            with contextlib.suppress(OSError):
                if b"-nostdin" in Path(f"/proc/{pid}/cmdline").read_bytes() and _catches(pid, signal.SIGTERM):
                    return pid
        return None

    found: int = wait_for(find, "FFmpeg to start")
    return found


def _catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has come so far that it has a signal handler of its own in place."""
    (mask,) = re.findall(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    before = children_of(os.getpid())
    yield
    assert children_of(os.getpid()) <= before
    assert not [thread for thread in threading.enumerate() if thread.name == "ffmpeg-feed"]


@pytest.fixture
def with_child() -> Iterator[Callable[[Callable[[int], object]], None]]:
    """`with_child(act)` calls `act(pid)` from another thread as soon as FFmpeg runs."""
    before = children_of(os.getpid())
    threads: list[threading.Thread] = []

    def start(act: Callable[[int], object]) -> None:
        def wait_and_act() -> None:
            act(wait_for_child(os.getpid(), before))

        threads.append(threading.Thread(target=wait_and_act))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


class Clock:
    """The watchdog's clock, which goes when it is told to: how fast the machine is has nothing to do with it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._looks = 0

    def monotonic(self) -> float:
        self._looks += 1
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def let_pass(self, seconds: float) -> None:
        """As `advance`; returns when the watchdog has seen it."""
        self.advance(seconds)
        seen = self._looks
        wait_for(lambda: self._looks > seen + 1, "a look at the clock")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(watchdog, "time", clock)
    return clock


# What it reports


def test_reports_frames_and_seconds_that_only_grow(tmp_path):
    frames: list[int] = []
    seconds: list[float] = []
    source = ["-re", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2.4"]
    out = tmp_path / "out.mp4"
    done = run([*source, "-c:v", "mpeg4", str(out)], place="x", on_frames=frames.append, on_seconds=seconds.append)
    assert frames == sorted(set(frames))
    assert seconds == sorted(set(seconds))
    assert len(frames) >= 2
    assert frames[-1] == done.frames == 60
    assert seconds[-1] == done.media_seconds == pytest.approx(2.4, abs=0.1)
    assert done.seconds > 1.5  # it is told to read no faster than the clip's own time
    assert 0 < done.cpu_seconds < done.seconds * (os.cpu_count() or 1)
    assert out.stat().st_size > 0


def test_sound_alone_reports_seconds_and_no_frames(tmp_path):
    seconds: list[float] = []
    argv = ["-f", "lavfi", "-i", "sine=d=3", str(tmp_path / "out.wav")]
    done = run(argv, place="x", on_frames=lambda _: pytest.fail("there are no frames"), on_seconds=seconds.append)
    assert done.frames == 0
    assert done.media_seconds == seconds[-1] == 3.0


def test_reports_the_peak_of_memory():
    small = run(["-f", "lavfi", "-i", "color=s=64x64:d=1", "-f", "null", "-"], place="x")
    large = run(
        ["-f", "lavfi", "-i", "color=s=8000x8000", "-vf", "negate", "-frames:v", "3", "-f", "null", "-"], place="x"
    )
    assert small.peak_memory_bytes < 100 << 20
    assert 150 << 20 < large.peak_memory_bytes < 4 << 30


def test_keeps_what_filters_print_at_the_end():
    argv = ["-f", "lavfi", "-i", "sine=d=1", "-af", "volumedetect", "-loglevel", "level+info", "-f", "null", "-"]
    assert "max_volume:" in run(argv, place="x").stderr_tail


def test_logs_a_command_that_can_be_pasted(caplog, tmp_path):
    out = tmp_path / "it's a name.wav"
    with caplog.at_level(logging.DEBUG, "reel.ffmpeg"):
        run(["-f", "lavfi", "-i", "sine=d=0.1", str(out)], place="x")
    out.unlink()
    subprocess.run(caplog.messages[0], shell=True, check=True, capture_output=True)
    assert out.exists()
    assert shlex.split(caplog.messages[0])[0] == str(build.ffmpeg_path())


def test_a_flood_on_stderr_neither_blocks_nor_is_kept():
    argv = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=64x64:d=8",
        "-vf",
        "showinfo",
        "-loglevel",
        "level+debug",
        "-f",
        "null",
        "-",
    ]
    done = run(argv, place="x")
    assert done.frames == 200
    assert len(done.stderr_tail) <= process.TAIL_BYTES
    assert len(done.stderr_tail.splitlines()) <= process.TAIL_LINES
    assert "Exiting with exit code 0" in done.stderr_tail.splitlines()[-1]


def test_runs_in_a_folder(tmp_path):
    run(["-f", "lavfi", "-i", "sine=d=0.1", "here.wav"], place="x", cwd=tmp_path)
    assert (tmp_path / "here.wav").exists()


def test_many_at_a_time_from_threads(tmp_path):
    def one(number: int) -> int:
        argv = ["-f", "lavfi", "-i", f"testsrc2=s=64x64:r=25:d={number + 1}", "-threads", "1", "-f", "null", "-"]
        return run(argv, place=f"run {number}").frames

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(24))) == [25 * (number + 1) for number in range(24)]


def test_the_child_sees_no_secrets_shares_our_group_and_dumps_no_core(with_child, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("FFREPORT", "file=/nonexistent/report.log")
    seen: dict[str, Any] = {}
    cancelled = threading.Event()

    def look(pid: int) -> None:
        seen["environment"] = Path(f"/proc/{pid}/environ").read_bytes()
        seen["group"] = os.getpgid(pid)
        seen["limits"] = Path(f"/proc/{pid}/limits").read_text()
        cancelled.set()

    with_child(look)
    with pytest.raises(Cancelled):
        run(ENDLESS, place="x", cancelled=cancelled)
    assert b"hush" not in seen["environment"]
    assert b"FFREPORT" not in seen["environment"]
    assert seen["group"] == os.getpgid(0)
    core = next(line for line in seen["limits"].splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


# What is fed to it


def test_feed_arrives_byte_by_byte(tmp_path):
    sound = os.urandom(2 * 96_000)
    blocks: list[bytes | memoryview] = [sound[:1], sound[1:4096], memoryview(sound)[4096:150_000], b"", sound[150_000:]]
    run([*PCM_INPUT, "-c:a", "pcm_s16le", str(tmp_path / "out.wav")], place="x", feed=blocks)
    with wave.open(str(tmp_path / "out.wav")) as file:
        assert file.readframes(file.getnframes()) == sound


def test_feed_that_is_longer_than_needed_is_closed():
    closed = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield bytes(65536)
        finally:
            closed.set()

    assert run([*PCM_INPUT, "-t", "1", "-f", "null", "-"], place="x", feed=endless()).media_seconds == 1.0
    assert closed.is_set()


def test_failing_feed_ends_ffmpeg_and_raises_its_own_error():
    def broken() -> Iterator[bytes]:
        yield bytes(9600)
        raise LookupError("the block is not there")

    with pytest.raises(LookupError, match="the block is not there"):
        run([*PCM_INPUT, "-f", "null", "-"], place="x", feed=broken())


def test_failure_while_it_is_fed():
    with pytest.raises(Internal, match="No such filter"):
        run([*PCM_INPUT, "-af", "nosuch", "-f", "null", "-"], place="x", feed=(bytes(65536) for _ in range(1000)))


def test_cancel_while_a_feed_waits():
    cancelled = threading.Event()

    def slow() -> Iterator[bytes]:
        yield bytes(9600)
        cancelled.set()
        time.sleep(0.5)
        yield bytes(9600)

    with pytest.raises(Cancelled):
        run([*PCM_INPUT, "-f", "null", "-"], place="x", feed=slow(), cancelled=cancelled)


# How it ends before its time


def test_cancel_ends_it(with_child):
    cancelled = threading.Event()
    with_child(lambda _: cancelled.set())
    with pytest.raises(Cancelled, match=r"^encode: cancelled at frame \d+"):
        run(ENDLESS, place="encode", cancelled=cancelled)


def test_cancel_kills_what_does_not_listen(with_child):
    cancelled = threading.Event()

    def stop_and_cancel(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        cancelled.set()

    with_child(stop_and_cancel)
    with pytest.raises(Cancelled):
        run(ENDLESS, place="x", cancelled=cancelled)


def test_cancel_before_the_start():
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled, match="before it began"):
        run(ENDLESS, place="x", cancelled=cancelled)


def test_a_stopped_ffmpeg_is_ended(with_child, clock):
    def stop(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        while is_running(pid):
            clock.advance(1)
            time.sleep(POLL_SECONDS)

    with_child(stop)
    with pytest.raises(Transient, match=r"FFmpeg hung at frame \d+.*10 s without progress"):
        run(ENDLESS, place="x", silence_seconds=10)


def test_a_slow_feed_is_not_silence(clock):
    def slow() -> Iterator[bytes]:
        for _ in range(5):
            clock.let_pass(0.6)
            yield bytes(960)

    assert run([*PCM_INPUT, "-f", "null", "-"], place="x", feed=slow(), silence_seconds=0.9).media_seconds > 0


def test_time_limit():
    with pytest.raises(Resource, match=r"time limit of 0\.5 s"):
        run(ENDLESS, place="x", limit_seconds=0.5)


def test_killed_by_another(with_child):
    with_child(lambda pid: os.kill(pid, signal.SIGKILL))
    with pytest.raises(Resource, match="out of memory"):
        run(ENDLESS, place="x")


def test_told_to_end_by_another(with_child):
    with_child(lambda pid: os.kill(pid, signal.SIGTERM))
    with pytest.raises(Transient, match="not by us"):
        run(ENDLESS, place="x")


def test_failing_callback_ends_it():
    def fail(frames: int) -> None:
        raise LookupError("nobody listens")

    with pytest.raises(LookupError):
        run(ENDLESS, place="x", on_frames=fail)


def test_interrupt_ends_it(with_child):
    with_child(lambda _: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run(ENDLESS, place="x")


@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "another thread"])
def test_dies_with_its_parent(in_thread):
    call = f"run({ENDLESS!r}, place='x')"
    if in_thread:
        call = f"import threading; t = threading.Thread(target=lambda: {call}); t.start(); t.join()"
    root = Path(process.__file__).parents[2]
    script = f"from reel.ffmpeg.process import run; {call}"
    with subprocess.Popen([sys.executable, "-c", script], cwd=root) as parent:
        pid = wait_for_child(parent.pid)
        parent.kill()
    wait_for(lambda: not is_running(pid), "its end")


# What it does not start with


@pytest.fixture
def chosen(monkeypatch):
    """`chosen(path)` lets the settings name that FFmpeg."""

    def forget() -> None:
        for cached in (settings, build.ffmpeg_path, build.build_id):
            cached.cache_clear()

    def choose(path: Path) -> None:
        monkeypatch.setenv("REEL_FFMPEG", str(path))
        forget()

    yield choose
    monkeypatch.undo()
    forget()


def test_the_build_has_a_fingerprint(chosen, tmp_path):
    own = build.build_id()
    assert len(own) == 16
    assert int(own, 16)
    other = tmp_path / "ffmpeg"
    other.write_text("#!/bin/sh\necho ffmpeg version 0\n")
    other.chmod(0o755)
    chosen(other)
    assert build.build_id() != own


def test_missing_and_unusable_ffmpeg(chosen, tmp_path):
    path = tmp_path / "ffmpeg"
    chosen(path)
    with pytest.raises(Resource, match=r"REEL_FFMPEG: there is no file "):
        run(ENDLESS, place="x")
    path.write_text("not a program")
    with pytest.raises(Resource, match="is not executable"):
        build.build_id()
    path.chmod(0o755)
    with pytest.raises(Resource, match=r"does not start: .*Exec format error"):
        build.build_id()
    with pytest.raises(Internal, match="could not be started"):
        run(ENDLESS, place="x")
    path.write_text("#!/bin/sh\necho lib missing >&2; exit 127\n")
    with pytest.raises(Resource, match=r"127: lib missing"):
        build.build_id()
    path.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(Resource, match=r"REEL_FFMPEG: .* is no FFmpeg: .* 1: it said nothing"):
        build.build_id()


@pytest.fixture
def own_home(monkeypatch, tmp_path):
    """A home of its own, where nothing is noted yet, and the FFmpeg of the wheel."""
    cached = (settings, build.ffmpeg_path, build.build_id)
    monkeypatch.setenv("REEL_HOME", str(tmp_path))
    for each in cached:
        each.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    for each in cached:
        each.cache_clear()


def test_finding_ffmpeg_starts_nothing_and_its_version_is_asked_once_at_a_home(own_home, monkeypatch):
    asked = []
    ask = build._fingerprint

    def count(path):
        asked.append(path)
        return ask(path)

    monkeypatch.setattr(build, "_fingerprint", count)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: pytest.fail("the wheel's finder starts FFmpeg"))
    known = build.build_id()
    for _ in range(3):  # as other processes of the same home do
        build.build_id.cache_clear()
        assert build.build_id() == known
    assert len(asked) == 1
    (own_home / "ffmpeg.json").write_text("not json")
    build.build_id.cache_clear()
    assert build.build_id() == known
    assert len(asked) == 2


@pytest.mark.parametrize(("number", "error"), [(signal.SIGKILL, Resource), (signal.SIGTERM, Transient)])
def test_a_death_while_the_version_is_asked_is_worth_another_try(chosen, tmp_path, monkeypatch, number, error):
    dies_once = tmp_path / "ffmpeg"
    dies_once.write_text(
        f"#!/bin/sh\nif [ ! -e {tmp_path}/died ]; then touch {tmp_path}/died; kill -{int(number)} $$; fi\n"
        "echo ffmpeg version 0\n"
    )
    dies_once.chmod(0o755)
    chosen(dies_once)
    with pytest.raises(error, match=r"not by us"):
        build.build_id()
    (tmp_path / "died").unlink()
    monkeypatch.setattr("reel.retry.DELAYS", (0.0,))
    this_worker.cache_clear()
    worker = this_worker()
    assert worker.tools.ffmpeg == build.build_id()
    this_worker.cache_clear()


def test_bad_input_is_named(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"nothing that is a video" * 100)
    with pytest.raises(BadMedia, match=r"^clips\[0\]: FFmpeg failed: "):
        run(["-i", str(tmp_path / "clip.mp4"), "-f", "null", "-"], place="clips[0]")
