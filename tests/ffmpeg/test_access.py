"""What an FFmpeg gets to see, by its arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from reel.confinement.executable import executable
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.child import access_of


@pytest.mark.parametrize(
    ("argv", "cwd", "reads", "writes", "devices"),
    [
        ("-i file:/in/a.mp4 file:/step/out.mp4", None, {"/in/a.mp4"}, {"/step"}, set()),
        ("-i /in/a.mp4 /step/out.mp4", None, {"/in/a.mp4"}, {"/step"}, set()),
        ("-f lavfi -i testsrc2 -f null -", None, set(), set(), set()),
        ("-i pipe:0 pipe:7", "/step", set(), {"/step"}, set()),
        ("-i file:/in/a -i file:/in/b file:/one/x file:/two/y", None, {"/in/a", "/in/b"}, {"/one", "/two"}, set()),
        ("-i file:relative.mp4 file:out.mp4", "/step", {"relative.mp4"}, {".", "/step"}, set()),
        ("-vaapi_device /dev/dri/renderD128 -i pipe:0 file:/step/x", None, set(), {"/step"}, {"/dev/dri/renderD128"}),
        ("-qsv_device /dev/dri/renderD128 -i pipe:0 file:/step/x", None, set(), {"/step"}, {"/dev/dri/renderD128"}),
    ],
)
def test_what_is_named(argv: str, cwd: str | None, reads: set[str], writes: set[str], devices: set[str]) -> None:
    found = access_of([str(ffmpeg_path()), *argv.split()], Path(cwd) if cwd else None)
    own = executable(ffmpeg_path())
    assert set(found.reads) - set(own.read) == reads
    assert set(found.writes) == writes
    assert set(found.devices) == devices
    assert found.tools == own.executed


def test_what_executing_takes(tmp_path: Path) -> None:
    script, through_env, text = tmp_path / "script", tmp_path / "env", tmp_path / "text"
    script.write_text("#!/bin/sh -e\n")
    through_env.write_text("#!/usr/bin/env -S sh\n")
    text.write_text("text")
    shell = executable(Path("/bin/sh")).executed
    assert len(shell) == 2, "a shell that is linked dynamically"
    assert executable(script).executed == (str(script), *shell)
    assert executable(through_env).executed[:2] == (str(through_env), "/usr/bin/env")
    assert Path(executable(through_env).executed[-2]).name == "sh"
    assert executable(through_env).executed[-1] == shell[-1]
    assert executable(text).executed == (str(text),)
    assert executable(tmp_path / "missing").executed == (str(tmp_path / "missing"),)
    assert "/opt/ffmpeg/lib" in executable(script, "/opt/ffmpeg/lib:").read
