"""Listening to a finished video once: loudness, silence, and what its waveform is drawn from."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from reel.errors import Cancelled
from reel.ffmpeg.frames import FrameReader
from reel.ffmpeg.sound import HEARD_SAMPLES, LEVELS_FILE, PEAKS, listen_command, read_levels
from reel.make.context import StepContext
from reel.time import SAMPLE_RATE

PIXEL_SAMPLES = 480
"""Of a pixel of the waveform: 10 ms."""

CHANNELS = 2

Peaks = npt.NDArray[np.int8]
"""Least and greatest sample of each pixel, in 8 bits: shape (pixels, channels, 2)."""

DRAWN_SIZE = 1800, 280
INK, PAPER = (160, 96, 32), (255, 255, 255)
"""Blue first."""

UNHEARD_LUFS = -70.0
"""The absolute gate of EBU R128: what measures this has no loudness."""


@dataclass(frozen=True)
class Heard:
    """What was heard."""

    loudness: dict[str, Any]
    silent: list[tuple[float, float]]
    """In seconds, half-open."""
    peaks: Peaks


def listen(path: Path, seconds: float, context: StepContext) -> Heard:
    """Decode the sound of a video that lasts so long, once."""
    folder = context.folder.parent
    block = HEARD_SAMPLES * CHANNELS * 2
    with FrameReader(lambda output: listen_command(str(path), output), block, context.place, folder) as reader:
        peaks = [_peaks_of(frame, context) for frame in reader]
    with (folder / LEVELS_FILE).open(encoding="ascii") as lines:
        loudness, silent = told_levels(lines, seconds)
    pixels = math.ceil(seconds * SAMPLE_RATE / PIXEL_SAMPLES)
    return Heard(loudness, silent, np.concatenate(peaks)[:pixels])


def _peaks_of(block: npt.NDArray[np.uint8], context: StepContext) -> Peaks:
    if context.worker.cancelled.is_set():
        raise Cancelled.at(context.place, "was called off")
    samples = block.view("<i2").reshape(-1, PIXEL_SAMPLES, CHANNELS)
    return (np.stack([samples.min(axis=1), samples.max(axis=1)], axis=-1) >> 8).astype(np.int8)


def told_levels(lines: Iterable[str], seconds: float) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    """What FFmpeg's `ebur128` and `silencedetect` wrote of a sound, block after block: its loudness, and where it is silent."""
    last: dict[str, float] = {}
    curve: dict[int, float] = {}
    begins, ends = [], []
    for time, name, value in read_levels(lines, round(seconds * SAMPLE_RATE)):
        second = max(0, int(time))
        if name == "r128.M":
            curve[second] = max(curve.get(second, UNHEARD_LUFS), value)
        elif name.startswith("r128."):
            last[name] = value
        elif name.startswith("silence_start"):
            begins.append(max(0.0, value))
        elif name.startswith("silence_end"):
            ends.append(value)
    # What is silent to the end has none of its own.
    silent = [(begin, min(end, seconds)) for begin, end in zip(begins, [*ends, seconds], strict=False)]
    return _loudness(last, [round(curve[second], 1) for second in sorted(curve)]), silent


def _loudness(last: dict[str, float], curve: list[float]) -> dict[str, Any]:
    peak = max((value for key, value in last.items() if key.startswith(PEAKS)), default=0.0)
    integrated = last.get("r128.I", UNHEARD_LUFS)
    return {
        "integrated_lufs": round(integrated, 2) if integrated > UNHEARD_LUFS else None,
        "range_lu": round(last.get("r128.LRA", 0.0), 2),
        "true_peak_dbtp": round(20 * math.log10(peak), 2) if peak > 0 else None,
        "momentary_lufs_of_seconds": curve,
    }


def write_waveform(folder: Path, peaks: Peaks) -> None:
    """`waveform.json` and `waveform.dat` as BBC's audiowaveform writes them (version 2, 8 bits), and `waveform.png`."""
    pixels, numbers = len(peaks), peaks.reshape(-1)
    document = {
        "version": 2,
        "channels": CHANNELS,
        "sample_rate": SAMPLE_RATE,
        "samples_per_pixel": PIXEL_SAMPLES,
        "bits": 8,
        "length": pixels,
        "data": numbers.tolist(),
    }
    (folder / "waveform.json").write_text(json.dumps(document, separators=(",", ":")), "ascii")
    # Version, flags (bit 0: 8 bits), rate, samples of a pixel, pixels, channels.
    head = struct.pack("<iIiiIi", 2, 1, SAMPLE_RATE, PIXEL_SAMPLES, pixels, CHANNELS)
    (folder / "waveform.dat").write_bytes(head + numbers.tobytes())
    (folder / "waveform.png").write_bytes(cv2.imencode(".png", drawn(peaks))[1].tobytes())


def drawn(peaks: Peaks) -> npt.NDArray[np.uint8]:
    """The waveform of all channels together as a picture, time from left to right."""
    width, height = DRAWN_SIZE
    edges = np.linspace(0, len(peaks), width + 1).astype(int)
    low, high = peaks[..., 0].min(axis=1), peaks[..., 1].max(axis=1)
    picture = np.full((height, width, 3), PAPER, np.uint8)
    for column, (first, end) in enumerate(zip(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1), strict=True)):
        top, bottom = (
            round(height / 2 * (1 - float(level) / 128)) for level in (high[first:end].max(), low[first:end].min())
        )
        picture[max(0, top) : max(top + 1, bottom), column] = INK
    return picture
