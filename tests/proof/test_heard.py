"""Sounds that a coder makes a little quieter are no fault; sounds at half their volume always are."""

from __future__ import annotations

import subprocess
from fractions import Fraction

import numpy as np
import pytest

from reel.curves import constant
from reel.ffmpeg.build import ffmpeg_path
from reel.proof.choose import WINDOW
from reel.proof.hear import ExpectedSound, Samples, wrong_stretch
from reel.time import SAMPLE_RATE
from reel.timeline import SoundClip

SECONDS = 4
CLIP = SoundClip(
    asset="a" * 64, start=0, frames=SECONDS * 30, media_in=Fraction(0), gain_db=constant(0), place="clips[0]"
)


def noise(color: str, amplitude: float, seed: int = 5) -> Samples:
    """Noise as a file of somebody has it: coded once before, at another rate; the same each time, both channels."""
    source = f"anoisesrc=color={color}:amplitude={amplitude}:sample_rate=44100:duration={SECONDS}:seed={seed}"
    return _samples(
        ["-f", "aac", "-i", "-"], _ffmpeg(["-f", "lavfi", "-i", source, "-ac", "2", "-f", "adts", "-"], b"")
    )


def coded(sound: Samples, coder: str, bitrate: str, gain: float = 1.0) -> Samples:
    """A sound as AAC has it; ADTS, so what the coder puts before it (1024 samples) is cut off here."""
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "2", "-i", "-"]
    options = ["-c:a", "aac", "-aac_coder", coder, "-b:a", bitrate, "-cutoff", "20000", "-f", "adts", "-"]
    aac = _ffmpeg([*raw, *options], (sound * gain).astype(np.float32).tobytes())
    return _samples(["-f", "aac", "-i", "-"], aac)[1024:]


def _samples(source: list[str], data: bytes = b"") -> Samples:
    found = _ffmpeg([*source, "-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "2", "-"], data)
    return np.frombuffer(found, np.float32).reshape(-1, 2).astype(np.float64)


def _ffmpeg(arguments: list[str], data: bytes) -> bytes:
    command = [str(ffmpeg_path()), "-v", "error", *arguments]
    return subprocess.run(command, check=True, input=data, stdout=subprocess.PIPE).stdout


def wide() -> Samples:
    """Noise that is much the same on the left and on the right: they correlate by 0.86, as music does."""
    both, left, right = (noise("pink", 0.5, seed)[:, 0] for seed in (1, 2, 3))
    return np.stack([both + 0.4 * left, both + 0.4 * right], axis=1)


def wrong(made: Samples, asked: Samples) -> list[str]:
    """What is told of every stretch; none is too quiet to be measured."""
    return [
        found.what
        for first in range(0, (SECONDS - 1) * SAMPLE_RATE, WINDOW)
        for found in wrong_stretch(
            made[first : first + WINDOW], [ExpectedSound(CLIP, asked[first : first + WINDOW], True)], 1.0, limited=False
        )
    ]


@pytest.mark.parametrize("coder", ["fast", "twoloop"])
@pytest.mark.parametrize("bitrate", ["128k", "192k"])
@pytest.mark.parametrize("color", ["pink", "white"])
@pytest.mark.parametrize("amplitude", [0.1, 0.8])
def test_a_coder_may_take_a_little_of_noise_and_half_of_it_is_told(
    color: str, amplitude: float, bitrate: str, coder: str
) -> None:
    sound = noise(color, amplitude)
    assert not wrong(coded(sound, coder, bitrate), sound)
    assert len(wrong(coded(sound, coder, bitrate, 0.5), sound)) >= (SECONDS - 1) * 4 - 1


def chord(level: float, *hertz: float) -> Samples:
    """Tones together, whose peak is `level`."""
    moments = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    whole = sum((np.sin(2 * np.pi * each * moments) for each in hertz), np.zeros(len(moments)))
    return np.repeat((level / np.abs(whole).max() * whole)[:, None], 2, axis=1)


@pytest.mark.parametrize("level", [1.0, 0.995, 0.98])
@pytest.mark.parametrize("hertz", [(150,), (300,), (440,), (620,), (1000,), (3900,), (440, 554, 660), (220, 660, 1100)])
def test_a_coder_takes_a_little_of_full_scale_and_half_of_it_is_told(hertz: tuple[float, ...], level: float) -> None:
    sound = chord(level, *hertz)
    assert not wrong(coded(sound, "twoloop", "128k"), sound)
    assert len(wrong(coded(sound, "twoloop", "128k", 0.5), sound)) >= (SECONDS - 1) * 4 - 1


@pytest.mark.parametrize("gain", [0.9, 1.1])
def test_below_full_scale_a_decibel_is_told(gain: float) -> None:
    sound = chord(0.6, 440, 554, 660)
    assert len(wrong(coded(sound, "twoloop", "128k", gain), sound)) >= (SECONDS - 1) * 4 - 1


@pytest.mark.parametrize("bitrate", ["32k", "128k"])
def test_left_and_right_are_held_apart(bitrate: str) -> None:
    """Neither is much quieter than asked, so levels alone tell of neither."""
    sound = wide()
    assert not wrong(coded(sound, "fast", bitrate), sound)
    mono = np.repeat(sound.mean(axis=1, keepdims=True), 2, axis=1)
    for made, said in (
        (sound[:, ::-1], "left and right the other way round"),
        (mono, "the same on the left and on the right"),
    ):
        told = wrong(coded(made, "fast", bitrate), sound)
        assert sum(said in each for each in told) >= (SECONDS - 1) * 4 - 1


def test_opposite_sides_are_heard_in_time() -> None:
    """As of a microphone that is wired the wrong way: nothing is left of left and right together."""
    sound = noise("pink", 0.5) * [1, -1]
    made = coded(sound, "fast", "128k")
    assert not wrong(made, sound)
    for late, said in ((made * 0.5, "off its volume"), (np.roll(made, 480, axis=0), "10.0 ms late")):
        assert sum(said in each for each in wrong(late, sound)) >= (SECONDS - 1) * 4 - 1


def test_of_mono_there_are_no_sides() -> None:
    sound = noise("pink", 0.5)
    assert not wrong(sound[:, ::-1], sound)
