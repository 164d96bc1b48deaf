"""How segments of picture are encoded, and the command that encodes frames of our own. Pure: from values to arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ffmpeg

from reel.codecs import VIDEO_CODECS
from reel.ffmpeg.graph import Node, compile_command, compile_commands
from reel.media import NativeFormat
from reel.presets import Canvas, VideoEncoder
from reel.time import timescale_of
from reel.timeline import Area


def encode_frames_command(canvas: Canvas, encoder: VideoEncoder, output: str) -> list[str]:
    """Arguments that encode raw frames from stdin (`yuv420p`, with alpha `yuva420p`; BT.709 limited range) into a segment."""
    return compile_command(tagged(_raw_frames(canvas, encoder), encoder), output, **encoder_flags(encoder, canvas))


def encode_parts_command(canvas: Canvas, parts: Mapping[str, Area], encoder: VideoEncoder) -> list[str]:
    """The same for parts of the frames, each into a segment of its own: its path and its place."""
    copies = _raw_frames(canvas, encoder).filter_multi_output("split", len(parts))
    return compile_commands(
        {
            path: tagged(copies.stream(number).filter("crop", area.width, area.height, area.x, area.y), encoder)
            for number, (path, area) in enumerate(parts.items())
        },
        **encoder_flags(encoder, canvas),
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
    video = video.filter("setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709")
    upload = VIDEO_CODECS[encoder.codec].upload
    return video.filter(upload) if upload else video


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
