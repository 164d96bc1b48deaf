"""Several videos of one composition: each as if it were made alone, and the frames composed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reel.artefact import Artefact
from reel.errors import Internal, Resource
from reel.ffmpeg import encoder
from reel.ffmpeg.process import run as honest_run
from reel.generate.progress import Progress
from reel.generate.render import plan, render
from reel.make.together import perform_together
from reel.make.worker import Worker, make_worker
from reel.patience import Policy
from reel.plan.estimate import Basis, estimate
from reel.plan.operations.base import Rendition
from reel.plan.step import Plan, Step, together
from reel.presets import Canvas
from reel.report import OutputReport
from reel.settings import Settings
from tests.clips import numbered, read_frame_numbers
from tests.conftest import MakeClip

SIZES = ((480, 270), (320, 180), (224, 126))


def video(size: tuple[int, int], **more: Any) -> dict[str, Any]:
    return {"type": "video", "width": size[0], "height": size[1], **more}


def card(colour: str = "#204080", **more: Any) -> dict[str, Any]:
    """Composed: a box that moves over a colour."""
    clips = [{"type": "colour", "colour": colour, "duration": 0.4}]
    box = {
        "type": "colour",
        "colour": "#f0c040",
        "duration": 0.4,
        "area": {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.2},
        "position": {"x": [{"at": 0, "value": 0}, {"at": 0.4, "value": 0.4}]},
    }
    tracks = [{"clips": clips}, {"clips": [box]}]
    return {"kind": "template", "aspect": "16:9", "stills": False, "timeline": {"tracks": tracks}, **more}


@pytest.fixture
def fresh(tmp_path: Path) -> Worker:
    """A worker with an empty store."""
    return make_worker(Settings(home=tmp_path / "home"))


@pytest.fixture
def cuts(make_clip: MakeClip) -> dict[str, Any]:
    """Plain: one clip of another size than the canvas."""
    clip = make_clip(numbered(size=(640, 360)))
    return {"kind": "mixer", "aspect": "16:9", "stills": False, "clips": [str(clip)], "fit": "cover"}


def siblings_of(planned: Plan) -> list[Step]:
    return [step for step in planned.steps if step.composition]


def made_of(step: Step, worker: Worker) -> Artefact | None:
    return worker.store.find(step.key, step.kind)


@pytest.mark.parametrize("is_composed", [True, False], ids=["composed", "cuts"])
def test_bytes_do_not_depend_on_what_is_made_beside_them(
    is_composed: bool, cuts: dict[str, Any], fresh: Worker
) -> None:
    asked = (card() if is_composed else cuts) | {"outputs": [video(size) for size in SIZES]}
    steps = siblings_of(plan(asked, worker=fresh))
    assert len({step.key for step in steps}) == len(SIZES)
    found: dict[str, set[str]] = {step.key: set() for step in steps}
    for subset in chain.from_iterable(combinations(steps, count) for count in (1, 2, 3)):
        perform_together(subset[0], subset[1:], fresh, lambda step, units: None)
        for step in subset:
            artefact = made_of(step, fresh)
            assert artefact
            found[step.key].add(str([(file.name, file.sha256) for file in artefact.files]))
            fresh.store.forget(step.key, step.kind)
    assert [len(digests) for digests in found.values()] == [1, 1, 1]


def decoded(output: OutputReport, ending: str) -> list[NDArray[Any]]:
    """The frames of one of the files of a variant, as grey."""
    (file,) = (file for file in output.files if file.name.endswith(ending))
    with av.open(file.path) as source:
        return [frame.to_ndarray(format="gray") for frame in source.decode(video=0)]


def test_each_is_the_composition_at_its_size(fresh: Worker) -> None:
    report = render(card(bitrate="high", outputs=[video(size) for size in SIZES]), worker=fresh)
    full, *others = (decoded(report.outputs[0], f"-{width}x{height}.mp4") for width, height in SIZES)
    for size, small in zip(SIZES[1:], others, strict=True):
        assert len(small) == len(full) == 12
        for one, other in zip(full, small, strict=True):
            assert other.shape == size[::-1]
            expected = cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(float)
            assert np.abs(expected - other).mean() < 1.5


def test_cuts_have_the_same_frames_at_every_size(cuts: dict[str, Any], fresh: Worker) -> None:
    report = render(cuts | {"outputs": [video(size) for size in SIZES]}, worker=fresh)
    for file in report.outputs[0].files:
        assert read_frame_numbers(Path(file.path)) == list(range(30))


def test_a_video_without_sound_has_no_stream_of_it(cuts: dict[str, Any], fresh: Worker) -> None:
    report = render(cuts | {"outputs": [video(SIZES[0]), video(SIZES[0], audio="none", name="mute")]}, worker=fresh)
    streams = {}
    for file in report.outputs[0].files:
        with av.open(file.path) as source:
            streams[file.name] = [stream.type for stream in source.streams], source.streams.video[0].frames
    assert streams == {
        "variant-001-480x270.mp4": (["video", "audio"], 30),
        "variant-001-mute.mp4": (["video"], 30),
    }
    assert [(row.steps, row.reused) for row in report.steps if row.kind in ("picture", "soundtrack")] == [
        (1, 0),
        (1, 0),
    ]


def test_where_no_video_has_sound_none_is_mixed(cuts: dict[str, Any], fresh: Worker) -> None:
    report = render(cuts | {"outputs": [video(SIZES[0], audio="none")]}, worker=fresh)
    assert {row.kind for row in report.steps} == {"picture", "join", "prove", "bind"}


def processes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many segments each FFmpeg that encodes makes from now on."""
    counts: list[int] = []

    def run(argv: Sequence[str], **more: Any) -> Any:
        counts.append(sum(argument.endswith("picture.mp4") for argument in argv))
        return honest_run(argv, **more)

    monkeypatch.setattr("reel.make.composed.run", run)
    return counts


def test_one_that_is_added_later_costs_itself(
    cuts: dict[str, Any], fresh: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = processes(monkeypatch)
    reports = [render(cuts | {"outputs": [video(size) for size in some]}, worker=fresh) for some in (SIZES[:2], SIZES)]
    rows = [next(row for row in report.steps if row.kind == "picture") for report in reports]
    assert [(row.steps, row.reused) for row in rows] == [(2, 0), (3, 2)]
    assert counts == [2, 1]
    first, second = ({file.name: file.sha256 for file in report.outputs[0].files} for report in reports)
    assert first.items() <= second.items()


def broken(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The disk loses the end of what is encoded at a size, so many times."""
    left = iter(range(times))

    def run(argv: Sequence[str], **more: Any) -> Any:
        finished = honest_run(argv, **more)
        for argument in argv:
            if argument.endswith("picture.mp4") and next(left, None) is not None:
                path = Path(argument.removeprefix("file:"))
                with av.open(str(path)) as source:
                    is_it = (source.streams.video[0].width, source.streams.video[0].height) == size
                if is_it:
                    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
        return finished

    monkeypatch.setattr("reel.make.composed.run", run)


def test_what_is_good_is_kept_and_the_error_names_what_is_not(
    cuts: dict[str, Any], fresh: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = cuts | {"outputs": [video(size) for size in SIZES]}
    monkeypatch.setattr("reel.retry.by_class", lambda: Policy(()))
    with monkeypatch.context() as patch:
        broken(SIZES[1], patch, times=100)
        with pytest.raises(Internal) as refused:
            render(asked, worker=fresh)
    assert [problem.place.rsplit(" ", 1)[1] for problem in refused.value.problems] == ["320x180"]
    steps = siblings_of(plan(asked, worker=fresh))
    assert [made_of(step, fresh) is not None for step in steps] == [True, False, True]
    assert refused.value.evidence.step_key == steps[1].key, "a dead letter is of one key"
    counts = processes(monkeypatch)
    render(asked, worker=fresh)
    assert counts == [1], "only that is made again"


def test_a_retry_makes_only_what_is_missing(
    cuts: dict[str, Any], fresh: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reel.retry.by_class", lambda: Policy((0.0,), retries={Internal: 1}))
    broken(SIZES[2], monkeypatch, times=3)
    report = render(cuts | {"outputs": [video(size) for size in SIZES]}, worker=fresh)
    assert len(report.outputs[0].files) == 3
    (row,) = (row for row in report.steps if row.kind == "picture")
    assert (row.steps, row.reused) == (3, 0)


def test_what_is_too_much_together_is_made_one_by_one(
    cuts: dict[str, Any], fresh: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    def run(argv: Sequence[str], **more: Any) -> Any:
        counts.append(sum(argument.endswith("picture.mp4") for argument in argv))
        if counts[-1] > 1:
            raise Resource.at("FFmpeg", "ran out of memory", "give it more")
        return honest_run(argv, **more)

    monkeypatch.setattr("reel.make.composed.run", run)
    report = render(cuts | {"outputs": [video(size) for size in SIZES]}, worker=fresh)
    assert counts == [3, 1, 1, 1]
    assert len(report.outputs[0].files) == 3


def test_progress_moves_all_that_are_made_together(cuts: dict[str, Any], fresh: Worker) -> None:
    steps = siblings_of(plan(cuts | {"outputs": [video(size) for size in SIZES]}, worker=fresh))
    moved: dict[str, int] = {}
    perform_together(steps[0], steps[1:], fresh, lambda step, units: moved.update({step.title: units}))
    assert list(moved.values()) == [30, 30, 30]
    assert [title.rsplit(" ", 1)[1] for title in moved] == ["480x270", "320x180", "224x126"]


def test_composing_counts_once(cuts: dict[str, Any], fresh: Worker) -> None:
    three = plan(cuts | {"outputs": [video(size) for size in SIZES]}, worker=fresh)
    steps = siblings_of(three)
    works = [step.work for step in steps]
    shared = works[0].shared_seconds
    assert shared > 0
    assert together(works).seconds == pytest.approx(sum(work.seconds for work in works) - 2 * shared)
    assert together(works).memory_bytes == sum(work.memory_bytes for work in works) - 2 * works[0].shared_bytes
    others = {step.key for step in three.steps} - {step.key for step in steps}
    assert estimate(three, others, Basis(1)).cpu_seconds == pytest.approx(together(works).seconds, abs=0.05)
    progress = Progress(three)
    for step in three.steps:
        progress.finish(step, reused=False)
    assert progress.snapshot().share == pytest.approx(0.98)


def test_each_is_proven_against_the_composition(fresh: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg ends well, and mirrors what is small: every frame is there, at its time and of its size."""
    honest = encoder.scaled

    def mirrored(video: Any, canvas: Canvas, rendition: Rendition) -> Any:
        made = honest(video, canvas, rendition)
        return made.filter("hflip") if rendition.size == SIZES[2] else made

    monkeypatch.setattr("reel.ffmpeg.encoder.scaled", mirrored)
    monkeypatch.setattr("reel.retry.by_class", lambda: Policy(()))
    with pytest.raises(Internal, match="is not what was asked for") as refused:
        render(card() | {"outputs": [video(size) for size in SIZES]}, worker=fresh)
    assert refused.value.evidence.title.endswith("224x126")


def test_codecs_stand_side_by_side(fresh: Worker) -> None:
    codecs = {"h264": "mp4", "hevc": "mp4", "av1": "mp4", "vp9": "webm", "prores": "mov"}
    sounds = {"vp9": "opus", "prores": "pcm"}
    outputs = [video(SIZES[1], codec=codec, audio=sounds.get(codec, "aac")) for codec in codecs]
    report = render(card(outputs=outputs), worker=fresh)
    names = [f"template-320x180{'' if codec == 'h264' else f'-{codec}'}.{suffix}" for codec, suffix in codecs.items()]
    assert [each.file.name for each in report.outputs[0].videos] == names
    assert [each.codec for each in report.outputs[0].videos] == [*codecs]
    for made in report.outputs[0].videos:
        with av.open(made.file.path) as source:
            shown = [frame.to_ndarray(format="gray") for frame in source.decode(video=0)]
            assert [stream.type for stream in source.streams] == ["video", "audio"]
        assert [frame.shape for frame in shown] == [(180, 320)] * 12
    assert [(row.steps, row.reused) for row in report.steps if row.kind == "compose"] == [(5, 0)]
