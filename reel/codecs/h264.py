"""H.264 by x264."""

from __future__ import annotations

from collections.abc import Iterator

from reel.codecs.ends import dropped_copies, mean_bits, zone_of_copies
from reel.codecs.nal import Coding, counted
from reel.codecs.video import STATS, MadeStream, Options, Scale, VideoCodec, VideoSettings


def _record_units(record: bytes) -> Iterator[bytes]:
    place = 5
    for mask in (31, 255):
        count, place = record[place] & mask, place + 1
        for _ in range(count):
            unit, place = counted(record, place)
            yield unit


UNITS = Coding(
    # ITU-T H.264, table 7-1.
    type_of=lambda unit: unit[0] & 31,
    sequence=7,
    sets=frozenset({7, 8, 13, 15}),
    fresh=frozenset({5}),
    delimiter=9,
    length_size_at=4,
    record_units=_record_units,
    pictures=range(1, 6),
    # nal_ref_idc (7.4.1).
    is_needed=lambda unit: bool(unit[0] & 0b0110_0000),
    demand=lambda record: (0, record[3]),
)


COPIES = 20
"""That follow a segment's end. With eight, VMAF still dips by 4 there; with less than that, by more than without any. The frame
of the bench's that lies farthest under its neighbours does so by 1.96 with 12, 1.65 with 16, 1.43 or 1.44 with 20, 24 or 32."""


def flags(settings: VideoSettings) -> Options:
    """The encoder's options."""
    return {
        "c:v": "libx264",
        "preset": settings.preset,
        **({"tune": settings.tune} if settings.tune else {}),
        "profile:v": "high",
        **_quality(settings),
        # ...under a cap that a player's buffer can rely on.
        "maxrate": settings.max_bits_per_second,
        "bufsize": settings.buffer_bits,
        **_begun(settings),
        # open-gop=0: a group refers to nothing outside itself. stitchable=1: parameter sets do not depend on the content, so
        # that all segments share one, and a join is a plain copy.
        "x264-params": "open-gop=0:stitchable=1" + _groups(settings) + _copies(settings),
        # The same on every machine: the encoder's output depends on it. One: with more, what the cap takes from a picture or a
        # slice hangs on how far the thread beside it has come (`frame_size_estimated` in x264's ratecontrol.c), and the same
        # frames give other bytes each time as soon as the cap is felt; with threads that share each picture too.
        "threads:v": settings.threads,
        **({} if settings.cuttable else _forced(settings)),
        **dropped_copies(settings),
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "colorspace": "bt709",
        "color_range": "tv",
    }


def _begun(settings: VideoSettings) -> Options:
    if settings.start_fill is None or settings.buffer_bits is None:
        return {}
    # In bits; x264 would take nine tenths of the buffer for granted.
    return {"rc_init_occupancy": round(settings.start_fill * settings.buffer_bits)}


def _quality(settings: VideoSettings) -> Options:
    # Constant quality moves bits to where they are needed. So does a first pass, which tells what that takes.
    quality: Options = {"crf": settings.crf} if settings.pass_number != 2 else {"b:v": mean_bits(settings, COPIES)}
    if settings.pass_number:
        quality |= {"pass": settings.pass_number, "passlogfile": STATS}
    return quality


def _copies(settings: VideoSettings) -> str:
    zone = zone_of_copies(settings, COPIES)
    # As quickly as it can, too.
    return "" if zone is None else f":zones={zone},ref=1,me=dia,subme=0,trellis=0"


def _groups(settings: VideoSettings) -> str:
    """x264 begins a group at a scene cut too, unless the last began less than `min-keyint` frames ago; and it takes no
    `min-keyint` above half of `keyint`. So `keyint` is twice the group, and the key frames are forced (see `_forced`): a scene
    cut gives a frame that refers to no other (I), and begins no group (IDR). With keyint=1 it would choose another profile."""
    group = max(2, settings.group)
    if settings.cuttable:
        # bframes=0: frames are decoded in the order in which they are shown, so that a stretch can end at any of them.
        return f":keyint={group}:scenecut=0:bframes=0"
    return f":keyint={2 * group}:min-keyint={group}"


def _forced(settings: VideoSettings) -> Options:
    begins, end = f"not(mod(n,{settings.group}))", settings.ends_at
    return {
        "force_key_frames": f"expr:{begins}" if end is None else f"expr:if(lt(n,{end}),{begins},eq(n,{end}))",
        # A forced key frame begins a group.
        "forced-idr": 1,
    }


def codec_string(made: MadeStream) -> str:
    """Profile, constraints and level as the record has them (RFC 6381, 3.3)."""
    return f"avc1.{made.record[1:4].hex().upper()}"


H264 = VideoCodec(
    name="h264",
    stream="h264",
    flags=flags,
    pixel_formats={(8, False): "yuv420p"},
    containers=("mp4", "mov"),
    tag="avc1",
    codec_string=codec_string,
    presets={"quick": "veryfast", "standard": "fast", "thorough": "medium"},
    # ultrafast: what is decoded over and over here, and seen by nobody (see `reel.make.drawing`).
    extra_presets=("ultrafast", "superfast", "faster", "slow", "slower"),
    scale=Scale(at_23=23, per_step=1),
    two_passes=True,
    buffered=True,
    threads=1,
    cost=1.0,
    units=UNITS,
    cuttable=True,
    rules=2,
    copies_after=COPIES,
)
