"""All that is wrong with a request is told in one go, by whichever way it is asked, and nothing that only follows from it."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reel.cli.main import app
from reel.errors import ReelError
from reel.generate.dry_run import dry_run
from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import Clip
from tests.conftest import MakeClip


@pytest.fixture
def folder(tmp_path: Path, make_clip: MakeClip) -> Path:
    """Assets: `a.mp4` of four seconds, `tone.wav` of two, `bad.mp4`."""
    (tmp_path / "a.mp4").symlink_to(make_clip(Clip(seconds=4, size=(160, 90))))
    with wave.open(str(tmp_path / "tone.wav"), "wb") as tone:
        tone.setparams((1, 2, 48_000, 0, "NONE", ""))
        tone.writeframes(bytes([0, 16, 0, 240]) * 48_000)
    (tmp_path / "bad.mp4").write_bytes(b"nonsense " * 100)
    return tmp_path


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return make_worker(Settings(home=tmp_path / "home"))


def told(document: dict[str, Any], folder: Path, worker: Worker) -> list[str]:
    """The places of all problems of a dry run; `plan` and `render` say the same."""
    found = dry_run(document, base=folder, worker=worker)
    assert not found.valid
    for ask in (plan, render):
        with pytest.raises(ReelError) as refused:
            ask(document, base=folder, worker=worker)
        assert [str(problem) for problem in refused.value.problems] == list(found.errors)
    return [error.split(": ")[0] for error in found.errors]


def track(*clips: Any) -> dict[str, Any]:
    return {"clips": list(clips)}


def colour(**more: Any) -> dict[str, Any]:
    return {"type": "colour", "colour": "red", "duration": 2, **more}


CROWDED = {"type": "text", "text": "no room for any of this", "duration": 2, "size": 400, "smallest": 400}

TEMPLATE: dict[str, Any] = {
    "kind": "template",
    "variables": {"NAME": {}, "PRICE": {"type": "number"}},
    "data": {"PRICE": "dear"},
    "background": "whit",
    "timeline": {
        "duration": 5,
        "tracks": [
            track(colour(), colour(start=1)),
            track({"type": "video", "asset": "lost.mp4"}, {"type": "video", "asset": "a.mp4", "in": 9}),
            track(
                {"type": "image", "asset": "bad.mp4", "duration": 1}, {"type": "image", "asset": "a.mp4", "duration": 1}
            ),
            track(CROWDED, {"type": "text", "text": "{{NAM}}", "duration": 2}, {"type": "text", "text": "{{NAME}}"}),
            track(colour(opacity=[{"at": 0, "value": 7}]), {"type": "txt"}, colour(rotation="{{PRICE}}", size=3)),
            track({"type": "audio", "asset": "tone.wav", "duration": 9}),
        ],
    },
}


def test_a_template_with_faults_of_all_sorts_tells_all(folder: Path, worker: Worker) -> None:
    clip = "timeline.tracks[{}].clips[{}]{}".format
    assert sorted(told(TEMPLATE, folder, worker)) == sorted(
        [
            "data.PRICE",
            "background",
            "timeline.duration",
            clip(0, 1, ".start"),
            clip(1, 0, ".asset"),
            clip(1, 1, ".in"),
            clip(2, 0, ".asset"),
            clip(2, 1, ".asset"),
            clip(3, 0, ".text"),
            clip(3, 1, ".text"),
            clip(3, 2, ".text"),
            clip(4, 0, ".opacity"),
            clip(4, 1, ".type"),
            clip(4, 2, ".size"),
            clip(5, 0, ".duration"),
        ]
    )


def test_the_command_says_them_all_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "request.json").write_text(json.dumps(TEMPLATE), "utf-16")
    said = CliRunner().invoke(app, ["dry-run", str(folder / "request.json")])
    assert said.exit_code == 2
    errors = json.loads(said.stdout)["errors"]
    assert len(errors) == 15
    for command in ("plan", "render"):
        refused = CliRunner().invoke(app, [command, str(folder / "request.json")])
        assert refused.exit_code == 2
        assert refused.stderr.splitlines() == errors


OTHERS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {
            "kind": "mixer",
            "clips": [
                "a.mp4",
                {"asset": "lost.mp4", "fit": "covr"},
                {"asset": "a.mp4", "in": 3, "out": 2},
                {"asset": "a.mp4", "in": 8},
                "tone.wav",
                {"asset": "bad.mp4", "ot": 3},
            ],
            "variants": 0,
            "frame_rate": 31,
            "audio": {"soundtrack": "tone.wav", "in": 3},
        },
        ["frame_rate", "clips[1].fit", "clips[2]", "clips[5].ot", "variants", "clips[1].asset", "clips[5].asset",
         "clips[4].asset", "audio.in", "clips[3].in"],
    ),
    (
        {
            "kind": "slideshow",
            "images": ["a.mp4", "lost.png"],
            "music": {"asset": "tone.wav", "in": 3},
            "duration": 90,
            "text": "W" * 500,
            "background": "rgb(1)",
            "zoom": {"to": 3},
        },
        ["background", "zoom.to", "images[1].asset", "images[0].asset", "music.in", "text", "duration"],
    ),
    (
        {
            "kind": "multicam",
            "sources": ["a.mp4", {"asset": "lost.mp4", "name": "B"}, {"asset": "a.mp4", "sync_offset": "auto"}],
            "cuts": [
                {"source": 0, "in": 1, "out": 9},
                {"source": "C", "in": 1, "out": 2},
                {"source": "B", "in": 3, "out": 2},
                {"source": "B", "in": 3, "out": 999},
            ],
            "loudness": {"lufs": 3},
        },
        ["loudness.lufs", "sources[1].asset", "cuts[0].out", "cuts[1].source", "cuts[2].out"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("document", "places"), OTHERS, ids=["mixer", "slideshow", "multicam"])
def test_every_kind_tells_all(document: dict[str, Any], places: list[str], folder: Path, worker: Worker) -> None:
    assert sorted(told(document, folder, worker)) == sorted(places)


FOLLOWS: list[tuple[list[Any], list[str]]] = [
    ([track(colour(duration="long"), colour(start=1), colour())], ["clips[0].duration"]),
    ([track({"type": "audio", "asset": "tone.wav"}, {"type": "video", "asset": "a.mp4"})], [""]),
    ([track(colour(duratoin=3, duration=None) | {"duration": 1, "strt": 4}, colour())], ["clips[0].duratoin", "clips[0].strt"]),
    ([track({"type": "video", "asset": "lost.mp4"}, colour(), colour(start=1))], ["clips[0].asset"]),
    ([track({"type": "video", "asset": "a.mp4", "in": 9}, colour(start=0))], ["clips[0].in"]),
    ([track({"type": "colour", "colour": "red", "duration": "end"}, colour())], ["clips[0].duration"]),
    ([track({"type": "text", "text": "{{A}} " * 99, "size": 400, "smallest": 400, "duration": 1})], ["clips[0].text"]),
    ([track({"type": "drawn", "name": "glitter", "duration": 2}, colour(start=1))], ["clips[0].name", "clips[1].start"]),
    ([track({"type": "colour", "duration": 2}, colour(start=1))], ["clips[0].colour", "clips[1].start"]),
    ([track(colour(transition="wipe"), colour(start=1))], ["clips[0].transition.name", "clips[1].start"]),
]  # fmt: skip


@pytest.mark.parametrize(("tracks", "places"), FOLLOWS)
def test_nothing_is_told_that_only_follows_from_another_fault(
    tracks: list[Any], places: list[str], folder: Path, worker: Worker
) -> None:
    document = {"kind": "template", "timeline": {"tracks": tracks}}
    assert sorted(told(document, folder, worker)) == sorted(
        f"timeline.tracks[0].{place}".rstrip(".") for place in places
    )


def test_what_an_installation_does_not_take_on_is_named_with_its_setting(
    folder: Path, worker: Worker, make_clip: MakeClip
) -> None:
    document = {"kind": "slideshow", "images": ["lost.png"] * 11, "duration": 61}
    errors = dry_run(document, base=folder, worker=worker).errors
    assert "images: 11 images are more than 10 (REEL_SLIDESHOW_IMAGES raises the limit)" in errors
    assert "duration: 61 s are more than 60 s (REEL_SLIDESHOW_SECONDS raises the limit)" in errors
