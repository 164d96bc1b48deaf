"""The files of a report, and what is told of a video."""

from __future__ import annotations

from reel.artefact import Artefact
from reel.plan.operations import Compose, Copied, Join, Mezzanine, Picture
from reel.plan.step import Plan
from reel.values import Value


class OutputFile(Value):
    """A published file."""

    name: str
    """Within the generation: `variant-001.mp4`."""
    path: str
    """Where it is now: a path, or `s3://bucket/key`."""
    url: str | None = None
    """Where anybody reads it for as long as it is there (`REEL_OUTPUTS_URL`); null where addresses are signed, or nobody serves
    it."""
    bytes: int
    sha256: str


class VideoReport(Value):
    """One of the videos that a variant was made into."""

    file: OutputFile
    width: int
    height: int
    codec: str
    bits_per_second: int
    """Of picture and sound, in the mean."""
    reused: bool
    """Whether it was there already."""


class SoundReport(Value):
    """The sound of a variant as a file by itself."""

    file: OutputFile
    codec: str
    bits_per_second: int
    """In the mean."""
    reused: bool


def video_report(file: OutputFile, plan: Plan, joined: Artefact, reused: bool) -> VideoReport:
    """What is told of a published video, which a step of a plan has joined."""
    join = plan.by_key[joined.key].operation
    assert isinstance(join, Join)
    first = join.segments[0]
    segment = plan.by_key[first if isinstance(first, str) else first.mezzanine].operation
    assert isinstance(segment, Picture | Compose | Copied | Mezzanine)
    return VideoReport(
        file=file,
        width=join.canvas.width,
        height=join.canvas.height,
        codec=segment.encoder.codec,
        bits_per_second=round(joined.bytes * 8 / joined.measured["seconds"]),
        reused=reused,
    )


def sound_report(file: OutputFile, codec: str, made: Artefact, reused: bool) -> SoundReport:
    """What is told of a published sound."""
    rate = round(file.bytes * 8 / made.measured["seconds"])
    return SoundReport(file=file, codec=codec, bits_per_second=rate, reused=reused)
