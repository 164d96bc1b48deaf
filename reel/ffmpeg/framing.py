"""How a picture fills an area: cropped, scaled, in SDR, centred. Pure: filters on a graph."""

from __future__ import annotations

from reel.ffmpeg.graph import Node
from reel.media import Colour
from reel.plan.operations import PictureSource
from reel.timeline import Framing

Size = tuple[int, int]
"""Width and height in pixels."""

SCALER = {
    # Bicubic is FFmpeg's own default: sharp enough, and half the price of lanczos.
    # accurate_rnd and bitexact: the same pixels on every processor, because a key promises the same bytes.
    # full_chroma_int: chroma at full resolution inside, without which saturated edges bleed.
    "flags": "bicubic+accurate_rnd+bitexact+full_chroma_int",
}


def fit_to_area(video: Node, source: PictureSource, framing: Framing, area: Size, *, keep_alpha: bool = False) -> Node:
    """The whole area, filled as the framing says, in SDR. What nothing covers is black.

    With `keep_alpha`, transparent pixels stay so; else they show black.
    """
    seen = seen_size(source, framing)
    video = _cropped(video, framing)
    if framing.fit == "contain-blur":
        copies = video.split()
        behind = blurred(to_sdr(_scaled(copies[0], source, _cover(seen, _eighth(area))), source.colour), area)
        front = to_sdr(_scaled(copies[1], source, _contain(seen, area)), source.colour)
        return behind.overlay(front, x="(W-w)/2", y="(H-h)/2")
    size = {"contain": _contain, "cover": _cover, "fill": _fill, "none": _none}[framing.fit](seen, area)
    video = to_sdr(_scaled(video, source, size), source.colour)
    if source.alpha and not keep_alpha:
        video = on_black(video)
    return _placed(video, size, area, framing.focus)


def seen_size(source: PictureSource, framing: Framing) -> tuple[float, float]:
    """Width and height, in square pixels, of the part of the picture that is shown."""
    width, height = source.display_size
    return (width * framing.crop.width, height * framing.crop.height) if framing.crop else (width, height)


def _cropped(video: Node, framing: Framing) -> Node:
    """FFmpeg turns pictures upright before the first filter, so shares of what it hands on are shares of what one sees."""
    if not framing.crop:
        return video
    crop = framing.crop
    return video.filter(
        "crop", w=f"iw*{crop.width:.9f}", h=f"ih*{crop.height:.9f}", x=f"iw*{crop.x:.9f}", y=f"ih*{crop.y:.9f}"
    )


def _scaled(video: Node, source: PictureSource, size: Size) -> Node:
    options = {"w": size[0], "h": size[1], **SCALER}
    if not needs_tone_mapping(source.colour):
        options |= {"in_color_matrix": _matrix(source), "out_color_matrix": "bt709", "out_range": "tv"}
    return video.filter("scale", **options)


def _matrix(source: PictureSource) -> str:
    """The matrix of the stream, else the one that broadcast custom gives its size (as VLC and mpv guess)."""
    known = {"bt709": "bt709", "smpte170m": "smpte170m", "bt470bg": "bt470bg", "fcc": "fcc", "smpte240m": "smpte240m"}
    width, height = source.display_size
    guess = "bt709" if min(width, height) > 576 or max(width, height) >= 1280 else "smpte170m"
    return "auto" if source.colour.matrix == "gbr" else known.get(source.colour.matrix, guess)


def needs_tone_mapping(colour: Colour) -> bool:
    return colour.hdr is not None or colour.primaries == "bt2020" or colour.matrix.startswith("bt2020")


def to_sdr(video: Node, colour: Colour) -> Node:
    """BT.2020 and HDR to BT.709 SDR; other pictures pass. After scaling, where there are fewer pixels to work on."""
    if not needs_tone_mapping(colour):
        return video
    video = video.filter(
        "zscale",
        # What the stream says, and the BT.2100 custom where it is silent: zscale refuses unspecified colours.
        transferin={"pq": "smpte2084", "hlg": "arib-std-b67", None: "bt709"}[colour.hdr],
        primariesin="bt2020",
        matrixin="bt2020nc",
        rangein="full" if colour.full_range else "limited",
        transfer="linear",
        # 203 cd/m2 is the reference white of HDR (ITU-R BT.2408); it becomes the white of SDR.
        npl=203,
    ).filter("format", "gbrpf32le")
    video = video.filter("zscale", primaries="bt709")
    if colour.hdr:
        # Mobius leaves what is below reference white nearly as it is, and rolls off only the highlights. No desaturation.
        video = video.filter("tonemap", tonemap="mobius", param=0.3, desat=0, peak=5)
    return video.filter("zscale", transfer="bt709", matrix="bt709", range="limited", dither="error_diffusion")


def on_black(video: Node) -> Node:
    """Transparent pixels show black; what lies under them in the file is often garbage."""
    copies = video.filter("format", "yuva420p").split()
    black = copies[0].filter("drawbox", color="black", t="fill", replace=1)
    return black.overlay(copies[1], format="yuv420")


def _placed(video: Node, size: Size, area: Size, focus: tuple[float, float]) -> Node:
    """Crop what is too large about the focus, pad what is too small, on even pixels, so that chroma stays in place."""
    width, height = min(size[0], area[0]), min(size[1], area[1])
    if (width, height) != size:
        x, y = _cut(size[0], width, focus[0]), _cut(size[1], height, focus[1])
        video = video.filter("crop", w=width, h=height, x=x, y=y)
    if (width, height) != area:
        x, y = _even((area[0] - width) / 2), _even((area[1] - height) / 2)
        video = video.filter("pad", w=area[0], h=area[1], x=x, y=y, color="black")
    return video


def _cut(size: int, kept: int, focus: float) -> int:
    """Where to begin to keep `kept` of `size` pixels, so that the focus is as near to the middle as it can be."""
    return min(max(0, _even(size * focus - kept / 2)), size - kept)


def blurred(video: Node, area: Size) -> Node:
    """A background from a picture that covers an eighth of the area: blurring few pixels and enlarging them costs little."""
    small = _eighth(area)
    video = video.filter("crop", w=small[0], h=small[1]).filter("gblur", sigma=4)
    return video.filter("scale", w=area[0], h=area[1], flags="bilinear+accurate_rnd+bitexact")


def _eighth(area: Size) -> Size:
    return _even(area[0] / 8), _even(area[1] / 8)


def _contain(seen: tuple[float, float], area: Size) -> Size:
    return _resized(seen, min(area[0] / seen[0], area[1] / seen[1]))


def _cover(seen: tuple[float, float], area: Size) -> Size:
    size = _resized(seen, max(area[0] / seen[0], area[1] / seen[1]))
    # Rounding must not leave an edge uncovered.
    return max(size[0], area[0]), max(size[1], area[1])


def _fill(seen: tuple[float, float], area: Size) -> Size:
    return area


def _none(seen: tuple[float, float], area: Size) -> Size:
    return _resized(seen, 1.0)


def _resized(seen: tuple[float, float], factor: float) -> Size:
    return _even(seen[0] * factor), _even(seen[1] * factor)


def _even(value: float) -> int:
    """The nearest even number, at least 2 for a size; 0 stays 0 for an offset."""
    return 2 * round(value / 2) if value < 1 else max(2, 2 * round(value / 2))
