"""VP9 by libvpx, of 8 and 10 bits, and with alpha."""

from __future__ import annotations

from fractions import Fraction

from reel.codecs.video import MadeStream, Options, Scale, VideoCodec, VideoSettings


def flags(settings: VideoSettings) -> Options:
    """The encoder's options."""
    return {
        "c:v": "libvpx-vp9",
        "deadline": "good",
        "cpu-used": settings.preset,
        "profile:v": 2 if settings.bit_depth == 10 else 0,
        # Constant quality. Under a bitrate, libvpx would spend more towards it in one pass: a third to four times the bytes at
        # the same quality.
        "crf": settings.crf and int(settings.crf),
        "b:v": 0,
        # Equal: key frames at every so many frames, and none at scene cuts.
        "g": settings.group,
        "keyint_min": settings.group,
        # In one pass it makes no hidden frames for others to refer to; with alpha, asking for them would be an error.
        "auto-alt-ref": 0,
        # Threads share columns of tiles, which are as many for any number of threads; so bytes do not hang on it.
        "tile-columns": 1,
        "row-mt": 0,
        "threads:v": settings.threads,
    }


LEVELS = (
    # Level, luma samples a second, luma samples of a picture: "VP9 Bitstream Superframe and Levels", annex A.
    (10, 829_440, 36_864), (11, 2_764_800, 73_728), (20, 4_608_000, 122_880), (21, 9_216_000, 245_760),
    (30, 20_736_000, 552_960), (31, 36_864_000, 983_040), (40, 83_558_400, 2_228_224), (41, 160_432_128, 2_228_224),
    (50, 311_951_360, 8_912_896), (51, 588_251_136, 8_912_896), (52, 1_176_502_272, 8_912_896),
    (60, 1_176_502_272, 35_651_584), (61, 2_353_004_544, 35_651_584), (62, 4_706_009_088, 35_651_584),
)  # fmt: skip


def level_of(width: int, height: int, rate: Fraction) -> int:
    """Ten times the lowest level that allows pictures of this size at this rate."""
    samples = width * height
    return next((level for level, a_second, most in LEVELS if samples <= most and samples * rate <= a_second), 62)


def codec_string(made: MadeStream) -> str:
    """Profile, level, bit depth ("VP Codec ISO Media File Format Binding"), 4:2:0 sited as in MPEG-2, BT.709, limited range."""
    profile = 2 if made.bit_depth == 10 else 0
    level = level_of(made.width, made.height, made.rate)
    return f"vp09.{profile:02}.{level:02}.{made.bit_depth:02}.01.01.01.01.00"


VP9 = VideoCodec(
    name="vp9",
    stream="vp9",
    flags=flags,
    pixel_formats={(8, False): "yuv420p", (8, True): "yuva420p", (10, False): "yuv420p10le"},
    containers=("webm", "mp4"),
    # Alpha is side data beside each packet, which mp4 has no place for.
    alpha_containers=("webm",),
    segment_suffix="webm",
    tag="vp09",
    codec_string=codec_string,
    presets={"quick": "5", "standard": "4", "thorough": "2"},
    crfs=(1, 63),
    scale=Scale(at_23=33, per_step=1.8, whole=True),
    capped=False,
    # About what the middle budget comes to (see `reel.presets`).
    bits_per_pixel=0.03,
    threads=2,
    cost=3.2,
    decoder_of_alpha="libvpx-vp9",
)
