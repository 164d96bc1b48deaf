"""Writing files of our own from packets that are made already."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import OutputContainer

from reel.codecs import VIDEO_CODECS_BY_STREAM
from reel.codecs.container import Container
from reel.packets.units import CODINGS
from reel.time import SAMPLE_RATE, timescale_of

IN_FRONT: dict[Container, dict[str, str]] = {
    "mp4": {"movflags": "+faststart"},
    "mov": {"movflags": "+faststart"},
    "webm": {"cues_to_front": "1"},
    "nut": {},
}
"""The index in front of the data: playback can begin before all is loaded."""


def open_container(
    output: Path | BinaryIO, rate: Fraction, container: Container = "mp4", *, in_front: bool = False
) -> OutputContainer:
    """A new file of pictures at this rate. `in_front`: its index comes first. Errors: those of PyAV."""
    options = {
        # No versions or times in the file: the same packets give the same bytes.
        "fflags": "+bitexact",
        **(IN_FRONT[container] if in_front else {}),
    }
    if container in ("mp4", "mov"):
        # The edit lists of both tracks count in this; see `reel.ffmpeg.sound`.
        options["movie_timescale"] = str(SAMPLE_RATE)
        options["video_track_timescale"] = str(timescale_of(rate))
    return av.open(str(output) if isinstance(output, Path) else output, "w", format=container, options=options)


def add_stream_like(target: OutputContainer, like: Any) -> Any:
    """A new stream with another's parameters."""
    # opaque: the parameters as they are. Else PyAV looks for an encoder of the decoder's name, and there is no `libdav1d`.
    return target.add_stream_from_template(like, opaque=True)


def add_video_stream(
    target: OutputContainer, like: av.VideoStream, rate: Fraction, *, in_band: bool = False
) -> av.VideoStream:
    """A new stream of pictures with another's parameters. `in_band`: parameter sets may stand in front of its key frames."""
    video: av.VideoStream = add_stream_like(target, like)
    name = stream_codec(like)
    if target.format.name != "webm":
        in_head = VIDEO_CODECS_BY_STREAM[name].tag or like.codec_context.codec_tag
        video.codec_context.codec_tag = (CODINGS[name].tag_in_band if in_band else None) or in_head
    if "alpha_mode" in like.metadata:
        # What says in WebM that there is an alpha plane beside the picture.
        video.metadata["alpha_mode"] = like.metadata["alpha_mode"]
    video.time_base = Fraction(1, timescale_of(rate))
    return video


def stream_codec(stream: Any) -> str:
    """FFmpeg's name of a stream's codec, whichever decoder would be taken."""
    return str(stream.codec_context.codec.canonical_name)
