"""What a report tells of sound that came out otherwise than was asked for."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reel.generate.render import render
from reel.make.worker import Worker
from reel.time import SAMPLE_RATE


def clicks(path: Path, ground: float) -> Path:
    """A click every half second, over noise."""
    samples = np.random.default_rng(1).normal(0, ground, 5 * SAMPLE_RATE)
    samples[:: SAMPLE_RATE // 2] = 0.9
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("output", [{"type": "video"}, {"type": "audio", "codec": "flac"}])
@pytest.mark.parametrize(("ground", "loudness", "told"), [(0.0005, -14, True), (0.1, -14, False), (0.0005, -40, False)])
def test_sound_below_the_loudness_that_was_asked_for_is_told(
    ground: float, loudness: float, told: bool, output: dict[str, Any], tmp_path: Path, worker: Worker
) -> None:
    """Clicks in silence: to lift them to the level would crush them."""
    tracks = [
        {"clips": [{"type": "colour", "colour": "navy", "duration": 5}]},
        {"clips": [{"type": "audio", "asset": str(clicks(tmp_path / "clicks.wav", ground)), "duration": 5}]},
    ]
    request = {"kind": "template", "resolution": "360p", "stills": False, "loudness": {"lufs": loudness}}
    report = render({**request, "outputs": [output], "timeline": {"tracks": tracks}}, worker=worker)
    assert any("LUFS, not the -14 that were asked for" in each for each in report.outputs[0].warnings) == told


@pytest.mark.parametrize("output", [{"type": "video"}, {"type": "audio", "codec": "flac"}])
def test_what_is_clipped_is_counted(output: dict[str, Any], tmp_path: Path, worker: Worker) -> None:
    """Of ten clicks of 0.9, twice as loud, the whole is beyond full scale."""
    tracks = [
        {"clips": [{"type": "colour", "colour": "navy", "duration": 5}]},
        {"clips": [{"type": "audio", "asset": str(clicks(tmp_path / "a.wav", 0.0005)), "duration": 5, "volume": 6}]},
    ]
    request = {"kind": "template", "resolution": "360p", "stills": False, "loudness": "off", "outputs": [output]}
    report = render({**request, "timeline": {"tracks": tracks}}, worker=worker)
    assert report.outputs[0].measured["sound_clipped_samples"] >= 10
