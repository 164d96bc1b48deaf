"""H.264 by a graphics processor of Intel or AMD, through VAAPI."""

from __future__ import annotations

from reel.codecs.h264 import UNITS, codec_string
from reel.codecs.video import Options, Scale, VideoCodec, VideoSettings

DEVICE = "/dev/dri/renderD128"
"""The first graphics processor that computes for whoever asks."""
DRIVER = f"/sys/class/drm/{DEVICE.rpartition('/')[2]}/device/uevent"
"""What identifies it, and its driver."""


def flags(settings: VideoSettings) -> Options:
    """The encoder's options."""
    return {
        "vaapi_device": DEVICE,
        "c:v": "h264_vaapi",
        "compression_level": settings.preset,
        "profile:v": "high",
        # Constant quality under a cap. A mean has to be said too, and must be below the cap.
        "rc_mode": "QVBR",
        "global_quality": settings.crf and int(settings.crf),
        "b:v": (settings.max_bits_per_second or 0) // 2,
        "maxrate": settings.max_bits_per_second,
        "bufsize": settings.buffer_bits,
        # Closed groups of one length: every key frame begins anew.
        "g": settings.group,
        "idr_interval": 0,
    }


H264_VAAPI = VideoCodec(
    name="h264_vaapi",
    stream="h264",
    flags=flags,
    pixel_formats={(8, False): "nv12"},
    decoded={"nv12": "yuv420p"},
    # Frames go to the processor's own memory.
    upload="hwupload",
    containers=("mp4", "mov"),
    tag="avc1",
    codec_string=codec_string,
    # Drivers count differently, from quality to speed; all take these.
    presets={"quick": "7", "standard": "4", "thorough": "1"},
    # Not fitted: there is no device here.
    scale=Scale(at_23=24, per_step=1, whole=True),
    threads=1,
    cost=0.1,
    units=UNITS,
    software="h264",
    driver=DRIVER,
)
