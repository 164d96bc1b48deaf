"""What decoded frames say of the picture: size, colour, turn, transparency."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import av
from av.filter import Graph
from av.sidedata.sidedata import Type as SideDataType

# ITU-T H.273 code points by FFmpeg's names (libavutil/pixdesc.c); 2, "unspecified", is left out.
MATRICES = {
    0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc",
    10: "bt2020c", 11: "smpte2085", 12: "chroma-derived-nc", 13: "chroma-derived-c", 14: "ictcp", 15: "ipt-c2",
}  # fmt: skip
PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020", 10: "smpte428",
    11: "smpte431", 12: "smpte432", 22: "ebu3213",
}  # fmt: skip
TRANSFERS = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "linear", 9: "log100", 10: "log316",
    11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084",
    17: "smpte428", 18: "arib-std-b67",
}  # fmt: skip
FULL_RANGE = 2


def picture(frame: av.VideoFrame, codec: str) -> dict[str, Any]:
    """The fields of `VideoFacts` that one decoded frame tells."""
    turn = display_turn(_display_matrix(frame))
    return {
        "width": frame.width,
        "height": frame.height,
        "rotation": turn[0],
        "mirrored": turn[1],
        "pixel_format": frame.format.name,
        "bit_depth": max(component.bits for component in frame.format.components),
        "alpha": _alpha(frame, codec),
        "colour": colour_of(frame),
        "mastering": mastering_of(frame),
    }


CHROMATICITY, LUMINANCE = 50_000, 10_000
"""What one is, in the units of SMPTE ST 2086."""


def mastering_of(frame: av.VideoFrame) -> dict[str, Any] | None:
    """The fields of `Mastering` that one decoded frame tells; null where it tells none.

    The bytes are FFmpeg's `AVMasteringDisplayMetadata` (ten fractions: red, green, blue, white, least and most luminance; and
    whether colours and luminance are there) and `AVContentLightMetadata`.
    """
    side_data: Any = _with_readable_side_data(frame).side_data
    told: dict[str, tuple[int, ...]] = {}
    for data in side_data:
        if data.type == SideDataType.MASTERING_DISPLAY_METADATA:
            numbers = struct.unpack("=22i", bytes(data)[:88])
            if numbers[20] and numbers[21] and 0 not in numbers[1:20:2]:
                told["display"] = _display(numbers[:20])
        if data.type == SideDataType.CONTENT_LIGHT_LEVEL:
            told["light"] = struct.unpack("=2I", bytes(data)[:8])
    return told or None


def _display(numbers: Sequence[int]) -> tuple[int, ...]:
    shares = [above / below for above, below in zip(numbers[::2], numbers[1::2], strict=True)]
    red, green, blue, white = (shares[place : place + 2] for place in range(0, 8, 2))
    colours = [round(share * CHROMATICITY) for pair in (green, blue, red, white) for share in pair]
    least, most = (round(share * LUMINANCE) for share in shares[8:])
    return (*colours, most, least)


def colour_of(frame: av.VideoFrame) -> dict[str, Any]:
    """The fields of `Colour` that one decoded frame tells."""
    return {
        "full_range": frame.color_range == FULL_RANGE or _always_full(frame.format),
        "matrix": MATRICES.get(int(frame.colorspace), ""),
        "primaries": PRIMARIES.get(int(frame.color_primaries), ""),
        "transfer": TRANSFERS.get(int(frame.color_trc), ""),
    }


def display_turn(matrix: Sequence[int]) -> tuple[int, bool]:
    """Clockwise turn in degrees, to the nearest quarter, and whether the picture is mirrored left to right before it.

    `matrix` holds the nine numbers of FFmpeg's display matrix; it maps a stored point (x, y), y downward, to
    (m0 x + m3 y, m1 x + m4 y).
    """
    across, down = matrix[0], matrix[1]
    mirrored = matrix[0] * matrix[4] - matrix[1] * matrix[3] < 0
    if mirrored:
        across, down = -across, -down
    return round(math.degrees(math.atan2(down, across)) / 90) % 4 * 90, mirrored


UPRIGHT = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def _display_matrix(frame: av.VideoFrame) -> Sequence[int]:
    side_data: Any = _with_readable_side_data(frame).side_data
    for data in side_data:
        if data.type == SideDataType.DISPLAYMATRIX:
            return struct.unpack("=9i", bytes(data))
    return UPRIGHT


def _with_readable_side_data(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame without side data at which PyAV 18 fails: kinds that it has no name for, such as EXIF, are an error, and
    the name that a PNG gives its colour profile is freed twice, which ends the process."""
    graph = Graph()
    last = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    first_unnamed = max(int(kind.value) for kind in SideDataType) + 1  # type: ignore[call-overload]
    for kind in (SideDataType.ICC_PROFILE.value, *range(first_unnamed, first_unnamed + 12)):
        following = graph.add("sidedata", f"mode=delete:type={kind}")
        last.link_to(following)
        last = following
    last.link_to(sink := graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    return sink.pull()  # type: ignore[return-value]


def _always_full(pixels: Any) -> bool:
    """Formats whose range FFmpeg takes as full, whatever is said of it (`handle_jpeg` in libswscale)."""
    return bool(pixels.is_rgb or pixels.has_palette or pixels.name.startswith(("yuvj", "gray", "ya8", "ya16", "mono")))


def _alpha(frame: av.VideoFrame, codec: str) -> bool:
    """Whether any pixel can be transparent: by an alpha plane, or by an entry of the palette."""
    if codec == "mjpeg":
        return False  # JPEG knows no transparency; a CMYK file comes out with a fourth plane that is full.
    if frame.format.has_palette:
        return len(frame.planes) > 1 and any(alpha != 255 for alpha in bytes(frame.planes[1])[3:1024:4])
    return any(component.is_alpha for component in frame.format.components)
