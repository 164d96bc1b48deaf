"""Settings: each one that is wrong is named by its variable, with what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments import processes, stack
from deployments.stack import configured
from reel.cli.main import app
from reel.environment import default_home
from reel.errors import InvalidRequest, Resource
from reel.ffmpeg.build import ffmpeg_path
from reel.make.worker import make_worker, this_worker
from reel.settings import Settings, settings

WRONG = {
    name: value
    for name, field in Settings.model_fields.items()
    for kind, value in (
        ("int", "many"), ("float", "-x"), ("bool", "maybe"), ("tuple", "a, b"), ("Literal", "loud"),
    )
    if kind in str(field.annotation)
}  # fmt: skip
"""For every setting that is not a text or a path, what it cannot be."""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"REEL_{name.upper()}", WRONG[name])
    with pytest.raises(InvalidRequest) as refused:
        Settings()
    (problem,) = refused.value.problems
    assert problem.place == f"REEL_{name.upper()}"
    assert problem.what.startswith("must be ")
    assert WRONG[name] in problem.remedy


def test_most_settings_are_looked_at_here_and_all_wrong_ones_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(WRONG) > 25
    monkeypatch.setenv("REEL_JOBS", "0")
    monkeypatch.setenv("REEL_FILE_ROOTS", "/media")
    with pytest.raises(InvalidRequest) as refused:
        Settings()
    assert [str(problem) for problem in refused.value.problems] == [
        "REEL_JOBS: must be at least 1 (given: '0'; unset it for the default)",
        'REEL_FILE_ROOTS: must be a list, such as ["one", "another"] (given: \'/media\'; unset it for the default)',
    ]


@pytest.mark.parametrize("given", ["inf", "1e300"])
@pytest.mark.parametrize(
    "name", ["step_seconds", "keep_outputs_days", "upload_hours", "silence_seconds", "price_processor_second"]
)
def test_no_setting_is_without_end(name: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`inf` for no limit was an internal error when a timer was set, or a date reckoned."""
    monkeypatch.setenv(f"REEL_{name.upper()}", given)
    if name.startswith("price_") and given != "inf":
        assert Settings().price_processor_second == 1e300
        return
    with pytest.raises(InvalidRequest, match=f"^REEL_{name.upper()}: must be (at most|a number, and not an infinite)"):
        Settings()


@pytest.mark.parametrize("name", ["home", "scratch", "store", "outputs"])
@pytest.mark.parametrize("place", ["file", "file/below", "/proc/none/x"])
def test_a_folder_that_cannot_be_made_names_its_setting(name: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    fields: dict[str, Any] = {"home": tmp_path / "home", name: tmp_path / place}
    with pytest.raises(
        Resource, match=rf"^REEL_{name.upper()}: the folder .* cannot be made: .*set REEL_{name.upper()}"
    ):
        make_worker(Settings(**fields))


def test_what_is_no_store_names_its_setting(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"^REEL_OUTPUTS: ftp://x is no place for objects"):
        make_worker(Settings(home=tmp_path, outputs="ftp://x"))


@pytest.mark.parametrize(
    ("variables", "said", "code"),
    [
        ({"REEL_JOBS": "many"}, "REEL_JOBS: must be a whole number", 2),
        ({"REEL_SCRATCH": "/dev/null/x"}, "REEL_SCRATCH: the folder", 4),
        ({"REEL_FFMPEG": "/dev/null/x"}, "REEL_FFMPEG: there is no file", 4),
    ],
)
def test_commands_and_workers_end_in_words(
    variables: dict[str, str],
    said: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At once, and before anything else is shown: what is set wrongly is so at the next try as well."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    asked = (settings, this_worker, ffmpeg_path)
    for once in asked:
        once.cache_clear()
    try:
        (tmp_path / "request.json").write_text('{"kind": "mixer", "clips": ["a.mp4"]}')
        for command in ("plan", "render", "dry-run"):
            ended = CliRunner().invoke(app, [command, str(tmp_path / "request.json")])
            assert (ended.exit_code, ended.stderr.startswith(said)) == (code, True), ended.output
            assert (ended.stdout, caplog.messages) == ("", [])
        with pytest.raises(SystemExit, match=said):
            configured()
        monkeypatch.setattr(processes, "start_process", lambda *_, **__: pytest.fail("a process was started"))
        with pytest.raises(SystemExit, match=said):
            stack.start_stack(tied=True)
    finally:
        for once in asked:
            once.cache_clear()


def test_a_checkout_has_one_home(tmp_path: Path) -> None:
    """`reel`, `python -m deployments...` and `make` in it see the same store and the same catalogue; what is installed has its
    user's."""
    assert default_home() == Path(__file__).resolve().parents[1] / ".reel"
    installed = tmp_path / "site-packages" / "reel" / "settings.py"
    assert default_home(installed) == Path.home() / ".reelflow"
