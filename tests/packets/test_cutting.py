"""What may be copied out of a stream, and what is declined with its reason."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import pytest

from reel.codecs.h264 import UNITS as H264
from reel.packets.check import check_segment, count_frames, decode_delay, keyframe_numbers
from reel.packets.copy import wrap_packets
from reel.packets.join import join_pictures
from reel.packets.units import CODINGS, nal_types, parameter_sets, units
from reel.plan.operations.base import SourceClip
from reel.presets import capped_crf
from tests.clips import ffmpeg
from tests.packets.copying import CANVAS, copied, pictures, stretch


def clip(path: Path, *options: str) -> Path:
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=4"]
    command = [ffmpeg(), "-v", "error", "-y", *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", *options, str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("bframes", [0, 3, 8])
def test_frames_are_copied_up_to_where_none_is_missing(suffix: str, bframes: int, tmp_path: Path) -> None:
    source = clip(tmp_path / f"source{suffix}", "-x264-params", f"keyint=30:min-keyint=30:scenecut=0:bframes={bframes}")
    output = tmp_path / "copied.mp4"
    assert copied(source, output, 30, 50) is None
    found = count_frames(output, "copy")
    assert 50 - bframes - 1 <= found <= 50
    check_segment(output, CANVAS, found, "copy", capped_crf(1_000_000, CANVAS), copied=True)
    assert copied(source, output, 60, 60) is None
    assert count_frames(output, "copy") == 60


def test_open_groups_of_pictures_are_declined(tmp_path: Path) -> None:
    options = "keyint=30:min-keyint=30:scenecut=0:bframes=3:open-gop=1"
    reason = copied(clip(tmp_path / "open.mp4", "-x264-params", options), tmp_path / "copied.mp4", 30, 50)
    assert reason
    assert "open GOP" in reason


def test_what_begins_at_no_key_frame_is_declined(tmp_path: Path) -> None:
    source = clip(tmp_path / "source.mp4", "-x264-params", "keyint=30:min-keyint=30:scenecut=0")
    assert copied(source, tmp_path / "copied.mp4", 17, 30)


def test_transport_streams_are_wrapped_from_the_last_key_frame_on(tmp_path: Path) -> None:
    source = clip(tmp_path / "source.ts", "-x264-params", "keyint=30:min-keyint=30:scenecut=0:bframes=3:aud=1")
    wrapped = tmp_path / "wrapped.mp4"
    inside = wrap_packets(stretch(source, 47, 40), source, wrapped, "copy")
    assert isinstance(inside, SourceClip)
    assert inside.media_in == Fraction(17, 30)
    assert pictures(wrapped)[:60] == pictures(source)[30:90]
    assert keyframe_numbers(wrapped, CANVAS, "copy")[:2] == [0, 30]


def test_transport_streams_without_a_fresh_key_frame_are_declined(tmp_path: Path) -> None:
    """Their first key frame begins anew; a recording that was cut out of a broadcast has none."""
    whole = clip(tmp_path / "whole.ts", "-x264-params", "keyint=30:min-keyint=30:scenecut=0:bframes=3:open-gop=1")
    source = tmp_path / "source.ts"
    part = ["-ss", "1.5", "-i", str(whole), "-c", "copy", str(source)]
    subprocess.run([ffmpeg(), "-v", "error", "-noaccurate_seek", *part], check=True)
    assert "open GOP" in str(wrap_packets(stretch(source, 20, 30), source, tmp_path / "wrapped.mp4", "copy"))


def test_units_are_taken_apart_and_sets_put_together() -> None:
    packet = b"\x00\x00\x00\x02\x67\x01" + b"\x00\x00\x00\x01\x65"
    assert list(units(packet)) == [b"\x67\x01", b"\x65"]
    assert nal_types(packet, H264) == {7, 5}
    record = b"\x01\x64\x00\x1f\xff\xe1\x00\x02\x67\x42\x01\x00\x01\x68"
    sets = parameter_sets(record, H264)
    assert list(units(sets)) == [b"\x67\x42", b"\x68"]
    assert nal_types(sets, H264) == {7, 8}
    with pytest.raises(ValueError, match="lengths of four bytes"):
        parameter_sets(b"\x00\x00\x00\x01\x67", H264)


LEVELS = [("libx264", "x264-params", "level=5.1"), ("libx265", "x265-params", "level-idc=5.1:log-level=error")]


@pytest.mark.parametrize(("codec", "name", "high"), LEVELS)
def test_a_file_states_the_parameters_that_ask_most_of_a_decoder(
    codec: str, name: str, high: str, tmp_path: Path
) -> None:
    """And those of other segments, of which the first is one, still hold for them: each brings its own."""
    low = high.partition(":")[2] or "scenecut=0"
    one = clip(tmp_path / "one.mp4", "-c:v", codec, f"-{name}", f"bframes=3:{low}")
    two = clip(tmp_path / "two.mp4", "-c:v", codec, f"-{name}", f"bframes=0:{high}")
    joined = tmp_path / "joined.mp4"
    join_pictures([one, two, one], joined, CANVAS.rate, max(decode_delay(path, CANVAS, "join") for path in (one, two)))
    assert pictures(joined) == pictures(one) + pictures(two) + pictures(one)
    with av.open(str(joined)) as source, av.open(str(two)) as model:
        coding = CODINGS[source.streams.video[0].codec_context.name]
        stated, most = (bytes(each.streams.video[0].codec_context.extradata or b"") for each in (source, model))
        assert coding.demand(stated) == coding.demand(most)
