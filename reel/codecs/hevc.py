"""H.265 (HEVC) by x265, of 8 and 10 bits."""

from __future__ import annotations

from collections.abc import Iterator

from reel.codecs.ends import dropped_copies, mean_bits, zone_of_copies
from reel.codecs.nal import Coding, counted
from reel.codecs.video import STATS, MadeStream, Options, Scale, VideoCodec, VideoSettings


def _record_units(record: bytes) -> Iterator[bytes]:
    place = 23
    for _ in range(record[22]):
        count, place = int.from_bytes(record[place + 1 : place + 3], "big"), place + 3
        for _ in range(count):
            unit, place = counted(record, place)
            yield unit


UNITS = Coding(
    # ITU-T H.265, table 7-1.
    type_of=lambda unit: unit[0] >> 1 & 63,
    sequence=33,
    sets=frozenset({32, 33, 34}),
    fresh=frozenset({16, 17, 18, 19, 20}),
    delimiter=35,
    length_size_at=21,
    record_units=_record_units,
    pictures=range(32),
    # Even types below 16 (table 7-1): only frames of higher sublayers may be taken from them, of which x265 makes none.
    is_needed=lambda unit: unit[0] >> 1 & 63 not in range(0, 16, 2),
    demand=lambda record: (record[1] >> 5 & 1, record[12]),
    # Parameter sets in front of key frames are allowed under this name only (ISO/IEC 14496-15, 8.4.1).
    tag_in_band="hev1",
)


COPIES = 8
"""That follow a segment's end: 16 make it no better, and each takes as long as a frame."""


def flags(settings: VideoSettings) -> Options:
    """The encoder's options. It takes the colours from the frames."""
    # With keyint=1, x265 would choose another profile.
    group = max(2, settings.group)
    parameters: Options = {
        # A group refers to nothing outside itself (x265's own choice is 1).
        "open-gop": 0,
        # A scene cut gives a frame that refers to no other (I), and begins no group (IDR).
        "keyint": group,
        "min-keyint": group,
        # No list of options in the stream.
        "info": 0,
        "log-level": "error",
        # One thread: with more, what the cap takes hangs on which of them is ahead.
        "pools": settings.threads,
        "frame-threads": 1,
    }
    if settings.pass_number:
        # FFmpeg hands its own options for passes on to x264 alone; it would call x264's file so.
        parameters |= {"pass": settings.pass_number, "stats": f"{STATS}-0.log"}
    if zone := zone_of_copies(settings, COPIES):
        parameters["zones"] = zone
    if settings.start_fill is not None:
        parameters["vbv-init"] = settings.start_fill
    mastering = settings.kept.mastering if settings.kept else None
    if mastering and mastering.display:
        # Said explicitly: FFmpeg hands what frames tell of it to the first of several encoders alone.
        green, blue, red, white, luminance = zip(mastering.display[::2], mastering.display[1::2], strict=True)
        named = zip(("G", "B", "R", "WP", "L"), (green, blue, red, white, luminance), strict=True)
        parameters["master-display"] = "".join(f"{name}({one},{other})" for name, (one, other) in named)
    if mastering and mastering.light:
        parameters["max-cll"] = ",".join(map(str, mastering.light))
    return {
        "c:v": "libx265",
        "preset": settings.preset,
        "profile:v": "main10" if settings.bit_depth == 10 else "main",
        # As in `reel.codecs.h264`: constant quality under a cap, or what a first pass found.
        **({"crf": settings.crf} if settings.pass_number != 2 else {"b:v": mean_bits(settings, COPIES)}),
        "maxrate": settings.max_bits_per_second,
        "bufsize": settings.buffer_bits,
        "x265-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
        # Within the segment, x265 begins groups by itself.
        **({"force_key_frames": f"expr:eq(n,{settings.ends_at})", "forced-idr": 1} if settings.ends_at else {}),
        **dropped_copies(settings),
        # Parameter sets stand in the file's head, which is the only form that Apple's players take.
        "tag:v": "hvc1",
    }


def codec_string(made: MadeStream) -> str:
    """Profile, compatibility, tier, level and constraints (ISO/IEC 14496-15, annex E.3)."""
    record = made.record
    space = ("", "A", "B", "C")[record[1] >> 6]
    tier = "H" if record[1] >> 5 & 1 else "L"
    compatible = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    constraints = record[6:12].rstrip(b"\0")
    parts = [
        f"{space}{record[1] & 31}",
        f"{compatible:X}",
        f"{tier}{record[12]}",
        *(f"{byte:X}" for byte in constraints),
    ]
    return ".".join([made.tag, *parts])


HEVC = VideoCodec(
    name="hevc",
    stream="hevc",
    flags=flags,
    pixel_formats={(8, False): "yuv420p", (10, False): "yuv420p10le"},
    containers=("mp4", "mov"),
    tag="hvc1",
    codec_string=codec_string,
    # veryfast: for the edges of cuts. They are few frames, and it takes about half the time of `fast` at the same quality.
    presets={"quick": "veryfast", "standard": "fast", "thorough": "medium"},
    scale=Scale(at_23=23.4, per_step=1.05),
    two_passes=True,
    buffered=True,
    # Nine tenths full, the first frames behind a seam are by up to 2.8 VMAF worse than where x265 goes on; full, by 0.8.
    begins_full=True,
    threads=1,
    cost=2.2,
    units=UNITS,
    keeps=True,
    copies_after=COPIES,
)
