"""How segments of picture are encoded, and the command that encodes frames of our own. Pure: from values to arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ffmpeg

from reel.ffmpeg.graph import Node, compile_command, compile_commands
from reel.presets import Canvas, NativeFormat, VideoEncoder
from reel.time import timescale_of
from reel.timeline import Area


def encode_frames_command(canvas: Canvas, encoder: VideoEncoder, output: str) -> list[str]:
    """Arguments that encode raw frames from stdin (`yuv420p`, BT.709 limited range) into a segment."""
    return compile_command(tagged(_raw_frames(canvas)), output, **encoder_flags(encoder, canvas))


def encode_parts_command(canvas: Canvas, parts: Mapping[str, Area], encoder: VideoEncoder) -> list[str]:
    """The same for parts of the frames, each into a segment of its own: its path and its place."""
    copies = _raw_frames(canvas).filter_multi_output("split", len(parts))
    return compile_commands(
        {
            path: tagged(copies.stream(number).filter("crop", area.width, area.height, area.x, area.y))
            for number, (path, area) in enumerate(parts.items())
        },
        **encoder_flags(encoder, canvas),
    )


def _raw_frames(canvas: Canvas) -> Node:
    return ffmpeg.input(
        "pipe:0",
        format="rawvideo",
        pix_fmt="yuv420p",
        video_size=(canvas.width, canvas.height),
        framerate=str(canvas.rate),
    ).video


def tagged(video: Node) -> Node:
    """Tell the encoder explicitly what the pixels are: BT.709 limited range, square."""
    video = video.filter("format", "yuv420p").filter("setsar", "1")
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
    return {
        **(_x265_flags(encoder, encoder.kept) if encoder.kept else _x264_flags(encoder)),
        "preset": encoder.preset,
        # Constant quality moves bits to where they are needed...
        "crf": encoder.crf,
        # ...under a cap that a player's buffer can rely on.
        "maxrate": encoder.max_bits_per_second,
        "bufsize": encoder.buffer_bits,
        # The same on every machine: the encoders' output depends on it.
        "threads:v": encoder.threads,
        "g": round(encoder.keyframe_seconds * canvas.rate),
        # One frame in, one frame out: `retime` has decided on all frames, the muxer's own rate control must not.
        "fps_mode": "passthrough",
        # Whole ticks per frame, the same in every segment.
        "video_track_timescale": timescale_of(canvas.rate),
    }


CUTTABLE = ":scenecut=0:bframes=0"
"""scenecut=0: no key frames but those at every so many frames, so that their places are known before they exist. bframes=0:
frames are decoded in the order in which they are shown, so that a stretch can end at any of them."""


def _x264_flags(encoder: VideoEncoder) -> dict[str, Any]:
    return {
        "c:v": "libx264",
        **({"tune": encoder.tune} if encoder.tune else {}),
        "profile:v": "high",
        # open-gop=0: a segment refers to nothing outside itself. stitchable=1: parameter sets do not depend on the
        # content, so that all segments share one, and a join is a plain copy.
        "x264-params": "open-gop=0:stitchable=1" + (CUTTABLE if encoder.cuttable else ""),
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "colorspace": "bt709",
        "color_range": "tv",
    }


def _x265_flags(encoder: VideoEncoder, kept: NativeFormat) -> dict[str, Any]:
    """Options of x265, which takes the colours from the frames (see `as_kept`)."""
    return {
        "c:v": "libx265",
        "profile:v": "main10" if kept.pixel_format == "yuv420p10le" else "main",
        # open-gop=0: a segment refers to nothing outside itself (x265's own choice is 1). info=0: no list of options in
        # the stream. pools: as many threads on every machine.
        "x265-params": f"open-gop=0:info=0:log-level=error:pools={encoder.threads}",
        # Parameter sets may stand in front of key frames.
        "tag:v": "hev1",
    }
