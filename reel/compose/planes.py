"""Pictures as planes: 8-bit Y'CbCr 4:2:0, BT.709, limited range, as encoders take them; with alpha where needed.

Composing here rather than in RGB halves the bytes that every operation touches, and saves converting each frame. Mixing two
pictures by weights is the same in Y'CbCr as in R'G'B', because the conversion is linear.

Chroma samples sit at the left edge of each pair of pixels, half-way between its rows (H.264's default, type 0): the chroma
sample (i, j) lies at the luma position (2 i, 2 j + 1/2), counting from the centre of the first luma sample.

Colours are multiplied by alpha, so that whatever lies under transparent pixels is never mixed in where pictures are moved,
scaled or made coarser. Chroma has an alpha of its own, made in the same way as the chroma: where the two come from other
filters, edges get a tint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from reel.plan.operations.base import Bitmap

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
    """What luma is multiplied by: alpha, 255 is opaque; null: opaque all over."""
    c: Plane | None = None
    """What chroma is multiplied by, at its size; there where `a` is."""

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
        planes = zip(self.planes(), (full, half, half, full, half), strict=False)
        return Planes(*(plane[part] for plane, part in planes))

    def copy(self) -> Planes:
        """The same picture in memory of its own."""
        return Planes(*(plane.copy() for plane in self.planes()))

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

    def planes(self) -> tuple[Plane, ...]:
        """All there are: three, or five."""
        return self.colours() if self.a is None or self.c is None else (*self.colours(), self.a, self.c)

    def raw(self) -> Iterator[memoryview]:
        """The planes as FFmpeg's rawvideo has them: `yuv420p`, or with alpha `yuva420p`."""
        for plane in self.planes()[:4]:
            yield np.ascontiguousarray(plane).data.cast("B")


def blank(width: int, height: int) -> Planes:
    """A picture whose content is not set yet."""
    half = (height // 2, width // 2)
    return Planes(np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8))


def filled(width: int, height: int, colour: str) -> Planes:
    """A picture of one colour, `#rrggbb` or `#rrggbbaa`."""
    alpha = rgba_of(colour)[3]
    y, u, v = (round(level * alpha / 255) for level in levels_of(colour))
    picture = blank(width, height)
    picture.fill((y, u, v))
    if alpha == 255:
        return picture
    return replace(picture, a=np.full_like(picture.y, alpha), c=np.full_like(picture.u, alpha))


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


_TO_WEIGHTED_YUV = _TO_YUV / np.array([1, 1, 1, 255])
"""The same for colours that are multiplied by alpha, with that alpha."""

STRIP = 128
"""Rows that are converted at a time: what is weighed is held in floats."""


def planes_of(pixels: Pixels) -> Planes:
    """RGBA pixels (even width and height) as planes; alpha is left out where it is full all over."""
    alpha = pixels[..., 3]
    if not (alpha == 255).all():
        return _weighted(pixels)
    yuv = np.asarray(cv2.transform(np.ascontiguousarray(pixels[..., :3]), _TO_YUV), np.uint8)
    y = yuv[..., 0].copy()
    u, v = (halved(np.ascontiguousarray(yuv[..., plane])) for plane in (1, 2))
    return Planes(y, u, v)


def _weighted(pixels: Pixels) -> Planes:
    """Each colour weighs as much as it is seen, before pixels share their chroma."""
    height, width = pixels.shape[:2]
    picture, alpha = blank(width, height), pixels[..., 3].copy()
    for top in range(0, height, STRIP):
        strip = pixels[top : top + STRIP].astype(np.float32)
        strip[..., :3] *= strip[..., 3:] / 255
        yuv = np.asarray(cv2.transform(strip, _TO_WEIGHTED_YUV))
        picture.y[top : top + STRIP] = np.rint(yuv[..., 0])
        for plane, number in ((picture.u, 1), (picture.v, 2)):
            plane[top // 2 : (top + STRIP) // 2] = np.rint(_shared(yuv[..., number]) / 8)
    return replace(picture, a=alpha, c=halved(alpha))


def planes_with_alpha(y: Plane, u: Plane, v: Plane, a: Plane) -> Planes:
    """Four planes of full size as a picture: in what FFmpeg's `premultiply` makes, the distance from black and from grey is
    multiplied by alpha, and not the levels themselves."""
    half = halved(a)
    return Planes(
        _lowered(y, a, BLACK), _lowered(halved(u), half, NEUTRAL), _lowered(halved(v), half, NEUTRAL), a, half
    )


def _lowered(plane: Plane, alpha: Plane, zero: int) -> Plane:
    return np.asarray(cv2.addWeighted(plane, 1, alpha, zero / 255, -zero), np.uint8)


def halved(plane: Plane) -> Plane:
    """A plane at half the size, sampled where chroma sits: filtered [1 2 1] across about even columns, averaged in pairs
    of rows."""
    return np.asarray((_shared(plane.astype(np.uint16)) + 4) >> 3, np.uint8)


def doubled(plane: Plane) -> Plane:
    """Chroma at the size of luma: that of an odd column is the mean of those beside it, that of two rows is the same."""
    height, width = plane.shape
    every_half = np.array([[0.5, 0, 0], [0, 1.0, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    wide = cv2.warpAffine(plane, every_half, (2 * width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.repeat(wide, 2, axis=0), np.uint8)


def _shared(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Eight times what the pixels about each sample of chroma have on the average."""
    pairs = rows[0::2] + rows[1::2]
    left = np.concatenate([pairs[:, :1], pairs[:, 1:-1:2]], axis=1)
    return np.asarray(left + 2 * pairs[:, 0::2] + pairs[:, 1::2])


def write_bitmap(folder: Path, planes: Planes) -> dict[str, object]:
    """Write a bitmap as the file of an artefact: Y, U, V and, unless it is opaque, alpha, one after another without a header.

    Returns what is to be known of it besides its size.
    """
    with (folder / Bitmap.file).open("wb") as file:
        for plane in planes.planes()[:4]:
            file.write(np.ascontiguousarray(plane).data)
    return {"width": planes.width, "height": planes.height, "opaque": planes.a is None}


def read_bitmap(path: Path, width: int, height: int) -> Planes:
    """A bitmap that `write_bitmap` wrote. Raises `ValueError` where its size is another."""
    data = np.fromfile(path, np.uint8)
    full, half = width * height, width * height // 4
    if len(data) not in (full + 2 * half, 2 * full + 2 * half):
        raise ValueError(f"{path.name} has {len(data)} bytes, which is no bitmap of {width}x{height}")
    y, u, v, a = np.split(data, [full, full + half, full + 2 * half])
    picture = Planes(y.reshape(height, width), u.reshape(height // 2, width // 2), v.reshape(height // 2, width // 2))
    if not len(a):
        return picture
    alpha = a.reshape(height, width)
    return replace(picture, a=alpha, c=halved(alpha))
