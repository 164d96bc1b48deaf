"""The command lines that make picture of assets' video. Pure: from values to arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from reel.ffmpeg.encoder import as_kept, renditions_command, tagged
from reel.ffmpeg.framing import SCALER, fit_to_area
from reel.ffmpeg.graph import Node, compile_command, open_source
from reel.frame_stats import seen_size
from reel.plan.fitting import Size
from reel.plan.operations import Picture
from reel.plan.operations.base import PictureSource, Rendition, SourceClip
from reel.time import SAMPLING_SHIFT
from reel.timeline import Framing


def picture_command(operation: Picture, sources: Sequence[str], outputs: Mapping[str, Rendition]) -> list[str]:
    """Arguments that turn assets (a plain local path for each clip) into an encoded segment for each rendition, by its path."""
    return renditions_command(picture_frames(operation, sources), operation.canvas, outputs)


def picture_frames(operation: Picture, sources: Sequence[str]) -> Node:
    """The frames of a segment of cuts, as its encoder takes them."""
    canvas = operation.canvas
    kept = operation.encoder.kept
    cuts = [
        as_kept(_without(UNPROVEN, retime(_open(clip, source, number), clip, canvas.rate)), kept)
        if kept
        else tagged(_bare(_framed(clip, source, canvas.size, canvas.rate, number)), operation.encoder)
        for number, (clip, source) in enumerate(zip(operation.clips, sources, strict=True))
    ]
    return _one_after_another(cuts, canvas.rate) if len(cuts) > 1 else cuts[0]


UNPROVEN = ("A53_CC", "DOVI_RPU_BUFFER", "DOVI_METADATA", "DYNAMIC_HDR_PLUS", "DYNAMIC_HDR_VIVID")
"""What sources of HDR may say beside their pixels besides the display and the light. Of them HDR10+ was tried."""


def _bare(video: Node) -> Node:
    """Frames without what their source says beside the pixels, which does not hold of them any more: encoders would write its
    display of HDR into SDR."""
    return video.filter("sidedata", mode="delete")


def _without(kinds: Sequence[str], video: Node) -> Node:
    """Frames without some of what their source says beside the pixels."""
    for kind in kinds:
        video = video.filter("sidedata", mode="delete", type=kind)
    return video


def _one_after_another(cuts: Sequence[Node], rate: Fraction) -> Node:
    """Cuts, each of exactly its frames at the canvas's rate and size: concatenated, they are the segment."""
    # `concat` takes a cut's length from the distance of its frames, and so gives one of a single frame no length at all: the
    # next cut would begin at the same time. How many frames came before says the same for cuts of any length.
    video = ffmpeg.concat(*cuts, v=1, a=0).filter("settb", f"{rate.denominator}/{rate.numerator}")
    return video.filter("setpts", "N")


def frames_command(clip: SourceClip, source: str, area: Size, rate: Fraction, output: str) -> list[str]:
    """Arguments that write a clip, framed for an area, as raw frames to `output` (`pipe:N`): `yuv420p`; or where the source
    has alpha `yuva444p`, in which what differs from black is multiplied by alpha."""
    video = _framed(clip, source, area, rate, keep_alpha=True).filter("format", raw_format(clip))
    return compile_command(video, output, format="rawvideo", fps_mode="passthrough")


def raw_format(clip: SourceClip) -> str:
    """The pixel format that `frames_command` writes."""
    return "yuva444p" if clip.source.alpha else "yuv420p"


LOOK_WIDTH, LOOK_HEIGHT = 64, 36


def look_command(clip: SourceClip, rate: Fraction, source: str, output: str) -> list[str]:
    """Arguments that write what a clip's source shows, frame after frame, as tiny raw pictures of 8-bit grey.

    Every second of the output is looked at once. No fit, no tone mapping: this is what a check holds the segment against.
    What is transparent shows black.
    """
    video = retime(_open(clip, source), clip, rate).filter("fps", fps=1, round="up")
    if clip.source.alpha:
        video = steady(video).filter("format", "yuva444p").filter("premultiply", inplace=1)
    video = video.filter("scale", w=LOOK_WIDTH, h=LOOK_HEIGHT, flags="area").filter("format", "gray")
    return compile_command(video, output, format="rawvideo", fps_mode="passthrough")


TIMES_FILE = "times.txt"
"""Where `small_frames_command` writes, in the folder that FFmpeg is started in: a name of our own, as it stands in a filter."""


def small_size(source: PictureSource) -> Size:
    """Width and height of what `small_frames_command` writes."""
    return seen_size(source.display_size)


def small_frames_command(source: PictureSource, path: str, output: str) -> list[str]:
    """Arguments that write every frame of a source, upright, small and in SDR, as raw `bgr24` to `output` (`pipe:N`), and
    for each a line `frame:N pts:P ...` to `TIMES_FILE`: its time on the file's clock in microseconds."""
    # Fields are not put together again: what is mixed of two fields here is as small as what one frame would be.
    video = _upright(source, path, DECODING).filter("settb", "AVTB")
    if source.counted:
        video = video.filter("setpts", f"{_source_seconds(source)}/TB")
    # `print` writes only frames that carry something.
    video = video.filter("metadata", mode="add", key="reel", value=1).filter("metadata", mode="print", file=TIMES_FILE)
    video = fit_to_area(video, source, Framing(fit="fill"), small_size(source))
    # The muxer of raw frames counts in frames, and complains of those that are nearer to each other: numbers for it, not times.
    video = video.filter("setpts", "N").filter("settb", "1/25").filter("format", "bgr24")
    return compile_command(video, output, format="rawvideo", fps_mode="passthrough")


def _framed(
    clip: SourceClip, source: str, area: Size, rate: Fraction, number: int = 0, *, keep_alpha: bool = False
) -> Node:
    video = _open(clip, source, number)
    if clip.source.interlaced or clip.source.alpha or clip.framing.crop or clip.framing.fit == "contain-blur":
        video = steady(video)
    if clip.source.interlaced:
        # One frame per frame (not per field), and only frames that are flagged as interlaced; before any scaling, which
        # would mix the two fields for good.
        video = video.filter("bwdif", mode="send_frame", deint="interlaced")

    def fitted(node: Node) -> Node:
        return fit_to_area(node, clip.source, clip.framing, area, keep_alpha=keep_alpha)

    if clip.speed == 0 or clip.source.rate / clip.speed > rate:
        # More source frames than output frames: drop the surplus before the costly part.
        return fitted(retime(video, clip, rate))
    return retime(fitted(video), clip, rate)


DECODING: dict[str, Any] = {
    # Two decoder threads keep up with x264 and hold less than half the frames of the default (one per processor).
    "threads": 2,
    # A change of size in mid-stream must not rebuild the graph, which would start counting frames anew.
    "reinit_filter": 0,
}


def _open(clip: SourceClip, source: str, number: int = 0) -> Node:
    """The stream of a clip, as the input of that number."""
    # FFmpeg's own choice is 8 packets. What matters is that no two inputs are written alike: ffmpeg-python takes those for one,
    # which two cuts of a file that are decoded from the same key frame cannot share.
    options = DECODING | {"thread_queue_size": 8 + number}
    if clip.seek is not None:
        # Land on the key frame that the facts name (1 ms after it: the option is cut to microseconds) and hand over all
        # from there; which frame is the first is decided by its time stamp, in `retime`, exactly.
        options = options | {"ss": _decimal(clip.seek + Fraction(1, 1000)), "noaccurate_seek": None}
    return _upright(clip.source, source, options)


def _upright(source: PictureSource, path: str, options: Mapping[str, Any]) -> Node:
    """A stream of pictures as they are shown."""
    if not source.rotation and not source.mirrored:
        return open_source(source, path, kind="v", **options)
    # Not by FFmpeg itself, before the first filter: it would read beyond a picture that is smaller than the first one.
    video = steady(open_source(source, path, kind="v", **options))
    for name, fields in (("hflip", {}),) * source.mirrored + TURNS[source.rotation]:
        video = video.filter(name, **fields)
    return _without(("DISPLAYMATRIX",), video)


def steady(video: Node) -> Node:
    """A picture that keeps the size of its first frame. Filters but this one read beyond frames that become smaller on the way,
    as those of screens and calls that were recorded do: what they hand on then is whatever lies there in memory."""
    return video.filter("scale", **SCALER)


TURNS: dict[int, tuple[tuple[str, dict[str, Any]], ...]] = {
    0: (),
    90: (("transpose", {"dir": "clock"}),),
    180: (("hflip", {}), ("vflip", {})),
    270: (("transpose", {"dir": "cclock"}),),
}
"""By clockwise turns, in degrees."""


def retime(video: Node, clip: SourceClip, rate: Fraction) -> Node:
    """Exactly `clip.frames` frames at `rate`, from `media_in` on, at the clip's speed; at speed 0 the first one, held."""
    shift = _decimal(SAMPLING_SHIFT / rate)
    seconds = (
        f"({_source_seconds(clip.source)}-{_decimal(clip.media_in)})/{_decimal(clip.speed or Fraction(1))}+{shift}"
    )
    # Nanoseconds first: `setpts` cuts its result to whole ticks, and a source may have ticks as long as a frame. A microsecond
    # less may be a frame earlier (`SAMPLING_SHIFT`).
    video = video.filter("settb", "1/1000000000").filter("setpts", f"({seconds})/TB")
    # start_time=0: frames before the in point are dropped but for the one still showing there; a gap at the begin is
    # filled with the first frame. eof_action=pass: the last frame is handed on however shortly it lasts.
    video = video.filter("fps", fps=str(rate), start_time=0, round="near", eof_action="pass")
    if clip.speed == 0:
        video = video.filter("trim", end_frame=1)
    # The last frame stays as long as needed: streams end up to a frame early or late.
    return video.filter("tpad", stop_mode="clone", stop=-1).filter("trim", end_frame=clip.frames)


def _source_seconds(source: PictureSource) -> str:
    """The time of a source frame, as an expression. Where frames last equally long, without the container's rounding."""
    if source.variable:
        return "T"
    start, rate = _decimal(source.start), f"{source.rate.numerator}/{source.rate.denominator}"
    if source.counted:
        return f"({start}+N/({rate}))"
    return f"({start}+floor((T-{start})*{rate}+0.5)/({rate}))"


def _decimal(value: Fraction) -> str:
    """A number as filters read it: a plain decimal with 12 digits after the point, far below a microsecond's worth."""
    return f"{float(value):.12f}".rstrip("0").rstrip(".") if value.denominator != 1 else str(value.numerator)
