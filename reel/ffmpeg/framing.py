"""How a picture fills an area: cropped, scaled, in SDR, centred. Pure: filters on a graph."""

from __future__ import annotations

import math
from typing import Any

from reel.ffmpeg.colours import matrix_of, needs_light, to_sdr, without_tags
from reel.ffmpeg.graph import Node
from reel.plan.fitting import Size, blur_deviation, blurred_share, covering_part, scaled_size, seen_size
from reel.plan.operations.base import PictureSource
from reel.rectangles import nearest_even
from reel.timeline import Crop, Framing

SCALER = {
    # Bicubic is FFmpeg's own default: sharp enough, and half the price of lanczos.
    # accurate_rnd and bitexact: the same pixels on every processor, because a key promises the same bytes.
    # full_chroma_int: chroma at full resolution inside, without which saturated edges bleed.
    "flags": "bicubic+accurate_rnd+bitexact+full_chroma_int",
}


SMOOTH_SCALER = SCALER | {"flags": SCALER["flags"].replace("bicubic", "bilinear")}
"""Where there is alpha: bicubic overshoots, which would be cut off in what is opaque and not in its colours, a bright seam."""


def fit_to_area(video: Node, source: PictureSource, framing: Framing, area: Size, *, keep_alpha: bool = False) -> Node:
    """The whole area, filled as the framing says, in SDR. What nothing covers is black.

    With `keep_alpha`, where the source has alpha, that is kept, and the colours are multiplied by it (`yuva444p`); else
    transparent pixels show black.
    """
    if framing.crop and _is_enlarged(framing, source.display_size, area):
        video = _cropped_to_pixels(video, framing.crop, source.display_size)
    else:
        video = _cropped(video, framing.crop, source.display_size)
    if source.alpha:
        video = _premultiplied(to_sdr(_in_colour(video, source), source))
    if framing.fit == "contain-blur":
        video = _before_itself(video, source, framing, area)
    else:
        size = scaled_size(framing, seen_size(source.display_size, framing), area)
        video = _placed(_resized(video, source, size), size, area, framing.focus)
    # Colours that are multiplied by alpha are what one sees on black.
    return video.filter("format", "yuv444p") if source.alpha and not keep_alpha else video


def _before_itself(video: Node, source: PictureSource, framing: Framing, area: Size) -> Node:
    """The whole picture, before a blurred one that fills the area about the focus."""
    copies = video.split()
    seen = seen_size(source.display_size, framing)
    inner = scaled_size(framing, seen, area)
    covering = _cropped(copies[0], covering_part(seen, area, framing.focus), source.display_size)
    small = _resized(covering, source, _small(area)).filter("format", "yuva444p" if source.alpha else "yuv444p")
    behind, front = blurred(small, area, blur_deviation(framing, area)), _resized(copies[1], source, inner)
    place = {"x": nearest_even((area[0] - inner[0]) / 2), "y": nearest_even((area[1] - inner[1]) / 2)}
    if not source.alpha:
        return behind.overlay(front, **place)
    # `overlay` takes black for 0, which it is not in limited range, unless colours are straight.
    behind, front = (node.filter("unpremultiply", inplace=1) for node in (behind, front))
    return _premultiplied(behind.overlay(front, **place, format="yuv444"))


def _premultiplied(video: Node) -> Node:
    """Colours by alpha, at full resolution of chroma: so neither scaling nor sharing mixes in what lies under clear pixels."""
    return video.filter("format", "yuva444p").filter("premultiply", inplace=1)


def _resized(video: Node, source: PictureSource, size: Size) -> Node:
    """The picture at another size, in SDR. That comes after scaling, where there are fewer pixels to work on."""
    if source.alpha:  # it is in SDR already
        return video.filter("scale", w=size[0], h=size[1], **SMOOTH_SCALER)
    return to_sdr(_in_colour(video, source, size), source)


def _cropped(video: Node, crop: Crop | None, size: Size) -> Node:
    """FFmpeg turns pictures upright before the first filter, so shares of what it hands on are shares of what one sees."""
    if not crop:
        return video
    # However little is taken: two pixels, which chroma needs, where there are so many.
    return video.filter(
        "crop",
        w=f"max({min(2, size[0])},iw*{crop.width:.9f})",
        h=f"max({min(2, size[1])},ih*{crop.height:.9f})",
        x=f"min(iw*{crop.x:.9f},iw-ow)",
        y=f"min(ih*{crop.y:.9f},ih-oh)",
    )


ENLARGED = 2
"""Pixels of the area for one of the source, above which a crop that lies a pair of pixels aside is seen to do so."""

FULL_CHROMA = "yuv444p|yuv444p10le|yuv444p12le|yuva444p|yuva444p10le|gbrp|gbrp10le|gbrp12le|gbrap"
"""Formats in which each pixel has its own colour; of these FFmpeg takes the one that loses least."""


def _is_enlarged(framing: Framing, size: Size, area: Size) -> bool:
    """Whether what is taken of a picture is shown much larger than it is."""
    seen = seen_size(size, framing)
    made = scaled_size(framing, seen, area)
    return max(side / own for side, own in zip(made, seen, strict=True)) > ENLARGED


def _cropped_to_pixels(video: Node, crop: Crop, size: Size) -> Node:
    """As `_cropped`, to the nearest pixels: where chroma has half the resolution, FFmpeg cuts to pairs of them, downwards.

    Enlarged five times, what is shown was up to ten pixels aside.
    """
    full = video.filter("scale", **SCALER).filter("format", FULL_CHROMA)
    right, low = min(1.0, crop.x + crop.width), min(1.0, crop.y + crop.height)
    return full.filter(
        "crop",
        w=f"max({min(2, size[0])},round(iw*{right:.9f})-round(iw*{crop.x:.9f}))",
        h=f"max({min(2, size[1])},round(ih*{low:.9f})-round(ih*{crop.y:.9f}))",
        x=f"min(round(iw*{crop.x:.9f}),iw-ow)",
        y=f"min(round(ih*{crop.y:.9f}),ih-oh)",
        exact=1,
    )


def _in_colour(video: Node, source: PictureSource, size: Size | None = None) -> Node:
    """The picture in the matrix and range of BT.709, where that is all it takes; at another size."""
    options: dict[str, Any] = SCALER | ({"w": size[0], "h": size[1]} if size else {})
    if not needs_light(source.colour):
        options |= {"in_color_matrix": matrix_of(source), "out_color_matrix": "bt709", "out_range": "tv"}
    return without_tags(video, source).filter("scale", **options)


def _placed(video: Node, size: Size, area: Size, focus: tuple[float, float]) -> Node:
    """Crop what is too large about the focus, pad what is too small, on even pixels, so that chroma stays in place."""
    width, height = min(size[0], area[0]), min(size[1], area[1])
    if (width, height) != size:
        x, y = _cut(size[0], width, focus[0]), _cut(size[1], height, focus[1])
        video = video.filter("crop", w=width, h=height, x=x, y=y)
    if (width, height) != area:
        x, y = nearest_even((area[0] - width) / 2), nearest_even((area[1] - height) / 2)
        video = video.filter("pad", w=area[0], h=area[1], x=x, y=y, color="black")
    return video


def _cut(size: int, kept: int, focus: float) -> int:
    """Where to begin to keep `kept` of `size` pixels, so that the focus is as near to the middle as it can be."""
    return min(max(0, nearest_even(size * focus - kept / 2)), size - kept)


MARGIN = 3
"""Standard deviations beyond which nothing is mixed in any more."""


def blurred(video: Node, area: Size, deviation: float) -> Node:
    """A background from a small picture, in full chroma."""
    small = _small(area)
    across, down = (deviation * side / whole for side, whole in zip(small, area, strict=True))
    right, low = (2 * math.ceil(MARGIN * sigma / 2) for sigma in (across, down))
    # gblur is wrong at edges, so they are repeated outside of the picture first.
    video = video.filter("pad", w=f"iw+{2 * right}", h=f"ih+{2 * low}", x=right, y=low)
    video = video.filter("fillborders", left=right, right=right, top=low, bottom=low, mode="smear")
    # Six passes: one alone falls off in a peak instead of a bell.
    video = video.filter("gblur", sigma=across, sigmaV=down, steps=6).filter(
        "crop", w=small[0], h=small[1], x=right, y=low
    )
    return video.filter("scale", w=area[0], h=area[1], flags="bilinear+accurate_rnd+bitexact")


def _small(area: Size) -> Size:
    """The size at which what is behind a picture is blurred; with fewer pixels gblur, which works on several at a time, goes
    wrong."""
    share = blurred_share(area)
    return nearest_even(area[0] * share), nearest_even(area[1] * share)
