"""Pictures as levels of limited range, as means of blocks, and as pixels that people see."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from reel.proof.colours import multiplied
from reel.proof.pictures import RGB

Levels = npt.NDArray[np.float32]
"""Shape (3, height, width): Y', Cb and Cr of BT.709 in limited range, in numbers of 8 bits."""

Blocks = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

BLOCK = 8
"""Pixels of a block's side."""

_TO_YCC = np.array(
    [
        [0.2126 * 219, 0.7152 * 219, 0.0722 * 219],
        [-0.2126 / 1.8556 * 224, -0.7152 / 1.8556 * 224, 0.9278 / 1.8556 * 224],
        [0.7874 / 1.5748 * 224, -0.7152 / 1.5748 * 224, -0.0722 / 1.5748 * 224],
    ],
    np.float32,
)
"""ITU-R BT.709-6, tables 3 and 4."""

_TO_RGB = np.linalg.inv(_TO_YCC.astype(np.float64)).astype(np.float32)

_OFFSET = np.array([16, 128, 128], np.float32)


def limited_range(picture: RGB) -> Levels:
    """What limited range says of a picture."""
    height, width, _ = picture.shape
    ycc = multiplied(_TO_YCC, np.clip(picture, 0, 1).reshape(-1, 3).T)
    return np.asarray((ycc + _OFFSET[:, None]).reshape(3, height, width), np.float32)


def displayed(levels: npt.NDArray[np.uint8]) -> Levels:
    """Levels that were made, as a display shows them: numbers that mean no colour are taken for the nearest that do."""
    flat = levels.astype(np.float32).reshape(3, -1) - _OFFSET[:, None]
    ycc = multiplied(_TO_YCC, np.clip(multiplied(_TO_RGB, flat), 0, 1))
    return np.asarray((ycc + _OFFSET[:, None]).reshape(levels.shape), np.float32)


def means(values: Levels) -> Blocks:
    """Means over blocks; those at the right and lower edge may be smaller."""
    height, width = values.shape[-2:]
    rows, columns = np.arange(0, height, BLOCK), np.arange(0, width, BLOCK)
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=-2), columns, axis=-1)
    sizes = np.diff([*rows, height])[:, None] * np.diff([*columns, width])
    return np.asarray(sums / sizes, np.float32)


def gradient(values: Levels) -> Levels:
    """By how much neighbouring pixels differ."""
    across = np.abs(np.diff(values, axis=-1, append=values[..., -1:]))
    down = np.abs(np.diff(values, axis=-2, append=values[..., -1:, :]))
    return np.asarray(np.maximum(across, down), np.float32)


def beside(asked: Levels, made: Levels) -> npt.NDArray[np.uint8]:
    """Both pictures side by side, what was asked on the left; shape (height, width, 3): red, green, blue."""
    gap = np.full((3, asked.shape[1], 8), 235, np.float32)
    gap[1:] = 128
    return rgb_of(np.concatenate([asked, gap, made], axis=-1))


def rgb_of(levels: Levels) -> npt.NDArray[np.uint8]:
    """Limited range as red, green and blue of 8 bits."""
    colours = multiplied(_TO_RGB, levels.reshape(3, -1) - _OFFSET[:, None])
    pixels = np.clip(colours * 255 + 0.5, 0, 255).T.reshape(*levels.shape[1:], 3)
    return np.asarray(pixels, np.uint8)


def resized(levels: Levels, shape: tuple[int, ...]) -> Levels:
    """Averaged over areas, to so many rows and columns."""
    size = shape[1], shape[0]
    return np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in levels])
