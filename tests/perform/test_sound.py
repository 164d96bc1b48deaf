"""Mixing: every sample at its place, in bounded memory; and sound from every layout."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reel.ffmpeg.process import run
from reel.ffmpeg.sound import decode_command, stretch_command
from reel.packets.probe import probe
from reel.perform import sound
from reel.perform.sound import mixed
from reel.plan.operations import Decode, GainKey, SoundMix, SoundPart, StreamSource, Stretch
from reel.presets import AudioEncoder
from tests.clips import Clip, numbered
from tests.conftest import MakeClip


def mix(samples: int, *parts: SoundPart) -> SoundMix:
    return SoundMix(samples=samples, parts=parts, encoder=AudioEncoder())


def test_parts_lie_where_they_are_put_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "BLOCK", 7)
    ramp = np.arange(40, dtype=np.float32).repeat(2).reshape(-1, 2)
    parts = [
        SoundPart(sound="a", first=5, at=3, samples=20),
        SoundPart(sound="a", first=0, at=10, samples=5, gain=(GainKey(sample=0, gain=0.5),)),
        SoundPart(sound="a", first=38, at=25, samples=10),
    ]
    made = np.concatenate(list(mixed(mix(30, *parts), {"a": ramp})))
    expected = np.zeros((30, 2), np.float32)
    expected[3:23] += ramp[5:25]
    expected[10:15] += 0.5 * ramp[0:5]
    expected[25:27] += ramp[38:40]  # beyond its end, a sound is silent
    assert np.array_equal(made, expected)


def test_no_parts_are_silence() -> None:
    assert not np.concatenate(list(mixed(mix(100), {}))).any()


def decoded(clip: Path, output: Path, samples: int = 48_000) -> np.ndarray:
    facts = probe(clip, "0" * 64, clip.name)
    assert facts.audio
    source = StreamSource(asset="0", demuxer=facts.demuxer, stream=facts.audio.index, codec=facts.audio.codec)
    operation = Decode(source=source, channels=facts.audio.channels, zero=facts.zero, samples=samples)
    run(decode_command(operation, str(clip), str(output)), place="test")
    return np.fromfile(output, np.float32).reshape(-1, 2)


@pytest.mark.parametrize(("layout", "amplitude"), [("mono", 0.125), ("stereo", 0.125 / np.sqrt(2))])
def test_level_is_kept(layout: str, amplitude: float, make_clip: MakeClip, tmp_path: Path) -> None:
    """Mono is as loud on both sides as it was on one. The tone is lavfi's, an eighth of full scale; where the clip is
    stereo, FFmpeg has spread it over both sides when the clip was made, 3 dB softer."""
    made = decoded(make_clip(Clip(audio=layout)), tmp_path / "sound.f32")
    left, right = np.sqrt((made[4800:-4800] ** 2).mean(axis=0))
    assert left == pytest.approx(right, rel=0.01)
    assert left == pytest.approx(amplitude / np.sqrt(2), rel=0.05)


def test_surround_does_not_clip(make_clip: MakeClip, tmp_path: Path) -> None:
    made = decoded(make_clip(Clip(audio="5.1")), tmp_path / "sound.f32")
    assert 0.02 < np.abs(made).max() <= 0.126


@pytest.mark.parametrize("speed", ["1/4", "1/2", "9/10", "11/10", "2", "4"])
def test_speed_keeps_the_pitch_and_gives_exact_lengths(speed: str, make_clip: MakeClip, tmp_path: Path) -> None:
    source = tmp_path / "source.f32"
    decoded(make_clip(Clip(seconds=2)), source, 96_000)
    samples = int(48_000 / Fraction(speed))
    operation = Stretch(sound="x", first=4800, speed=Fraction(speed), samples=samples)
    run(stretch_command(operation, str(source), str(tmp_path / "out.f32")), place="test")
    made = np.fromfile(tmp_path / "out.f32", np.float32).reshape(-1, 2)
    assert len(made) == samples
    middle = made[len(made) // 4 : 3 * len(made) // 4, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert spectrum.argmax() * 48_000 / len(middle) == pytest.approx(440, abs=8)


def test_sound_that_begins_elsewhere_stays_in_step(make_clip: MakeClip, tmp_path: Path) -> None:
    """A transport stream's clock begins at 1.4 s, and sound and picture not at the same time."""
    from tests.clips import click_positions

    clip = numbered(suffix=".ts", audio_codec="mp2")
    made = decoded(make_clip(clip), tmp_path / "sound.f32")
    loud = np.flatnonzero(np.abs(made[:, 0]) > 0.2)
    starts = loud[np.insert(np.diff(loud) > 1000, 0, True)]
    assert np.abs(np.subtract(starts, click_positions(clip))).max() < 48
