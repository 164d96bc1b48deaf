"""What steps are expected to take. Used to weigh progress, to order work and to bound what runs side by side.

The figures were fitted to runs of `bench/` on a machine of 4 shared cores (x264 preset `fast`); on another machine all
times scale alike, which is why predictions carry an error band and progress uses only their proportions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reel.media import MediaFacts, VideoFacts
from reel.plan.operations import (
    AnyOperation,
    Bind,
    Compose,
    Copied,
    Decode,
    DrawnBitmap,
    DrawnLoop,
    ImageBitmap,
    Join,
    Mezzanine,
    Picture,
    ProvePicture,
    ProveSound,
    Reclock,
    Sheet,
    SoundMix,
    Stills,
    TextBitmap,
    TimeStretch,
)
from reel.plan.operations.base import SourceClip
from reel.plan.operations.layers import VideoPart
from reel.plan.step import Work
from reel.presets import FRAMES_AHEAD, Canvas

ENCODE_SECONDS_PER_MEGAPIXEL = 0.0185
DECODE_SECONDS_PER_MEGAPIXEL = 0.0045
PROCESS_SECONDS = 0.15
SECONDS_PER_SOUND_SECOND = {"decode": 0.004, "stretch": 0.03, "reclock": 0.008, "soundtrack": 0.016}
LOUDNESS_SECONDS_PER_SOUND_SECOND = 0.045
"""Measuring, and encoding as often as it takes to come close: about three rounds."""
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

PICTURE_PROCESSORS = 1.5
"""Decoder, filters and encoder of one segment keep up to two processors busy, and leave gaps in which sound is made."""

COMPOSE_SECONDS_PER_MEGAPIXEL = 0.004
"""Of the canvas, and of every layer that moves or is a video."""

COPY_SECONDS_PER_MEGAPIXEL = 0.003
"""Copying itself is nothing; decoding what was copied, as a proof, is what takes time."""

BITMAP_SECONDS = {"image": 0.4, "text": 0.3, "drawing": 0.6}
"""For a bitmap of a megapixel."""

BITMAP_BYTES_PER_PIXEL, SOURCE_BYTES_PER_PIXEL = 24, 16
"""What Pillow and framing hold at once; most sources take half of it, WebP and those with alpha all."""

LOOP_SECONDS_PER_MEGAPIXEL = 0.012

PROOF_SECONDS, LISTENED_SECONDS = 0.12, 0.02
"""Starting the process that reads sources for a proof, and a stretch that is listened to."""

PROOF_SIDE = 270
"""Pixels of the short side of what proofs compare."""

LOOK_SECONDS = 0.0003
"""For a frame that is looked at, whatever the size of the file's."""

LOOK_PROCESSORS = 2
"""Two threads decode, and wait for each other about as long as this process looks."""


def work_of(operation: AnyOperation, assets: Mapping[str, MediaFacts]) -> Work:
    """The expected work of one operation."""
    match operation:
        case Picture():
            return _encoding(operation, operation.clips, assets, 0.0)
        case Mezzanine():
            return _encoding(operation, (operation.clip,), assets, 0.0)
        case Copied():
            seconds = 0.5 + COPY_SECONDS_PER_MEGAPIXEL * operation.frames * operation.canvas.pixels / 1e6
            size = operation.frames * 30_000
            return Work(
                seconds=round(seconds, 3), bytes=size, memory_bytes=PROCESS_BYTES + 4 * size, units=operation.frames
            )
        case Compose():
            return _compose_work(operation, assets)
        case ImageBitmap() | TextBitmap() | DrawnBitmap():
            return _bitmap_work(operation, assets)
        case DrawnLoop():
            megapixels = operation.width * operation.height * operation.frames / 1e6
            size = round(megapixels * 12_000)
            return Work(
                seconds=round(0.2 + megapixels * LOOP_SECONDS_PER_MEGAPIXEL, 3),
                bytes=size,
                memory_bytes=256 << 20,
            )
        case Decode() | TimeStretch() | Reclock():
            pace = SECONDS_PER_SOUND_SECOND[operation.operation]
            return _sound_work(operation.samples, pace, operation.samples * BYTES_PER_SAMPLE)
        case SoundMix():
            pace = SECONDS_PER_SOUND_SECOND["soundtrack"] + bool(operation.loudness) * LOUDNESS_SECONDS_PER_SOUND_SECOND
            return _sound_work(operation.samples, pace, operation.samples * 128_000 // 8 // 48_000)
        case Join():
            budget = operation.frames * 10_000
            return Work(seconds=0.1 + JOIN_SECONDS_PER_FRAME * operation.frames, bytes=budget, memory_bytes=64 << 20)
        case ProvePicture() | ProveSound() | Bind():
            return _proof_work(operation)
        case Sheet() | Stills():
            return _stills_work(operation)


def _stills_work(operation: Sheet | Stills) -> Work:
    if isinstance(operation, Sheet):
        return Work(seconds=0.2, bytes=300_000, memory_bytes=PROCESS_BYTES + 6 * operation.canvas.pixels)
    seconds = 0.1 + STILLS_SECONDS_PER_TILE * operation.tiles
    return Work(seconds=seconds, bytes=operation.tiles * 12_000, memory_bytes=128 << 20)


def _proof_work(operation: ProvePicture | ProveSound | Bind) -> Work:
    if isinstance(operation, Bind):
        return Work(seconds=round(0.05 + 0.002 * len(operation.parts), 3), bytes=2_000, memory_bytes=16 << 20)
    reading = PROOF_SECONDS * bool(operation.sources)
    if isinstance(operation, ProveSound):
        seconds = reading + len(operation.chosen) * LISTENED_SECONDS
        return Work(seconds=round(seconds, 3), bytes=2_000, memory_bytes=PROCESS_BYTES)
    canvas = operation.timeline.canvas
    pixels = canvas.pixels * min(1.0, PROOF_SIDE / min(canvas.width, canvas.height)) ** 2
    clips = sum(len(track.clips) for track in operation.timeline.tracks)
    seconds = reading + len(operation.chosen) * (0.02 + pixels * (1 + clips) * 1e-7)
    held = max((4 * source.size[0] * source.size[1] for source in operation.sources), default=0)
    return Work(seconds=round(seconds, 3), bytes=2_000, memory_bytes=PROCESS_BYTES + 6 * held)


def _bitmap_work(operation: ImageBitmap | TextBitmap | DrawnBitmap, assets: Mapping[str, MediaFacts]) -> Work:
    pixels = operation.width * operation.height
    memory = PROCESS_BYTES + BITMAP_BYTES_PER_PIXEL * pixels
    if isinstance(operation, ImageBitmap):
        source = assets[operation.source.asset].video
        assert source
        memory += SOURCE_BYTES_PER_PIXEL * source.width * source.height
    seconds = BITMAP_SECONDS[operation.operation] * (0.5 + pixels / 2e6)
    return Work(seconds=round(seconds, 3), bytes=pixels * 5 // 2, memory_bytes=memory)


def _compose_work(operation: Compose, assets: Mapping[str, MediaFacts]) -> Work:
    layers = sum(layer.frames * layer.area.width * layer.area.height for layer in operation.layers)
    pixels = operation.frames * operation.canvas.pixels + layers
    clips = [clip for layer in operation.layers if isinstance(layer.part, VideoPart) for clip in layer.part.clips]
    return _encoding(operation, clips, assets, pixels / 1e6 * COMPOSE_SECONDS_PER_MEGAPIXEL)


def _encoding(
    operation: Picture | Compose | Mezzanine,
    clips: Sequence[SourceClip],
    assets: Mapping[str, MediaFacts],
    composing: float,
) -> Work:
    canvas = operation.canvas
    reading = [_reading(clip, assets, canvas) for clip in clips]
    encoding = operation.frames * canvas.pixels / 1e6 * ENCODE_SECONDS_PER_MEGAPIXEL
    mean_bits = operation.encoder.max_bits_per_second / 2 * EXPECTED_SHARE_OF_BUDGET
    return Work(
        seconds=round(PROCESS_SECONDS + encoding + composing + sum(seconds for seconds, _ in reading), 3),
        bytes=round(mean_bits / 8 * operation.frames / float(canvas.rate)),
        memory_bytes=PROCESS_BYTES + FRAMES_IN_FLIGHT * canvas.pixels * 3 // 2 + sum(held for _, held in reading),
        processors=PICTURE_PROCESSORS if operation.frames > FRAMES_AHEAD else 1,
        units=operation.frames,
    )


def _reading(clip: SourceClip, assets: Mapping[str, MediaFacts], canvas: Canvas) -> tuple[float, int]:
    """Seconds of decoding a clip, and bytes that its decoder holds."""
    source = None if clip.source.made else assets[clip.source.asset].video
    width, height = (source.width, source.height) if source else (canvas.width, canvas.height)
    seconds = float(clip.frames / canvas.rate * clip.speed + (clip.media_in - (clip.seek or clip.media_in)))
    frame_bytes = width * height * 3 // 2 * (2 if source and source.bit_depth > 8 else 1)
    megapixels = width * height / 1e6
    reading = seconds * float(clip.source.rate) * megapixels * DECODE_SECONDS_PER_MEGAPIXEL
    return reading, FRAMES_IN_DECODER * frame_bytes


def scene_analysis_work(video: VideoFacts) -> Work:
    """The expected work of finding a video's scenes: every frame is decoded."""
    pixels = video.width * video.height
    frame_bytes = pixels * 3 // 2 * (2 if video.bit_depth > 8 else 1)
    return Work(
        seconds=round(PROCESS_SECONDS + video.frames * (pixels / 1e6 * DECODE_SECONDS_PER_MEGAPIXEL + LOOK_SECONDS), 3),
        bytes=0,
        memory_bytes=PROCESS_BYTES + FRAMES_IN_DECODER * frame_bytes,
        processors=LOOK_PROCESSORS,
        units=video.frames,
    )


def _sound_work(samples: int, pace: float, size: int) -> Work:
    return Work(seconds=round(0.1 + samples / 48_000 * pace, 3), bytes=size, memory_bytes=PROCESS_BYTES, units=samples)
