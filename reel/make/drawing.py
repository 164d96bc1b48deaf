"""Making what the project's own code draws: bitmaps and loops of the library."""

from __future__ import annotations

from pathlib import Path

from reel.compose.planes import planes_of, write_bitmap
from reel.draw import draw_still
from reel.draw.apart import loop_drawn_apart
from reel.ffmpeg.encoder import encode_parts_command
from reel.ffmpeg.process import run
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.packets.apart import check_segment
from reel.plan.operations import DrawnBitmap, DrawnLoop
from reel.presets import Canvas, VideoEncoder

LOOP_ENCODER = VideoEncoder(
    preset="ultrafast",
    tune="fastdecode",
    crf=21,
    max_bits_per_second=80_000_000,
    buffer_bits=160_000_000,
)
"""51 dB of PSNR, far better than the video that a loop is laid into, where it is encoded again; the cap is out of reach. It is
decoded over and over: without arithmetic coding and deblocking that takes half the time, and at CRF 14 (57 dB) it would take
half as long again."""


@makes(DrawnBitmap)
def make_drawn_bitmap(operation: DrawnBitmap, context: StepContext) -> Measured:
    """Draw a still picture of the library as a bitmap."""
    pixels = draw_still(operation.name, operation.width, operation.height, operation.unit)
    return write_bitmap(context.folder, planes_of(pixels))


@makes(DrawnLoop)
def make_drawn_loop(operation: DrawnLoop, context: StepContext) -> Measured:
    """Draw a loop once and encode its parts, then decode them to their end."""
    width, height, rate = operation.width, operation.height, operation.rate
    files = zip(operation.files(), operation.parts, strict=True)
    outputs = {str(context.folder / file): area for file, area in files}
    # A key frame a second, because segments begin anywhere in it.
    encoder = LOOP_ENCODER.model_copy(update={"group": max(1, round(rate))})
    parts = [area.rectangle for area in operation.parts]
    with loop_drawn_apart(operation.name, width, height, rate, operation.frames, parts) as frames:
        run(
            encode_parts_command(Canvas(width=width, height=height, rate=rate), outputs, encoder),
            place=context.place,
            stdin=frames,
            on_frames=context.on_units,
            cancelled=context.worker.cancelled,
            most_bytes=context.most_bytes,
        )
    context.leave_room()
    for output, area in outputs.items():
        canvas = Canvas(width=area.width, height=area.height, rate=rate)
        check_segment(Path(output), canvas, operation.frames, context.place, encoder, threads=context.worker.room.spare)
    return {
        "frames": operation.frames,
        "width": width,
        "height": height,
        "parts": [(area.x, area.y, *area.size) for area in operation.parts],
    }
