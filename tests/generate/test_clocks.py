"""A camera and a recorder whose clocks differ: what is heard stays with what is seen, from head to tail."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from reel.ffmpeg.process import run
from reel.ffmpeg.sound import reclock_command
from reel.generate.dry_run import dry_run
from reel.generate.render import render
from reel.make.worker import Worker
from reel.plan.operations import Reclock
from reel.report.markdown import to_markdown
from tests.clips import SAMPLE_RATE, ffmpeg, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.generate.cameras import video_of
from tests.some import some

Samples = npt.NDArray[np.float64]

SECONDS = 40
RATE = 25
CLICKS = tuple(round(1.36 + 2.96 * number, 2) for number in range(13))
"""Seconds of the event, each at the begin of a frame of the camera, which began with it."""


def event() -> Samples:
    """What was to be heard: noise as of a crowd, which swells and ebbs."""
    random = np.random.default_rng(3)
    count = (SECONDS + 10) * SAMPLE_RATE
    loud = np.interp(np.arange(count), np.arange(0, count, 4800), random.random(count // 4800) ** 2)
    return random.normal(0, 0.02, count) * loud


def heard(begin: float, seconds: float, ppm: float, seed: int, *, clicks: bool) -> Samples:
    """The event from a moment on, by a clock that runs so many millionths fast; and clicks, exactly where that clock puts
    them."""
    sound = event()
    moments = begin * SAMPLE_RATE + np.arange(round(seconds * SAMPLE_RATE)) / (1 + ppm / 1e6)
    recorded = np.interp(moments, np.arange(len(sound)), sound) + np.random.default_rng(seed).normal(
        0, 3e-4, len(moments)
    )
    if clicks:
        time = np.arange(96) / SAMPLE_RATE
        click = 0.9 * np.sin(2 * np.pi * (1000 * time + 1_750_000 * time**2)) * np.hanning(96)
        for at in CLICKS:
            place = round((at - begin) * (1 + ppm / 1e6) * SAMPLE_RATE)
            if 0 <= place < len(recorded) - 96:
                recorded[place : place + 96] += click
    return recorded


def written(path: Path, sound: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def camera(path: Path, picture: Path, sound: Path) -> Path:
    inputs = ["-i", str(picture), "-i", str(sound), "-map", "0:v", "-map", "1:a", "-c", "copy"]
    subprocess.run([ffmpeg(), "-v", "error", "-y", *inputs, str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def picture(make_clip: MakeClip) -> Path:
    return make_clip(
        numbered(0, rate=str(RATE), seconds=SECONDS, size=(160, 90), audio=None, suffix=".mov", keyframe_every=50)
    )


def asked(sources: Sequence[Any], **more: Any) -> dict[str, Any]:
    return {"kind": "multicam", "sources": list(sources), "stills": False, **more}


def milliseconds_off(video: Path) -> list[float]:
    """Of each click, by how much it is after the begin of the frame that it belongs to."""
    clicks = read_clicks(video)
    numbers = read_frame_numbers(video)
    due = [numbers.index(round(at * RATE)) / RATE for at in CLICKS if round(at * RATE) in numbers]
    assert len(clicks) == len(due)
    return [1000 * (click / SAMPLE_RATE - at) for click, at in zip(clicks, due, strict=True)]


@pytest.mark.parametrize(
    "ppm", [145, 1000, *(pytest.param(ppm, marks=pytest.mark.slow) for ppm in (0, -145, 2000, -2000))]
)
@pytest.mark.parametrize("first", some(["camera", "recorder"], 2))
def test_clicks_meet_their_frames_at_head_middle_and_tail(
    ppm: float, first: str, picture: Path, tmp_path: Path, worker: Worker
) -> None:
    filmed = camera(
        tmp_path / "camera.mov", picture, written(tmp_path / "own.wav", heard(0, SECONDS, 0, 1, clicks=False))
    )
    recorded = written(tmp_path / "recorder.wav", heard(0.5, SECONDS, ppm, 2, clicks=True))
    sources: list[Any] = [{"asset": str(filmed), "name": "camera"}, {"asset": str(recorded), "name": "recorder"}]
    sources = sources if first == "camera" else sources[::-1]
    sources[1]["sync_offset"] = "auto"
    begin = 0.6 if first == "camera" else 0.1
    request = asked(
        sources, switches=[{"at": begin, "source": "camera"}], end=begin + SECONDS - 2, audio_source="recorder"
    )
    report = render(request, worker=worker)
    off = milliseconds_off(video_of(report))
    assert len(off) == len(CLICKS)
    assert max(map(abs, off)) < 1
    (found,) = report.outputs[0].manifest["sync"]
    assert abs(found["drift_ppm"] - (ppm if first == "camera" else -ppm / (1 + ppm / 1e6))) < 5
    assert found["name"] in to_markdown(report)
    (answer,) = dry_run(request, worker=worker).found
    assert "begins at" in answer


# What is measured is no round figure: its ratio has a large numerator and a large denominator.
@pytest.mark.parametrize("ppm", ["145", "-1000", "2000", "3.1", "-0.2", "144.8790123", "-144.9210038", "1999.9990001"])
def test_a_sound_is_put_on_another_clock_to_a_thousandth_of_a_sample(ppm: str, tmp_path: Path) -> None:
    clock = 1 + Fraction(ppm) / 10**6
    time = np.arange(8 * SAMPLE_RATE) / SAMPLE_RATE
    tone = 0.5 * np.sin(2 * np.pi * 997 * time)
    np.repeat(tone.astype(np.float32)[:, None], 2, axis=1).tofile(tmp_path / "a.f32")
    operation = Reclock(sound="a", clock=clock, samples=7 * SAMPLE_RATE)
    run(reclock_command(operation, str(tmp_path / "a.f32"), str(tmp_path / "b.f32")), place="clock")
    made = np.fromfile(tmp_path / "b.f32", np.float32).reshape(-1, 2)
    assert len(made) == operation.samples
    wanted = 0.5 * np.sin(2 * np.pi * 997 * float(clock) * time[: len(made)])
    inside = slice(1000, -1000)
    assert np.abs(made[inside] - wanted[inside, None]).max() < 1e-4
