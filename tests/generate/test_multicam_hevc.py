"""Multicam exports of numbered H.265 clips: they stay H.265, open groups of pictures included, and every frame is right."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from reel.codecs.hevc import UNITS as H265
from reel.ffmpeg.process import run
from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.packets.units import CLEAN, nal_types
from reel.plan.operations import Copied, Picture
from reel.report import Report
from tests.clips import numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.generate.cameras import document, expected_clicks, expected_numbers, time_steps, video_of

SECONDS = 6
CUTS = [(0, 0.0, 2.5), (1, 1.1, 4.0), (2, 0.5, 3.2), (0, 3.0, 3.2), (1, 2.9, 6.0), (2, 2.0, 5.9), (0, 4.5, 6.0)]

PIXELS = ["yuv420p", pytest.param("yuv420p10le", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=PIXELS)
def sources(request: pytest.FixtureRequest, make_clip: MakeClip) -> list[Path]:
    """Cameras with key frames far apart, near, and at every second; x265's groups of pictures are open."""
    common = {"seconds": SECONDS, "size": (640, 360), "codec": "libx265", "pixel_format": request.param}
    return [
        make_clip(numbered(0, keyframe_every=250, **common)),
        make_clip(numbered(1000, keyframe_every=20, **common)),
        make_clip(numbered(2000, keyframe_every=30, suffix=".mkv", **common)),
    ]


@pytest.fixture(scope="module")
def made(sources: list[Path], worker: Worker) -> Report:
    return render(document(sources, CUTS, copy="require"), worker=worker)


def test_the_groups_of_pictures_are_open(sources: list[Path]) -> None:
    """Else the rest would prove nothing about them."""
    with av.open(str(sources[1])) as source:
        assert any(CLEAN in nal_types(bytes(packet), H265) for packet in source.demux(video=0))


def test_it_stays_as_its_sources_are(made: Report, sources: list[Path]) -> None:
    with av.open(str(video_of(made))) as output, av.open(str(sources[0])) as source:
        ours, theirs = output.streams.video[0].codec_context, source.streams.video[0].codec_context
        assert (ours.name, ours.pix_fmt, ours.codec_tag) == ("hevc", theirs.pix_fmt, "hev1")
    assert any("H.265" in warning for warning in made.warnings)


def test_every_frame_is_the_right_one(made: Report) -> None:
    assert read_frame_numbers(video_of(made)) == expected_numbers(CUTS)


def test_no_sample_is_off_at_any_cut(made: Report, sources: list[Path]) -> None:
    assert read_clicks(video_of(made)) == expected_clicks(sources, CUTS)


def test_it_decodes_without_a_word_and_can_be_entered_anywhere(made: Report) -> None:
    """FFmpeg warns of every reference that is missing; and from each key frame on, the right frames follow."""
    video = video_of(made)
    assert run(["-i", f"file:{video}", "-f", "null", "-"], place="decode").stderr_tail == ""
    numbers = expected_numbers(CUTS)
    with av.open(str(video)) as source:
        stream = source.streams.video[0]
        keys = [packet.pts for packet in source.demux(stream) if packet.is_keyframe and packet.pts is not None]
        assert len(keys) >= len(CUTS) - 1
    for place in range(0, len(numbers), 37):
        # FFmpeg's own seeking: the first frame at or after a time a quarter of a frame before it.
        shot = video.with_name("shot.png")
        run(
            ["-ss", f"{max(0, place - 0.25) / 30:.4f}", "-i", f"file:{video}", "-frames:v", "1", f"file:{shot}"],
            place="seek",
        )
        assert read_frame_numbers(shot) == [numbers[place]]
        shot.unlink()


def test_time_stamps_are_even(made: Report) -> None:
    assert time_steps(video_of(made)) == ({512}, {512})


def test_most_frames_are_copied(made: Report, sources: list[Path], worker: Worker) -> None:
    planned = plan(document(sources, CUTS), worker=worker)
    copied = [step for step in planned.steps if isinstance(step.operation, Copied)]
    encoded = sum(step.operation.frames for step in planned.steps if isinstance(step.operation, Picture))
    assert copied
    assert encoded < 0.4 * len(expected_numbers(CUTS))
    measures = [found.measured for step in copied if (found := worker.store.find(step.key, "copied"))]
    assert not any("declined" in measure for measure in measures)


def test_sources_that_are_not_alike_become_h264(sources: list[Path], make_clip: MakeClip, worker: Worker) -> None:
    other = make_clip(numbered(0, seconds=SECONDS, size=(640, 360)))
    planned = plan(document([other, *sources[1:]], CUTS), worker=worker)
    encoders = {step.operation.encoder.codec for step in planned.steps if isinstance(step.operation, Picture | Copied)}
    assert encoders == {"h264"}
    assert "sources[1].asset is encoded again: it is H.265, and the other sources are not" in " ".join(planned.warnings)
