"""Spies in the places of those who read strangers' files: of twelve acts that are forbidden them, none succeeds."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reel.confinement import acts, parent, program
from reel.confinement.executable import executable
from reel.confinement.program import Access, start
from reel.confinement.selftest import BOUNDS, Sandbox, sandbox, targets_here
from reel.ffmpeg import build, child
from reel.ffmpeg.process import run
from reel.settings import settings

PYTHON = "/usr/bin/python3"
"""One that all users may execute, as a checkout's own may not be."""

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[2]

needs_python = pytest.mark.skipif(not Path(PYTHON).exists(), reason=f"there is no {PYTHON}")
needs_landlock = pytest.mark.skipif(sandbox().landlock == 0, reason="the kernel has no Landlock")


@pytest.fixture
def targets() -> Iterator[dict[str, Any]]:
    with targets_here() as found:
        yield found


def test_without_a_sandbox_all_twelve_acts_succeed(targets, tmp_path):
    """Or what is counted as refused below would be so by chance."""
    with (tmp_path / "report").open("w+b") as report:
        subprocess.run([sys.executable, "-I", "-S", acts.__file__, json.dumps(targets)], stdout=report, check=True)
        report.seek(0)
        assert acts.succeeded(report.read().rstrip(b"\0")) == tuple(acts.ACTS)
    assert len(acts.ACTS) == 12


@needs_landlock
def test_the_self_test_finds_a_whole_sandbox():
    assert sandbox() == Sandbox(sandbox().landlock, ())
    assert str(sandbox()) == f"landlock {sandbox().landlock} + seccomp"


@needs_landlock
@needs_python
@pytest.mark.parametrize("user", [None, NOBODY], ids=["same user", "nobody"])
def test_a_program_can_do_none(targets, tmp_path, user):
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can be another user")
    spy = Path("/tmp") / f"reel-spy-{os.getpid()}.py"  # where everybody can read it
    spy.write_text(Path(acts.__file__).read_text())
    spy.chmod(0o755)
    python = executable(Path(PYTHON))
    access = Access(reads=(*python.read, str(spy)), tools=python.executed)
    try:
        with (tmp_path / "report").open("w+b") as report:
            command = [PYTHON, "-I", "-S", str(spy), json.dumps(targets)]
            with start(command, access, BOUNDS, stdout=report, user=user, env={}) as running:
                assert running.wait(60) == 0
            report.seek(0)
            said = report.read()
    finally:
        spy.unlink()
    assert said.count(b" could not: ") == len(acts.ACTS), said.decode()


@needs_landlock
@needs_python
def test_a_spy_in_the_place_of_ffmpeg_can_do_none(targets, tmp_path, monkeypatch):
    monkeypatch.setattr(child, "LEAST_MEMORY_BYTES", 256 << 20)
    monkeypatch.setenv("REEL_MEMORY_BYTES", "1")
    targets["memory_bytes"] = 2 * (child.LEAST_MEMORY_BYTES + (os.cpu_count() or 1) * child.MEMORY_BYTES_PER_PROCESSOR)
    body, _, _ = Path(acts.__file__).read_text().partition('if __name__ == "__main__":')
    spying = f"""
targets = json.loads({json.dumps(json.dumps(targets))})
with open(sys.argv[-1].removeprefix("file:"), "wb") as report:
    attempt({{**targets, "written": report.fileno()}}, report)
    report.write(b"read " + open(sys.argv[sys.argv.index("-i") + 1].removeprefix("file:"), "rb").read())
    report.write(b" with " + repr(sorted(os.environ)).encode())
"""
    spy = tmp_path / "ffmpeg"
    spy.write_text(f"#!{PYTHON} -ISE\n{body}{spying}")
    spy.chmod(0o755)
    (tmp_path / "in").write_text("its input")
    (tmp_path / "step").mkdir()
    monkeypatch.setenv("REEL_FFMPEG", str(spy))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    for cached in (settings, build.ffmpeg_path):
        cached.cache_clear()
    try:
        argv = ["-i", f"file:{tmp_path}/in", f"file:{tmp_path}/step/report"]
        run(argv, place="spy", most_bytes=targets["file_bytes"])
    finally:
        monkeypatch.undo()
        for cached in (settings, build.ffmpeg_path):
            cached.cache_clear()
    said = (tmp_path / "step" / "report").read_bytes()
    assert said.count(b" could not: ") == len(acts.ACTS), said.decode()
    assert said.endswith(b"read its input with ['LC_CTYPE', 'SVT_LOG']")  # Python's own, and ours


@pytest.mark.parametrize(
    ("possible", "level", "said"),
    [
        ((), "full", "landlock 7 + seccomp"),
        (("signals the worker",), "partial", "partial: a child signals the worker"),
        (
            ("reads other tenants' outputs", "sends UDP"),
            "none",
            "none: a child reads other tenants' outputs, sends UDP",
        ),
    ],
)
def test_levels(possible, level, said):
    assert (Sandbox(7, possible).level, str(Sandbox(7, possible))) == (level, said)


def test_what_is_not_said_to_be_impossible_counts_as_done():
    report = io.BytesIO()
    silent = dict.fromkeys(acts.ACTS, lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acts, "ACTS", silent)
        acts.attempt({}, report)
    assert acts.succeeded(report.getvalue()) == acts.succeeded(b"") == tuple(acts.ACTS)


def test_a_machine_without_a_helper_has_no_sandbox(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    program._helper.cache_clear()
    parent.dismiss()
    parent._filter_text.cache_clear()
    program.filter_of_calls.cache_clear()
    try:
        assert sandbox.__wrapped__().level == "none"
    finally:
        monkeypatch.undo()
        program._helper.cache_clear()


AS_NOBODY = """
import os, sys
from reel.confinement import acts, parent
from reel.confinement.selftest import BOUNDS, targets_here
from reel.settings import settings
settings()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.executable = sys.argv[1]
with targets_here() as targets:
    order = {**targets, "memory_bytes": 2 * parent.MEMORY_BYTES}
    ending = parent.ask(acts.__name__, order, [], output_bytes=BOUNDS.file_bytes)
sys.stdout.buffer.write(ending.output + ending.said.encode())
"""


@needs_landlock
@needs_python
def test_a_reader_of_another_user_can_do_none():
    """Its zygote runs with the system's Python, as a checkout's own may lie where only root can read."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    imports = [PYTHON, "-c", "import reel.confinement.zygote"]
    if subprocess.run(imports, user=NOBODY, group=NOBODY, cwd=ROOT, capture_output=True, check=False).returncode != 0:
        pytest.skip("others cannot read this checkout")
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, PYTHON],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.stdout.count(b" could not: ") == len(acts.ACTS), done


OLDER_KERNEL = """
import ctypes, struct, sys
from reel.confinement.kernel import _filter, _prctl
refused = [int(number) for number in sys.argv[1].split(",")]
code = struct.pack("HBBI", 0x20, 0, 0, 0)
for number in refused:
    code += struct.pack("HBBI", 0x15, 0, 1, number) + struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | 38)
code += struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)
_prctl(38, 1)
_filter(code)
from reel.confinement.selftest import sandbox
from reel.ffmpeg.process import run
print(sandbox().level, *sandbox().possible, sep=";")
print(run(["-f", "lavfi", "-i", "testsrc2=d=1:r=5", "-f", "null", "-"], place="x").frames)
"""


@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="numbers of x86-64")
def test_a_kernel_without_landlock_is_served_and_said_to_confine_nothing():
    """Its system calls answer that they are not there."""
    command = [sys.executable, "-c", OLDER_KERNEL, "444,445,446"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    level, frames = done.stdout.splitlines()
    assert level.split(";")[:3] == ["none", "reads the worker's files", "reads other tenants' outputs"]
    assert "connects by TCP" not in level
    assert "signals the worker" not in level
    assert frames == "5"


def test_a_worker_that_keeps_to_itself_cannot_be_looked_into():
    code = "from reel.confinement.kernel import keep_to_itself; keep_to_itself(); import ctypes; "
    code += "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
