"""The command that compares what was encoded with the frames that it was encoded from. Pure: from values to arguments."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

import ffmpeg

from reel.codecs import VIDEO_CODECS
from reel.ffmpeg.encoder import scaled
from reel.ffmpeg.graph import Node, compile_outputs
from reel.plan.operations.base import Rendition
from reel.presets import Canvas, Size

VALUES_FILE = "values.txt"
"""Where the values of all frames are written, in the folder in which FFmpeg works."""

SHIFTS: Mapping[str, tuple[int, int]] = {"even": (0, 0), "late": (1, 0), "early": (0, 1)}
"""Pairs of frames that are compared by PSNR: which frame of each comes first."""


def shifts_of(frames: int) -> Mapping[str, tuple[int, int]]:
    """Those of so many frames: a single one has none beside it."""
    return SHIFTS if frames > 1 else {"even": SHIFTS["even"]}


def shift_file(name: str) -> str:
    """Where the PSNR of one of `SHIFTS` is written."""
    return f"psnr-{name}.txt"


def quality_command(
    asked: Node,
    canvas: Canvas,
    rendition: Rendition,
    made: str,
    metric: Literal["vmaf", "ssim", "psnr"],
    model: str | None,
    every: int,
    frames: int,
    beside: str,
    seen: Size | None = None,
) -> list[str]:
    """Arguments that measure a segment, a file, against the frames that it was encoded from; and by PSNR also each frame
    against the ones beside it, which must be less alike: two clocks that do not agree would pair them wrongly, and say nothing.

    Both are compared at the size `seen`, to which the segment is scaled as players do; null: at its own. FFmpeg is to work in
    the folder `beside`.
    """
    encoder = rendition.encoder
    decoder = VIDEO_CODECS[encoder.codec].decoder_of_alpha if encoder.alpha else None
    opened = ffmpeg.input(
        f"file:{made}", protocol_whitelist="file", threads=2, **({"vcodec": decoder} if decoder else {})
    )
    shifts = shifts_of(frames)
    pairs = len(shifts) + (metric != "psnr")
    made_canvas = Canvas(width=rendition.size[0], height=rendition.size[1], rate=canvas.rate)
    shown = Rendition(size=seen or rendition.size, encoder=encoder)
    both = [
        _numbered(node, canvas, encoder.pixel_format).filter_multi_output("split", pairs)
        for node in (scaled(opened.video, made_canvas, shown), scaled(asked, canvas, shown))
    ]
    # The names of files that are never written: it takes two outputs of one name for one.
    outputs: dict[str, tuple[Node, Mapping[str, Any]]] = {}
    for number, (name, firsts) in enumerate(shifts.items()):
        pair = [_from(each.stream(number), first) for each, first in zip(both, firsts, strict=True)]
        compared = ffmpeg.filter(pair, "psnr", stats_file=shift_file(name), **_TOGETHER)
        outputs[f"{beside}/{name}"] = (compared, {"format": "null", "fps_mode": "passthrough"})
    if metric != "psnr":
        pair = [each.stream(len(shifts)) for each in both]
        outputs[f"{beside}/measured"] = (
            _measured(pair, metric, model, every, frames, canvas.rate),
            {"format": "null", "fps_mode": "passthrough"},
        )
    return compile_outputs(outputs)


def opened_frames(path: str) -> Node:
    """The frames of a file of our own."""
    return ffmpeg.input(f"file:{path}", protocol_whitelist="file", threads=2).video


_TOGETHER = {
    # Both have as many frames; where one had fewer, its last would be compared with all that are left.
    "shortest": 1,
    "repeatlast": 0,
}


LEAST_TURNS = 4
"""From so many frames between two that are measured, they are one fewer apart by turns."""


def measured_frames(count: int, every: int) -> list[int]:
    """Of so many frames, those of which one of `every` is measured: 0, 4, 7, 11, 14... of four.

    Encoders make each second, fourth or eighth frame better than those between. Evenly far apart, measured ones would all be
    of the better ones, or all of the others: of x264's, one in four was off by three VMAF.
    """
    return [frame for frame in range(count) if frame % _turn(every) in (0, every)]


def _turn(every: int) -> int:
    """The frames after which it begins anew."""
    return 2 * every - 1 if every >= LEAST_TURNS else every


def _measured(
    pair: list[Node], metric: Literal["vmaf", "ssim"], model: str | None, every: int, frames: int, rate: Fraction
) -> Node:
    if metric == "ssim":
        return ffmpeg.filter(pair, "ssim", stats_file=VALUES_FILE, **_TOGETHER)
    return ffmpeg.filter(
        [_with_run_in(node, every, frames, rate) for node in pair],
        "libvmaf",
        model=f"version={model}",
        log_path=VALUES_FILE,
        log_fmt="csv",
        # One thread: each holds a hundred megabytes at 1080p, and other steps run beside this one.
        n_threads=1,
        n_subsample=every,
        **_TOGETHER,
    )


def _with_run_in(video: Node, every: int, frames: int, rate: Fraction) -> Node:
    """Frames as VMAF counts them, which measures each one whose number is a multiple of `every`.

    It holds each frame against those beside it and goes by the one that is nearer; in its first it finds that nothing moves,
    which is up to seven VMAF too little. So the second comes before it too, as often as there are frames to one that is
    measured. What is measured of that is no frame's.
    """
    both = video.filter_multi_output("split", 2)
    second = both.stream(0).filter("trim", start_frame=min(1, frames - 1), end_frame=min(2, frames))
    led = ffmpeg.filter([second.filter("loop", loop=every - 1, size=1), both.stream(1)], "concat")
    led = led.filter("settb", _tick(rate))
    if every < LEAST_TURNS:
        return led.filter("setpts", "N")
    # A gap in the numbers, once in a turn and never after a frame that is measured, is filled with the frame before it: what
    # comes after moves up by one.
    return led.filter("setpts", f"N+floor(max(N-{every},0)/{_turn(every)})").filter("fps", str(rate))


def _tick(rate: Fraction) -> str:
    return f"{rate.denominator}/{rate.numerator}"


def _numbered(video: Node, canvas: Canvas, pixel_format: str) -> Node:
    """Frames whose time is their number: a container's clock is rounded, and would pair wrong frames."""
    video = video.filter("format", pixel_format).filter("settb", _tick(canvas.rate))
    # Both are called the same, whatever their files say: it would convert one whose colours are called otherwise, and measure
    # that too (a VMAF of 95 came to 88).
    return video.filter("setparams", range="tv", colorspace="bt709", **_NAMES).filter("setpts", "N")


_NAMES = {"color_primaries": "bt709", "color_trc": "bt709"}


def _from(video: Node, first: int) -> Node:
    return video.filter("trim", start_frame=first).filter("setpts", f"PTS-{first}") if first else video
