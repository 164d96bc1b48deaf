"""Making and verifying picture: segments, and their join with the sound."""

from __future__ import annotations

import numpy as np

from reel.errors import Internal
from reel.ffmpeg.picture import look_command, picture_command
from reel.ffmpeg.process import run
from reel.packets.check import BLACK_PIXELS, check_joined, check_segment
from reel.packets.join import join
from reel.perform.bench import Bench, Measured
from reel.plan.operations import Join, Picture


def make_segment(operation: Picture, bench: Bench) -> Measured:
    """Compose and encode a segment, then decode it to its end."""
    source = str(bench.asset(operation.clip.source.asset))
    output = bench.folder / "picture.mp4"
    command = picture_command(operation, source, str(output))
    run(command, place=bench.place, on_frames=bench.on_units, cancelled=bench.worker.cancelled)
    measure = check_segment(output, operation.canvas, operation.frames, bench.place)
    if measure.black_share == 1 and not _shows_black(operation, source, bench):
        raise Internal.at(bench.place, "came out black, though its source is not", "report this")
    return {"frames": measure.frames, "black_share": measure.black_share}


BLACK_GREY = 26
"""A tenth of full scale, as in `reel.packets.check`."""


def _shows_black(operation: Picture, source: str, bench: Bench) -> bool:
    """Whether the source itself is black where the segment shows it."""
    raw = bench.folder.parent / "look.gray"
    run(look_command(operation.clip, operation.canvas, source, str(raw)), place=bench.place)
    return bool((np.fromfile(raw, np.uint8) <= BLACK_GREY).mean() >= BLACK_PIXELS)


def make_joined(operation: Join, bench: Bench) -> Measured:
    """Copy segments and sound into one file, then read it back packet by packet."""
    segments = [bench.made(key, "picture", "picture.mp4") for key in operation.segments]
    sound = bench.made(operation.soundtrack, "soundtrack", "sound.m4a")
    output = bench.folder / "video.mp4"
    joined = join(segments, sound, output, operation.canvas.rate)
    check_joined(output, operation.canvas, operation.frames, operation.samples, joined, bench.place)
    level = bench.measured(operation.soundtrack, "soundtrack")
    shares = [
        (measured["frames"], measured["black_share"])
        for measured in (bench.measured(key, "picture") for key in operation.segments)
    ]
    black = sum(frames * share for frames, share in shares) / operation.frames
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
    }
