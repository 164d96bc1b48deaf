"""Segments of picture: the right frames, from any container, at any rate and speed; the right shape; the right colours."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from reel.ffmpeg.picture import picture_command
from reel.ffmpeg.process import run
from reel.media import MediaFacts
from reel.packets.probe import probe
from reel.plan.layers import picture_source
from reel.plan.operations import Picture
from reel.plan.operations.base import SourceClip
from reel.presets import Canvas, Fit, VideoEncoder, capped_crf
from reel.time import SAMPLING_SHIFT
from reel.timeline import Crop, Framing
from tests.clips import Clip, numbered, read_frame_numbers
from tests.conftest import MakeClip
from tests.some import some_pairs

WIDE = Canvas(width=320, height=180, rate=Fraction(30))


def render(source: Path, canvas: Canvas, output: Path, *, frames: int = 20, **changes: object) -> MediaFacts:
    """One segment of `source`; `media_in` counts from its first frame."""
    facts = probe(source, "0" * 64, source.name)
    video = facts.video
    assert video
    media_in = facts.zero + Fraction(str(changes.pop("media_in", 0)))
    seeks = [time for time in video.keyframes if time <= media_in]
    clip = SourceClip(
        source=picture_source(facts.sha256, facts.demuxer, video),
        frames=frames,
        media_in=media_in,
        seek=seeks[-1] if len(seeks) > 1 else None,
        **changes,
    )
    encoder: VideoEncoder = capped_crf(2_500_000, canvas).model_copy(update={"preset": "ultrafast", "crf": 16.0})
    operation = Picture(canvas=canvas, clips=(clip,), size=canvas.size, encoder=encoder)
    run(picture_command(operation, [str(source)], {str(output): operation.rendition}), place=source.name)
    return facts


def expected_numbers(
    shown: list[int], source_rate: Fraction, canvas: Canvas, frames: int, media_in: Fraction, speed: Fraction
) -> list[int]:
    """By the rule of `SAMPLING_SHIFT`: the last frame that has begun, with a tolerance of 0.34814 frames."""
    expected = []
    for frame in range(frames):
        moment = (frame + Fraction(1, 2) - SAMPLING_SHIFT) * speed / canvas.rate + media_in
        latest = math.ceil(moment * source_rate) - 1
        expected.append(max((number for number in shown if number <= latest), default=shown[0]))
    return expected


SOURCES = {
    "mov": numbered(seconds=3),
    "long gop": numbered(seconds=3, keyframe_every=250),
    "ntsc mkv": numbered(seconds=3, suffix=".mkv", rate="30000/1001"),
    "60 fps mkv": numbered(seconds=3, suffix=".mkv", rate="60"),
    "film": numbered(seconds=3, suffix=".mkv", rate="24000/1001"),
    "transport stream": numbered(seconds=3, suffix=".ts", audio_codec="mp2"),
    "variable": numbered(seconds=3, variable=True),
    "webm": numbered(seconds=3, suffix=".webm", codec="libvpx-vp9", audio_codec="libopus"),
    "hevc": numbered(seconds=3, suffix=".mp4", codec="libx265", audio_codec="aac"),
    "avi": numbered(seconds=3, suffix=".avi", codec="mpeg4"),
}


STRETCHES = ("30 from 0 at 1", "30 from 1.3 at 1", "25 from 1 at 11/10", "60 from 0.5 at 1/2", "30000/1001 from 0 at 2")
"""Frames a second, in point and speed."""


@pytest.mark.parametrize(("name", "shown"), some_pairs(SOURCES, STRETCHES, 3))
def test_every_frame_is_the_one_that_time_says(name: str, shown: str, make_clip: MakeClip, tmp_path: Path) -> None:
    rate, _, media_in, _, speed = shown.split()
    clip, output = SOURCES[name], tmp_path / "segment.mp4"
    canvas = WIDE.model_copy(update={"rate": Fraction(rate)})
    source = make_clip(clip)
    render(source, canvas, output, media_in=media_in, speed=Fraction(speed))
    wanted = expected_numbers(
        read_frame_numbers(source), Fraction(clip.rate), canvas, 20, Fraction(media_in), Fraction(speed)
    )
    assert read_frame_numbers(output) == wanted


@pytest.mark.parametrize(
    "stretch", ["24 from 0.281 at 2", "24 from 0.321 at 2", "30 from 0.282 at 5/2", "24 from 0.143 at 4"]
)
def test_no_in_point_has_a_frame_hang_on_rounding(stretch: str, make_clip: MakeClip, tmp_path: Path) -> None:
    """A frame that began just then was shown or not as microseconds were cut, and the proof refused what it saw."""
    rate, _, media_in, _, speed = stretch.split()
    source, output = make_clip(numbered(seconds=4, rate="25")), tmp_path / "segment.mp4"
    canvas = WIDE.model_copy(update={"rate": Fraction(rate)})
    render(source, canvas, output, media_in=media_in, speed=Fraction(speed))
    wanted = expected_numbers(read_frame_numbers(source), Fraction(25), canvas, 20, Fraction(media_in), Fraction(speed))
    assert read_frame_numbers(output) == wanted


def test_a_stretch_that_outlasts_its_source_holds_the_last_frame(make_clip: MakeClip, tmp_path: Path) -> None:
    output = tmp_path / "segment.mp4"
    render(make_clip(numbered(seconds=1)), WIDE, output, media_in="0.8", frames=10)
    assert read_frame_numbers(output) == [24, 25, 26, 27, 28, 29, 29, 29, 29, 29]


@pytest.mark.parametrize(
    ("rate", "frames", "suffix"), [(1000, 1, ".mkv"), (1000, 2, ".mkv"), (500, 3, ".mp4"), (25, 1, ".ts")]
)
@pytest.mark.parametrize("speed", ["0", "1", "4"])
def test_however_shortly_a_source_lasts_its_picture_is_shown(
    rate: int, frames: int, suffix: str, speed: str, make_clip: MakeClip, tmp_path: Path
) -> None:
    clip = numbered(40, rate=str(rate), seconds=frames / rate, audio=None, suffix=suffix, codec="mpeg4")
    output = tmp_path / "segment.mp4"
    render(make_clip(clip), WIDE, output, frames=3, speed=Fraction(speed))
    (shown,) = set(read_frame_numbers(output))
    assert shown in range(40, 40 + frames)


def first_frame(path: Path, pixel_format: str = "rgb24") -> NDArray[np.uint8]:
    with av.open(str(path)) as source:
        return next(source.decode(video=0)).to_ndarray(format=pixel_format).astype(np.uint8, copy=False)


def lit(path: Path) -> tuple[int, int, int, int]:
    """Left, top, right and bottom edge (exclusive) of what is not black."""
    bright = first_frame(path).max(axis=2) > 40
    columns, rows = np.flatnonzero(bright.any(axis=0)), np.flatnonzero(bright.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


PORTRAIT, SQUARE = (180, 320), (240, 240)


@pytest.mark.parametrize(
    ("clip", "fit", "size", "edges"),
    [
        (numbered(), "contain", PORTRAIT, (0, 108, 180, 210)),
        (numbered(), "cover", PORTRAIT, (0, 0, 180, 320)),
        (numbered(), "fill", PORTRAIT, (0, 0, 180, 320)),
        (numbered(), "none", (480, 270), (80, 44, 400, 224)),
        (numbered(), "none", (160, 90), (0, 0, 160, 90)),
        (numbered(), "contain-blur", PORTRAIT, (0, 0, 180, 320)),
        (numbered(rotation=90), "contain", SQUARE, (52, 0, 188, 240)),
        (numbered(rotation=270), "contain", SQUARE, (52, 0, 188, 240)),
        (numbered(size=(160, 180), sample_aspect="2/1"), "contain", SQUARE, (0, 52, 240, 188)),
        (numbered(size=(161, 121), codec="mpeg4", suffix=".mkv"), "contain", SQUARE, (0, 30, 240, 210)),
    ],
)
def test_a_clip_fills_the_frame_as_its_fit_says(
    clip: Clip, fit: Fit, size: tuple[int, int], edges: tuple[int, int, int, int], make_clip: MakeClip, tmp_path: Path
) -> None:
    """Within two pixels: sizes are even, and blocks of the encoder blur an edge."""
    canvas, output = Canvas(width=size[0], height=size[1], rate=Fraction(30)), tmp_path / "segment.mp4"
    render(make_clip(clip), canvas, output, frames=2, framing=Framing(fit=fit))
    assert np.abs(np.subtract(lit(output), edges)).max() <= 2, lit(output)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_clip_stands_upright(rotation: int, make_clip: MakeClip, tmp_path: Path) -> None:
    """The picture is that of the same clip, turned clockwise as its display matrix says."""
    output = tmp_path / "segment.mp4"
    source = make_clip(Clip(size=(240, 240), rotation=rotation))
    render(source, Canvas(width=240, height=240, rate=Fraction(30)), output, frames=1)
    turned = np.rot90(first_frame(make_clip(Clip(size=(240, 240)))), -rotation // 90)
    assert np.abs(first_frame(output).astype(int) - turned).mean() < 6


@pytest.mark.parametrize(
    ("clip", "tolerance"),
    [
        (Clip(), 3),
        (Clip(full_range=True), 3),
        (Clip(codec="libx265", pixel_format="yuv420p10le"), 4),
        (Clip(size=(320, 180), codec="libvpx", audio_codec="libopus", suffix=".webm"), 8),
    ],
)
def test_colours_stay(clip: Clip, tolerance: float, make_clip: MakeClip, tmp_path: Path) -> None:
    """What a viewer sees (RGB by each file's own tags) is what the source shows, whatever its range and depth."""
    output = tmp_path / "segment.mp4"
    source = make_clip(clip)
    render(source, WIDE, output, frames=1)
    difference = first_frame(output, "rgb24").astype(int) - first_frame(source, "rgb24")
    # Only flat areas: edges differ by chroma resampling.
    assert np.median(np.abs(difference)) < tolerance


@pytest.mark.parametrize("name", ["pq", "hlg"])
def test_hdr_comes_out_as_sdr(name: str, make_clip: MakeClip, tmp_path: Path) -> None:
    output = tmp_path / "segment.mp4"
    render(make_clip(Clip(codec="libx265", pixel_format="yuv420p10le", hdr=name)), WIDE, output, frames=2)
    with av.open(str(output)) as made:
        frame = next(made.decode(video=0))
        stream = made.streams.video[0].codec_context
        assert frame.format.name == "yuv420p"
        tags = (stream.color_primaries, stream.color_trc, stream.colorspace, stream.color_range)
    assert tags == (1, 1, 1, 1)  # BT.709 three times, limited range (ITU-T H.273)


def test_interlaced_frames_are_woven_apart(make_clip: MakeClip, tmp_path: Path) -> None:
    """Combing shows as differences between neighbouring lines that lines two apart do not have."""
    clip = Clip(size=(352, 288), rate="25", interlaced=True, suffix=".mkv")
    canvas, output = Canvas(width=352, height=288, rate=Fraction(25)), tmp_path / "segment.mp4"
    facts = render(make_clip(clip), canvas, output, frames=10)
    assert facts.video is not None
    assert facts.video.interlaced

    def combing(path: Path) -> float:
        with av.open(str(path)) as source:
            frames = [frame.to_ndarray(format="gray").astype(int) for frame in source.decode(video=0)][5:10]
        near = np.mean([np.abs(frame[1:] - frame[:-1]).mean() for frame in frames])
        far = np.mean([np.abs(frame[2:] - frame[:-2]).mean() for frame in frames])
        return float(near / far)

    assert combing(output) < 0.8 * combing(make_clip(clip))


@pytest.fixture(scope="module", params=[0, 90, 180, 270, "interlaced"])
def shrinking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A still picture whose size becomes a quarter on the way, as calls are recorded; turned, or interlaced."""
    interlaced = request.param == "interlaced"
    fields = ["-flags", "+ilme+ildct", "-x264-params", "tff=1"] if interlaced else []
    folder = tmp_path_factory.mktemp("shrinking")
    for size in ("640x480", "160x120"):
        slopes = f"nullsrc=s={size}:r=25:d=0.4,format=yuv420p,geq=lum='40+170*X/W':cb='60+130*Y/H':cr=128"
        coded = ["-c:v", "libx264", "-bf", "0", *fields, "-bsf:v", "dump_extra=freq=keyframe"]
        run(["-f", "lavfi", "-i", slopes, *coded, f"file:{folder}/{size}.264"], place="test")
    both = folder / "both.264"
    both.write_bytes((folder / "640x480.264").read_bytes() + (folder / "160x120.264").read_bytes())
    turned = [
        "-display_rotation",
        "0" if interlaced else str(request.param),
        "-r",
        "25",
        "-i",
        f"file:{both}",
        "-c",
        "copy",
    ]
    run([*turned, f"file:{folder}/both.mp4"], place="test")
    return folder / "both.mp4"


FRAMINGS = {
    "contain": Framing(),
    "blurred": Framing(fit="contain-blur"),
    "cropped": Framing(fit="fill", crop=Crop(x=0.3, y=0.4, width=0.6, height=0.5)),
}


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
def test_what_becomes_smaller_on_the_way_is_shown_as_before(framing: Framing, shrinking: Path, tmp_path: Path) -> None:
    """Filters that turn, crop and copy read beyond smaller frames: what lies there in memory, if FFmpeg does not crash."""
    output = tmp_path / "out.mp4"
    render(shrinking, Canvas(width=160, height=160, rate=Fraction(25)), output, framing=framing)
    with av.open(str(output)) as made:
        frames = [frame.to_ndarray(format="rgb24").astype(int) for frame in made.decode(video=0)]
    assert len(frames) == 20
    assert max(np.abs(frame - frames[2]).mean() for frame in frames) < 2


@pytest.mark.parametrize("size", ["1x1", "1x7", "7x1"])
def test_a_picture_of_one_pixel_fills_all_before_itself(size: str, tmp_path: Path) -> None:
    """Two were cut out of it."""
    source, output = tmp_path / "one.mkv", tmp_path / "out.mp4"
    run(["-f", "lavfi", "-i", f"color=white:s={size}:r=25:d=0.4", "-c:v", "png", f"file:{source}"], place="test")
    crop = Crop(x=0.4, y=0.4, width=0.1, height=0.1)
    for framing in (Framing(fit="contain-blur"), Framing(fit="cover", crop=crop)):
        render(source, Canvas(width=64, height=36, rate=Fraction(25)), output, framing=framing)
        with av.open(str(output)) as made:
            frame = next(made.decode(video=0)).to_ndarray(format="rgb24")
        assert frame.min() > 250


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le", "yuv422p", "gbrp"])
def test_what_is_cropped_and_enlarged_is_cropped_to_the_pixel(pixels: str, tmp_path: Path) -> None:
    """It was cropped to pairs of pixels, downwards: enlarged eight times, an edge lay up to sixteen pixels aside."""
    source, output = tmp_path / "edge.mkv", tmp_path / "out.mp4"
    edge = "color=black:s=160x90:r=25:d=0.4,drawbox=x=35:y=0:w=200:h=90:color=white:t=fill,drawbox=y=37:h=60:color=white:t=fill"
    run(["-f", "lavfi", "-i", f"{edge},format={pixels}", "-c:v", "ffv1", f"file:{source}"], place="test")
    # From 27 and 29 to 43 and 45: the edges are in the middle.
    crop = Crop(x=27 / 160, y=29 / 90, width=16 / 160, height=16 / 90)
    render(source, Canvas(width=128, height=128, rate=Fraction(25)), output, framing=Framing(fit="fill", crop=crop))
    with av.open(str(output)) as made:
        frame = next(made.decode(video=0)).to_ndarray(format="gray").astype(int)
    assert abs(int(np.argmax(frame[10] > 128)) - 64) <= 4
    assert abs(int(np.argmax(frame[:, 10] > 128)) - 64) <= 4
