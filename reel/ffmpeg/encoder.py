"""How segments of picture are encoded, and the command that encodes frames of our own. Pure: from values to arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ffmpeg

from reel.codecs import VIDEO_CODECS
from reel.ffmpeg.framing import SCALER
from reel.ffmpeg.graph import Node, compile_outputs
from reel.media import NativeFormat
from reel.plan.operations.base import Rendition
from reel.presets import Canvas, VideoEncoder
from reel.time import timescale_of
from reel.timeline import Area


def encode_frames_command(canvas: Canvas, encoder: VideoEncoder, output: str) -> list[str]:
    """Arguments that encode raw frames from stdin (`yuv420p`, with alpha `yuva420p`; BT.709 limited range) into a segment."""
    return renditions_command(
        fed_frames(canvas, encoder), canvas, {output: Rendition(size=canvas.size, encoder=encoder)}
    )


def fed_frames(canvas: Canvas, encoder: VideoEncoder) -> Node:
    """Raw frames from stdin as an encoder takes them."""
    return tagged(_raw_frames(canvas, encoder), encoder)


def renditions_command(video: Node, canvas: Canvas, outputs: Mapping[str, Rendition]) -> list[str]:
    """Arguments that encode frames, which are made once, into a segment for each rendition.

    Each is scaled from the frames themselves, never from another rendition: which others there are must not be seen in it.
    """
    return compile_outputs(_renditions(video, canvas, outputs))


def tried_command(
    video: Node, canvas: Canvas, outputs: Mapping[str, Rendition], kept: str, as_for: Rendition
) -> list[str]:
    """The same, and beside them the frames themselves, without loss, as they are for a rendition: a file `kept`."""
    copies = video.filter_multi_output("split", 2)
    # Each frame by itself (g): what is kept is read once, and from the begin.
    lossless = {"format": "nut", "c:v": "ffv1", "g": 1, "fps_mode": "passthrough"}
    tried = _renditions(copies.stream(0), canvas, outputs)
    return compile_outputs(tried | {kept: (scaled(copies.stream(1), canvas, as_for), lossless)})


def _renditions(video: Node, canvas: Canvas, outputs: Mapping[str, Rendition]) -> dict[str, Any]:
    # A filter's output has one reader.
    copies = video.filter_multi_output("split", len(outputs)) if len(outputs) > 1 else {0: video}
    return {
        path: (_encoded(copies[number], canvas, rendition), encoder_flags(rendition.encoder, canvas))
        for number, (path, rendition) in enumerate(outputs.items())
    }


def first_pass_command(video: Node, canvas: Canvas, rendition: Rendition) -> list[str]:
    """Arguments that take note, in the folder in which FFmpeg works, of what frames cost that are encoded for a rendition."""
    flags = encoder_flags(rendition.encoder, canvas)
    return compile_outputs({"-": (_encoded(video, canvas, rendition), flags | {"format": "null"})})


def _encoded(video: Node, canvas: Canvas, rendition: Rendition) -> Node:
    """What a rendition's encoder is given: its frames, and copies of the last one where that is to be believed to stay."""
    video, copies = scaled(video, canvas, rendition), rendition.encoder.copies_after
    return video.filter("tpad", stop_mode="clone", stop=copies) if copies else video


def scaled(video: Node, canvas: Canvas, rendition: Rendition) -> Node:
    """Frames as a rendition's encoder takes them."""
    if rendition.size != canvas.size:
        # Sides are rounded to even pixels; those stay square, which `scale` would make up for.
        sides = {"w": rendition.size[0], "h": rendition.size[1]}
        if rendition.encoder.alpha:
            # What lies under transparent pixels must not be mixed in. The two filters know no subsampled chroma.
            video = video.filter("format", "yuva444p").filter("premultiply", inplace=1)
            video = video.filter("scale", **sides, **SCALER).filter("unpremultiply", inplace=1)
            video = video.filter("format", rendition.encoder.pixel_format).filter("setsar", "1")
        else:
            video = video.filter("scale", **sides, **SCALER).filter("setsar", "1")
    upload = VIDEO_CODECS[rendition.encoder.codec].upload
    return video.filter(upload) if upload else video


def encode_parts_command(canvas: Canvas, parts: Mapping[str, Area], encoder: VideoEncoder) -> list[str]:
    """The same for parts of the frames, each into a segment of its own: its path and its place."""
    copies = _raw_frames(canvas, encoder).filter_multi_output("split", len(parts))
    flags = encoder_flags(encoder, canvas)
    return compile_outputs(
        {
            path: (
                tagged(copies.stream(number).filter("crop", area.width, area.height, area.x, area.y), encoder),
                flags,
            )
            for number, (path, area) in enumerate(parts.items())
        }
    )


def _raw_frames(canvas: Canvas, encoder: VideoEncoder) -> Node:
    return ffmpeg.input(
        "pipe:0",
        format="rawvideo",
        pix_fmt="yuva420p" if encoder.alpha else "yuv420p",
        video_size=(canvas.width, canvas.height),
        framerate=str(canvas.rate),
    ).video


def tagged(video: Node, encoder: VideoEncoder) -> Node:
    """Frames as the encoder takes them, and tell it explicitly what the pixels are: BT.709 limited range, square."""
    video = video.filter("format", encoder.pixel_format).filter("setsar", "1")
    return video.filter("setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709")


def as_kept(video: Node, kept: NativeFormat) -> Node:
    """Tell the encoder what the pixels are, and leave them as they are."""
    colour = kept.colour
    video = video.filter("format", kept.pixel_format)
    return video.filter(
        "setparams",
        range="pc" if colour.full_range else "tv",
        color_primaries=colour.primaries or "unknown",
        color_trc=colour.transfer or "unknown",
        colorspace=colour.matrix or "unknown",
    )


def encoder_flags(encoder: VideoEncoder, canvas: Canvas) -> dict[str, Any]:
    """Options of the video encoder and of the segment's container."""
    codec = VIDEO_CODECS[encoder.codec]
    return {
        "format": codec.segment_suffix,
        **codec.flags(encoder),
        # One frame in, one frame out: `retime` has decided on all frames, the muxer's own rate control must not.
        "fps_mode": "passthrough",
        # Whole ticks per frame, the same in every segment.
        **({} if codec.segment_suffix == "webm" else {"video_track_timescale": timescale_of(canvas.rate)}),
    }
