"""Pictures as planes: 8-bit Y'CbCr 4:2:0, BT.709, limited range, as encoders take them; with straight alpha where needed.

Composing here rather than in RGB halves the bytes that every operation touches, and saves converting each frame. Mixing two
pictures by weights is the same in Y'CbCr as in R'G'B', because the conversion is linear.

Chroma samples sit at the left edge of each pair of pixels, half-way between its rows (H.264's default, type 0): the chroma
sample (i, j) lies at the luma position (2 i, 2 j + 1/2), counting from the centre of the first luma sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
"""Shape (height, width)."""

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 4): red, green, blue, straight alpha; sRGB."""

Levels = tuple[int, int, int]
"""Y, U and V of one colour."""

BLACK, NEUTRAL = 16, 128
"""Luma of black and chroma of grey, in limited range."""


@dataclass(frozen=True)
class Planes:
    """A picture of even width and height."""

    y: Plane
    u: Plane
    v: Plane
    a: Plane | None = None
    """Straight alpha at full size, 255 is opaque; null: opaque all over."""

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])

    def region(self, x: int, y: int, width: int, height: int) -> Planes:
        """A part of the picture, as a view; all four numbers even."""
        full = np.s_[y : y + height, x : x + width]
        half = np.s_[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
        return Planes(self.y[full], self.u[half], self.v[half], None if self.a is None else self.a[full])

    def copy(self) -> Planes:
        """The same picture in memory of its own."""
        return Planes(self.y.copy(), self.u.copy(), self.v.copy(), None if self.a is None else self.a.copy())

    def take(self, other: Planes) -> None:
        """Overwrite this picture's colours with those of one of the same size; alpha stays."""
        np.copyto(self.y, other.y)
        np.copyto(self.u, other.u)
        np.copyto(self.v, other.v)

    def fill(self, levels: Levels) -> None:
        """Give this picture one colour; alpha stays."""
        for plane, level in zip(self.colours(), levels, strict=True):
            plane.fill(level)

    def colours(self) -> tuple[Plane, Plane, Plane]:
        return self.y, self.u, self.v

    def raw(self) -> Iterator[memoryview]:
        """The colours as FFmpeg's rawvideo `yuv420p` has them."""
        for plane in self.colours():
            yield np.ascontiguousarray(plane).data.cast("B")


def blank(width: int, height: int) -> Planes:
    """A picture whose content is not set yet."""
    half = (height // 2, width // 2)
    return Planes(np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8))


def filled(width: int, height: int, colour: str) -> Planes:
    """A picture of one colour, `#rrggbb` or `#rrggbbaa`."""
    alpha = rgba_of(colour)[3]
    picture = blank(width, height)
    picture.fill(levels_of(colour))
    return picture if alpha == 255 else replace(picture, a=np.full((height, width), alpha, np.uint8))


def levels_of(colour: str) -> Levels:
    """What opaque planes of one colour hold."""
    red, green, blue, _ = rgba_of(colour)
    return yuv_of(red, green, blue)


def rgba_of(colour: str) -> tuple[int, int, int, int]:
    """`#rrggbb` or `#rrggbbaa` as four numbers."""
    digits = colour.removeprefix("#") + ("ff" if len(colour) == 7 else "")
    red, green, blue, alpha = bytes.fromhex(digits)
    return red, green, blue, alpha


def yuv_of(red: int, green: int, blue: int) -> Levels:
    """A colour in limited range BT.709 (ITU-R BT.709-6, table 3 and 4)."""
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(BLACK + luma * 219 / 255),
        round(NEUTRAL + (blue - luma) / 1.8556 * 224 / 255),
        round(NEUTRAL + (red - luma) / 1.5748 * 224 / 255),
    )


_TO_YUV = np.array(
    [
        [0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, BLACK],
        [-0.2126 / 1.8556 * 224 / 255, -0.7152 / 1.8556 * 224 / 255, 0.9278 / 1.8556 * 224 / 255, NEUTRAL],
        [0.7874 / 1.5748 * 224 / 255, -0.7152 / 1.5748 * 224 / 255, -0.0722 / 1.5748 * 224 / 255, NEUTRAL],
    ]
)


def planes_of(pixels: Pixels) -> Planes:
    """RGBA pixels (even width and height) as planes; alpha is left out where it is full all over."""
    alpha = pixels[..., 3]
    opaque = bool((alpha == 255).all())
    yuv = np.asarray(cv2.transform(np.ascontiguousarray(pixels[..., :3]), _TO_YUV), np.uint8)
    y = yuv[..., 0].copy()
    u, v = (halved(np.ascontiguousarray(yuv[..., plane])) for plane in (1, 2))
    return Planes(y, u, v, None if opaque else alpha.copy())


def halved(plane: Plane) -> Plane:
    """A plane at half the size, sampled where chroma sits: filtered [1 2 1] across about even columns, averaged in pairs
    of rows."""
    rows = plane.astype(np.uint16)
    pairs = rows[0::2] + rows[1::2]
    left = np.concatenate([pairs[:, :1], pairs[:, 1:-1:2]], axis=1)
    return np.asarray((left + 2 * pairs[:, 0::2] + pairs[:, 1::2] + 4) >> 3, np.uint8)


PLATE_FILE = "plate.yuva"


def write_plate(folder: Path, planes: Planes) -> dict[str, object]:
    """Write a plate as the file of an artefact: Y, U, V and, unless it is opaque, alpha, one after another without a header.

    Returns what is to be known of it besides its size.
    """
    with (folder / PLATE_FILE).open("wb") as file:
        for plane in (*planes.colours(), *([planes.a] if planes.a is not None else [])):
            file.write(np.ascontiguousarray(plane).data)
    return {"width": planes.width, "height": planes.height, "opaque": planes.a is None}


def read_plate(path: Path, width: int, height: int) -> Planes:
    """A plate that `write_plate` wrote. Raises `ValueError` where its size is another."""
    data = np.fromfile(path, np.uint8)
    full, half = width * height, width * height // 4
    if len(data) not in (full + 2 * half, 2 * full + 2 * half):
        raise ValueError(f"{path.name} has {len(data)} bytes, which is no plate of {width}x{height}")
    y, u, v, a = np.split(data, [full, full + half, full + 2 * half])
    return Planes(
        y.reshape(height, width),
        u.reshape(height // 2, width // 2),
        v.reshape(height // 2, width // 2),
        a.reshape(height, width) if len(a) else None,
    )
