"""Pixels of wide gamut or high dynamic range as sRGB, in the way of `reel.ffmpeg.framing`, on pixels already scaled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reel.compose.planes import Pixels
from reel.media import Colour

Light = npt.NDArray[np.float32]
"""Linear light, 1 is the white of SDR."""

REFERENCE_WHITE = 203
"""cd/m2 of HDR's reference white (ITU-R BT.2408), which becomes the white of SDR."""
HLG_PEAK = 1000
"""cd/m2 of the display that HLG is meant for (ITU-R BT.2100, note 5f)."""

TO_BT709 = {
    "bt2020": [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]],
    "smpte432": [[1.224940, -0.224940, 0.0], [-0.042057, 1.042057, 0.0], [-0.019638, -0.078636, 1.098274]],
}
"""From primaries to those of BT.709 (BT.2020: ITU-R BT.2087; Display P3: SMPTE EG 432-1, white D65)."""


def pixels_to_sdr(pixels: Pixels, colour: Colour) -> Pixels:
    """The pixels in sRGB; unchanged where that is what they are. `colour` is what the file says of them."""
    matrix = TO_BT709.get(_primaries(colour))
    if matrix is None and colour.hdr is None:
        return pixels
    light = _light(pixels[..., :3], colour)
    if matrix is not None:
        light = np.maximum(light @ np.array(matrix, np.float32).T, 0)
    if colour.hdr:
        light = _tone_mapped(light)
    result = pixels.copy()
    result[..., :3] = np.rint(255 * _srgb(np.minimum(light, 1)))
    return result


def _primaries(colour: Colour) -> str:
    """What the file says, and the custom of BT.2100 where it is silent."""
    wide = colour.hdr or colour.matrix.startswith("bt2020")
    return colour.primaries or ("bt2020" if wide else "")


def _light(values: npt.NDArray[np.uint8], colour: Colour) -> Light:
    table = {"pq": _pq, "hlg": _hlg_scene, None: _srgb_inverse}[colour.hdr](np.arange(256) / 255)
    light: Light = table.astype(np.float32)[values]
    return _hlg_shown(light) if colour.hdr == "hlg" else light


def _pq(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Display light of a PQ signal (SMPTE ST 2084, equation 4.1)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = signal ** (1 / m2)
    return np.asarray(10_000 / REFERENCE_WHITE * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1))


def _hlg_scene(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Scene light of an HLG signal (ITU-R BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)


def _hlg_shown(scene: Light) -> Light:
    """What a display makes of it: a system gamma of 1.2 on the luminance (ITU-R BT.2100, table 5)."""
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593], np.float32)
    return np.asarray(HLG_PEAK / REFERENCE_WHITE * luminance[..., None] ** 0.2 * scene, np.float32)


def _tone_mapped(light: Light, knee: float = 0.3, peak: float = 5) -> Light:
    """Mobius: nearly straight below the knee, and `peak` becomes 1; hues stay (FFmpeg's filter `tonemap`)."""
    signal = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    curve = (b**2 + 2 * b * knee + knee**2) / (b - a) * (signal + a) / (signal + b)
    return np.asarray(light * np.where(signal <= knee, 1, curve / signal), np.float32)


def _srgb(light: Light) -> Light:
    """IEC 61966-2-1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _srgb_inverse(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
