"""AV1 by SVT-AV1, of 8 and 10 bits."""

from __future__ import annotations

from collections.abc import Sequence

from reel.codecs.video import MadeStream, Options, Scale, VideoCodec, VideoSettings

HIGHEST_CAP = 100_000_000
"""Bits a second; SVT-AV1 takes no higher one."""


def flags(settings: VideoSettings) -> Options:
    """The encoder's options."""
    parameters: dict[str, object] = {
        # Groups are closed: each begins with a key frame, never with one that is only shown as such.
        "irefresh-type": 2,
        # No key frames but those at every so many frames.
        "scd": 0,
        # "Level of parallelism": with more than 1, what the cap takes hangs on which thread is ahead.
        "lp": settings.threads,
    }
    mastering = settings.kept.mastering if settings.kept else None
    if mastering and mastering.display:
        # As for x265 (`reel.codecs.hevc`), in the units of light: SVT-AV1 takes chromaticities from 0 to 1, and cd/m2.
        parameters["mastering-display"] = _display(mastering.display)
    if mastering and mastering.light:
        parameters["content-light"] = ",".join(map(str, mastering.light))
    return {
        "c:v": "libsvtav1",
        "preset": settings.preset,
        # Constant quality under a cap ("capped CRF"), which is kept over several groups, not within the first.
        "crf": settings.crf and int(settings.crf),
        "maxrate": settings.max_bits_per_second and min(settings.max_bits_per_second, HIGHEST_CAP),
        "bufsize": settings.buffer_bits,
        "g": settings.group,
        "svtav1-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
    }


def _display(display: Sequence[int]) -> str:
    """`Mastering.display` as SVT-AV1 takes it."""
    *places, brightest, darkest = (
        *(f"{each / 50_000:.5f}" for each in display[:8]),
        *(f"{each / 10_000:.4f}" for each in display[8:]),
    )
    named = zip(("G", "B", "R", "WP"), places[::2], places[1::2], strict=True)
    return "".join(f"{name}({x},{y})" for name, x, y in named) + f"L({brightest},{darkest})"


def codec_string(made: MadeStream) -> str:
    """Profile, level, tier and bit depth (AV1 in ISO BMFF, section 5)."""
    record = made.record
    profile, level = record[1] >> 5, record[1] & 31
    tier = "H" if record[2] >> 7 else "M"
    return f"av01.{profile}.{level:02}{tier}.{made.bit_depth:02}"


AV1 = VideoCodec(
    name="av1",
    stream="av1",
    flags=flags,
    pixel_formats={(8, False): "yuv420p", (10, False): "yuv420p10le"},
    containers=("mp4", "webm"),
    tag="av01",
    codec_string=codec_string,
    # SVT-AV1 4.2's preset 10 leaves blocks of 32 pixels in other colours, for some frames, where one picture fades into another
    # (in half of the crossfades that were tried, of 8 and 10 bits); no option of it keeps it from that, and 9 does none of it.
    presets={"quick": "9", "standard": "8", "thorough": "6"},
    crfs=(1, 63),
    scale=Scale(at_23=36.5, per_step=2.3, whole=True),
    threads=1,
    keeps=True,
    rules=2,
    cost=1.2,
)
