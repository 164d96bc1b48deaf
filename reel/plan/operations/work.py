"""What several operations reckon with when they say what they are expected to take. Used to weigh progress, to order work and
to bound what runs side by side.

The figures were fitted to runs of `bench.estimates` on a machine of 2 shared cores (x264 preset `fast`). What steps of a class
really take on another machine, and with other footage, is learnt (`reel.plan.pace`); progress uses their proportions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reel.codecs import VIDEO_CODECS
from reel.media import MediaFacts, VideoFacts
from reel.plan.operations.base import Rendition, SourceClip
from reel.plan.operations.expected import Work
from reel.presets import FRAMES_AHEAD, Canvas
from reel.time import SAMPLE_RATE

ENCODE_SECONDS_PER_MEGAPIXEL = 0.029
"""With reading back what was encoded."""
READ_SECONDS_PER_MEGAPIXEL, READ_SECONDS_PER_MEGABIT = 0.001, 0.02
"""Of a source. Its bits say more than its pixels: what has many takes longer to decode, and longer to encode, as it has grain,
water, leaves. (Clips of 0.2 to 68 Mbit/s: without the bits, weights are off by a factor of 1.7, with them of 1.3.)"""
LOOKED_SECONDS_PER_MEGAPIXEL = 0.0045
"""Of a file of which all frames are looked at, small."""
PROCESS_SECONDS = 0.13

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

BITMAP_BYTES_PER_PIXEL, SOURCE_BYTES_PER_PIXEL = 24, 16
"""What Pillow and framing hold at once; most sources take half of it, WebP and those with alpha all."""

BITMAP_SECONDS, SOURCE_SECONDS_PER_MEGAPIXEL = 0.01, 0.04

LOOK_SECONDS = 0.0003
"""For a frame that is looked at, whatever the size of the file's."""

LOOK_PROCESSORS = 2
"""Two threads decode, and wait for each other about as long as this process looks."""


def bitmap_work(width: int, height: int, seconds: float, source: VideoFacts | None = None) -> Work:
    """Of a bitmap of so many pixels, where one of a megapixel takes `seconds`; of a source's picture, where it shows one."""
    pixels = width * height
    took = BITMAP_SECONDS + seconds * pixels / 1e6
    memory = PROCESS_BYTES + BITMAP_BYTES_PER_PIXEL * pixels
    if source:
        memory += SOURCE_BYTES_PER_PIXEL * source.width * source.height
        took += SOURCE_SECONDS_PER_MEGAPIXEL * source.width * source.height / 1e6
    return Work(seconds=round(took, 3), bytes=pixels * 5 // 2, memory_bytes=memory)


def encoding_work(
    canvas: Canvas,
    frames: int,
    rendition: Rendition,
    clips: Iterable[SourceClip],
    assets: Mapping[str, MediaFacts],
    composing_seconds: float = 0.0,
) -> Work:
    """Of a segment that is encoded, and of reading what it shows, which is shared by all renditions of it."""
    pixels, encoded = (
        rendition.pixels,
        canvas.model_copy(update=dict(zip(("width", "height"), rendition.size, strict=True))),
    )
    mean_bits = rendition.encoder.mean_bits_per_second(encoded)
    reading = [_reading(clip, assets, canvas, mean_bits) for clip in clips]
    shared = PROCESS_SECONDS + composing_seconds + sum(seconds for seconds, _ in reading)
    held = PROCESS_BYTES + sum(held for _, held in reading)
    encoding = frames * pixels / 1e6 * ENCODE_SECONDS_PER_MEGAPIXEL * VIDEO_CODECS[rendition.encoder.codec].cost
    return Work(
        seconds=round(shared + encoding, 3),
        bytes=round(mean_bits / 8 * frames / float(canvas.rate)),
        memory_bytes=held + FRAMES_IN_FLIGHT * pixels * 3 // 2,
        processors=PICTURE_PROCESSORS if frames > FRAMES_AHEAD else 1,
        shared_seconds=round(shared, 3),
        shared_bytes=held,
        units=frames,
    )


def _reading(clip: SourceClip, assets: Mapping[str, MediaFacts], canvas: Canvas, made_bits: float) -> tuple[float, int]:
    """Seconds that reading a clip takes, with what its detail adds to encoding it, and bytes that its decoder holds. What
    an earlier step makes has about the canvas's size and `made_bits` a second."""
    facts = None if clip.source.made else assets[clip.source.asset]
    source = facts.video if facts else None
    bits = 8 * facts.bytes / float(facts.duration) if facts and facts.duration else made_bits
    width, height = (source.width, source.height) if source else (canvas.width, canvas.height)
    seconds = float(clip.frames / canvas.rate * clip.speed + (clip.media_in - (clip.seek or clip.media_in)))
    frame_bytes = width * height * 3 // 2 * (2 if source and source.bit_depth > 8 else 1)
    megapixels = width * height / 1e6
    per_second = (
        float(clip.source.rate) * megapixels * READ_SECONDS_PER_MEGAPIXEL + bits / 1e6 * READ_SECONDS_PER_MEGABIT
    )
    return seconds * per_second, FRAMES_IN_DECODER * frame_bytes


def scene_analysis_work(video: VideoFacts) -> Work:
    """The expected work of finding a video's scenes: every frame is decoded."""
    pixels = video.width * video.height
    frame_bytes = pixels * 3 // 2 * (2 if video.bit_depth > 8 else 1)
    return Work(
        seconds=round(PROCESS_SECONDS + video.frames * (pixels / 1e6 * LOOKED_SECONDS_PER_MEGAPIXEL + LOOK_SECONDS), 3),
        bytes=0,
        memory_bytes=PROCESS_BYTES + FRAMES_IN_DECODER * frame_bytes,
        processors=LOOK_PROCESSORS,
        units=video.frames,
    )


SOUND_SECONDS = 0.04
"""Starting FFmpeg for sound."""


def sound_work(samples: int, seconds_per_second: float, size: int = 0) -> Work:
    """Of so many samples; `size` bytes of them, raw samples where it is not given."""
    return Work(
        seconds=round(SOUND_SECONDS + samples / SAMPLE_RATE * seconds_per_second, 3),
        bytes=size or samples * BYTES_PER_SAMPLE,
        memory_bytes=PROCESS_BYTES,
        units=samples,
    )
