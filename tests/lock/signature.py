"""What is kept of a file that a step made: numbers that any change of its pixels or samples moves, and nothing else does."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

PROBES = 16
"""How many numbers there are for a plane or a channel."""

TOLERANCE = 0.15
"""By how much a number may be off, in levels of 0..255. A number is the sum of all values, each with a random sign, by the
square root of their count: it is off by about the root mean square of what changed. So a last bit that another processor
rounds differently here and there (under 0.1) is no change, and another scaler, a shift by a pixel or a sample, another level
(0.5 and more) is one."""

TOLERANCE_OF_FRAMES = 1.0
"""The same for coded video: FFmpeg's scaler rounds otherwise by a level on processors of another kind (0.65 measured without
AVX-512), and another scaler makes several."""

TOLERANCE_OF_RATES = 5.0
"""The same where an encoder keeps to a bit rate: it decides by sums of floats, which processors round differently (2.4 measured
between two kinds)."""

LEVELS_OF_SAMPLES = 255.0
"""Sound is counted in the same levels: full scale is 255 of them."""


BYTES_TOLD = re.compile(r"((?:bandwidth|byterange|range)[=:]\"?)[0-9@-]+", re.IGNORECASE)
"""Numbers of bytes in playlists and manifests: of coded video they differ between processors, as its levels do."""


def signature(path: Path, key: bytes) -> dict[str, Any]:
    """What is kept of a file; `kept["planes"]` is to be compared within `TOLERANCE`, all else exactly. `key`: that of samples
    that are encrypted."""
    match path.suffix:
        case ".mp4" | ".m4a":
            return _media(path, key)
        case ".jpg" | ".png" | ".webp":
            return _picture(path)
        case ".f32":
            samples = np.fromfile(path, np.float32).reshape(-1, 2)
            return {"size": [len(samples)], "planes": _all(samples.T * LEVELS_OF_SAMPLES)}
        case ".yuva":
            data = np.fromfile(path, np.uint8)
            return {"size": [len(data)], "planes": _all([data])}
        case ".m3u8" | ".mpd":
            text = BYTES_TOLD.sub(r"\1", path.read_text("utf-8"))
            return {"sha256": hashlib.sha256(text.encode()).hexdigest()}
        case ".m4s":
            # One level in one frame makes all of it another; `tests/package` decrypts it.
            return {"encrypted": True}
        case ".dat":
            peaks = np.fromfile(path, np.int8)[24:]
            return {"head": path.read_bytes()[:24].hex(), "planes": _all([peaks])}
        case ".json" if path.name == "waveform.json":
            document = json.loads(path.read_text())
            return {"planes": _all([np.array(document.pop("data"))]), "head": document}
        case ".json" if path.name == "analysis.json":
            # Sizes of packets and the last digits of levels differ from one processor to another.
            document = json.loads(path.read_text())
            return {"fields": sorted(document), **{name: document[name] for name in ("scenes", "black", "frozen")}}
        case ".json" if path.name in ("quality.json", "probe.json", "decided.json", "buffer.json", "rungs.json"):
            # What encoders spend, and measures of it, differ from one processor to another by their last digits.
            return _shape(json.loads(path.read_text()))
        case ".log" | ".mbtree" | ".cutree" | ".gif":
            return _counted(path)
        case _:
            return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _picture(path: Path) -> dict[str, Any]:
    picture = cv2.imread(str(path))
    assert picture is not None
    size = {"size": list(picture.shape)}
    # Curves of such measures as well.
    return size if path.name in ("quality.png", "rungs.png") else {**size, "planes": _all(np.moveaxis(picture, -1, 0))}


def _counted(path: Path) -> dict[str, Any]:
    """How much there is, where a level more or less makes other bytes of all."""
    if path.suffix != ".gif":
        return {"lines": path.read_bytes().count(b"in:")}
    with Image.open(path) as picture:
        return {"size": [*picture.size], "pictures": getattr(picture, "n_frames", 1)}


def _shape(document: Any) -> dict[str, Any]:
    """Names of fields, and how long lists are."""
    if isinstance(document, list):
        return {"length": len(document), "of": _shape(document[0]) if document else {}}
    if isinstance(document, dict):
        return {"fields": {name: _shape(value) for name, value in sorted(document.items())}}
    return {}


def is_alike(found: dict[str, Any], locked: dict[str, Any], *, is_rated: bool = False) -> bool:
    """Whether two signatures stand for the same pixels and samples; `is_rated`: that were encoded at a bit rate."""
    exact = [{name: kept for name, kept in each.items() if name != "planes"} for each in (found, locked)]
    planes = found.get("planes", []), locked.get("planes", [])
    tolerance = (TOLERANCE_OF_RATES if is_rated else TOLERANCE_OF_FRAMES) if found.get("frames") else TOLERANCE
    return (
        exact[0] == exact[1]
        and [len(plane) for plane in planes[0]] == [len(plane) for plane in planes[1]]
        and all(np.allclose(a, b, rtol=0, atol=tolerance) for a, b in zip(*planes, strict=True))
    )


def _media(path: Path, key: bytes) -> dict[str, Any]:
    """Frames and samples as decoded, and the times of all packets."""
    options = {"decryption_key": key.hex()} if path.suffix == ".mp4" else {}
    with av.open(str(path), options=options) as container:
        times = [
            (packet.stream.type, packet.pts, packet.duration, packet.is_keyframe)
            for packet in container.demux()
            if packet.pts is not None
        ]
    with av.open(str(path), options=options) as container:
        picture = [_planes(frame) for frame in container.decode(video=0)] if container.streams.video else []
    with av.open(str(path)) as container:
        sound = [frame.to_ndarray() for frame in container.decode(audio=0)] if container.streams.audio else []
    planes = [np.stack(plane) for plane in zip(*picture, strict=True)]
    if sound:
        samples: npt.NDArray[Any] = np.concatenate(sound, axis=1)
        planes += list(samples * LEVELS_OF_SAMPLES)
    text = repr(sorted(times)).encode()
    return {"frames": len(picture), "times": hashlib.sha256(text).hexdigest(), "planes": _all(planes)}


def _planes(frame: av.VideoFrame) -> list[npt.NDArray[np.uint8]]:
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    ]


def _all(planes: Sequence[npt.NDArray[Any]] | npt.NDArray[Any]) -> list[list[float]]:
    return [_numbers(np.asarray(plane, np.float64).ravel()) for plane in planes]


def _numbers(values: npt.NDArray[np.float64]) -> list[float]:
    # RandomState: its numbers are frozen for ever (NEP 19).
    signs = (np.random.RandomState(number).randint(0, 2, len(values)) * 2.0 - 1 for number in range(PROBES))
    return [round(float(values @ sign) / max(1, len(values)) ** 0.5, 2) for sign in signs]


_PIPE = re.compile(r"pipe:(?![01]\b)\d+")

FLAGS = {"-hide_banner", "-nostdin", "-nostats", "-y"}
WITH_VALUE = {
    *("-loglevel", "-progress", "-stats_period"),
    *("-max_pixels", "-max_streams", "-protocol_whitelist", "-format_whitelist", "-codec_whitelist"),
}
"""What FFmpeg is told for reasons other than its output: how it reports, and bounds that only refuse."""


def plain(command: str) -> str:
    """A command that was logged, without what changes no byte: folders, numbers of pipes, bounds."""
    pipes: dict[str, str] = {}
    arguments = iter(shlex.split(command)[1:])
    kept = []
    for argument in arguments:
        if argument in WITH_VALUE:
            next(arguments)
        elif argument not in FLAGS:
            named = re.sub(r"^file:/.*/", "file:", argument)
            kept.append(_PIPE.sub(lambda found: pipes.setdefault(found[0], f"pipe:#{len(pipes) + 1}"), named))
    return " ".join(kept)
