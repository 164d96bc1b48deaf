"""Apple ProRes, of 10 bits, and with alpha: for editing on, not for watching."""

from __future__ import annotations

from reel.codecs.video import MadeStream, Options, VideoCodec, VideoSettings


def flags(settings: VideoSettings) -> Options:
    """The encoder's options. Every frame is a key frame, so groups are of no matter to it."""
    return {
        "c:v": "prores_ks",
        "profile:v": "4444" if settings.alpha else settings.preset,
        # What programs of Apple's expect to read there.
        "vendor": "apl0",
        # Without loss, at 16 bits for each sample of alpha.
        **({"alpha_bits": 16} if settings.alpha else {}),
        "threads:v": settings.threads,
    }


def codec_string(made: MadeStream) -> str:
    """The name that QuickTime has for the profile; no player of the web takes it."""
    return made.tag


PRORES = VideoCodec(
    name="prores",
    stream="prores",
    flags=flags,
    pixel_formats={(10, False): "yuv422p10le", (10, True): "yuva444p10le"},
    containers=("mov",),
    alpha_containers=("mov",),
    segment_suffix="mov",
    tag=None,
    codec_string=codec_string,
    presets={"quick": "lt", "standard": "hq", "thorough": "hq"},
    extra_presets=("proxy", "standard"),
    scale=None,
    capped=False,
    # The alpha plane's precision: FFmpeg decodes all of 4444 with 12 bits.
    decoded={"yuva444p10le": "yuva444p12le"},
    intra=True,
    # 220 Mbit/s at 1920x1080 and 30 fps ("Apple ProRes White Paper", 422 HQ).
    bits_per_pixel=220e6 / (1920 * 1080 * 30),
    threads=2,
    cost=0.6,
)
