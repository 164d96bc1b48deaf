"""Functions that run in a child as if they were called here."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reel.confinement import apart as module
from reel.confinement.apart import apart
from reel.confinement.selftest import sandbox
from reel.errors import BadMedia, Internal, Problem, Resource
from tests.confinement import apart_functions as functions
from tests.confinement.apart_functions import Found, Part

needs_landlock = pytest.mark.skipif(sandbox().landlock == 0, reason="the kernel has no Landlock")


def test_what_comes_back_is_what_was_returned() -> None:
    expected = functions.everything("x")
    found = apart(functions.everything, Found)("x")
    assert found[:7] == expected[:7]
    assert [type(each) for each in found[:7]] == [type(each) for each in expected[:7]]
    assert found[7]["a"] == (1,)
    np.testing.assert_array_equal(found[7][3], expected[7][3])
    assert (found[8].number, list(found[8].pictures)) == (3, [7, 5])
    for number in (7, 5):
        np.testing.assert_array_equal(found[8].pictures[number], expected[8].pictures[number])
        assert found[8].pictures[number].dtype == expected[8].pictures[number].dtype
    assert found[9] == 0.5


def test_files_among_the_arguments_are_read_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (tmp_path / name).write_text(name)
    parts = [Part(tmp_path / "a"), Part(tmp_path / "b")]
    assert apart(functions.texts)(parts, path=tmp_path / "c") == ["c", "a", "b"]


def test_an_output_is_written_and_it_is_another_process_that_does(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("text")
    (tmp_path / "made").mkdir()
    assert apart(functions.copied)(tmp_path / "in", output=tmp_path / "made" / "out") != os.getpid()
    assert (tmp_path / "made" / "out").read_text() == "text"


@needs_landlock
def test_other_files_are_neither_read_nor_written(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.write_text("own")
    other.write_text("other")
    for function in (functions.peeks, functions.writes):
        with pytest.raises(Internal, match=rf"reading it back failed: PermissionError.*{other}"):
            apart(function)(own, str(other))
    assert other.read_text() == "other"


@pytest.mark.parametrize(
    ("function", "error", "said"),
    [
        (functions.lacks, Resource, "clip: lacks time"),
        (functions.crashes, Internal, "clip: crashes who reads it back (SIGSEGV)"),
        (functions.swells, Resource, "clip: takes too much memory to be read back"),
        (functions.mistakes, Internal, "clip: reading it back failed: KeyError: 'oops'"),
    ],
)
def test_errors(function: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as raised:
        apart(function)("clip")
    assert str(raised.value).startswith(said)


def test_an_error_of_ours_comes_with_all_its_problems() -> None:
    with pytest.raises(BadMedia) as raised:
        apart(functions.wrong)("clip")
    assert raised.value.problems == (Problem("clip", "is wrong", "mend it"), Problem("elsewhere", "too"))


@pytest.mark.parametrize(
    "answered",
    [
        {"result": {"object": ["Path", {"mapping": []}]}},
        {"result": {"array": ["O", [1]]}},
        {"error": "SystemExit", "problems": []},
        pickle.dumps(functions.mistakes),
    ],
    ids=["a class that was not named", "objects", "an error that is not ours", "a pickle"],
)
def test_a_child_that_was_taken_over_has_nothing_made_or_run(answered: Any) -> None:
    output = answered if isinstance(answered, bytes) else json.dumps(answered).encode() + b"\n" + bytes(100)
    with pytest.raises((KeyError, ValueError)):
        module._result(output, {"Found": Found})
