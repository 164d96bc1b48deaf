"""Making bitmaps of still pictures: decoded in a child process, upright, in SDR, framed for their area."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.planes import Pixels, planes_of, write_bitmap
from reel.images.regions import ImageRegion, decode_regions
from reel.make.context import Measured, StepContext
from reel.make.image_framing import Framed, Size, framed
from reel.make.image_sdr import pixels_to_sdr
from reel.make.makers import makes
from reel.media import Colour
from reel.plan.fitting import blur_deviation, blurred_share
from reel.plan.operations import ImageBitmap

Light = npt.NDArray[np.float32]
"""RGBA from 0 to 255, the colours multiplied by alpha."""


@makes(ImageBitmap)
def make_image_bitmap(operation: ImageBitmap, context: StepContext) -> Measured:
    """Decode the first picture of an asset and frame it for the bitmap's area.

    What the picture leaves free is transparent, but with `contain-blur`, which shows the picture blurred there.
    """
    source, area = operation.source, (operation.width, operation.height)
    place = framed(operation.framing, source.display_size, area)
    parts = [ImageRegion(place.box, place.size)]
    if operation.framing.fit == "contain-blur":
        parts.append(_background_part(operation))
    taken = decode_regions(context.asset(source.asset), parts, context.place)
    # A profile within the file was applied already, and goes before all else that the file says of its colours.
    colour = Colour() if taken.by_profile else source.colour
    front, *background = (pixels_to_sdr(picture, colour) for picture in taken.pictures)
    deviation = blur_deviation(operation.framing, area)
    pixels = (
        _on(_blurred(background[0], area, deviation), front, place) if background else _bordered(front, place, area)
    )
    return write_bitmap(context.folder, planes_of(pixels))


def _background_part(operation: ImageBitmap) -> ImageRegion:
    area = operation.width, operation.height
    share = blurred_share(area)
    small = math.ceil(area[0] * share), math.ceil(area[1] * share)
    cover = framed(operation.framing.model_copy(update={"fit": "cover"}), operation.source.display_size, area)
    return ImageRegion(cover.box, small)


def _bordered(picture: Pixels, place: Framed, area: Size) -> Pixels:
    """The picture in an area that is transparent around it."""
    (left, top), (width, height) = place.at, place.size
    right, bottom = area[0] - left - width, area[1] - top - height
    return np.asarray(cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT), np.uint8)


def _on(ground: Pixels, picture: Pixels, place: Framed) -> Pixels:
    """The ground with the picture on it."""
    (left, top), (width, height) = place.at, place.size
    below = ground[top : top + height, left : left + width]
    below[:] = picture if (picture[..., 3] == 255).all() else _over(picture, below)
    return ground


def _blurred(small: Pixels, area: Size, deviation: float) -> Pixels:
    across, down = (deviation * few / many for few, many in zip(small.shape[1::-1], area, strict=True))
    soft = cv2.GaussianBlur(_premultiplied(small), (0, 0), across, sigmaY=down, borderType=cv2.BORDER_REPLICATE)
    return _straight(np.asarray(cv2.resize(soft, area, interpolation=cv2.INTER_LINEAR), np.float32))


def _over(front: Pixels, back: Pixels) -> Pixels:
    """One picture on another (Porter and Duff's `over`)."""
    above, below = _premultiplied(front), _premultiplied(back)
    return _straight(above + below * (1 - above[..., 3:] / np.float32(255)))


def _premultiplied(pixels: Pixels) -> Light:
    light: Light = pixels.astype(np.float32)
    light[..., :3] *= light[..., 3:] / 255
    return light


def _straight(light: Light) -> Pixels:
    colours = light[..., :3] * (255 / np.maximum(light[..., 3:], 1e-3))
    return np.asarray(np.rint(np.clip(np.concatenate([colours, light[..., 3:]], axis=-1), 0, 255)), np.uint8)
