"""What codecs are said to do, what is refused, and where key frames stand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from reel.codecs import AUDIO_CODECS, VIDEO_CODECS, VIDEO_CODECS_BY_STREAM, container_for
from reel.codecs.video import MadeStream
from reel.codecs.vp9 import level_of
from reel.ffmpeg.hardware import usable_codec, why_unusable
from reel.media import Colour, NativeFormat
from reel.presets import AudioEncoder, Canvas, VideoEncoder, audio_encoder, capped_crf, for_frames

CANVAS = Canvas(width=1280, height=720, rate=Fraction(25))
BUDGET = 2_000_000


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_a_codec_is_encoded_by_its_own_encoder(codec: Any) -> None:
    known = VIDEO_CODECS[codec]
    assert known.name == codec
    for depth, alpha in known.pixel_formats:
        encoder = capped_crf(BUDGET, CANVAS, codec, bit_depth=depth, alpha=alpha)  # type: ignore[arg-type]
        assert encoder.codec == codec
        name = known.flags(encoder)["c:v"]
        assert [other for other in VIDEO_CODECS.values() if other.flags(_any(other.name))["c:v"] == name] == [known]
        assert known.containers_with(alpha=alpha)
    assert known.stream in VIDEO_CODECS_BY_STREAM


def _any(codec: Any) -> VideoEncoder:
    return capped_crf(BUDGET, CANVAS, codec)


@pytest.mark.parametrize("codec", AUDIO_CODECS)
def test_a_sound_codec_is_named_as_it_is_listed(codec: Any) -> None:
    assert AUDIO_CODECS[codec].name == codec
    assert audio_encoder(codec).bits_per_second == AUDIO_CODECS[codec].bits_per_second


HEVC10 = NativeFormat(pixel_format="yuv420p10le", colour=Colour())

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "h264 of 10 bits": ({"bit_depth": 10}, "h264 has no 10 bits"),
    "h264 with alpha": ({"alpha": True}, "h264 has no transparency"),
    "h264 kept as HEVC was": ({"kept": HEVC10, "bit_depth": 10}, "h264 has no 10 bits"),
    "vp9 kept as HEVC was": (
        {
            "codec": "vp9",
            "preset": "4",
            "kept": HEVC10,
            "bit_depth": 10,
            "max_bits_per_second": None,
            "buffer_bits": None,
        },
        "does not stay in its sources' own numbers",
    ),
    "a depth that is not the sources'": ({"codec": "hevc", "kept": HEVC10}, "has the bit depth of its sources"),
    "a preset of another codec": ({"codec": "av1"}, "av1 has no preset 'fast', but 9, 8, 6"),
    "a mezzanine of another codec": ({"codec": "av1", "preset": "8", "cuttable": True}, "cannot be cut by copying"),
    "a quality of ProRes": ({"codec": "prores", "preset": "hq", "bit_depth": 10}, "prores has no constant quality"),
    "a cap on ProRes": ({"codec": "prores", "preset": "hq", "bit_depth": 10, "crf": None}, "prores has no cap"),
    "a cap on vp9": ({"codec": "vp9", "preset": "4"}, "vp9 has no cap"),
    "h264 without a cap": ({"max_bits_per_second": None}, "h264 needs a cap"),
    "h264 without a quality": ({"crf": None}, "h264 needs a quality"),
    "a codec that nobody knows": ({"codec": "h266"}, "Input should be 'h264'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_codec_cannot_do_is_refused(name: str) -> None:
    fields, reason = REFUSED[name]
    usual = {"crf": 23.0, "max_bits_per_second": BUDGET, "buffer_bits": BUDGET}
    with pytest.raises(ValidationError, match=reason):
        VideoEncoder.model_validate(usual | fields)


def test_a_bitrate_of_what_is_lossless_is_refused_and_a_missing_one_elsewhere() -> None:
    with pytest.raises(ValidationError, match="flac is lossless"):
        AudioEncoder(codec="flac")
    with pytest.raises(ValidationError, match="opus needs a bitrate"):
        AudioEncoder(codec="opus", bits_per_second=None)


@pytest.mark.parametrize(
    ("video", "audio", "alpha", "container"),
    [
        ("h264", "aac", False, "mp4"),
        ("h264", "flac", False, "mp4"),
        ("h264", "pcm", False, "mov"),
        ("h264", "opus", False, "mp4"),
        ("hevc", None, False, "mp4"),
        ("av1", "opus", False, "mp4"),
        ("vp9", "opus", False, "webm"),
        ("vp9", "aac", False, "mp4"),
        ("vp9", "opus", True, "webm"),
        ("prores", "aac", False, "mov"),
        ("prores", None, True, "mov"),
    ],
)
def test_the_container_takes_both(video: Any, audio: Any, alpha: bool, container: str) -> None:
    assert container_for(video, audio, alpha=alpha) == container


@pytest.mark.parametrize(("video", "audio", "alpha"), [("prores", "opus", False), ("vp9", "aac", True)])
def test_codecs_that_no_container_takes_are_refused_with_those_that_go(video: Any, audio: Any, alpha: bool) -> None:
    with pytest.raises(ValueError, match=f"no container holds both {video} and {audio}; with {video} goes "):
        container_for(video, audio, alpha=alpha)


@pytest.mark.parametrize(
    ("rate", "frames", "groups"),
    [
        ("25", 1, [1]),
        ("25", 50, [50]),
        ("25", 51, [26, 25]),
        ("25", 101, [34, 34, 33]),
        ("30000/1001", 59, [59]),
        ("30000/1001", 60, [30, 30]),
        ("60", 300, [100, 100, 100]),
    ],
)
def test_groups_are_of_one_length_of_two_seconds_at_most(rate: str, frames: int, groups: list[int]) -> None:
    canvas = Canvas(width=64, height=64, rate=Fraction(rate))
    encoder = for_frames(capped_crf(BUDGET, canvas), frames)
    begins = list(range(0, frames, encoder.group))
    assert [end - begin for begin, end in zip(begins, [*begins[1:], frames], strict=True)] == groups
    assert max(groups) <= 2 * canvas.rate


def test_groups_are_the_same_for_all_sizes_and_codecs() -> None:
    sizes = [(1920, 1080), (426, 240)]
    for frames in (7, 49, 50, 51, 149, 333):
        found = {
            for_frames(capped_crf(BUDGET, Canvas(width=width, height=height, rate=CANVAS.rate), codec), frames).group
            for width, height in sizes
            for codec in VIDEO_CODECS
        }
        assert len(found) == 1


MADE = MadeStream(b"", 1920, 1080, Fraction(30))


@pytest.mark.parametrize(
    ("codec", "record", "tag", "called"),
    [
        # Of the examples of RFC 6381, ISO/IEC 14496-15 annex E, and AV1 in ISO BMFF.
        ("h264", "0142e01e", "avc1", "avc1.42E01E"),
        ("hevc", "0101600000009000000000005d", "hvc1", "hvc1.1.6.L93.90"),
        ("hevc", "014220000000b0000000000096", "hev1", "hev1.A2.4.L150.B0"),
        ("av1", "81040c00", "av01", "av01.0.04M.08"),
        ("av1", "8108cc00", "av01", "av01.0.08H.08"),
        ("vp9", "", "vp09", "vp09.00.40.08.01.01.01.01.00"),
    ],
)
def test_codec_strings_are_read_off_records(codec: Any, record: str, tag: str, called: str) -> None:
    made = MadeStream(bytes.fromhex(record), MADE.width, MADE.height, MADE.rate, tag=tag)
    assert VIDEO_CODECS[codec].codec_string(made) == called


@pytest.mark.parametrize(
    ("size", "rate", "level"),
    [((256, 144), 15, 10), ((640, 360), 30, 21), ((1280, 720), 30, 31), ((1920, 1080), 60, 41), ((3840, 2160), 60, 51)],
)
def test_levels_of_vp9(size: tuple[int, int], rate: int, level: int) -> None:
    assert level_of(*size, Fraction(rate)) == level


HARDWARE = [name for name, codec in VIDEO_CODECS.items() if codec.software]


@pytest.mark.parametrize("codec", HARDWARE)
def test_a_missing_device_gives_way_to_software(codec: Any) -> None:
    reason = why_unusable(codec)
    assert usable_codec(codec) == ("h264" if reason else codec)
    assert usable_codec("h264") == "h264"
