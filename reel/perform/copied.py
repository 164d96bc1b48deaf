"""Making and verifying copied segments: packets of the source, and the few frames at the end that have to be encoded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from reel.errors import BadMedia
from reel.ffmpeg.picture import picture_command
from reel.ffmpeg.process import run
from reel.packets.check import SegmentMeasure, check_segment, count_frames, decode_delay
from reel.packets.copy import check_copied, copy_packets
from reel.packets.join import join_pictures
from reel.perform.bench import Bench, Measured
from reel.perform.picture import measured_segment
from reel.plan.operations import Copied, Picture, SourceClip


def make_copied(operation: Copied, bench: Bench) -> Measured:
    """Copy what can be copied, encode the rest; then decode all of it to its end. What turns out not to allow copying is
    encoded."""
    source = bench.asset(operation.clip.source.asset)
    output, copied = bench.folder / "picture.mp4", bench.folder.parent / "copied.mp4"
    declined = copy_packets(operation, source, copied, bench.place)
    if declined is None:
        done = count_frames(copied, bench.place)
        _complete(operation, done, source, copied, output, bench)
        measure = check_copied(output, operation.canvas, operation.frames, bench.place)
        if isinstance(measure, SegmentMeasure):
            return {**measured_segment(measure), "copied_frames": done}
        declined = f"what is copied of it does not decode: {measure}"
    if operation.required:
        raise BadMedia.at(bench.place, f"cannot be copied: {declined}", "set `copy` to auto")
    _encode(operation.clip, operation, source, output, bench)
    measure = check_segment(output, operation.canvas, operation.frames, bench.place)
    return {**measured_segment(measure), "copied_frames": 0, "declined": declined}


def _complete(operation: Copied, done: int, source: Path, copied: Path, output: Path, bench: Bench) -> None:
    """Put the frames that could not be copied behind those that could."""
    parts = [copied]
    if done < operation.frames:
        rest = bench.folder.parent / "rest.mp4"
        _encode(_after(operation.clip, done), operation, source, rest, bench)
        parts.append(rest)
    delay = max(decode_delay(part, bench.place) for part in parts)
    join_pictures(parts, output, operation.canvas.rate, delay)


def _after(clip: SourceClip, frames: int) -> SourceClip:
    """What is left of a clip after so many frames."""
    return clip.model_copy(
        update={"frames": clip.frames - frames, "media_in": clip.media_in + Fraction(frames) / clip.source.rate}
    )


def _encode(clip: SourceClip, operation: Copied, source: Path, output: Path, bench: Bench) -> None:
    picture = Picture(canvas=operation.canvas, clips=(clip,), encoder=operation.encoder)
    command = picture_command(picture, [str(source)], str(output))
    run(command, place=bench.place, on_frames=bench.on_units, cancelled=bench.worker.cancelled)
