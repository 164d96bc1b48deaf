"""The command line: what it prints, and what it exits with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reel.cli import app, show
from reel.cli.failures import exit_code_for
from reel.errors import BadMedia, Cancelled, Internal, InvalidRequest, Resource, Transient
from tests import masters
from tests.clips import Clip, numbered
from tests.conftest import MakeClip

START = "from reel.cli import main; main()"


def reel(*arguments: object, feed: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=feed)


@pytest.fixture
def request_file(make_clip: MakeClip, tmp_path: Path) -> Path:
    """A request beside its clips, which it names relatively."""
    for name, clip in (("a[red].mp4", Clip()), ("b.mp4", Clip(rate="25", size=(180, 320)))):
        (tmp_path / name).symlink_to(make_clip(clip))
    request = {"kind": "mixer", "clips": ["a[red].mp4", "b.mp4"], "variants": 2, "order_mixing": True}
    path = tmp_path / "request.json"
    path.write_text(json.dumps({**request, "resolution": "480p", "aspect": "16:9"}))
    return path


def test_from_plan_to_report(request_file: Path) -> None:
    planned = json.loads(reel("plan", request_file, "--json").stdout)
    assert planned["estimate"]["steps"] == len(planned["plan"]["steps"])
    estimated = reel("estimate", request_file)
    assert [line.split()[0] for line in estimated.stdout.splitlines() if "s  " in line][:1] == ["time"], (
        estimated.output
    )
    assert "Nothing like it was made here yet" in estimated.stdout
    assert json.loads(reel("estimate", request_file, "--json").stdout) == planned["estimate"]
    rendered = reel("render", request_file, "--generation", "first")
    assert rendered.exit_code == 0, rendered.output
    assert "variant-002.mp4" in rendered.stdout
    assert "0 reused" in rendered.stdout
    again = json.loads(reel("render", request_file, "--json").stdout)
    assert sum(row["reused"] for row in again["steps"]) == len(planned["plan"]["steps"])
    assert again["estimate"]["seconds"] == 0
    page = Path(again["outputs"][0]["files"][0]["path"]).with_name("report.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 4
    table = reel("plan", request_file).stdout
    assert "0 to make" in table
    assert "Nothing to make." in reel("estimate", request_file).stdout
    assert "a[red].mp4" in table


@pytest.mark.parametrize(
    ("document", "code", "said"),
    [
        ("{", 2, "request: is not JSON"),
        ('{"kind": "mixer", "clips": [], "varants": 2}', 2, "varants: is not a field here (did you mean `variants`?)"),
        ('{"kind": "mixer", "clips": [{"asset": "a", "in": 3, "out": 2}]}', 2, "clips[0]: `out` (2 s) must be after"),
        ('{"kind": "mixer", "clips": ["text.mp4", "gone.mp4"]}', 3, "clips[1].asset: "),
    ],
)
def test_errors_are_lines_that_name_the_field(
    document: str, code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.mp4").write_text("this is no video")
    result = reel("render", "-", feed=document)
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_request_that_is_not_there(tmp_path: Path) -> None:
    result = reel("plan", tmp_path / "none.json")
    assert result.exit_code == 2
    assert "cannot be read: No such file or directory" in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [(InvalidRequest(), 2), (BadMedia(), 3), (Resource(), 4), (Transient(), 4), (Internal(), 5), (Cancelled(), 5),
     (ZeroDivisionError(), 5)],
)  # fmt: skip
def test_every_class_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert exit_code_for(error) == code


def test_a_mistake_of_ours_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch, request_file: Path) -> None:
    monkeypatch.setattr("reel.generate.render.plan", lambda *_, **__: 1 / 0)
    result = reel("plan", request_file)
    assert result.exit_code == 5
    assert result.stderr.startswith("internal: ZeroDivisionError: division by zero (")


def test_probe_shows_good_files_and_names_bad_ones(make_clip: MakeClip, tmp_path: Path) -> None:
    good, bad = make_clip(Clip(rotation=90)), tmp_path / "bad.mp4"
    bad.write_text("this is no video")
    table = reel("probe", good)
    assert table.exit_code == 0
    assert "180x320" in table.stdout
    result = reel("probe", good, bad, "--json")
    assert result.exit_code == 3
    assert "bad.mp4" in result.stderr
    assert [facts["file"] for facts in json.loads(result.stdout)] == [str(good)]


def test_what_is_odd_with_a_variant_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show.console, "width", 200)
    dark = {"tracks": [{"clips": [{"type": "colour", "colour": "black", "duration": 1}]}]}
    outputs = [{"type": "video"}, {"type": "audio", "codec": "flac"}]
    request = {"kind": "template", "resolution": "360p", "stills": False, "timeline": dark, "outputs": outputs}
    told = reel("render", "-", feed=json.dumps(request)).stdout
    assert "template.flac" in told
    assert told.count("100% of its frames are black") == 1


@pytest.mark.parametrize("command", ["probe", "scenes"])
def test_a_file_that_cannot_be_read_is_named_once(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.mp4").touch()
    missing, empty, folder = tmp_path / "missing.mp4", tmp_path / "empty.mp4", f"{tmp_path}/"
    result = reel(command, missing, empty, folder)
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        f"{missing} does not exist",
        f"{empty} is empty",
        f"{tmp_path} is a folder, not a file",
    ]


def test_probe_numbers_the_tracks_that_requests_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show.console, "width", 200)
    table = reel("probe", masters.master(tmp_path)).stdout
    for line in ('1: aac mono 48000 en "English"', "2: aac mono 48000 de", '2: subrip de "Deutsch"', "3 chapters"):
        assert line in table


def test_scenes_are_shown_as_the_clips_that_they_would_be(make_clip: MakeClip, tmp_path: Path) -> None:
    good, bad = make_clip(numbered(seconds=3, cuts=(45,))), tmp_path / "bad.mp4"
    bad.write_text("this is no video")
    table = reel("scenes", good)
    assert table.exit_code == 0, table.output
    assert "1.500" in table.stdout
    result = reel("scenes", bad, good, "--json")
    assert result.exit_code == 3
    assert "bad.mp4" in result.stderr
    (found,) = json.loads(result.stdout)
    assert found["file"] == str(good)
    assert [(scene["start"], scene["end"]) for scene in found["scenes"]] == [(0, 1.5), (1.5, 3)]


def test_schema_and_version() -> None:
    assert '"clips"' in json.dumps(json.loads(reel("schema").stdout))
    assert json.loads(reel("schema", "multicam").stdout)["properties"]["kind"]["const"] == "multicam"
    assert "did you mean `mixer`?" in reel("schema", "mixr").stderr
    assert reel("--version").stdout.startswith("reel ")


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys\ntry:\n {START}\nfinally:\n print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    assert not {"av", "cv2", "numpy", "pydantic", "jinja2", "prefect"} & set(done.stdout.split())


@pytest.mark.parametrize("begin", [b"\0\0\0\x20ftypisom", b"\x89PNG\r\n\x1a\n\0\0", b"PK\x03\x04\x14\0\xff\0"])
def test_a_video_in_place_of_a_request_is_not_to_be_saved_as_utf_8(tmp_path: Path, begin: bytes) -> None:
    (tmp_path / "clip.mp4").write_bytes(begin + bytes(range(256)) * 8)
    refused = reel("plan", tmp_path / "clip.mp4")
    assert refused.exit_code == 2
    assert "request: is no text (give a JSON document: {" in refused.stderr
