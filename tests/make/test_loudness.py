"""Loudness: signals of known loudness are measured right, and every sound ends where it was asked to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from reel.ffmpeg.process import run
from reel.ffmpeg.sound import RAW
from reel.make.context import StepContext
from reel.make.loudness import measure_levels
from reel.make.sound import make_mixed
from reel.make.worker import Worker
from reel.packets.check import measure_sound
from reel.plan.operations import SoundMix
from reel.plan.operations.sounds import LoudnessTarget, SoundPart
from reel.presets import AudioEncoder
from reel.store import workspace
from tests.make.sounds import keep

Samples = npt.NDArray[np.float32]
RATE = 48_000
assert RAW["ar"] == RATE


def sine(decibels: float, seconds: float, hertz: float = 1000.0) -> Samples:
    wave = np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE) * 10 ** (decibels / 20)
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


def drums(seconds: float) -> Samples:
    """Short loud hits over a quiet tone: far from even, as music is."""
    sound = sine(-30, seconds, 220.0)
    hit = (np.random.default_rng(1).normal(size=4800) * np.exp(-np.arange(4800) / 600) * 0.12).astype(np.float32)
    for start in np.random.default_rng(4).integers(0, len(sound) - len(hit), round(2 * seconds)):
        sound[start : start + len(hit)] += hit[:, None]
    return sound


@pytest.fixture
def context(worker: Worker, tmp_path: Path) -> StepContext:
    folder = tmp_path / "artefact"
    folder.mkdir()
    return StepContext(worker, folder, "sound")


# EBU Tech 3341, minimum requirements, cases 1 to 5: the loudness of stereo sines with gates at work.
TECH_3341: list[tuple[str, list[tuple[float, float]], float]] = [
    ("1", [(-23, 20)], -23.0),
    ("2", [(-33, 20)], -33.0),
    ("3", [(-36, 10), (-23, 60), (-36, 10)], -23.0),
    ("4", [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
    ("5", [(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
]


@pytest.mark.parametrize(("case", "parts", "lufs"), TECH_3341)
def test_loudness_is_what_the_ebu_says(
    case: str, parts: list[tuple[float, float]], lufs: float, context: StepContext
) -> None:
    raw = context.folder.parent / "case.f32"
    np.concatenate([sine(decibels, seconds) for decibels, seconds in parts]).tofile(raw)
    assert measure_levels(raw, context, raw.stat().st_size // 8, raw=True).lufs == pytest.approx(lufs, abs=0.1)


SOUNDS = {
    "a quiet tone": sine(-40, 6),
    "a loud tone": sine(-3, 6),
    "beyond full scale": sine(6, 6),
    "drums": drums(8),
    "noise": np.random.default_rng(2).normal(0, 0.05, (6 * RATE, 2)).astype(np.float32),
}


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("target", [LoudnessTarget(), LoudnessTarget(lufs=-23, true_peak_db=-3)])
def test_a_sound_is_brought_to_its_loudness_and_keeps_its_length(
    name: str, target: LoudnessTarget, context: StepContext
) -> None:
    samples = SOUNDS[name]
    part = SoundPart(sound=keep(samples, context.worker), first=0, at=0, samples=len(samples))
    mix = SoundMix(samples=len(samples), parts=(part,), encoder=AudioEncoder(), loudness=target)
    measured = make_mixed(mix, context)
    assert measured["samples"] == len(samples)
    assert measured["lufs"] == pytest.approx(target.lufs, abs=0.5)
    assert measured["true_peak_db"] <= target.true_peak_db + 0.3


def test_clicks_in_silence_are_not_crushed_to_reach_a_target(context: StepContext) -> None:
    """More than 12 dB of limiting would be heard: the sound then stays below its target, and its peaks within theirs."""
    samples = np.zeros((6 * RATE, 2), np.float32)
    samples[:: RATE // 2] = 0.9
    part = SoundPart(sound=keep(samples, context.worker), first=0, at=0, samples=len(samples))
    measured = make_mixed(
        SoundMix(samples=len(samples), parts=(part,), encoder=AudioEncoder(), loudness=LoudnessTarget()), context
    )
    assert measured["lufs"] < -20
    assert measured["gain_db"] <= 13
    assert measured["true_peak_db"] <= -0.7


def test_silence_stays_silent(context: StepContext) -> None:
    mix = SoundMix(samples=RATE, parts=(), encoder=AudioEncoder(), loudness=LoudnessTarget())
    measured = make_mixed(mix, context)
    assert measured["rms_db"] <= -90
    assert "lufs" not in measured


def test_a_limited_sound_is_not_moved(context: StepContext) -> None:
    """The limiter looks ahead; nobody may hear that: hits stay where they are, to the sample."""
    samples = drums(4)
    mix = SoundMix(
        samples=len(samples),
        parts=(SoundPart(sound=keep(samples, context.worker), first=0, at=0, samples=len(samples)),),
        encoder=AudioEncoder(bits_per_second=320_000),
        loudness=LoudnessTarget(lufs=-10),
    )
    make_mixed(mix, context)
    with workspace(context.worker.scratch) as scratch:
        decoded = scratch / "decoded.f32"
        run(["-i", f"file:{context.folder}/sound.m4a", "-f", "f32le", "-ac", "2", f"file:{decoded}"], place="decode")
        found = np.fromfile(decoded, np.float32).reshape(-1, 2)[:, 0]
    length = min(len(found), len(samples))
    spectrum = np.fft.rfft(found[:length]) * np.conj(np.fft.rfft(samples[:length, 0]))
    assert int(np.argmax(np.fft.irfft(spectrum))) == 0
    assert measure_sound(context.folder / "sound.m4a", "sound").samples == len(samples)
