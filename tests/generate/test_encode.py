"""`encode`: the frames and the sound of a master, at other sizes, and nothing else."""

from __future__ import annotations

import subprocess
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from reel.errors import BadMedia
from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.plan.operations import Picture
from reel.time import sample_at
from tests.clips import Clip, ffmpeg, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip

SMALL = {"type": "video", "width": 320, "height": 180}


def encode(path: Path, worker: Worker, **fields: Any) -> dict[str, Path]:
    """The videos of a master, by their names."""
    report = render({"kind": "encode", "asset": str(path), "stills": False, **fields}, worker=worker)
    return {file.name: Path(file.path) for file in report.outputs[0].files}


def shape(path: Path) -> tuple[int, int, str, int, list[str]]:
    """Width, height, rate, frames and streams."""
    with av.open(str(path)) as source:
        video = source.streams.video[0]
        streams = [str(stream.type) for stream in source.streams]
        return video.width, video.height, str(video.average_rate), video.frames, streams


def test_every_frame_and_sample_is_there_at_every_size(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(numbered(size=(640, 360), seconds=1.5))
    made = encode(clip, worker, outputs=[{"type": "video"}, SMALL])
    assert {name: shape(path)[:4] for name, path in made.items()} == {
        "encode-360p.mp4": (640, 360, "30", 45),
        "encode-320x180.mp4": (320, 180, "30", 45),
    }
    for path in made.values():
        assert read_frame_numbers(path) == list(range(45))
        assert read_clicks(path) == read_clicks(clip)


@pytest.mark.parametrize("size", ["1x1", "640x1", "4x4", "16x16"])
def test_a_master_of_hardly_any_pixels_is_refused(size: str, worker: Worker, tmp_path: Path) -> None:
    source = tmp_path / "tiny.mkv"
    made = ["-f", "lavfi", "-i", f"color=red:s={size}:r=25:d=0.2", "-c:v", "png", str(source)]
    subprocess.run([ffmpeg(), "-v", "error", *made], check=True)
    with pytest.raises(BadMedia, match=r"asset.* is .* pixels .*at least 32"):
        encode(source, worker)


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        (Clip(), (320, 180, "30", 30, ["video", "audio"])),
        (Clip(rate="15", audio=None), (320, 180, "15", 15, ["video"])),
        (Clip(rate="24000/1001"), (320, 180, "24000/1001", 24, ["video", "audio"])),
        (Clip(rotation=90), (180, 320, "30", 30, ["video", "audio"])),
        (Clip(rotation=30), (320, 180, "30", 30, ["video", "audio"])),
        (Clip(sample_aspect="4/3"), (426, 180, "30", 30, ["video", "audio"])),
        (Clip(variable=True), (320, 180, "25", 25, ["video", "audio"])),
    ],
    ids=["plain", "slow and silent", "film", "turned", "turned by no quarter", "wide pixels", "variable"],
)
def test_a_master_keeps_its_shape_and_rate(
    clip: Clip, expected: tuple[Any, ...], make_clip: MakeClip, worker: Worker
) -> None:
    (made,) = encode(make_clip(clip), worker).values()
    found = shape(made)
    assert found[:2] + found[4:] == expected[:2] + expected[4:]
    if not clip.variable:
        assert found == expected


def test_what_a_container_would_cut_off_is_seen(worker: Worker, tmp_path: Path) -> None:
    """As facts and proofs see it; FFmpeg by itself cuts it off, and what was left was stretched to the size of the whole."""
    whole, cut = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    halves = "color=red:size=320x180:rate=25:duration=0.4,drawbox=x=iw/4:w=iw:h=ih:color=blue:t=fill,format=yuv420p"
    colours = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]
    made = ["-f", "lavfi", "-i", halves, "-c:v", "libx264", *colours, str(whole)]
    subprocess.run([ffmpeg(), "-v", "error", *made], check=True)
    content = bytearray(whole.read_bytes())
    at = content.index(b"\x55\xb0")  # Colour, whose place PixelCropLeft, PixelCropRight and an empty element take
    size = 3 + (content[at + 2] & 0x7F)
    crop = b"\x54\xcc\x81\x28" + b"\x54\xdd\x81\x3c"
    content[at : at + size] = crop + bytes([0xEC, 0x80 | size - len(crop) - 2]) + bytes(size - len(crop) - 2)
    cut.write_bytes(content)
    (video,) = encode(cut, worker).values()
    with av.open(str(video)) as source:
        frame = next(source.decode(video=0)).to_ndarray(format="rgb24")
    assert frame.shape == (180, 320, 3)
    red = frame[90, :, 0] > frame[90, :, 2]
    assert abs(int(red.sum()) - 80) <= 2, "a quarter is red, of which half would be cut off"


def test_a_range_is_the_frames_within_it(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(numbered(seconds=2))
    (made,) = encode(clip, worker, range={"start": 0.5, "end": 1.2}).values()
    assert read_frame_numbers(made) == list(range(15, 36))


FIRST, END = 12, 47
"""Frames of a range."""


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30", "60000/1001"])
@pytest.mark.parametrize("between", ["-0.4", "0.4"], ids=["before", "after"])
def test_a_range_that_begins_between_frames_keeps_picture_and_sound_in_time(
    rate: str, between: str, make_clip: MakeClip, worker: Worker
) -> None:
    """A click sounds where each tenth frame of the master begins: so it does in the video."""
    clip = make_clip(numbered(rate=rate, seconds=2.5))
    start, end = ((frame + Fraction(between)) / Fraction(rate) for frame in (FIRST, END))
    (made,) = encode(clip, worker, range={"start": str(start), "end": str(end)}, outputs=[SMALL]).values()
    assert read_frame_numbers(made) == list(range(FIRST, END))
    clicks = [sample_at(frame - FIRST, Fraction(rate)) for frame in (20, 30, 40)]
    assert read_clicks(made) == pytest.approx(clicks, abs=1)


def test_a_range_of_a_variable_rate_is_a_part_of_the_whole(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(numbered(variable=True, seconds=2.5))
    (whole,) = encode(clip, worker, outputs=[SMALL]).values()
    (made,) = encode(clip, worker, range={"start": 0.495, "end": 1.985}, outputs=[SMALL]).values()
    assert shape(made)[2] == "60"
    assert read_frame_numbers(made) == read_frame_numbers(whole)[30:119]
    begin, end = (sample_at(frame, Fraction(60)) for frame in (30, 119))
    assert read_clicks(made) == [click - begin for click in read_clicks(whole) if begin <= click < end]


@pytest.mark.parametrize("rate", ["1", "15/2", "25/2", "3003/200", "59/2", "120"])
def test_a_rate_that_nobody_else_has_is_kept(rate: str, make_clip: MakeClip, worker: Worker) -> None:
    seconds = max(2.0, float(4 / Fraction(rate)))
    clip = make_clip(numbered(rate=rate, seconds=seconds))
    outputs = [SMALL, {"type": "video", "codec": "vp9", "effort": "quick", "name": "free"}]
    for made in encode(clip, worker, outputs=outputs).values():
        assert read_frame_numbers(made) == read_frame_numbers(clip)
        assert shape(made)[2] == rate
        assert read_clicks(made) == pytest.approx(read_clicks(clip), abs=1)


def test_what_has_no_picture_is_refused(worker: Worker, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(96_000))
    with pytest.raises(BadMedia, match=r"asset: .*a\.wav has sound but no picture"):
        encode(tmp_path / "a.wav", worker)


def test_ten_bits_are_ten_bits(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(numbered(seconds=0.5))
    fine = {"type": "video", "codec": "hevc", "bit_depth": 10, "audio": "none"}
    (made,) = encode(clip, worker, outputs=[fine]).values()
    with av.open(str(made)) as source:
        assert source.streams.video[0].codec_context.pix_fmt == "yuv420p10le"
    assert read_frame_numbers(made) == list(range(15))


def test_effort_is_that_of_the_encoder_and_shows_the_same(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(numbered(seconds=1, size=(640, 360)))
    efforts = ("quick", "balanced", "small")
    outputs = [{"type": "video", "effort": effort, "name": effort, "audio": "none"} for effort in efforts]
    steps = plan({"kind": "encode", "asset": str(clip), "outputs": outputs}, worker=worker).steps
    presets = [step.operation.encoder.preset for step in steps if isinstance(step.operation, Picture)]
    assert presets == ["veryfast", "fast", "medium"]
    made = encode(clip, worker, outputs=outputs)
    assert [read_frame_numbers(path) for path in made.values()] == [list(range(30))] * 3
