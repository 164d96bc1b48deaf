"""How good videos come out: told by a quality, by a budget for the whole, by a VMAF; and held against floors.

What is measured here is measured by an FFmpeg of the test's own, against the clips that the videos were made of.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import av
import pytest

from reel.errors import Internal, UnmetQuality
from reel.ffmpeg.picture import picture_frames
from reel.generate.render import plan, render
from reel.make import picture
from reel.make.worker import Worker, make_worker
from reel.plan.operations import FirstPass, MeasureQuality, Picture
from reel.plan.step import Step
from reel.report import Report
from reel.settings import Settings
from tests.clips import ffmpeg
from tests.some import some

SECONDS = 6
HARD = "testsrc2=size=320x180:rate=25,noise=alls=40:allf=t:all_seed=1"
EASY = "smptebars=size=320x180:rate=25,scroll=h=0.01"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("quality")))


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something easy, then something hard, then something easy: nearly without loss."""
    path = tmp_path_factory.mktemp("masters") / "master.mp4"
    parts = [
        f"{source},trim=duration={SECONDS}[{name}]" for name, source in zip("abc", (EASY, HARD, EASY), strict=True)
    ]
    # Said to be what videos are: nothing is converted, and the clip itself can be compared with.
    look = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    graph = ";".join([*parts, f"[a][b][c]concat=n=3:v=1,format=yuv420p,{look}[v]"])
    encoding = ["-c:v", "libx264", "-crf", "4", "-preset", "veryfast", "-g", "25", "-bf", "0"]
    subprocess.run([ffmpeg(), "-v", "error", "-filter_complex", graph, "-map", "[v]", *encoding, str(path)], check=True)
    return path


def made(master: Path, worker: Worker, *videos: dict[str, Any], **fields: Any) -> Report:
    outputs = [{"type": "video", "audio": "none", **video} for video in videos]
    return render(
        {"kind": "encode", "asset": str(master), "stills": False, "outputs": outputs, **fields}, worker=worker
    )


def file_of(report: Report, number: int = 0) -> Path:
    return Path(report.outputs[0].videos[number].file.path)


def packets(path: Path) -> list[int]:
    with av.open(str(path)) as source:
        return [packet.size for packet in source.demux(video=0) if packet.size]


def rate_of(sizes: list[int]) -> float:
    return sum(sizes) * 8 * 25 / len(sizes)


def vmaf_of(path: Path, master: Path, first: int = 0) -> list[float]:
    """By an FFmpeg that knows nothing of ours, of all frames."""
    log = path.with_name("independent.json")
    same = "setparams=range=tv:colorspace=bt709,settb=1/25,setpts=N"
    graph = (
        f"[0:v]{same}[m];[1:v]trim=start_frame={first},{same}[a];[m][a]libvmaf=log_fmt=json:log_path={log}:shortest=1"
    )
    command = [ffmpeg(), "-v", "error", "-i", str(path), "-i", str(master), "-lavfi", graph, "-f", "null", "-"]
    subprocess.run(command, check=True)
    frames = json.loads(log.read_text())["frames"]
    return [frame["metrics"]["vmaf"] for frame in frames]


@pytest.mark.parametrize("codec", some(["h264", "hevc"], 2))
def test_two_passes_keep_one_budget_for_the_whole(codec: str, master: Path, worker: Worker) -> None:
    budget = 500_000
    report = made(master, worker, {"codec": codec, "bitrate": budget, "quality": {"passes": 2, "cap": 1_200_000}})
    sizes = packets(file_of(report))
    assert len(sizes) == 3 * SECONDS * 25
    assert rate_of(sizes) == pytest.approx(budget, rel=0.06)
    easy, hard = rate_of(sizes[: SECONDS * 25]), rate_of(sizes[SECONDS * 25 : 2 * SECONDS * 25])
    assert hard > 5 * easy, "each segment by itself would have had the same"
    decided = report.outputs[0].videos[0].decided
    assert decided
    assert decided["most"] <= 1_200_000 * 0.9


@pytest.mark.parametrize("codec", some(["h264", "hevc"], 2))
def test_a_still_segment_beside_a_hard_one_has_what_its_headers_take(
    codec: str, worker: Worker, tmp_path: Path
) -> None:
    """Of a budget that the hard one takes: its part would be less than that, which encoders refuse for a second pass."""
    clips = {
        "still.mp4": "color=0x204060:size=640x360:rate=60:duration=0.5",
        "hard.mp4": "nullsrc=size=640x360:rate=60:duration=1,geq=lum='random(1)*255':cb=128:cr=128",
    }
    for name, source in clips.items():
        encoding = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"]
        command = [ffmpeg(), "-v", "error", "-f", "lavfi", "-i", source, *encoding, str(tmp_path / name)]
        subprocess.run(command, check=True)
    video = {"type": "video", "codec": codec, "effort": "quick", "bitrate": 300_000, "quality": {"passes": 2}}
    request = {
        "kind": "mixer",
        "clips": [str(tmp_path / name) for name in clips],
        "aspect": "16:9",
        "resolution": "360p",
        "frame_rate": 60,
        "stills": False,
        "outputs": [video],
    }
    assert len(packets(file_of(render(request, worker=worker)))) == 90


def test_another_budget_looks_at_nothing_again(master: Path, worker: Worker) -> None:
    """What frames cost is known of them; only how bits are shared out is another."""
    passes = [
        {
            step.key
            for step in plan(
                {
                    "kind": "encode",
                    "asset": str(master),
                    "outputs": [{"type": "video", "bitrate": budget, "quality": {"passes": 2, "cap": 900_000}}],
                },
                worker=worker,
            ).steps
            if isinstance(step.operation, FirstPass)
        }
        for budget in (400_000, 500_000)
    ]
    assert passes[0]
    assert passes[0] == passes[1]


def test_a_quality_is_the_encoders_own(master: Path, worker: Worker) -> None:
    report = made(master, worker, {"quality": {"crf": 31.5, "cap": 700_000}}, range={"start": 5, "end": 8})
    told = file_of(report).read_bytes()
    # x264 writes its settings into the stream.
    assert b"crf=31.5" in told
    assert re.search(rb"vbv_maxrate=700 vbv_bufsize=1400", told)


@pytest.mark.parametrize("codec", some(["h264", "av1"], 2))
def test_a_vmaf_is_found(codec: str, master: Path, worker: Worker) -> None:
    """By trying two seconds of each ten; the whole is another matter, so only about."""
    target = 80.0
    report = made(
        master,
        worker,
        {"codec": codec, "quality": {"vmaf": target, "cap": 16_000_000}},
        range={"start": SECONDS, "end": 2 * SECONDS},
    )
    values = vmaf_of(file_of(report), master, first=SECONDS * 25)
    assert len(values) == SECONDS * 25
    assert sum(values) / len(values) == pytest.approx(target, abs=3)
    decided = report.outputs[0].videos[0].decided
    assert decided
    curve = [point["vmaf"] for point in decided["curve"]]
    assert curve == sorted(curve, reverse=True)
    assert decided["curve"][0]["crf"] < decided["crf"] < decided["curve"][-1]["crf"]


def test_what_is_measured_is_what_others_measure(master: Path, worker: Worker) -> None:
    report = made(
        master, worker, {"bitrate": 300_000, "floor": {"mean": 1, "lowest": 0.001}}, range={"start": 5, "end": 8}
    )
    found = json.loads((file_of(report).parent / "encode/quality.json").read_text())
    expected = vmaf_of(file_of(report), master, first=125)
    assert [frame for frame, _ in found["values"]] == list(range(75))
    assert [value for _, value in found["values"]][1:] == pytest.approx(expected[1:], abs=0.05)
    assert found["model"] == "vmaf_v0.6.1"
    assert found["lowest"] == min(value for _, value in found["values"])
    expected[0] = found["values"][0][1]  # VMAF finds that nothing moves in the first frame of all
    quality = report.outputs[0].videos[0].quality
    assert quality
    assert quality["mean"] == pytest.approx(sum(expected) / 75, abs=0.05)
    page = (file_of(report).parent / "report.html").read_text("utf-8")
    assert re.search(r'<svg [^>]*aria-label="Quality by vmaf_v0.6.1 of [^"]*"', page)
    assert f"{quality['mean']:.4g} in the mean" in page


@pytest.mark.parametrize("every", [1, 4])
def test_a_segment_is_measured_as_in_one_pass_over_the_whole(every: int, master: Path, worker: Worker) -> None:
    """Its first frame too: by itself it was up to seven VMAF too low, as nothing was before it to move from."""
    report = made(master, worker, {"bitrate": 300_000, "floor": {"mean": 1, "every": every}})
    seams = [step.operation.frames for step in plan_of(master, worker) if isinstance(step.operation, Picture)]
    assert len(seams) > 1
    found = dict(json.loads((file_of(report).parent / "encode/quality.json").read_text())["values"])
    expected = vmaf_of(file_of(report), master)
    assert seams[0] in found
    assert all(abs(value - expected[frame]) < 0.5 for frame, value in found.items() if frame)


def plan_of(master: Path, worker: Worker) -> tuple[Step, ...]:
    video = {"type": "video", "audio": "none", "bitrate": 300_000}
    return plan({"kind": "encode", "asset": str(master), "stills": False, "outputs": [video]}, worker=worker).steps


@pytest.mark.parametrize(("metric", "floor"), [("vmaf", 99.9), ("ssim", 0.9999), ("psnr", 80)])
def test_a_floor_that_is_not_met_publishes_nothing(metric: str, floor: float, master: Path, tmp_path: Path) -> None:
    worker = make_worker(Settings(home=tmp_path))
    with pytest.raises(UnmetQuality, match=rf"encode.mp4: its mean .*{metric}.* is [0-9.]+, and its floor {floor:g}"):
        made(
            master,
            worker,
            {"bitrate": 200_000, "floor": {"metric": metric, "mean": floor}},
            range={"start": 6, "end": 7},
        )
    assert not [path for path in (tmp_path / "outputs").rglob("*") if path.is_file()]


def test_the_worst_frame_is_told_with_its_time(master: Path, worker: Worker) -> None:
    """The first second is easy, the second one is noise under a cap that it cannot keep."""
    with pytest.raises(UnmetQuality, match=r"25 of 50 frames are below .* the worst, at 1\.\d+ s, has"):
        made(
            master,
            worker,
            {"bitrate": 100_000, "floor": {"metric": "psnr", "lowest": 28}},
            range={"start": 5, "end": 7},
        )


def test_a_floor_that_comes_later_encodes_nothing_again(master: Path, worker: Worker) -> None:
    wanted = {"bitrate": 250_000}
    made(master, worker, wanted, range={"start": 5, "end": 8})
    again = made(master, worker, {**wanted, "floor": {"metric": "psnr", "mean": 10}}, range={"start": 5, "end": 8})
    rows = {row.kind: row.steps - row.reused for row in again.steps}
    assert rows["picture"] == 0
    assert rows["measure-quality"] == 1


def test_frames_that_are_out_of_step_are_found(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured against the frames beside its own, a segment would seem to be poor, and nobody would know why."""
    honest = picture_frames
    worker = make_worker(Settings(home=tmp_path))
    fields = {"range": {"start": 6, "end": 8}}
    made(master, worker, {"bitrate": 2_000_000}, **fields)

    def a_frame_later(operation: Picture, sources: list[str]) -> Any:
        (clip,) = operation.clips
        return honest(
            operation.model_copy(
                update={"clips": (clip.model_copy(update={"media_in": clip.media_in + 1 / clip.source.rate}),)}
            ),
            sources,
        )

    monkeypatch.setattr(picture, "picture_frames", a_frame_later)
    with pytest.raises(Internal, match=r"its frames are a frame (late|early)"):
        made(master, worker, {"bitrate": 2_000_000, "floor": {"mean": 1}}, **fields)


def test_samples_are_one_of_so_many_of_each_segment(master: Path, worker: Worker) -> None:
    report = made(master, worker, {"bitrate": 300_000, "floor": {"mean": 1, "every": 7}}, range={"start": 5, "end": 8})
    found = json.loads((file_of(report).parent / "encode/quality.json").read_text())
    assert [frame for frame, _ in found["values"]] == [0, 7, 13, 20, 26, 33, 39, 46, 52, 59, 65, 72]
    planned = plan(
        {"kind": "encode", "asset": str(master), "outputs": [{"type": "video", "floor": {"mean": 1, "every": 7}}]},
        worker=worker,
    )
    assert {step.operation.every for step in planned.steps if isinstance(step.operation, MeasureQuality)} == {7}
