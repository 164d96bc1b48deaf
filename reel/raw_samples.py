"""Raw samples in files: 32-bit floats, left and right in turns, at 48 kHz."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""Shape (samples, 2): left and right, full scale 1."""

SAMPLE_BYTES = 8
"""Of both channels."""

BLOCK = 10 * 48_000
"""Samples at a time: 4 MB, whatever the length of the video."""


class Sound(Protocol):
    """Samples that are taken in stretches: an array, or what is in a file."""

    def __len__(self) -> int: ...

    def __getitem__(self, stretch: slice, /) -> Samples: ...


class RawSamples:
    """The samples of a file, read as they are asked for. Were they mapped into memory, an hour would hold 1.4 GB."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` where it cannot be opened."""
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)
        self._count = os.fstat(self._file).st_size // SAMPLE_BYTES

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, stretch: slice, /) -> Samples:
        begin, end, _ = stretch.indices(self._count)
        data = os.pread(self._file, max(0, end - begin) * SAMPLE_BYTES, begin * SAMPLE_BYTES)
        return np.frombuffer(data, np.float32).reshape(-1, 2)


class Delayed:
    """A sound that begins so many samples later, with silence before; or earlier, where that is negative, without what is
    before."""

    def __init__(self, sound: Sound, late: int) -> None:
        self._sound, self._late = sound, late

    def __len__(self) -> int:
        return max(0, len(self._sound) + self._late)

    def __getitem__(self, stretch: slice, /) -> Samples:
        begin, end, _ = stretch.indices(len(self))
        heard = self._sound[max(0, begin - self._late) : max(0, end - self._late)]
        silence = max(0, min(end, self._late) - begin)
        return np.pad(heard, ((silence, 0), (0, 0))) if silence else heard


OPPOSED = 10.0
"""Sides are taken for opposite where what they have apart has so many times the power of what they have in common."""


def mono(stretch: Samples) -> npt.NDArray[np.float32]:
    """What is heard of a stretch as a whole: the mean of both sides, or half of their difference where that is nearly all that
    there is: a microphone was wired the wrong way, and their sum would be silence."""
    middle, side = ((stretch[:, 0] + sign * stretch[:, 1]) * np.float32(0.5) for sign in (1, -1))
    return side if np.vdot(side, side) > OPPOSED * np.vdot(middle, middle) else middle


def blocks_of(sound: Sound, begin: int = 0, end: int | None = None) -> Iterator[Samples]:
    """The samples of a half-open range, block by block."""
    end = len(sound) if end is None else min(end, len(sound))
    for start in range(begin, end, BLOCK):
        yield sound[start : min(start + BLOCK, end)]
