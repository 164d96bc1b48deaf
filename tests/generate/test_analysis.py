"""What is said of finished videos, held against FFmpeg's own filters, and read by other libraries."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from reel.edl import read_events
from reel.ffmpeg.sound import LEVELS_FILE, listen_command
from reel.frame_stats import STATS_FILE
from reel.generate.render import render
from reel.make.listening import told_levels
from reel.make.scenes import scenes_between
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import ffmpeg, lavfi_clip

PARTS = {
    "moving": ("testsrc2=size=320x180:rate=30", "sine=frequency=300", 4),
    "black": ("color=black:size=320x180:rate=30", "anullsrc=r=48000:cl=stereo", 3),
    "frozen": ("smptebars=size=320x180:rate=30", "sine=frequency=900:sample_rate=48000,volume=-10dB", 3),
    "fractal": ("mandelbrot=size=320x180:rate=30", "anoisesrc=a=0.2:seed=1:sample_rate=48000", 2),
}


ANALYSED: list[dict[str, Any]] = [{"type": "video", "width": 320, "height": 180}, {"type": "analysis"}]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    for name, (picture, sound, seconds) in PARTS.items():
        lavfi_clip(picture, sound, seconds, folder / f"{name}.mp4")
    return folder


@pytest.fixture(scope="module")
def files(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return made_files(clips, make_worker(Settings(home=tmp_path_factory.mktemp("worker"))), ANALYSED)


def made_files(clips: Path, worker: Worker, outputs: list[dict[str, Any]]) -> Mapping[str, Path]:
    document = {
        "kind": "mixer",
        "aspect": "16:9",
        "stills": False,
        "clips": [f"{name}.mp4" for name in PARTS],
        "outputs": outputs,
    }
    (output,) = render(document, base=clips, worker=worker).outputs
    return {file.name.removeprefix("variant-001"): Path(file.path) for file in output.files}


@pytest.fixture(scope="module")
def found(files: Mapping[str, Path]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files["/analysis.json"].read_text())
    return document


def told_by(video: Path, *filters: str) -> str:
    """What filters of FFmpeg write of a whole video."""
    command = [ffmpeg(), "-hide_banner", "-nostats", "-i", str(video), *filters, "-f", "null", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def stretches(text: str, begin: str, end: str) -> list[tuple[float, float]]:
    begins, ends = (re.findall(rf"{name}[:=]\s*(-?[\d.]+)", text) for name in (begin, end))
    return [(float(one), float(other)) for one, other in zip(begins, ends, strict=False)]


def seconds(listed: list[dict[str, float]]) -> list[tuple[float, float]]:
    return [(each["start"], each["end"]) for each in listed]


def test_a_video_that_was_made_before_is_analysed_alike(clips: Path, files: Mapping[str, Path], tmp_path: Path) -> None:
    """Stats of its frames are kept where an analysis is asked for with it, and only there; else it is decoded for them."""
    worker = make_worker(Settings(home=tmp_path))
    made_files(clips, worker, ANALYSED[:1])
    kept = [*tmp_path.rglob(STATS_FILE)]
    again = made_files(clips, worker, ANALYSED)
    assert again["/analysis.json"].read_bytes() == files["/analysis.json"].read_bytes()
    assert kept == [*tmp_path.rglob(STATS_FILE)] == []


CAMERAS = [("moving", 0.5, 2.5), ("fractal", 0.4, 1.8), ("frozen", 0.1, 2.7), ("moving", 3.0, 3.9)]


@pytest.mark.parametrize(
    ("fields", "measured"),
    [({"copy": "never"}, "picture"), ({"copy": "require"}, "copied"), ({"mezzanine": True}, "picture")],
)
def test_what_is_copied_is_analysed_as_what_is_encoded(
    fields: dict[str, Any], measured: str, clips: Path, tmp_path: Path
) -> None:
    """Stats are kept of packets that are copied, too; not of mezzanines, of which cuts take any stretch."""
    names = list(dict.fromkeys(name for name, _, _ in CAMERAS))
    bt709 = "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1:video_full_range_flag=0"
    coder = ["-c:v", "libx264", "-g", "15", "-bsf:v", bt709, "-c:a", "copy"]
    for name in names:
        command = [ffmpeg(), "-v", "error", "-i", str(clips / f"{name}.mp4"), *coder, str(tmp_path / f"{name}.mp4")]
        subprocess.run(command, check=True)
    request = {
        "kind": "multicam",
        "sources": [f"{name}.mp4" for name in names],
        "cuts": [{"source": names.index(name), "in": begin, "out": end} for name, begin, end in CAMERAS],
        "stills": False,
        "outputs": [{"type": "video"}, {"type": "analysis"}],
        **fields,
    }
    home = tmp_path / "home"
    report = render(request, base=tmp_path, worker=make_worker(Settings(home=home)))
    (analysis,) = (file.path for file in report.outputs[0].files if file.name.endswith("analysis.json"))
    scenes = json.loads(Path(analysis).read_text())["scenes"]
    assert [scene["first_frame"] for scene in scenes] == [0, 60, 102, 180]
    kinds = {path.relative_to(home / "store" / "artefacts").parts[0] for path in home.rglob(STATS_FILE)}
    assert measured in kinds
    assert "mezzanine" not in kinds


def test_scenes_are_the_clips(found: dict[str, Any]) -> None:
    assert seconds(found["scenes"]) == [(0, 4), (4, 7), (7, 10), (10, 12)]
    assert [(each["first_frame"], each["end_frame"]) for each in found["scenes"]][1] == (120, 210)


@pytest.mark.parametrize(
    ("field", "filters", "begin", "end"),
    [
        ("black", ("-vf", "blackdetect=d=0.5"), "black_start", "black_end"),
        ("frozen", ("-vf", "freezedetect=n=-60dB:d=2"), "freeze_start", "freeze_end"),
        ("silent", ("-af", "silencedetect=n=-50dB:d=0.5"), "silence_start", "silence_end"),
    ],
)
def test_nothing_is_where_ffmpeg_finds_it(
    files: Mapping[str, Path], found: dict[str, Any], field: str, filters: tuple[str, ...], begin: str, end: str
) -> None:
    expected = stretches(told_by(files[".mp4"], *filters), begin, end)
    assert expected
    assert np.allclose(seconds(found[field]), expected, atol=0.05), expected


def test_silence_is_found_wherever_it_begins(tmp_path: Path) -> None:
    """Only what began and ended on tenths of a second was: blocks of that length lost what had been found between."""
    pauses = "between(t,2.04,4.37)+between(t,6.26,8.45)+gt(t,10.03)"
    tone = f"sine=440:duration=12:sample_rate=48000,aformat=channel_layouts=stereo,volume='not({pauses})':eval=frame"
    sound = tmp_path / "sound.m4a"
    subprocess.run([ffmpeg(), "-v", "error", "-f", "lavfi", "-i", tone, str(sound)], check=True)
    listen = [ffmpeg(), "-v", "error", *listen_command(str(sound), "pipe:1")]
    subprocess.run(listen, check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)
    _, silent = told_levels((tmp_path / LEVELS_FILE).read_text().splitlines(), 12.0)
    expected = stretches(told_by(sound, "-af", "silencedetect=n=-50dB:d=0.5"), "silence_start", "silence_end")
    assert len(expected) == 3
    assert np.allclose(silent, expected, atol=0.01)


def test_loudness_is_that_of_ebur128(files: Mapping[str, Path], found: dict[str, Any]) -> None:
    said = told_by(files[".mp4"], "-af", "ebur128=peak=true").rsplit("Summary:", 1)[1]
    expected = [float(re.search(rf"{name}:\s+(-?[\d.]+) ", said)[1]) for name in ("I", "LRA", "Peak")]  # type: ignore[index]
    loudness = found["loudness"]
    measured = [loudness[name] for name in ("integrated_lufs", "range_lu", "true_peak_dbtp")]
    assert measured == pytest.approx(expected, abs=0.11)
    curve = loudness["momentary_lufs_of_seconds"]
    assert len(curve) == 12
    assert max(curve[5:7]) < -60 < min(curve[:4])


def test_the_waveform_is_that_of_the_samples(files: Mapping[str, Path]) -> None:
    command = [ffmpeg(), "-v", "error", "-i", str(files[".mp4"]), "-f", "s16le", "-ac", "2", "-ar", "48000", "-"]
    samples = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, "<i2").reshape(-1, 2)
    pixels = samples[: 12 * 48_000].reshape(1200, 480, 2)
    expected = np.stack([pixels.min(axis=1), pixels.max(axis=1)], axis=-1) >> 8
    waveform = json.loads(files["/waveform.json"].read_text())
    head = [waveform[name] for name in ("version", "channels", "sample_rate", "samples_per_pixel", "bits", "length")]
    assert head == [2, 2, 48_000, 480, 8, 1200]
    assert np.abs(np.array(waveform["data"]).reshape(1200, 2, 2) - expected).max() <= 1
    data = files["/waveform.dat"].read_bytes()
    assert struct.unpack("<iIiiIi", data[:24]) == (2, 1, 48_000, 480, 1200, 2)
    assert np.frombuffer(data[24:], np.int8).tolist() == waveform["data"]


def test_the_drawn_waveform_is_flat_where_it_is_silent(files: Mapping[str, Path]) -> None:
    with Image.open(files["/waveform.png"]) as picture:
        inked = (np.asarray(picture.convert("L")) < 200).sum(axis=0)
    columns = len(inked)
    assert inked[columns * 5 // 12 : columns * 6 // 12].max() <= 2 < inked[: columns * 3 // 12].min()


def test_editors_and_players_read_the_scenes(files: Mapping[str, Path]) -> None:
    expected = [(0, 4), (4, 7), (7, 10), (10, 12)]
    for name in ("/scenes.edl", "/scenes.otio"):
        events = read_events(files[name].read_text(), Fraction(30))
        assert [(float(event.begin), float(event.end)) for event in events] == expected, name
        assert {event.source for event in events} == {"variant-001.mp4"}
    timeline = otio.adapters.read_from_string(files["/scenes.otio"].read_text(), "otio_json")
    assert timeline.duration().to_seconds() == 12
    cues = re.findall(r"(\S+) --> (\S+)\n(.+)", files["/chapters.vtt"].read_text())
    assert cues[1] == ("00:00:04.000", "00:00:07.000", "Scene 2")


def test_packets_tell_what_the_file_is(files: Mapping[str, Path], found: dict[str, Any]) -> None:
    (video,) = found["videos"]
    picture, sound = video["streams"]
    with av.open(str(files[".mp4"])) as source:
        decoded = [frame.key_frame for frame in source.decode(video=0)]
    assert (picture["frames"], picture["key_frames"]) == (len(decoded), sum(decoded)) == (360, picture["key_frames"])
    assert (picture["codec"], picture["width"], picture["height"], picture["frame_rate"]) == ("h264", 320, 180, "30")
    assert picture["codec_string"].startswith("avc1.64")
    assert (sound["codec"], sound["sample_rate"], sound["channels"]) == ("aac", 48_000, 2)
    assert video["bytes"] == files[".mp4"].stat().st_size
    for stream in (picture, sound):
        assert len(stream["bits_of_seconds"]) == 12
        assert sum(stream["bits_of_seconds"]) == pytest.approx(12 * stream["bits_per_second"], rel=1e-3)
    assert sum(sum(stream["bits_of_seconds"]) for stream in (picture, sound)) / 8 < video["bytes"]


@pytest.mark.parametrize(
    ("cuts", "transitions", "scenes"),
    [
        ([], [], [(0, 100, (8, 92))]),
        ([40], [], [(0, 40, (8, 32)), (40, 100, (48, 92))]),
        ([40], [(30, 50)], [(0, 40, (8, 22)), (40, 100, (58, 92))]),
        ([98], [], [(0, 98, (8, 90)), (98, 100, (98, 100))]),
    ],
)
def test_cuts_within_a_transition_are_no_scenes(
    cuts: list[int], transitions: list[tuple[int, int]], scenes: list[tuple[int, int, tuple[int, int]]]
) -> None:
    found = scenes_between(cuts, transitions, 100, 8)
    assert [(scene["first"], scene["end"], scene["clear"]) for scene in found] == scenes


def test_silence_to_the_end_ends_with_the_video() -> None:
    lines = ["frame:0 pts:0 pts_time:0\n", "lavfi.r128.M=-120.7\n", "lavfi.silence_start=0.25\n"]
    assert told_levels(lines, 2.0)[1] == [(0.25, 2.0)]


def test_a_sound_shorter_than_a_block_has_a_true_peak(tmp_path: Path, worker: Worker) -> None:
    """`ebur128` measures blocks of 100 ms, and says nothing of what is shorter; nor of what comes after the last whole one."""
    for seconds, quiet in ((0.08, 0.0), (0.56, 0.5)):
        clip = tmp_path / f"{seconds}.mp4"
        sine = f"aevalsrc='0.5*sin(2*PI*1000*t)*gte(t,{quiet})':s=48000:c=mono"
        lavfi_clip("testsrc2=size=320x180:rate=25", sine, seconds, clip)
        request = {"kind": "encode", "asset": str(clip), "outputs": [{"type": "video"}, {"type": "analysis"}]}
        (output,) = render(request, worker=worker).outputs
        files = {file.name: Path(file.path) for file in output.files}
        said = told_by(files["encode.mp4"], "-af", "apad=pad_dur=1,ebur128=peak=true").rsplit("Summary:", 1)[1]
        expected = float(re.search(r"Peak:\s+(-?[\d.]+) ", said)[1])  # type: ignore[index]
        assert expected == pytest.approx(-6, abs=2)
        loudness = json.loads(files["encode/analysis.json"].read_text())["loudness"]
        assert loudness["true_peak_dbtp"] == pytest.approx(expected, abs=0.11)


def test_a_share_of_black_is_right_to_the_frame(tmp_path: Path, worker: Worker) -> None:
    clip = tmp_path / "flicker.mp4"
    black = "testsrc2=size=320x180:rate=25:duration=4,drawbox=t=fill:c=black:enable='between(n,30,36)'"
    subprocess.run([ffmpeg(), "-v", "error", "-f", "lavfi", "-i", black, "-crf", "10", str(clip)], check=True)
    (output,) = render({"kind": "encode", "asset": str(clip)}, worker=worker).outputs
    assert output.measured["black_share"] == 7 / 100
    assert output.warnings == ("7% of its frames are black: its sources are, or the request leaves them so",)


def test_streams_of_webm_last_as_long_as_what_is_in_them(tmp_path: Path, worker: Worker) -> None:
    clip = tmp_path / "clip.mp4"
    lavfi_clip("testsrc2=size=320x180:rate=30000/1001", "sine=frequency=440:sample_rate=48000", 1.5, clip)
    vp9 = {"type": "video", "codec": "vp9", "audio": "opus", "effort": "quick"}
    request = {"kind": "encode", "asset": str(clip), "stills": False, "outputs": [vp9, {"type": "analysis"}]}
    (output,) = render(request, worker=worker).outputs
    files = {file.name: Path(file.path) for file in output.files}
    with av.open(str(files["encode.webm"])) as source:
        frames = sum(1 for _ in source.decode(video=0))
    with av.open(str(files["encode.webm"])) as source:
        samples = sum(frame.samples for frame in source.decode(audio=0))
    streams = json.loads(files["encode/analysis.json"].read_text())["videos"][0]["streams"]
    # WebM counts milliseconds.
    assert streams[0]["seconds"] == pytest.approx(frames * 1001 / 30_000, abs=0.001)
    assert streams[1]["seconds"] == pytest.approx(samples / 48_000, abs=0.001)
    for stream in streams:
        assert stream["bits_per_second"] == pytest.approx(sum(stream["bits_of_seconds"]) / stream["seconds"], abs=1)


def test_what_is_shown_as_a_picture_is_told_as_it_is_delivered(tmp_path: Path) -> None:
    """And not as the video without loss that it is made from."""
    request = {
        "kind": "template",
        "resolution": "360p",
        "stills": False,
        "outputs": [
            {"type": "video", "format": "gif", "name": "loop"},
            {"type": "video", "format": "webp", "name": "smooth"},
            {"type": "analysis"},
        ],
        "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "gold", "duration": 1}]}]},
    }
    (output,) = render(request, base=tmp_path, worker=make_worker(Settings(home=tmp_path))).outputs
    files = {file.name: Path(file.path) for file in output.files}
    (analysis,) = (path for name, path in files.items() if name.endswith("analysis.json"))
    told = {each.pop("name"): each for each in json.loads(analysis.read_text())["videos"]}
    nothing: dict[str, Any] = {"codecs": "", "streams": []}
    assert told == {
        name: {"container": name[-4:].removeprefix("."), "bytes": files[name].stat().st_size, **nothing}
        for name in ("template-loop.gif", "template-smooth.webp")
    }


def test_what_an_analysis_told_is_in_the_report(clips: Path, worker: Worker) -> None:
    """So that outputs are searched by it, where no loudness was asked for."""
    request = {
        "kind": "encode",
        "asset": str(clips / "fractal.mp4"),
        "stills": False,
        "outputs": [{"type": "video"}, {"type": "analysis"}],
    }
    (output,) = render(request, worker=worker).outputs
    told = json.loads(next(Path(file.path) for file in output.files if file.name.endswith("analysis.json")).read_text())
    assert output.measured["integrated_lufs"] == told["loudness"]["integrated_lufs"]
    assert output.measured["scenes"] == len(told["scenes"])
    assert output.measured["frames"] == 60
