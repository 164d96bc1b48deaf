"""The files of a report, and what is told of a video."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reel.artefact import Artefact
from reel.plan.operations import (
    AnyOperation,
    CheckBuffer,
    Compose,
    Copied,
    Join,
    JudgeQuality,
    Mezzanine,
    Picture,
    Refit,
)
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


SHOWN_AS_PICTURES = ("gif", "webp")


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
    decided: dict[str, Any] | None = None
    """What was found out before it was encoded: its quality with the curve that it was chosen on, or shares of bits."""
    quality: dict[str, Any] | None = None
    """What it came to, measured against the frames that it was encoded from; null: nobody asked."""
    buffer: dict[str, Any] | None = None
    """How full the buffer of a player that is fed at the cap is, at the least; null: nobody asked for a cap."""


class SoundReport(Value):
    """The sound of a variant as a file by itself."""

    file: OutputFile
    codec: str
    bits_per_second: int
    """In the mean."""
    reused: bool


def video_report(
    file: OutputFile, plan: Plan, joined: Artefact, reused: bool, artefacts: Mapping[str, Artefact]
) -> VideoReport:
    """What is told of a published video, which a step of a plan has joined. `artefacts` go by step key."""
    join = plan.by_key[joined.key].operation
    assert isinstance(join, Join)
    first = join.segments[0]
    segment = plan.by_key[first if isinstance(first, str) else first.mezzanine].operation
    segment = segment.shown if isinstance(segment, Refit) else segment
    assert isinstance(segment, Picture | Compose | Copied | Mezzanine)
    decided, suffix = segment.encoder.decided, file.name.rpartition(".")[2]
    judged = next((step.key for step in plan.steps if _is_judged(step.operation, file.name)), None)
    followed = next((step.key for step in plan.steps if _is_followed(step.operation, file.name)), None)
    return VideoReport(
        file=file,
        width=join.canvas.width,
        height=join.canvas.height,
        # What is shown as a picture is made of segments without loss.
        codec=suffix if suffix in SHOWN_AS_PICTURES else segment.encoder.codec,
        bits_per_second=round((file if suffix in SHOWN_AS_PICTURES else joined).bytes * 8 / joined.measured["seconds"]),
        reused=reused,
        decided=dict(artefacts[decided.by].measured) if decided else None,
        quality=dict(artefacts[judged].measured) if judged else None,
        buffer=dict(artefacts[followed].measured) if followed else None,
    )


def _is_judged(operation: AnyOperation, name: str) -> bool:
    return isinstance(operation, JudgeQuality) and operation.video == name


def _is_followed(operation: AnyOperation, name: str) -> bool:
    return isinstance(operation, CheckBuffer) and operation.name == name


def sound_report(file: OutputFile, codec: str, made: Artefact, reused: bool) -> SoundReport:
    """What is told of a published sound."""
    rate = round(file.bytes * 8 / made.measured["seconds"])
    return SoundReport(file=file, codec=codec, bits_per_second=rate, reused=reused)
