"""What may be copied out of a stream, and what is declined with its reason."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from reel.packets.check import check_segment, count_frames
from reel.packets.copy import copy_packets
from reel.packets.probe import probe
from reel.packets.units import IDR, PPS, SPS, nal_types, parameter_sets, units
from reel.plan.layers import picture_source
from reel.plan.operations import Copied, SourceClip
from reel.presets import Canvas, capped_crf
from tests.clips import ffmpeg

CANVAS = Canvas(width=320, height=180, rate=Fraction(30))


def clip(path: Path, *options: str) -> Path:
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=4"]
    command = [ffmpeg(), "-v", "error", "-y", *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", *options, str(path)]
    subprocess.run(command, check=True)
    return path


def copied(source: Path, output: Path, first: int, frames: int) -> str | None:
    facts = probe(source, "0" * 64, source.name)
    assert facts.video
    video = picture_source(facts.sha256, facts.demuxer, facts.video)
    wanted = SourceClip(source=video, frames=frames, media_in=facts.video.start + Fraction(first, 30))
    operation = Copied(canvas=CANVAS, clip=wanted, encoder=capped_crf(2_500_000, CANVAS))
    return copy_packets(operation, source, output, "copy")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("bframes", [0, 3, 8])
def test_frames_are_copied_up_to_where_none_is_missing(suffix: str, bframes: int, tmp_path: Path) -> None:
    source = clip(tmp_path / f"source{suffix}", "-x264-params", f"keyint=30:min-keyint=30:scenecut=0:bframes={bframes}")
    output = tmp_path / "copied.mp4"
    assert copied(source, output, 30, 50) is None
    found = count_frames(output, "copy")
    assert 50 - bframes - 1 <= found <= 50
    check_segment(output, CANVAS, found, "copy")
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


def test_transport_streams_are_declined(tmp_path: Path) -> None:
    source = clip(tmp_path / "source.ts", "-x264-params", "keyint=30:min-keyint=30:scenecut=0")
    reason = copied(source, tmp_path / "copied.mp4", 30, 30)
    assert reason
    assert "mp4" in reason


def test_units_are_taken_apart_and_sets_put_together() -> None:
    packet = b"\x00\x00\x00\x02\x67\x01" + b"\x00\x00\x00\x01\x65"
    assert list(units(packet)) == [b"\x67\x01", b"\x65"]
    assert nal_types(packet) == {SPS, IDR}
    record = b"\x01\x64\x00\x1f\xff\xe1\x00\x02\x67\x42\x01\x00\x01\x68"
    sets = parameter_sets(record)
    assert list(units(sets)) == [b"\x67\x42", b"\x68"]
    assert nal_types(sets) == {SPS, PPS}
    with pytest.raises(ValueError, match="lengths of four bytes"):
        parameter_sets(b"\x00\x00\x00\x01\x67")
