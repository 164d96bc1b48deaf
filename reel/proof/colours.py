"""From the numbers that a file stores to R'G'B' of BT.709. Sources: ITU-R BT.601, BT.709, BT.2020, BT.2100, BT.2408."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from reel.images.regions import DecodedRegions
from reel.media import Colour
from reel.packets.shown import Decoded
from reel.proof.pictures import RGB, RGBA, premultiplied

Numbers = npt.NDArray[np.floating]

SHARES = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "fcc": (0.30, 0.11),
    "smpte240m": (0.212, 0.087),
    "bt2020": (0.2627, 0.0593),
}
"""By matrix, how much of luma is red and how much blue."""


def multiplied(matrix: Numbers, rows: Numbers) -> Numbers:
    """A matrix times rows of numbers, one for each column of it. Not by `@`: OpenBLAS may never come back where it has threads
    of its own and another thread of the process forks meanwhile."""
    return np.asarray(np.einsum("ij,jn->in", matrix, rows))


def frame_rgba(frame: Decoded, colour: Colour, display_size: tuple[int, int]) -> RGBA:
    """A decoded frame as R'G'B' of BT.709, multiplied by its alpha; values beyond 0..1 stay where the file has them."""
    top = np.float32((1 << frame.bits) - 1)
    if frame.rgb:
        values = frame.planes[0].astype(np.float32) / top
        colours, alpha = values[..., :3], values[..., 3:]
    else:
        colours = _from_luma(frame, colour, display_size)
        has_alpha = len(frame.planes) > 3
        alpha = frame.planes[3].astype(np.float32)[..., None] / top if has_alpha else np.ones_like(colours[..., :1])
    if wants_tone_mapping(colour):
        colours = in_sdr(colours, colour, gamma=2.4)
    return np.asarray(np.concatenate([colours * alpha, alpha], axis=-1), np.float32)


def still_rgba(taken: DecodedRegions, colour: Colour) -> RGBA:
    """The first part of a still picture as R'G'B' of BT.709, multiplied by its alpha; `colour` is what its file says."""
    picture = premultiplied(taken.pictures[0])
    if not taken.by_profile and wants_tone_mapping(colour):
        alpha = picture[..., 3:]
        picture[..., :3] = in_sdr(picture[..., :3] / np.maximum(alpha, 1e-6), colour, gamma=2.2) * alpha
    return picture


def _from_luma(frame: Decoded, colour: Colour, display_size: tuple[int, int]) -> RGB:
    """Y'CbCr to R'G'B' by the file's own matrix and range."""
    unit = np.float32(1 << (frame.bits - 8))
    black, luma_range, chroma_range = (0, 255, 255) if colour.full_range else (16, 219, 224)
    if colour.full_range and frame.bits > 8:
        unit = np.float32(((1 << frame.bits) - 1) / 255)
    luma = (frame.planes[0].astype(np.float32) / unit - black) / luma_range
    height, width = luma.shape
    middle = np.float32(1 << (frame.bits - 1))
    blue, red = (
        _enlarged((plane.astype(np.float32) - middle) / (unit * chroma_range), width, height)
        for plane in frame.planes[1:3]
    )
    kr, kb = _shares(colour, display_size)
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    return np.asarray(np.dstack([r, (luma - kr * r - kb * b) / (1 - kr - kb), b]), np.float32)


def _enlarged(chroma: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.float32]:
    """Chroma at the size of luma: its samples lie at the left edge of what they stand for, and between its rows."""
    rows, columns = chroma.shape
    across, down = -(-width // columns), -(-height // rows)
    if (across, down) == (1, 1):
        return chroma
    matrix = np.array([[1 / across, 0, 0], [0, 1 / down, (1 - down) / (2 * down)]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(chroma, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _shares(colour: Colour, display_size: tuple[int, int]) -> tuple[float, float]:
    """Of the file's matrix, else of the one that broadcast custom gives its size (docs/concepts.md)."""
    if wants_tone_mapping(colour):
        return SHARES["bt2020"]
    large = min(display_size) > 576 or max(display_size) >= 1280
    return SHARES.get(colour.matrix, SHARES["bt709" if large else "smpte170m"])


def wants_tone_mapping(colour: Colour) -> bool:
    """Whether colours are not those of SDR and BT.709."""
    return colour.hdr is not None or colour.primaries == "bt2020" or colour.matrix.startswith("bt2020")


TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)  # BT.2087
WHITE = 203
"""cd/m2 of HDR's reference white (BT.2408), which becomes the white of SDR."""


def in_sdr(colours: Numbers, colour: Colour, *, gamma: float) -> RGB:
    """BT.2020, PQ or HLG as BT.709 by a plain tone map, for displays of this gamma. Approximate: gamuts are cut."""
    signal = np.clip(colours, 0, 1)
    shown = _linear(signal, colour) if colour.hdr else signal**gamma
    light = np.maximum(multiplied(TO_BT709, shown.reshape(-1, 3).T).T.reshape(colours.shape), 0)
    seen = _rolled_off(light) if colour.hdr else light
    return np.asarray(np.clip(seen, 0, 1) ** (1 / gamma), np.float32)


def _linear(signal: Numbers, colour: Colour) -> Numbers:
    """Light of HDR on a display, 1 being the white of SDR (BT.2100, tables 4 and 5)."""
    if colour.hdr == "pq":
        power = signal ** (1 / 78.84375)
        return np.asarray(
            (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
            * (10_000 / WHITE)
        )
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    luminance = np.einsum("...i,i", scene, [0.2627, 0.6780, 0.0593])
    return np.asarray(scene * luminance[..., None] ** 0.2 * (1000 / WHITE))


def _rolled_off(light: Numbers, knee: float = 0.3, peak: float = 5) -> Numbers:
    """Moebius curve: what is below the knee stays as it is, `peak` becomes white; hues stay."""
    most = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    rolled = (b * b + 2 * b * knee + knee * knee) / (b - a) * (most + a) / (most + b)
    return np.asarray(light * np.where(most <= knee, 1, rolled / most))
