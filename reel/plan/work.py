"""What steps are expected to take. Used to weigh progress, to order work and to bound what runs side by side.

The figures were fitted to runs of `bench/` on a machine of 4 shared cores (x264 preset `fast`); on another machine all
times scale alike, which is why predictions carry an error band and progress uses only their proportions.
"""

from __future__ import annotations

from reel.media import MediaFacts
from reel.plan.operations import AnyOperation, Decode, Join, Picture, SoundMix, Stills, Stretch
from reel.plan.step import Work

ENCODE_SECONDS_PER_MEGAPIXEL = 0.0185
DECODE_SECONDS_PER_MEGAPIXEL = 0.0045
PROCESS_SECONDS = 0.15
SECONDS_PER_SOUND_SECOND = {"decode": 0.004, "stretch": 0.008, "soundtrack": 0.013}
JOIN_SECONDS_PER_FRAME = 0.0001
STILLS_SECONDS_PER_TILE = 0.01

EXPECTED_SHARE_OF_BUDGET = 0.75
"""Mean bits of capped constant quality, as a share of the budget that the quality stands for."""

BYTES_PER_SAMPLE = 8
"""Stereo, 32-bit floats."""

FRAMES_IN_FLIGHT = 60
"""Frames of the output that x264 holds: 30 of lookahead (preset `fast`), references and frame threads, each with
its half-size copy and motion data."""

FRAMES_IN_DECODER = 24
"""Frames of the source that a decoder of H.264 or HEVC with a few frame threads holds."""

PROCESS_BYTES = 60 << 20

PICTURE_PROCESSORS = 2
"""Decoder, filters and encoder of one segment keep about two processors busy."""


def work_of(operation: AnyOperation, assets: dict[str, MediaFacts]) -> Work:
    """The expected work of one operation."""
    match operation:
        case Picture():
            return _picture_work(operation, assets)
        case Decode() | Stretch():
            return _sound_work(operation.operation, operation.samples, operation.samples * BYTES_PER_SAMPLE)
        case SoundMix():
            return _sound_work("soundtrack", operation.samples, operation.samples * 128_000 // 8 // 48_000)
        case Join():
            budget = operation.frames * 10_000
            return Work(seconds=0.1 + JOIN_SECONDS_PER_FRAME * operation.frames, bytes=budget, memory_bytes=64 << 20)
        case Stills():
            seconds = 0.1 + STILLS_SECONDS_PER_TILE * operation.tiles
            return Work(seconds=seconds, bytes=operation.tiles * 12_000, memory_bytes=128 << 20)


def _picture_work(operation: Picture, assets: dict[str, MediaFacts]) -> Work:
    source = assets[operation.clip.source.asset].video
    assert source
    frames, canvas, clip = operation.frames, operation.canvas, operation.clip
    out_megapixels = canvas.pixels / 1e6
    in_megapixels = source.width * source.height / 1e6
    seconds_read = float(clip.frames / canvas.rate * clip.speed + (clip.media_in - (clip.seek or clip.media_in)))
    seconds = (
        PROCESS_SECONDS
        + frames * out_megapixels * ENCODE_SECONDS_PER_MEGAPIXEL
        + seconds_read * float(source.rate) * in_megapixels * DECODE_SECONDS_PER_MEGAPIXEL
    )
    mean_bits = operation.encoder.max_bits_per_second / 2 * EXPECTED_SHARE_OF_BUDGET
    in_frame = source.width * source.height * 3 // 2 * (2 if source.bit_depth > 8 else 1)
    return Work(
        seconds=round(seconds, 3),
        bytes=round(mean_bits / 8 * frames / float(canvas.rate)),
        memory_bytes=PROCESS_BYTES + FRAMES_IN_FLIGHT * canvas.pixels * 3 // 2 + FRAMES_IN_DECODER * in_frame,
        processors=PICTURE_PROCESSORS,
        units=frames,
    )


def _sound_work(kind: str, samples: int, size: int) -> Work:
    seconds = 0.1 + samples / 48_000 * SECONDS_PER_SOUND_SECOND[kind]
    return Work(seconds=round(seconds, 3), bytes=size, memory_bytes=PROCESS_BYTES, units=samples)
