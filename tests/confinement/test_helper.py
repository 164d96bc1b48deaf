"""The helper that confines programs: its files, its arguments, and what it says where it starts nothing."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from reel.confinement import program
from reel.confinement.executable import executable
from reel.confinement.program import Access, Bounds, reason, start
from tests.confinement import building

AMPLE = Bounds(memory_bytes=1 << 30, file_bytes=1 << 20, cpu_seconds=10)
OUTPUT: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
SHELL = executable(Path("/bin/sh"))
ACCESS = Access(reads=SHELL.read, tools=SHELL.executed)


def ended(child: subprocess.Popen[bytes]) -> tuple[int, str]:
    said, _ = child.communicate(timeout=60)
    return child.returncode, said.decode()


def shell(script: str, access: Access = ACCESS, bounds: Bounds = AMPLE, **options) -> tuple[int, str]:
    return ended(start(["/bin/sh", "-c", script], access, bounds, **OUTPUT, **options))


def helper(*arguments: str) -> tuple[int, str]:
    command = [program._helper().path, *arguments]
    return ended(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))


def test_the_files_are_those_that_the_digests_name() -> None:
    assert building.digests(building.FOLDER) == building.SUMS.read_text(), "build it: reel/confinement/helper/README.md"


@pytest.mark.parametrize("machine", building.MACHINES)
def test_the_source_builds_to_the_same_bytes(machine: str, tmp_path: Path) -> None:
    zig = building.compiler()
    if zig is None:
        pytest.skip(f"ziglang {building.VERSION} is not installed, and REEL_ZIG names none")
    building.build(zig, machine, tmp_path / "confine")
    assert (tmp_path / "confine").read_bytes() == (building.FOLDER / f"confine-{machine}").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "names no program"),
        (["-p", str(os.getpid())], "names no program"),
        (["-p", str(os.getpid()), "--"], "names no program"),
        (["-z", "1", "--", "/bin/true"], "an unknown option"),
        (["-r"], "an option lacks its value"),
        (["-p", "12x", "--", "/bin/true"], "a number has other characters"),
        (["-p", "", "--", "/bin/true"], "a number is empty"),
        (["-p", "9" * 30, "--", "/bin/true"], "a number is too large"),
        (["-l", "9", "1", "--", "/bin/true"], "a number has other characters"),
    ],
)
def test_what_it_cannot_make_sense_of_starts_nothing(arguments: Sequence[str], said: str) -> None:
    status, words = helper(*arguments)
    assert status == program.FAILED
    assert words.startswith(f"confine: {said}: error ")


def test_it_ends_where_its_parent_is_gone() -> None:
    assert helper("-p", "1", "-x", "/", "--", "/bin/echo", "started") == (program.FAILED, "")


def test_a_program_that_cannot_be_executed_is_told_of(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    text.chmod(0o755)
    missing = str(tmp_path / "missing")
    for path, number in ((str(text), errno.ENOEXEC), (missing, errno.ENOENT), ("/bin/sh", errno.EACCES)):
        status, said = ended(start([path], Access(tools=(str(text),)), AMPLE, **OUTPUT))
        assert reason(status, said) == (path, number)
        assert reason(1, said) is None
    assert reason(program.FAILED, "the program's own words") is None


def test_it_comes_from_memory_where_its_file_cannot_be_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(building.FOLDER, tmp_path / "helper")
    for file in folder.iterdir():
        file.chmod(0o644)
    monkeypatch.setattr(program, "__file__", str(tmp_path / "program.py"))
    program._helper.cache_clear()
    try:
        assert program._helper().descriptor is not None
        # It hands the program no descriptor of its own.
        assert shell("echo hello; for each in 3 4 5 6 7 8 9; do { true >&$each; } 2>&- && echo $each; done; :") == (
            0,
            "hello\n",
        )
    finally:
        for descriptor in program._helper().descriptors:
            os.close(descriptor)
        program._helper.cache_clear()


def test_what_it_may_read_and_write(tmp_path: Path) -> None:
    own, other, outside = tmp_path / "own", tmp_path / "other", tmp_path / "outside"
    own.mkdir()
    other.write_text("readable")
    outside.write_text("secret")
    access = Access(
        reads=(*SHELL.read, str(other), str(tmp_path / "not there")), tools=SHELL.executed, writes=(str(own),)
    )
    script = f"""
        read line < {other}; echo "$line"
        echo made > {own}/file; read line < {own}/file; echo "$line"
        for path in {outside} {tmp_path}/new {other}; do true >> $path; done
        true < {outside} && echo read
        echo "$HOME$PATH_TO_SECRETS"
    """
    status, said = shell(script, access, cwd=own)
    assert [line for line in said.splitlines() if not line.startswith("/bin/sh")] == ["readable", "made", ""], status
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "outside", "own"]
    assert other.read_text() == "readable"
    assert outside.read_text() == "secret"


def test_too_long_ends_otherwise_than_too_large() -> None:
    status, _ = shell("while :; do :; done", bounds=Bounds(1 << 30, 0, cpu_seconds=1))
    assert status == -signal.SIGXCPU


def test_limits_are_never_above_those_that_are_held_already() -> None:
    command = f"ulimit -f 100; exec {program._helper().path} -l 1 999999999 999999999 -x / -- /bin/sh -c 'ulimit -f'"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "100\n"


def test_root_keeps_no_privilege_but_that_over_files() -> None:
    told = "case $name in CapEff:|NoNewPrivs:|Seccomp:) echo $value;; esac"
    access = Access(reads=(*SHELL.read, "/proc"), tools=SHELL.executed)
    status, said = shell(f"while read name value; do {told}; done < /proc/self/status", access)
    effective, no_new, seccomp = said.split()
    assert (status, int(effective, 16) & ~(1 << 1), no_new, seccomp) == (0, 0, "1", "2")
