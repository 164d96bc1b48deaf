"""Pictures and analysis beside ladders and sounds: of the largest rung, heard as viewers of the ladder hear it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import numbered, read_frame_numbers
from tests.conftest import MakeClip
from tests.packager import needs_packager

LADDER = {"type": "ladder", "rungs": [{}, {"width": 320, "height": 180}]}
PICTURES = {"type": "pictures", "poster": 1, "sprite": False}
ANALYSIS = {"type": "analysis"}


@pytest.fixture
def fresh(tmp_path: Path) -> Worker:
    """A worker with an empty store."""
    return make_worker(Settings(home=tmp_path / "home"))


@pytest.fixture
def master(make_clip: MakeClip) -> Path:
    return make_clip(numbered(size=(640, 360), seconds=2.5))


def encode(path: Path, *outputs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "encode", "asset": str(path), "outputs": [*outputs], **fields}


def test_a_ladder_alone_is_shown_and_analysed(master: Path, fresh: Worker) -> None:
    report = render(encode(master, LADDER, PICTURES, ANALYSIS), worker=fresh)
    made = {file.name: Path(file.path) for file in report.outputs[0].files}
    assert not [name for name in made if name.count("/") == 0 and name.endswith(".mp4")], "no video was asked for"
    largest = made["encode/stream/360p.mp4"]
    with av.open(str(largest)) as source, Image.open(made["encode/poster.jpg"]) as poster:
        frames = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
        shown = np.asarray(poster.convert("RGB"), np.int16)
    differences = [float(np.abs(shown - frame).mean()) for frame in frames]
    assert shown.shape == (360, 640, 3)
    assert differences.index(min(differences)) == 30, "the frame at second 1 of 30 a second"
    found = json.loads(made["encode/analysis.json"].read_text())
    for video in found["videos"]:
        rung = made[video["name"]]
        assert video["bytes"] == rung.stat().st_size
        (picture,) = video["streams"]
        assert picture["frames"] == len(read_frame_numbers(rung)) == 75
        assert picture["seconds"] == pytest.approx(2.5)
    assert [video["name"] for video in found["videos"]] == ["encode/stream/360p.mp4", "encode/stream/320x180.mp4"]
    assert found["loudness"]["integrated_lufs"] is not None
    waveform = json.loads(made["encode/waveform.json"].read_text())
    assert waveform["length"] == 250


def test_what_is_heard_of_a_ladder_is_what_is_heard_of_a_video(master: Path, fresh: Worker) -> None:
    heard = [
        {file.name: Path(file.path) for file in render(encode(master, each, ANALYSIS), worker=fresh).outputs[0].files}
        for each in (LADDER, {"type": "video"})
    ]
    one, other = (files["encode/waveform.dat"].read_bytes() for files in heard)
    assert one == other


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        ([{"type": "audio"}], ["encode.m4a"]),
        ([{"type": "audio"}, PICTURES], ["encode.mp4", "encode.m4a", "encode/poster.jpg"]),
        ([PICTURES], ["encode.mp4", "encode/poster.jpg"]),
        ([LADDER | {"name": "hls"}, PICTURES | {"name": "shown"}], ["encode/shown/poster.jpg"]),
    ],
)
def test_there_is_a_video_where_pictures_have_nothing_else_to_show(
    master: Path, fresh: Worker, outputs: list[dict[str, Any]], names: list[str]
) -> None:
    planned = plan(encode(master, *outputs), worker=fresh)
    assert [output.name for output in planned.outputs if "/hls/" not in output.name] == names


def test_a_preview_of_a_ladder_is_shown_and_analysed_in_part(master: Path, fresh: Worker) -> None:
    part = {"preview": {"range": {"start": 1, "end": 2}}}
    report = render(encode(master, LADDER, PICTURES, ANALYSIS, **part), worker=fresh)
    made = {file.name: Path(file.path) for file in report.outputs[0].files}
    found = json.loads(made["encode/analysis.json"].read_text())
    assert (found["frames"], found["frame_rate"]) == (30, "30")
    assert json.loads(made["encode/waveform.json"].read_text())["length"] == 100


SAMPLES = {
    "scheme": "cbcs",
    "key_id": "00112233445566778899aabbccddeeff",
    "systems": [{"system": "fairplay", "uri": "skd://film-1"}],
}


@pytest.mark.parametrize(
    ("lock", "file"),
    [
        pytest.param({"uri": "https://keys.example/1"}, ".m3u8", id="segments"),
        pytest.param(SAMPLES, "/protected.mp4", id="samples", marks=needs_packager),
    ],
)
def test_an_encrypted_ladder_of_several_variants_is_shown_and_analysed(
    lock: dict[str, Any], file: str, make_clip: MakeClip, tmp_path: Path, fresh: Worker
) -> None:
    (tmp_path / "key").write_bytes(bytes(range(16)))
    clips = [str(make_clip(numbered(size=size, seconds=1.5))) for size in ((640, 360), (320, 180))]
    mixed = {
        "kind": "mixer",
        "clips": clips,
        "aspect": "16:9",
        "resolution": "360p",
        "variants": 2,
        "order_mixing": True,
    }
    locked = LADDER | {"encryption": {"key": str(tmp_path / "key"), **lock}}
    report = render(mixed | {"outputs": [locked, {"type": "pictures"}, ANALYSIS]}, worker=fresh)
    posters = set()
    for output in report.outputs:
        made = {file.name.removeprefix(output.name): Path(file.path) for file in output.files}
        found = json.loads(made["/analysis.json"].read_text())
        assert [video["name"] for video in found["videos"]] == [
            f"{output.name}/stream/{size}{file}" for size in ("360p", "320x180")
        ]
        assert [rung.file.name for rung in output.ladders[0].rungs] == [video["name"] for video in found["videos"]]
        assert found["scenes"][-1]["end_frame"] == found["frames"] == 90
        posters.add(made["/poster.jpg"].read_bytes())
    assert len(posters) == 2, "no two are the same"
