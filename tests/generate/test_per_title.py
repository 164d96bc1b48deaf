"""Ladders that are made per title: rungs are chosen by trying, once, and are what was told of them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import m3u8
import pytest

from reel.errors import InvalidRequest
from reel.generate.dry_run import dry_run
from reel.generate.progress import Snapshot
from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.plan.operations import ChooseRungs, Probe
from reel.plan.step import Plan
from reel.report import Report
from reel.report.words import qualities
from reel.settings import Settings
from tests.clips import ffmpeg

SIZE, RATE, FRAMES = (800, 450), 12, 18
SRT = "1\n00:00:00,500 --> 00:00:01,000\nHello\n"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("per-title")))


def made_of(source: str, path: Path, frames: int = FRAMES) -> Path:
    """A clip, nearly without loss."""
    look = "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    command = [ffmpeg(), "-v", "error", "-f", "lavfi", "-i", f"{source},{look}", "-frames:v", str(frames)]
    subprocess.run([*command, "-c:v", "libx264", "-crf", "2", "-preset", "veryfast", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = f"mandelbrot=size={SIZE[0]}x{SIZE[1]}:rate={RATE}:start_scale=1:end_scale=0.2:end_pts=30"
    return made_of(source, tmp_path_factory.mktemp("masters") / "moving.mp4")


def encode(path: Path, **fields: Any) -> dict[str, Any]:
    ladder = {"type": "ladder", "rungs": "per-title", **fields}
    return {"kind": "encode", "asset": str(path), "stills": False, "outputs": [ladder]}


@pytest.fixture(scope="module")
def before(moving: Path, worker: Worker) -> Plan:
    """Planned when nothing is chosen."""
    return plan(encode(moving), worker=worker)


@pytest.fixture(scope="module")
def heard() -> list[Snapshot]:
    """What was told of how far it is."""
    return []


@pytest.fixture(scope="module")
def report(moving: Path, worker: Worker, before: Plan, heard: list[Snapshot]) -> Report:
    return render(encode(moving), worker=worker, listener=heard.append)


def decided(report: Report) -> dict[str, Any]:
    (ladder,) = report.outputs[0].ladders
    assert ladder.decided
    return ladder.decided


def vmaf_of(rung: Path, master: Path) -> float:
    """As a player shows it, by an FFmpeg that knows nothing of ours."""
    log = rung.with_name("independent.json")
    same = "setparams=range=tv:colorspace=bt709,setsar=1,settb=1/25,setpts=N"
    scale = f"scale={SIZE[0]}:{SIZE[1]}:flags=bicubic"
    graph = f"[0:v]{scale},{same}[m];[1:v]{same}[a];[m][a]libvmaf=log_fmt=json:log_path={log}:shortest=1"
    command = [ffmpeg(), "-v", "error", "-i", str(rung), "-i", str(master), "-lavfi", graph, "-f", "null", "-"]
    subprocess.run(command, check=True)
    return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def test_rungs_are_what_was_told_of_them(report: Report, moving: Path) -> None:
    (ladder,) = report.outputs[0].ladders
    told = decided(report)["rungs"]
    assert len(told) > 1
    assert [(rung.width, rung.height) for rung in ladder.rungs] == [(each["width"], each["height"]) for each in told]
    assert (told[0]["width"], told[0]["height"]) == SIZE
    for rung, each in zip(ladder.rungs, told, strict=True):
        assert vmaf_of(Path(rung.file.path), moving) == pytest.approx(each["vmaf"], abs=2.5)
        assert rung.bits_per_second <= each["cap"]
        assert f"crf={each['crf']:.1f}".encode() in Path(rung.file.path).read_bytes()


def test_players_are_given_them_and_people_the_curve(report: Report) -> None:
    files = {file.name: Path(file.path) for file in report.outputs[0].files}
    master = m3u8.loads(files["encode/stream/master.m3u8"].read_text())
    rungs = decided(report)["rungs"]
    assert len({variant.uri for variant in master.playlists}) == len(rungs)
    rates = [variant.stream_info.bandwidth for variant in master.playlists]
    assert rates == sorted(rates, reverse=True)
    assert json.loads(files["encode/stream/rungs.json"].read_text()) == decided(report)
    assert files["encode/stream/rungs.png"].read_bytes().startswith(b"\x89PNG")
    page = files["encode/stream/rungs.png"].parents[2].joinpath("report.html").read_text()
    assert re.search(r'<img [^>]*src="data:image/jpeg[^>]*alt="VMAF over bits of each size that was tried', page)
    assert {(each["width"], each["height"]) for each in decided(report)["curves"]} == {SIZE, (640, 360)}
    ((_, words),) = qualities(report.outputs[0])
    assert words.startswith("chosen by trying: 800x450 h264, CRF ")


def test_what_is_tried_is_told_while_it_is(before: Plan, report: Report, heard: list[Snapshot]) -> None:
    trials = sum(isinstance(step.operation, Probe) for step in before.steps)
    shares = [snapshot.share for snapshot in heard]
    assert shares == sorted(shares), "what was shown went back"
    told = [snapshot for snapshot in heard if snapshot.doing.startswith("choosing rungs")]
    assert {snapshot.doing for snapshot in told} == {
        f"choosing rungs: {tried} of {trials} trials" for tried in range(trials)
    }
    assert 0 < max(snapshot.share for snapshot in told) < 1
    assert heard[-1].share == 1


def test_a_subtitle_tries_nothing_again(report: Report, moving: Path, worker: Worker, tmp_path: Path) -> None:
    subtitles = tmp_path / "film.srt"
    subtitles.write_text(SRT)
    again = render(encode(moving, subtitles=[{"asset": str(subtitles), "language": "en"}]), worker=worker)
    assert {row.kind for row in again.steps if row.reused < row.steps} == {"package"}
    assert decided(again) == decided(report)


def test_what_is_not_chosen_yet_is_planned_as_the_standard_ladder(
    before: Plan, report: Report, moving: Path, worker: Worker
) -> None:
    chosen = decided(report)["rungs"]
    after = plan(encode(moving), worker=worker)
    assert before.choices == after.choices
    assert set(before.by_key) >= {key for key, step in after.by_key.items() if step.kind in ("probe", "choose-rungs")}
    rungs = [output.name for output in before.outputs if output.name.endswith(".mp4")]
    assert rungs == ["encode/stream/800x450.mp4", "encode/stream/360p.mp4"]
    assert before.warnings == (
        "outputs[0].rungs: are chosen by trying, when it is made; the standard ones stand for them",
    )
    assert after.warnings == ()
    assert len([output for output in after.outputs if output.name.endswith(".mp4")]) == len(chosen)


def test_an_estimate_counts_what_is_tried(moving: Path, tmp_path: Path) -> None:
    fresh = make_worker(Settings(home=tmp_path / "home"))
    estimates = [dry_run(encode(moving, rungs=rungs), worker=fresh).estimate for rungs in ("per-title", "standard")]
    assert estimates[0]
    assert estimates[1]
    assert estimates[0].cpu_seconds > 2 * estimates[1].cpu_seconds


def test_a_preview_is_quick(moving: Path, worker: Worker) -> None:
    planned = plan(encode(moving) | {"preview": {"scale": 0.5}}, worker=worker)
    assert not [step for step in planned.steps if isinstance(step.operation, Probe | ChooseRungs)]
    assert planned.warnings == ("outputs[0].rungs: are not chosen for a preview; the standard ones stand for them",)


ODD = {
    "still": (f"color=c=teal:size={SIZE[0]}x{SIZE[1]}:rate={RATE}", FRAMES),
    "tiny": (f"testsrc2=size=64x36:rate={RATE}", FRAMES),
    "one frame": (f"testsrc2=size=480x454:rate={RATE}", 1),
}


@pytest.mark.parametrize("case", ODD)
def test_titles_without_a_curve_have_one_rung_or_few(case: str, worker: Worker, tmp_path: Path) -> None:
    source, frames = ODD[case]
    master = made_of(source, tmp_path / "master.mp4", frames)
    made = render(encode(master), worker=worker)
    (ladder,) = made.outputs[0].ladders
    assert 1 <= len(ladder.rungs) <= 2
    assert len(ladder.rungs) == len(decided(made)["rungs"])


def test_another_codec_is_there_where_it_is_worth_it(moving: Path, worker: Worker) -> None:
    made = render(encode(moving, codecs=["h264", "vp9"]), worker=worker)
    told, codecs = decided(made), {rung.codec for rung in made.outputs[0].ladders[0].rungs}
    assert codecs == {each["codec"] for each in told["rungs"]} == {"h264", "vp9"} - told["passed_over"].keys()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a bitrate of its own": ({"bitrate": 800_000}, "outputs[0].bitrate"),
    "alpha": ({"alpha": True}, "outputs[0].alpha"),
    "another word": ({"rungs": "per-scene"}, "outputs[0].rungs"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_by_its_field(case: str, moving: Path, worker: Worker) -> None:
    fields, place = WRONG[case]
    with pytest.raises(InvalidRequest, match=place.replace("[", r"\[").replace("]", r"\]")):
        plan(encode(moving, **fields), worker=worker)
