"""Making and verifying picture: segments of plain cuts, and the join of all segments with the sound."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reel.errors import Internal
from reel.ffmpeg.picture import LOOK_HEIGHT, LOOK_WIDTH, look_command, picture_frames
from reel.ffmpeg.process import run
from reel.frame_stats import STATS_FILE, write_stats
from reel.make.context import Measured, StepContext
from reel.make.image_framing import framed
from reel.make.makers import Frames, composes, makes
from reel.packets.apart import check_joined, check_measured, check_segment, codec_strings, join
from reel.packets.check import SegmentMeasure
from reel.packets.join import SegmentRange
from reel.packets.prints import PRINT_FILE, print_size, write_prints
from reel.plan.operations import Compose, Join, Picture, SoundMix
from reel.plan.operations.base import Segment, SourceClip
from reel.plan.operations.joins import Excerpt, Part, segment_of
from reel.presets import Canvas


def cut_frames(operation: Picture, context: StepContext) -> Frames:
    """The frames of a segment of cuts, which FFmpeg decodes itself."""
    return Frames(picture_frames(operation, _sources(operation, context)), inputs=operation.clips)


def checked_segment(operation: Picture, context: StepContext) -> Measured:
    """Decode a segment of cuts to its end."""
    measure = read_back(operation, context)
    if measure.is_black and not _shows_black(operation, _sources(operation, context), context):
        raise Internal.at(context.place, "came out black, though its source is not", "report this")
    return measured_segment(measure, context)


composes(Picture, cut_frames, checked_segment)


def _sources(operation: Picture, context: StepContext) -> list[str]:
    return [str(context.source(clip.source)) for clip in operation.clips]


def read_back(operation: Picture | Compose, context: StepContext) -> SegmentMeasure:
    """Decode a segment to its end. Another step may begin meanwhile; where none does, this takes the processors.

    Prints of the frames that its proof will look at are kept beside it, and stats of all frames where somebody will read them.
    """
    context.leave_room()
    check = check_measured if context.stats_kept else check_segment
    measure = check(
        context.folder / operation.file,
        operation.encoded,
        operation.frames,
        context.place,
        operation.encoder,
        threads=context.worker.room.spare,
        keep=context.kept,
        print_size=print_size(operation.canvas, operation.rendition.size),
    )
    if measure.prints:
        write_prints(context.folder / PRINT_FILE, measure.prints)
    return measure


def measured_segment(measure: SegmentMeasure, context: StepContext) -> dict[str, Any]:
    """What is kept of a segment's measures, of which those of its frames are a file of their own; the join needs the delay."""
    if measure.stats:
        write_stats(context.folder / STATS_FILE, measure.stats)
    return {
        "frames": measure.frames,
        "black_frames": measure.black,
        "delay": measure.delay,
    }


CLEAR_GREY, CLEAR_HDR_GREY = 64, 128
"""Levels of a source, of 255, that no segment shows as black: far above those that count as black in `reel.packets.check`,
because encoding and tone mapping darken. Half of PQ's signal is 92 cd/m2, half of HLG's a twelfth of its peak."""

CLEAR_SHARE = 0.1
"""Of the canvas: five times what may differ from black in a frame that counts as black."""


def _shows_black(operation: Picture, sources: list[str], context: StepContext) -> bool:
    """Whether the sources themselves may come out black. A doubt is no fault: a dark picture, or one that is small or nearly
    transparent, is good media."""
    raw = context.folder.parent / "look.gray"
    for clip, source in zip(operation.clips, sources, strict=True):
        run(
            look_command(clip, operation.canvas.rate, source, str(raw)),
            place=context.place,
            most_bytes=context.most_bytes,
        )
        looks = np.fromfile(raw, np.uint8).reshape(-1, LOOK_HEIGHT, LOOK_WIDTH)
        if clear_share(looks, clip, operation.canvas) >= CLEAR_SHARE:
            return False
    return True


def clear_share(looks: npt.NDArray[np.uint8], clip: SourceClip, canvas: Canvas) -> float:
    """The share of the canvas on which a clip shows what is certainly not black, by looks at all of its source's picture."""
    place = framed(clip.framing, clip.source.display_size, (canvas.width, canvas.height))
    left, top, right, bottom = place.box
    columns = slice(int(left * LOOK_WIDTH), max(int(left * LOOK_WIDTH) + 1, round(right * LOOK_WIDTH)))
    rows = slice(int(top * LOOK_HEIGHT), max(int(top * LOOK_HEIGHT) + 1, round(bottom * LOOK_HEIGHT)))
    least = CLEAR_HDR_GREY if clip.source.colour.hdr else CLEAR_GREY
    seen = float((looks[:, rows, columns] >= least).mean())
    return seen * place.size[0] * place.size[1] / canvas.pixels


@makes(Join)
def make_joined(operation: Join, context: StepContext) -> Measured:
    """Copy segments and sound into one file, then read it back packet by packet."""
    parts = [_part(each, context) for each in operation.segments]
    sound = context.made(operation.soundtrack, SoundMix, SoundMix.stem) if operation.soundtrack else None
    output = context.folder / operation.file
    made = [context.measured(segment_of(each), Segment) for each in operation.segments]
    delay = max(measured["delay"] for measured in made)
    joined = join(
        parts,
        sound,
        output,
        operation.canvas.rate,
        delay,
        container=operation.container,
        in_band=operation.parameters_in_band,
    )
    check_joined(output, operation.canvas, operation.frames, operation.samples, operation.audio, joined, context.place)
    black = sum(map(_black_frames, operation.segments, made)) / operation.frames
    return {
        "frames": joined.frames,
        "samples": operation.samples,
        "seconds": round(float(operation.frames / operation.canvas.rate), 6),
        "codecs": ",".join(dict.fromkeys(codec_strings(output, operation.canvas.rate))),
        "width": operation.canvas.width,
        "height": operation.canvas.height,
        "frame_rate": str(operation.canvas.rate),
        "black_share": round(black, 4),
        **(told_levels(context.measured(operation.soundtrack, SoundMix)) if operation.soundtrack else {}),
    }


def told_levels(sound: Measured) -> dict[str, Any]:
    """What is told of a soundtrack's levels with the video."""
    names = ("rms_db", "peak_db", "clipped_samples", "lufs", "true_peak_db", "silent")
    return {f"sound_{name}": sound[name] for name in names if name in sound}


def _part(segment: Part, context: StepContext) -> SegmentRange:
    path = context.segment(segment_of(segment))
    return SegmentRange(path, segment.first, segment.frames) if isinstance(segment, Excerpt) else SegmentRange(path)


def _black_frames(segment: Part, measured: Measured) -> float:
    """How many frames of a part are black."""
    begin, count = (segment.first, segment.frames) if isinstance(segment, Excerpt) else (0, measured["frames"])
    if "black_frames" not in measured:  # of a former version, which looked at some frames alone
        return float(count * measured["black_share"])
    return float(sum(max(0, min(end, begin + count) - max(first, begin)) for first, end in measured["black_frames"]))
