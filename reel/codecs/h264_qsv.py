"""H.264 by a graphics processor of Intel, through Quick Sync Video."""

from __future__ import annotations

from reel.codecs.h264 import UNITS, codec_string
from reel.codecs.h264_vaapi import DEVICE, DRIVER
from reel.codecs.video import Options, Scale, VideoCodec, VideoSettings


def flags(settings: VideoSettings) -> Options:
    """The encoder's options."""
    return {
        "qsv_device": DEVICE,
        "c:v": "h264_qsv",
        "preset": settings.preset,
        "profile:v": "high",
        # Constant quality under a cap (QVBR) is what FFmpeg takes these three together for. The mean must be below the cap.
        "global_quality": settings.crf and int(settings.crf),
        "b:v": (settings.max_bits_per_second or 0) // 2,
        "maxrate": settings.max_bits_per_second,
        "bufsize": settings.buffer_bits,
        # Closed groups of one length: every key frame begins anew, and none is put in at scene cuts.
        "g": settings.group,
        "idr_interval": 0,
        "forced_idr": 1,
        "adaptive_i": 0,
        "flags": "+cgop",
    }


H264_QSV = VideoCodec(
    name="h264_qsv",
    stream="h264",
    flags=flags,
    pixel_formats={(8, False): "nv12"},
    decoded={"nv12": "yuv420p"},
    containers=("mp4", "mov"),
    tag="avc1",
    codec_string=codec_string,
    presets={"quick": "veryfast", "standard": "medium", "thorough": "veryslow"},
    # Not fitted: there is no device here.
    scale=Scale(at_23=24, per_step=1, whole=True),
    threads=1,
    cost=0.1,
    units=UNITS,
    software="h264",
    driver=DRIVER,
)
