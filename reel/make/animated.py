"""Making a finished video a GIF or an animated WebP, and reading it back."""

from __future__ import annotations

import struct
from pathlib import Path

from reel.errors import Internal
from reel.ffmpeg.animated import TICKS, gif_command, palette_command, ticks_at, webp_command
from reel.ffmpeg.process import run
from reel.images.small import shown_times
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.plan.operations import Animated


@makes(Animated)
def make_animated(operation: Animated, context: StepContext) -> Measured:
    """Raises `Internal` unless it shows as many pictures as planned, of the planned size and length."""
    source, output = str(context.muxed(operation.source)), context.folder / operation.file
    palette = context.folder.parent / "palette.png"
    if operation.format == "gif":
        commands = [
            palette_command(operation, source, str(palette)),
            gif_command(operation, source, str(palette), str(output)),
        ]
    else:
        commands = [webp_command(operation, source, str(output))]
    for command in commands:
        run(command, place=context.place, cancelled=context.worker.cancelled, most_bytes=context.most_bytes)
    if operation.format == "webp":
        end_after(output, ticks_at(operation, operation.pictures))
    _expect_shown(operation, output, context.place)
    canvas = operation.canvas
    return {
        "source_sha256": context.muxed_sha256(operation.source),
        "frames": operation.frames,
        "pictures": operation.pictures,
        "seconds": round(float(operation.frames / canvas.rate), 6),
        "width": canvas.width,
        "height": canvas.height,
        "frame_rate": str(canvas.rate),
    }


def _expect_shown(operation: Animated, output: Path, place: str) -> None:
    size, milliseconds = shown_times(output)
    expected = [
        ticks_at(operation, number) * 1000 // TICKS[operation.format] for number in range(operation.pictures + 1)
    ]
    if size != operation.canvas.size:
        raise Internal.at(place, f"is of {size}, not {operation.canvas.size}", "report this")
    # Pictures that are equal may be one, shown as long as both.
    begins = [sum(milliseconds[:number]) for number in range(len(milliseconds) + 1)]
    if len(milliseconds) == 1:  # all are equal: it is a still picture, and its time is up to who shows it
        return
    if begins[-1] != expected[-1] or not set(begins) <= set(expected):
        raise Internal.at(
            place, f"shows pictures at {begins[:9]}... to {begins[-1]} ms, not {expected[-1]}", "report this"
        )


def end_after(path: Path, milliseconds: int) -> None:
    """Say in an animated WebP how long its last picture is shown, so that all lasts so long: libwebp takes the mean of those
    before it.

    A duration is three bytes, twelve after the begin of its frame's chunk (WebP Container Specification, "ANMF").
    """
    data = bytearray(path.read_bytes())
    place, places = 12, list[int]()
    while place + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, place + 4)
        if data[place : place + 4] == b"ANMF":
            places.append(place + 20)
        place += 8 + size + size % 2
    if not places:  # all pictures are equal: it is none that moves
        return
    *before, last = places
    shown = sum(int.from_bytes(data[each : each + 3], "little") for each in before)
    data[last : last + 3] = (milliseconds - shown).to_bytes(3, "little")
    path.write_bytes(data)
