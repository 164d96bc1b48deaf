"""The commands that make GIF and animated WebP of a video without loss. Pure: from values to arguments."""

from __future__ import annotations

import ffmpeg

from reel.ffmpeg.graph import Node, compile_outputs
from reel.plan.operations.animated import Animated

TICKS = {"gif": 100, "webp": 1000}
"""Of a second, which times are counted in."""

WEBP_QUALITY = 80


def palette_command(operation: Animated, path: str, palette: str) -> list[str]:
    """Arguments that find the 256 colours of all pictures, or 255 where some are transparent."""
    reserve = int(operation.alpha)
    found = _shown(operation, path).filter("palettegen", stats_mode="full", reserve_transparent=reserve)
    # One picture, not a series of them.
    return compile_outputs({palette: (found, {"format": "image2", "update": 1})})


def gif_command(operation: Animated, path: str, palette: str, output: str) -> list[str]:
    """Arguments that write a GIF with that palette."""
    # Bayer's pattern stands still from picture to picture; what an error is spread over would swarm, and take more bytes.
    options = {"dither": "bayer", "bayer_scale": 3, "diff_mode": "rectangle"}
    colours = ffmpeg.input(f"file:{palette}", protocol_whitelist="file").video
    video = ffmpeg.filter([_shown(operation, path), colours], "paletteuse", **options)
    flags = {
        "format": "gif",
        "fps_mode": "passthrough",
        "loop": _loops(operation),
        "final_delay": last_ticks(operation),
    }
    return compile_outputs({output: (video, flags)})


def webp_command(operation: Animated, path: str, output: str) -> list[str]:
    """Arguments that write an animated WebP; how long its last picture is shown is for others to say."""
    flags = {
        "format": "webp",
        "c:v": "libwebp_anim",
        "quality": WEBP_QUALITY,
        "compression_level": 4,
        "loop": operation.loops,
        "fps_mode": "passthrough",
        "enc_time_base": "1/1000",
    }
    return compile_outputs({output: (_shown(operation, path), flags)})


def ticks_at(operation: Animated, picture: int) -> int:
    """When a picture begins to be shown; one more than there are: when all ends."""
    frames = min(picture * operation.every, operation.frames)
    seconds = frames / operation.canvas.rate
    return int(seconds * TICKS[operation.format] * 2 + 1) // 2


def last_ticks(operation: Animated) -> int:
    """How long the last picture is shown, so that all lasts as long as the video."""
    return ticks_at(operation, operation.pictures) - ticks_at(operation, operation.pictures - 1)


def _loops(operation: Animated) -> int:
    """GIF counts how often it is shown again, and has -1 for not at all."""
    return operation.loops - 1 or -1 if operation.loops else 0


def _shown(operation: Animated, path: str) -> Node:
    """The pictures that are shown, in R'G'B', each at its time."""
    rate, ticks = operation.canvas.rate, TICKS[operation.format]
    video = ffmpeg.input(f"file:{path}", protocol_whitelist="file", threads=2).video
    video = video.filter("select", f"not(mod(n,{operation.every}))").filter("settb", f"1/{ticks}")
    at = f"floor(N*{operation.every * rate.denominator * ticks}/{rate.numerator}+0.5)"
    video = video.filter("setpts", at)
    # Said here, so that it does not hang on what a container tells; WebP's own numbers would be those of another matrix.
    video = video.filter("scale", in_color_matrix="bt709", in_range="tv", flags="accurate_rnd+full_chroma_int+bitexact")
    return video.filter("format", "bgra")
