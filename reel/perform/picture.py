"""Making and verifying picture: segments of plain cuts, and the join of all segments with the sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reel.errors import Internal
from reel.ffmpeg.picture import look_command, picture_command
from reel.ffmpeg.process import run
from reel.packets.check import BLACK_PIXELS, FRAMES_PER_LOOK, SegmentMeasure, check_joined, check_segment
from reel.packets.join import Part, join
from reel.packets.prints import PRINT_FILE, write_prints
from reel.perform.bench import SEGMENTS, Bench, Measured
from reel.plan.operations import Excerpt, Join, Picture
from reel.presets import Canvas, Kept


def make_segment(operation: Picture, bench: Bench) -> Measured:
    """Encode a segment of cuts, then decode it to its end."""
    sources = [str(bench.source(clip.source)) for clip in operation.clips]
    output = bench.folder / "picture.mp4"
    command = picture_command(operation, sources, str(output))
    run(command, place=bench.place, on_frames=bench.on_units, cancelled=bench.worker.cancelled)
    measure = read_back(output, operation.canvas, operation.frames, bench, operation.encoder.kept)
    if measure.black_share == 1 and not _shows_black(operation, sources, bench):
        raise Internal.at(bench.place, "came out black, though its source is not", "report this")
    return measured_segment(measure)


def read_back(segment: Path, canvas: Canvas, frames: int, bench: Bench, kept: Kept | None = None) -> SegmentMeasure:
    """Decode a segment to its end. Another step may begin meanwhile; where none does, this takes the processors.

    Prints of the frames that its proof will look at are kept beside it.
    """
    bench.leave_room()
    threads = bench.worker.room.spare
    measure = check_segment(segment, canvas, frames, bench.place, kept, threads=threads, keep=bench.kept)
    if measure.prints:
        write_prints(bench.folder / PRINT_FILE, measure.prints)
    return measure


def measured_segment(measure: SegmentMeasure) -> dict[str, Any]:
    """What is kept of a segment's measures; the join needs the delay."""
    return {
        "frames": measure.frames,
        "black": measure.black,
        "black_share": measure.black_share,
        "delay": measure.delay,
    }


BLACK_GREY = 26
"""A tenth of full scale, as in `reel.packets.check`."""


def _shows_black(operation: Picture, sources: list[str], bench: Bench) -> bool:
    """Whether the sources themselves are black where the segment shows them."""
    raw = bench.folder.parent / "look.gray"
    for clip, source in zip(operation.clips, sources, strict=True):
        run(look_command(clip, operation.canvas.rate, source, str(raw)), place=bench.place)
        if (np.fromfile(raw, np.uint8) <= BLACK_GREY).mean() < BLACK_PIXELS:
            return False
    return True


def make_joined(operation: Join, bench: Bench) -> Measured:
    """Copy segments and sound into one file, then read it back packet by packet."""
    parts = [_part(each, bench) for each in operation.segments]
    sound = bench.made(operation.soundtrack, "soundtrack", "sound.m4a")
    output = bench.folder / "video.mp4"
    made = [bench.measured(_key(each), *SEGMENTS) for each in operation.segments]
    delay = max(measured["delay"] for measured in made)
    joined = join(parts, sound, output, operation.canvas.rate, delay, in_band=operation.parameters_in_band)
    check_joined(output, operation.canvas, operation.frames, operation.samples, joined, bench.place)
    level = bench.measured(operation.soundtrack, "soundtrack")
    black = sum(map(_black_frames, operation.segments, made)) / operation.frames
    return {
        "frames": joined.frames,
        "samples": operation.samples,
        "seconds": round(float(operation.frames / operation.canvas.rate), 6),
        "width": operation.canvas.width,
        "height": operation.canvas.height,
        "frame_rate": str(operation.canvas.rate),
        "black_share": round(black, 4),
        "sound_rms_db": level["rms_db"],
        "sound_peak_db": level["peak_db"],
        **{f"sound_{name}": level[name] for name in ("lufs", "true_peak_db") if name in level},
    }


def _key(segment: str | Excerpt) -> str:
    return segment.mezzanine if isinstance(segment, Excerpt) else segment


def _part(segment: str | Excerpt, bench: Bench) -> Part:
    path = bench.segment(_key(segment))
    return Part(path, segment.first, segment.frames) if isinstance(segment, Excerpt) else Part(path)


def _black_frames(segment: str | Excerpt, measured: Measured) -> float:
    """About how many frames of a part are black."""
    if isinstance(segment, Excerpt):
        there = range(segment.first, segment.first + segment.frames)
        return min(segment.frames, FRAMES_PER_LOOK * sum(number in there for number in measured["black"]))
    return float(measured["frames"] * measured["black_share"])
