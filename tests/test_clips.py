"""The clips are what they say, and what is read back is what was written; the exactness tests rest on this."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from tests.clips import (
    KINDS,
    UNREADABLE,
    Clip,
    click_positions,
    ffmpeg,
    make,
    numbered,
    read_clicks,
    read_frame_numbers,
)
from tests.conftest import MakeClip


def transcode(source: Path, target: Path, *options: str) -> Path:
    subprocess.run([ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", source, *options, target], check=True)
    return target


def facts(path: Path) -> dict[str, Any]:
    with av.open(str(path)) as container:
        audio = container.streams.audio[0].codec_context if container.streams.audio else None
        frames = list(container.decode(video=0))
        context = container.streams.video[0].codec_context
        steps = [b - a for a, b in pairwise(frame.pts or 0 for frame in frames)]
        return {
            "size": (context.width, context.height),
            "frames": len(frames),
            "variable": max(steps) - min(steps) > 1,  # Matroska's milliseconds make 33, 33, 34
            "rotation": -frames[0].rotation % 360,
            "sample_aspect": context.sample_aspect_ratio,
            "format": context.pix_fmt,
            "interlaced": frames[0].interlaced_frame,
            "full_range": context.color_range == 2,
            "transfer": context.color_trc,
            "layout": audio.layout.name if audio else None,
            "sample_rate": audio.sample_rate if audio else None,
        }


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_what_it_says(name: str, make_clip: MakeClip) -> None:
    clip = KINDS[name]
    found = facts(make_clip(clip))
    sample_aspect = found.pop("sample_aspect")
    opus = clip.audio_codec == "libopus"
    full_range_format = {"yuv420p": "yuvj420p"} if clip.full_range else {}
    assert found == {
        "size": clip.size,
        "frames": clip.frames * 2 // 3 if clip.variable else clip.frames,
        "variable": clip.variable,
        "rotation": clip.rotation,
        "format": full_range_format.get(clip.pixel_format, clip.pixel_format),
        "interlaced": clip.interlaced,
        "full_range": clip.full_range,
        "transfer": {"pq": 16, "hlg": 18}.get(clip.hdr, found["transfer"]),
        "layout": clip.audio,
        "sample_rate": (48_000 if opus else clip.sample_rate) if clip.audio else None,
    }
    assert (sample_aspect or Fraction(1)) == Fraction(clip.sample_aspect)


def test_the_same_clip_is_the_same_bytes(tmp_path: Path) -> None:
    one, two = (make(numbered(seconds=0.5), tmp_path / name) for name in ("one.mov", "two.mov"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("rate", ["30", "25", "24000/1001", "60"])
def test_numbers_and_clicks_are_read_as_written(rate: str, make_clip: MakeClip) -> None:
    clip = numbered(first=1000, rate=rate, seconds=2)
    path = make_clip(clip)
    assert read_frame_numbers(path) == list(range(1000, 1000 + clip.frames))
    assert read_clicks(path) == click_positions(clip)


@pytest.mark.parametrize("first", [0, 0x5555, 0xAAAA, 0xFFFF - 29])
def test_any_number_can_be_carried(first: int, make_clip: MakeClip) -> None:
    assert read_frame_numbers(make_clip(numbered(first))) == list(range(first, first + 30))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"size": (160, 90)}, id="tiny"),
        pytest.param({"size": (180, 320)}, id="portrait"),
        pytest.param({"pixel_format": "yuv420p10le", "codec": "libx265"}, id="ten bit"),
        pytest.param({"full_range": True}, id="full range"),
    ],
)
def test_numbers_of_any_kind_of_clip(changes: dict[str, Any], make_clip: MakeClip) -> None:
    assert read_frame_numbers(make_clip(numbered(7, **changes))) == list(range(7, 37))


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param("scale=1080:-2,pad=1080:1920:0:(oh-ih)/2", id="contained in portrait"),
        pytest.param("scale=-2:180,pad=640:180:(ow-iw)/2", id="contained in landscape"),
        pytest.param("scale=214:120", id="made small"),
        pytest.param("eq=contrast=0.6", id="half transparent"),
    ],
)
def test_numbers_survive_scaling_padding_and_encoding(filters: str, make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip(numbered(4090))
    target = transcode(source, tmp_path / "out.mp4", "-vf", filters, "-an", "-c:v", "libx264", "-crf", "28")
    assert read_frame_numbers(target) == list(range(4090, 4120))


def test_a_region_says_where_to_read(make_clip: MakeClip, tmp_path: Path) -> None:
    beside = "pad=640:180:320:0:white"
    target = transcode(make_clip(numbered(50)), tmp_path / "out.mp4", "-vf", beside, "-an", "-c:v", "libx264")
    assert read_frame_numbers(target, region=(320, 0, 320, 180)) == list(range(50, 80))


@pytest.mark.parametrize(
    "filters", ["tmix=frames=2:weights='1 1',select='gte(n,16)*lt(n,17)'", "geq=lum=16:cb=128:cr=128"]
)
def test_a_blend_and_a_black_frame_carry_no_number(filters: str, make_clip: MakeClip, tmp_path: Path) -> None:
    target = transcode(
        make_clip(numbered(0)), tmp_path / "out.mp4", "-vf", filters, "-an", "-c:v", "libx264", "-qp", "10"
    )
    assert set(read_frame_numbers(target)) == {UNREADABLE}


def test_numbers_show_a_wrong_frame(make_clip: MakeClip, tmp_path: Path) -> None:
    late = "trim=start_frame=3:end_frame=10,setpts=PTS-STARTPTS"
    target = transcode(make_clip(numbered(0)), tmp_path / "out.mp4", "-vf", late, "-an", "-c:v", "libx264")
    assert read_frame_numbers(target) == list(range(3, 10))


@pytest.mark.parametrize("bit_rate", ["128k", "64k"])
def test_clicks_survive_aac_to_the_sample(bit_rate: str, make_clip: MakeClip, tmp_path: Path) -> None:
    clip = numbered(seconds=3)
    options = ("-c:v", "copy", "-c:a", "aac", "-b:a", bit_rate, "-ac", "2")
    assert read_clicks(transcode(make_clip(clip), tmp_path / "out.mp4", *options)) == click_positions(clip)


@pytest.mark.parametrize("samples", [1, -1, 1024])
def test_clicks_show_sound_that_is_off(samples: int, make_clip: MakeClip, tmp_path: Path) -> None:
    clip = numbered(seconds=2)
    shift = f"atrim=start_sample={-samples},asetpts=PTS-STARTPTS" if samples < 0 else f"adelay={samples}S:all=1"
    target = transcode(make_clip(clip), tmp_path / "out.mov", "-c:v", "copy", "-af", shift, "-c:a", "pcm_s16le")
    expected = [position + samples for position in click_positions(clip)]
    assert read_clicks(target)[-5:] == expected[-5:]


def test_clicks_are_counted_from_the_first_picture(make_clip: MakeClip, tmp_path: Path) -> None:
    clip = numbered(seconds=2)
    target = transcode(make_clip(clip), tmp_path / "out.mkv", "-c", "copy", "-output_ts_offset", "5")
    assert read_clicks(target) == click_positions(clip)


def test_silence_has_no_clicks(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip(Clip())
    target = transcode(source, tmp_path / "out.mov", "-c:v", "copy", "-af", "volume=0", "-c:a", "pcm_s16le")
    assert read_clicks(target) == []
