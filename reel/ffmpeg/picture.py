"""The command line that composes and encodes a segment of picture. Pure: from values to arguments."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from reel.ffmpeg.graph import Node, compile_command, open_source
from reel.media import Colour
from reel.plan.operations import Picture, PictureClip, PictureSource
from reel.presets import Canvas, Fit, VideoEncoder
from reel.time import timescale_of

SAMPLING_SHIFT = Fraction(19, 125)
"""Frames of the output by which source times are moved on before they are rounded to frames.

A frame of the output shows the last source frame whose rounded time is not after it. Without a shift, every second frame of
60 fps footage lies on the very edge between two frames of a 30 fps output, and the jitter of a container that stores
milliseconds (Matroska) decides which one is shown. Where rates and speeds make a simple ratio, source frames lie at multiples
of 1/q of an output frame; the edge, at 1/2 - 0.152 = 0.348, keeps clear of all of them up to q = 12 by 0.014 frames."""

SCALER = {
    # Bicubic is FFmpeg's own default: sharp enough, and half the price of lanczos.
    # accurate_rnd and bitexact: the same pixels on every processor, because a key promises the same bytes.
    # full_chroma_int: chroma at full resolution inside, without which saturated edges bleed.
    "flags": "bicubic+accurate_rnd+bitexact+full_chroma_int",
}


def picture_command(operation: Picture, source: str, output: str) -> list[str]:
    """Arguments that turn the asset at `source` into the encoded segment at `output` (both plain local paths)."""
    clip, canvas = operation.clip, operation.canvas
    video = _graph(clip, canvas, source)
    return compile_command(video, output, **encoder_flags(operation.encoder, canvas))


LOOK_WIDTH, LOOK_HEIGHT = 64, 36


def look_command(clip: PictureClip, canvas: Canvas, source: str, output: str) -> list[str]:
    """Arguments that write what a clip's source shows, frame after frame, as tiny raw pictures of 8-bit grey.

    Every second of the output is looked at once. No fit, no tone mapping: this is what a check holds the segment against.
    """
    video = retime(_open(clip, source), clip, canvas).filter("fps", fps=1, round="up")
    video = video.filter("scale", w=LOOK_WIDTH, h=LOOK_HEIGHT, flags="area").filter("format", "gray")
    return compile_command(video, output, format="rawvideo", fps_mode="passthrough")


def _graph(clip: PictureClip, canvas: Canvas, source: str) -> Node:
    video = _open(clip, source)
    if clip.source.interlaced:
        # One frame per frame (not per field), and only frames that are flagged as interlaced; before any scaling, which
        # would mix the two fields for good.
        video = video.filter("bwdif", mode="send_frame", deint="interlaced")
    if clip.source.rate / clip.speed > canvas.rate:
        # More source frames than output frames: drop the surplus before the costly part.
        video = fit_to_canvas(retime(video, clip, canvas), clip, canvas)
    else:
        video = retime(fit_to_canvas(video, clip, canvas), clip, canvas)
    # The encoder is told explicitly what the pixels are: BT.709 limited range, square.
    video = video.filter("format", "yuv420p").filter("setsar", "1")
    return video.filter("setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709")


def _open(clip: PictureClip, source: str) -> Node:
    options: dict[str, Any] = {
        # Two decoder threads keep up with x264 and hold less than half the frames of the default (one per processor).
        "threads": 2,
        # A change of size in mid-stream must not rebuild the graph, which would start counting frames anew.
        "reinit_filter": 0,
    }
    if clip.seek is not None:
        # Land on the key frame that the facts name (1 ms after it: the option is cut to microseconds) and hand over all
        # from there; which frame is the first is decided by its time stamp, in `retime`, exactly.
        options |= {"ss": _decimal(clip.seek + Fraction(1, 1000)), "noaccurate_seek": None}
    return open_source(clip.source, source, kind="v", **options)


def retime(video: Node, clip: PictureClip, canvas: Canvas) -> Node:
    """Exactly `clip.frames` frames at the canvas's rate, from `media_in` on, at the clip's speed."""
    shift = _decimal(SAMPLING_SHIFT / canvas.rate)
    seconds = f"({_source_seconds(clip.source)}-{_decimal(clip.media_in)})/{_decimal(clip.speed)}+{shift}"
    # Microseconds first: `setpts` cuts its result to whole ticks, and a source may have ticks as long as a frame.
    video = video.filter("settb", "AVTB").filter("setpts", f"({seconds})/TB")
    # start_time=0: frames before the in point are dropped but for the one still showing there; a gap at the begin is
    # filled with the first frame.
    video = video.filter("fps", fps=str(canvas.rate), start_time=0, round="near")
    # The last frame stays as long as needed: streams end up to a frame early or late.
    return video.filter("tpad", stop_mode="clone", stop=-1).filter("trim", end_frame=clip.frames)


def _source_seconds(source: PictureSource) -> str:
    """The time of a source frame, as an expression. Where frames last equally long, without the container's rounding."""
    if source.variable:
        return "T"
    start, rate = _decimal(source.start), f"{source.rate.numerator}/{source.rate.denominator}"
    return f"({start}+floor((T-{start})*{rate}+0.5)/({rate}))"


def fit_to_canvas(video: Node, clip: PictureClip, canvas: Canvas) -> Node:
    """The whole canvas, filled as the clip's fit says, in SDR."""
    source = clip.source
    if clip.fit == "contain-blur":
        copies = video.split()
        behind = _blurred(_to_sdr(_scaled(copies[0], source, _cover(source, _eighth(canvas))), source), canvas)
        front = _to_sdr(_scaled(copies[1], source, _contain(source, canvas)), source)
        return behind.overlay(front, x="(W-w)/2", y="(H-h)/2")
    size = {"contain": _contain, "cover": _cover, "fill": _fill, "none": _none}[clip.fit](source, canvas)
    video = _to_sdr(_scaled(video, source, size), source)
    return _centred(_on_black(video, size) if source.alpha else video, size, canvas)


def _scaled(video: Node, source: PictureSource, size: tuple[int, int]) -> Node:
    options = {"w": size[0], "h": size[1], **SCALER}
    if not _needs_tone_mapping(source.colour):
        options |= {"in_color_matrix": _matrix(source), "out_color_matrix": "bt709", "out_range": "tv"}
    return video.filter("scale", **options)


def _matrix(source: PictureSource) -> str:
    """The matrix of the stream, else the one that broadcast custom gives its size (as VLC and mpv guess)."""
    known = {"bt709": "bt709", "smpte170m": "smpte170m", "bt470bg": "bt470bg", "fcc": "fcc", "smpte240m": "smpte240m"}
    width, height = source.display_size
    guess = "bt709" if min(width, height) > 576 or max(width, height) >= 1280 else "smpte170m"
    return "auto" if source.colour.matrix == "gbr" else known.get(source.colour.matrix, guess)


def _needs_tone_mapping(colour: Colour) -> bool:
    return colour.hdr is not None or colour.primaries == "bt2020" or colour.matrix.startswith("bt2020")


def _to_sdr(video: Node, source: PictureSource) -> Node:
    """BT.2020 and HDR to BT.709 SDR; other pictures pass. After scaling, where there are fewer pixels to work on."""
    colour = source.colour
    if not _needs_tone_mapping(colour):
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


def _on_black(video: Node, size: tuple[int, int]) -> Node:
    """Transparent pixels show black; what lies under them in the file is often garbage."""
    copies = video.filter("format", "yuva420p").split()
    black = copies[0].filter("drawbox", color="black", t="fill", replace=1)
    return black.overlay(copies[1], format="yuv420")


def _centred(video: Node, size: tuple[int, int], canvas: Canvas) -> Node:
    """Crop what is too large, pad what is too small, on even pixels, so that chroma stays in place."""
    width, height = min(size[0], canvas.width), min(size[1], canvas.height)
    if (width, height) != size:
        video = video.filter("crop", w=width, h=height, x=_even((size[0] - width) / 2), y=_even((size[1] - height) / 2))
    if (width, height) != (canvas.width, canvas.height):
        x, y = _even((canvas.width - width) / 2), _even((canvas.height - height) / 2)
        video = video.filter("pad", w=canvas.width, h=canvas.height, x=x, y=y, color="black")
    return video


def _blurred(video: Node, canvas: Canvas) -> Node:
    """A background from a picture an eighth of the canvas: blurring few pixels and enlarging them costs little."""
    small = _eighth(canvas)
    video = video.filter("crop", w=small.width, h=small.height).filter("gblur", sigma=4)
    return video.filter("scale", w=canvas.width, h=canvas.height, flags="bilinear+accurate_rnd+bitexact")


def _eighth(canvas: Canvas) -> Canvas:
    return Canvas(width=_even(canvas.width / 8), height=_even(canvas.height / 8), rate=canvas.rate)


def _contain(source: PictureSource, canvas: Canvas) -> tuple[int, int]:
    return _resized(source, min(canvas.width / source.display_size[0], canvas.height / source.display_size[1]))


def _cover(source: PictureSource, canvas: Canvas) -> tuple[int, int]:
    width, height = source.display_size
    size = _resized(source, max(canvas.width / width, canvas.height / height))
    # Rounding must not leave an edge uncovered.
    return max(size[0], canvas.width), max(size[1], canvas.height)


def _fill(source: PictureSource, canvas: Canvas) -> tuple[int, int]:
    return canvas.width, canvas.height


def _none(source: PictureSource, canvas: Canvas) -> tuple[int, int]:
    return _resized(source, 1.0)


def _resized(source: PictureSource, factor: float) -> tuple[int, int]:
    return _even(source.display_size[0] * factor), _even(source.display_size[1] * factor)


def _even(value: float) -> int:
    """The nearest even number, at least 2 for a size; 0 stays 0 for an offset."""
    return 2 * round(value / 2) if value < 1 else max(2, 2 * round(value / 2))


FITS: tuple[Fit, ...] = ("contain", "contain-blur", "cover", "fill", "none")


def encoder_flags(encoder: VideoEncoder, canvas: Canvas) -> dict[str, Any]:
    """Options of the video encoder and of the segment's container."""
    return {
        "c:v": "libx264",
        "preset": encoder.preset,
        "profile:v": "high",
        # Constant quality moves bits to where they are needed...
        "crf": encoder.crf,
        # ...under a cap that a player's buffer can rely on.
        "maxrate": encoder.max_bits_per_second,
        "bufsize": encoder.buffer_bits,
        # The same on every machine: x264's output depends on it.
        "threads:v": encoder.threads,
        "g": round(encoder.keyframe_seconds * canvas.rate),
        # open-gop=0: a segment refers to nothing outside itself. stitchable=1: parameter sets do not depend on the
        # content, so that all segments share one, and a join is a plain copy.
        "x264-params": "open-gop=0:stitchable=1",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "colorspace": "bt709",
        "color_range": "tv",
        # One frame in, one frame out: `retime` has decided on all frames, the muxer's own rate control must not.
        "fps_mode": "passthrough",
        # Whole ticks per frame, the same in every segment.
        "video_track_timescale": timescale_of(canvas.rate),
    }


def _decimal(value: Fraction) -> str:
    """A number as filters read it: a plain decimal with 12 digits after the point, far below a microsecond's worth."""
    return f"{float(value):.12f}".rstrip("0").rstrip(".") if value.denominator != 1 else str(value.numerator)
