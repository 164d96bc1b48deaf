"""Children that read strangers' files: what they can do, and what happens when one hangs, crashes, or loses its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reel.confinement import acts, parent
from reel.confinement.parent import ask, ask_child, dismiss, expect
from reel.confinement.selftest import sandbox, targets_here
from reel.errors import BadMedia, Internal, Resource, Transient
from reel.settings import settings
from tests.waiting import wait_for

READER = "tests.confinement.told"


def does(code: str, path: Path, **options: Any) -> bytes:
    return ask_child(READER, {"code": code}, path, "clips[0]", **options)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"bytes of a stranger")
    return path


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REEL_PROBE_SECONDS", "0.5")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_a_child_reads_its_file_and_answers(victim: Path) -> None:
    assert does("import os; out.write(os.pread(files[0], 100, 0)[::-1])", victim) == b"bytes of a stranger"[::-1]
    by_name = "out.write(open(f'/proc/self/fd/{files[0]}', 'rb').read())"
    assert does(by_name, victim) == b"bytes of a stranger"


def test_each_question_has_a_child_of_its_own_that_has_nothing_of_the_others(victim: Path) -> None:
    """Not even where they are asked at once: numbers of processes, and what each has open."""
    code = """
import os, time
time.sleep(0.2)
held = []
for number in range(4096):
    try:
        os.fstat(number)
    except OSError:
        continue
    held.append(number)
out.write(f"{os.getpid()} {held == [0, 1, 2, *files]} {sorted(os.environ)}".encode())
"""
    with ThreadPoolExecutor(4) as threads:
        said = [answer.decode().split(maxsplit=2) for answer in threads.map(lambda _: does(code, victim), range(8))]
    assert len({number for number, *_ in said}) == 8
    expected = str(sorted({"LC_ALL", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM", "PYTHONPATH"}))
    assert {tuple(rest) for _, *rest in said} == {("True", expected)}


def test_what_is_imported_for_a_child_adds_nothing_to_its_environment(victim: Path) -> None:
    """OpenCV says there where its libraries lie."""
    with victim.open("rb") as file:
        code = "import os; out.write(str(sorted(os.environ)).encode())"
        ending = ask(READER, {"code": code}, [file.fileno()], preload=["cv2"])
    assert ending.status == 0, ending.said
    assert b"LD_LIBRARY_PATH" not in ending.output


@pytest.mark.skipif(sandbox().landlock == 0, reason="the kernel has no Landlock")
def test_a_spy_in_the_place_of_a_reader_can_do_none_of_the_twelve() -> None:
    with targets_here() as targets:
        order = {**targets, "memory_bytes": 2 * parent.MEMORY_BYTES}
        ending = ask(acts.__name__, order, [], output_bytes=targets["file_bytes"])
    assert ending.status == 0, ending.said
    assert ending.output.count(b" could not: ") == len(acts.ACTS), ending.output.decode()


def test_a_child_that_has_threads_when_it_is_to_be_confined_reads_nothing(victim: Path, tmp_path: Path) -> None:
    """Landlock would confine one of them."""
    script = f"""
import threading
from reel.confinement.kernel import seal
from reel.confinement.program import filter_of_calls
held = threading.Event()
threading.Thread(target=held.wait).start()
try:
    seal([], [], filter_of_calls())
except OSError as error:
    print(error)
held.set()
print(open({str(victim)!r}).read())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "a process with 2 threads cannot be confined: only one of them would be",
        "bytes of a stranger",
    ]


@pytest.mark.usefixtures("impatient")
def test_a_hanging_child_is_ended(victim: Path) -> None:
    with pytest.raises(Resource, match=r"was not read within 0\.5 s"):
        does("import time; time.sleep(60)", victim)
    wait_for(lambda: not children_of(zygote_of(os.getpid())), "the end of the children")


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("import ctypes; ctypes.string_at(0)", BadMedia, "makes the reader crash (SIGSEGV)"),
        ("import os; os.abort()", BadMedia, "makes the reader crash (SIGABRT)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", BadMedia, "of a processor to be read"),
        ("bytearray(1 << 60)", BadMedia, "needs too much memory"),
        ("raise KeyError('oops')", Internal, "oops"),
        ("while True: out.write(bytes(1 << 20))", Internal, "File too large"),
        ("import socket; socket.socket()", Internal, "Operation not permitted"),
    ],
)
def test_a_dying_child(code: str, error: type[Exception], words: str, victim: Path) -> None:
    with pytest.raises(error) as raised:
        does(code, victim)
    assert words in str(raised.value)


def test_a_reader_that_is_none_is_a_mistake_of_ours(victim: Path) -> None:
    with pytest.raises(Internal, match=r"No module named 'reel.nothing'"):
        ask_child("reel.nothing", {}, victim, "clips[0]")


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="cannot be opened: No such file"):
        does("", tmp_path / "missing")


def test_readers_are_started_anew_when_they_were_killed(victim: Path) -> None:
    assert does("out.write(b'1')", victim) == b"1"
    for number in (signal.SIGTERM, signal.SIGINT):  # told to a whole group, and meant for others
        os.kill(zygote_of(os.getpid()), number)
    before = zygote_of(os.getpid())
    assert does("out.write(b'2')", victim) == b"2"
    assert zygote_of(os.getpid()) == before
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: before not in children_of(os.getpid()), "its end")
    assert does("out.write(b'3')", victim) == b"3"


def test_readers_that_are_expected_are_started_before_they_are_asked(victim: Path) -> None:
    dismiss()
    wait_for(lambda: not zygotes_of(os.getpid()), "its end")
    expect()
    (before,) = wait_for(lambda: zygotes_of(os.getpid()), "its begin")
    assert does("out.write(b'read')", victim) == b"read"
    assert zygote_of(os.getpid()) == before


def test_readers_that_end_over_and_over(victim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "_asked", lambda *_: None)
    with pytest.raises(Transient, match=r"readers: the process that starts them was ended"):
        does("", victim)


PARENT = f"""
import sys
code = "import os, time; os.write(files[1], str(os.getpid()).encode()); time.sleep(60)"
from reel.confinement import parent
with open(sys.argv[1], "rb") as file, open(sys.argv[2], "wb") as note:
    parent.ask({READER!r}, {{"code": code}}, [file.fileno(), note.fileno()])
"""


def test_no_child_outlives_who_asked(victim: Path, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    asking = subprocess.Popen([sys.executable, "-c", PARENT, str(victim), str(note)])
    child = int(wait_for(lambda: note.exists() and note.read_text(), "the child to start"))
    zygote = zygote_of(asking.pid)
    asking.kill()
    asking.wait()
    wait_for(lambda: not is_running(child) and not is_running(zygote), "their end")


def zygote_of(pid: int) -> int:
    (found,) = zygotes_of(pid)
    return found


def zygotes_of(pid: int) -> list[int]:
    return [child for child in children_of(pid) if b"reel.confinement.zygote" in command_of(child)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(number) for task in tasks for number in task.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_process_that_asked_leaves_nothing_open(victim: Path) -> None:
    asks = f"""
from pathlib import Path
from reel.confinement.parent import ask_child
ask_child({READER!r}, {{"code": "pass"}}, Path({str(victim)!r}), "clips[0]")
"""
    command = [sys.executable, "-X", "dev", "-W", "default::ResourceWarning", "-c", asks]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, env=os.environ, check=False)
    assert "unclosed <socket" not in ended.stderr
    assert ended.returncode == 0, ended.stderr
