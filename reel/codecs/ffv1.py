"""FFV1, without loss: for segments that something else is made of, never for viewers."""

from __future__ import annotations

from reel.codecs.video import MadeStream, Options, VideoCodec, VideoSettings


def flags(settings: VideoSettings) -> Options:
    """The encoder's options. Every frame is a key frame, so groups are of no matter to it."""
    return {
        "c:v": "ffv1",
        # The version whose format has an end (RFC 9043), with a checksum for each slice.
        "level": settings.preset,
        "slicecrc": 1,
        # As many on every machine: they are in the bytes.
        "slices": 4,
        "g": 1,
        "threads:v": settings.threads,
    }


def codec_string(made: MadeStream) -> str:
    """Its name in QuickTime; no player of the web takes it."""
    return made.tag


FFV1 = VideoCodec(
    name="ffv1",
    stream="ffv1",
    flags=flags,
    pixel_formats={(8, False): "yuv420p", (8, True): "yuva420p"},
    # PyAV writes it into neither mov nor mp4.
    containers=("nut",),
    alpha_containers=("nut",),
    segment_suffix="mov",
    tag="FFV1",
    codec_string=codec_string,
    presets={"quick": "3", "standard": "3", "thorough": "3"},
    scale=None,
    capped=False,
    intra=True,
    # Of usual footage, about half of 4:2:0.
    bits_per_pixel=6.0,
    threads=2,
    cost=0.5,
)
