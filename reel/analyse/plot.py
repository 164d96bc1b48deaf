"""A picture of music: its waveform, its beats, and where pictures change."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from reel.findings import Beats
from reel.raw_samples import Delayed, Sound
from reel.time import SAMPLE_RATE

WIDTH, HEIGHT = 1200, 320
TOP, BOTTOM, SIDE = 34, 30, 16
"""Margins: above for the changes, below for the seconds."""

# Blue, green, red.
PAPER, INK, WAVE, BEAT, DOWNBEAT, CUT = (
    (255, 255, 255),
    (60, 60, 60),
    (214, 180, 140),
    (225, 225, 225),
    (170, 170, 170),
    (40, 60, 210),
)


def beat_plot(samples: Sound, beats: Beats, cuts: Sequence[float], begin: float = 0.0) -> bytes:
    """A PNG of stereo samples (48 kHz) from second `begin` on: beats as thin lines, first beats of bars as thicker ones, and
    each of `cuts` (seconds from `begin`) with its distance from the nearest beat in milliseconds."""
    sound = Delayed(samples, -round(begin * SAMPLE_RATE))
    length = max(len(sound) / SAMPLE_RATE, 0.1)
    canvas = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)

    def x_of(second: float) -> int:
        return SIDE + round((WIDTH - 2 * SIDE) * second / length)

    near = beats.since(begin)
    for time, is_down in zip(near.times, near.downbeats, strict=True):
        cv2.line(
            canvas, (x_of(time), TOP), (x_of(time), HEIGHT - BOTTOM), DOWNBEAT if is_down else BEAT, 2 if is_down else 1
        )
    _draw_wave(canvas, sound)
    _draw_seconds(canvas, length, x_of)
    for cut in cuts:
        _draw_cut(canvas, x_of(cut), cut, near.times)
    return cv2.imencode(".png", canvas)[1].tobytes()


def _draw_wave(canvas: npt.NDArray[np.uint8], sound: Sound) -> None:
    columns = WIDTH - 2 * SIDE
    middle, half = (TOP + HEIGHT - BOTTOM) // 2, (HEIGHT - BOTTOM - TOP) // 2 - 4
    edges = np.linspace(0, len(sound), columns + 1).astype(int)
    peaks = [float(np.abs(sound[a:b]).max(initial=0)) for a, b in itertools.pairwise(edges)]
    loudest = max([*peaks, 1e-6])
    for column, peak in enumerate(peaks):
        reach = round(half * peak / loudest)
        cv2.line(canvas, (SIDE + column, middle - reach), (SIDE + column, middle + reach), WAVE, 1)


def _draw_seconds(canvas: npt.NDArray[np.uint8], length: float, x_of: object) -> None:
    assert callable(x_of)
    step = next((step for step in (1, 2, 5, 10, 30, 60, 300) if length / step <= 24), 900)
    for second in range(0, int(length) + 1, step):
        cv2.line(canvas, (x_of(second), HEIGHT - BOTTOM), (x_of(second), HEIGHT - BOTTOM + 5), INK, 1)
        _write(canvas, f"{second} s", x_of(second) - 10, HEIGHT - 10, INK)


def _draw_cut(canvas: npt.NDArray[np.uint8], x: int, cut: float, beats: Sequence[float]) -> None:
    cv2.line(canvas, (x, TOP - 8), (x, HEIGHT - BOTTOM), CUT, 2)
    if beats:
        off = 1000 * (cut - min(beats, key=lambda beat: abs(beat - cut)))
        _write(canvas, f"{off:+.0f} ms", x - 22, TOP - 14, CUT)


def _write(canvas: npt.NDArray[np.uint8], text: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
    cv2.putText(canvas, text, (max(2, x), y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
