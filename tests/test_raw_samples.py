"""Samples in files are read as they are asked for, and never held whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reel.make.mixing import mixed
from reel.plan.operations import SoundMix
from reel.plan.operations.sounds import SoundPart
from reel.presets import AudioEncoder
from reel.raw_samples import BLOCK, SAMPLE_BYTES, Delayed, RawSamples, blocks_of
from tests.held import most_held

HELD_BYTES = 40_000_000
"""Of a mix of any length: some blocks of 4 MB, and what Python takes for the time being."""


@pytest.mark.parametrize(
    "stretch",
    [slice(0, 5), slice(2, 9), slice(7, 100), slice(-3, None), slice(5, 5), slice(8, 3), slice(None), slice(20, 30)],
)
def test_stretches_are_those_of_an_array(stretch: slice, tmp_path: Path) -> None:
    samples = np.arange(24, dtype=np.float32).reshape(-1, 2)
    (tmp_path / "raw").write_bytes(samples.tobytes())
    sound = RawSamples(tmp_path / "raw")
    assert len(sound) == 12
    np.testing.assert_array_equal(sound[stretch], samples[stretch])


def test_an_empty_file_has_no_samples(tmp_path: Path) -> None:
    (tmp_path / "raw").touch()
    assert len(RawSamples(tmp_path / "raw")) == 0
    assert RawSamples(tmp_path / "raw")[-48:].shape == (0, 2)
    assert list(blocks_of(RawSamples(tmp_path / "raw"))) == []


def test_blocks_are_the_whole_once(tmp_path: Path) -> None:
    samples = np.arange(2 * (2 * BLOCK + 7), dtype=np.float32).reshape(-1, 2)
    (tmp_path / "raw").write_bytes(samples.tobytes())
    sound = RawSamples(tmp_path / "raw")
    np.testing.assert_array_equal(np.concatenate(list(blocks_of(sound))), samples)
    np.testing.assert_array_equal(np.concatenate(list(blocks_of(sound, 5, BLOCK + 6))), samples[5 : BLOCK + 6])


def test_a_long_sound_is_not_held_while_it_is_mixed(tmp_path: Path) -> None:
    """What is mapped counts as held, though nobody has copied it: to those who bound a process's memory it is the same."""
    count = 60 * BLOCK
    with (tmp_path / "raw").open("wb") as file:
        file.truncate(count * SAMPLE_BYTES)  # without bytes on the disk
    part = SoundPart(sound="a" * 64, first=0, at=0, samples=count)
    operation = SoundMix(samples=count, parts=(part,), encoder=AudioEncoder())
    with most_held() as held:
        for _ in mixed(operation, {part.sound: RawSamples(tmp_path / "raw")}):
            pass
    assert held.bytes < HELD_BYTES


@pytest.mark.parametrize("late", [-30, -12, -3, 0, 4, 20])
@pytest.mark.parametrize(
    "stretch", [slice(None), slice(0, 5), slice(2, 9), slice(3, 30), slice(15, 16), slice(-3, None)]
)
def test_a_delayed_sound_is_that_of_an_array_with_silence_before(late: int, stretch: slice) -> None:
    samples = np.arange(1, 25, dtype=np.float32).reshape(-1, 2)
    whole = np.concatenate([np.zeros((max(0, late), 2), np.float32), samples[max(0, -late) :]])
    sound = Delayed(samples, late)
    assert len(sound) == len(whole)
    np.testing.assert_array_equal(sound[stretch], whole[stretch])
