"""Multicam exports by way of mezzanines: whatever the sources are, every frame the right one, and edits encode only edges."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from reel.errors import Internal, ReelError
from reel.ffmpeg.encoder import renditions_command
from reel.ffmpeg.process import run
from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.plan import mezzanine
from reel.plan.operations import Mezzanine, Picture
from reel.plan.operations.base import Rendition
from reel.plan.step import Plan
from reel.presets import Canvas
from reel.report import Report
from tests.clips import Clip, ffmpeg, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip

SECONDS = 4
"""Of each source."""
PART_SECONDS = 2
"""Of the parts of mezzanines, so that cuts go over borders."""

SOURCES: list[Clip] = [
    numbered(0, seconds=SECONDS, keyframe_every=250),
    numbered(2000, seconds=SECONDS, variable=True, keyframe_every=250),
    numbered(3000, seconds=SECONDS, size=(640, 480), rate="60", keyframe_every=250),
    numbered(4000, seconds=SECONDS, codec="libx265", pixel_format="yuv420p10le", keyframe_every=250),
    numbered(5000, seconds=SECONDS, rotation=180),
    numbered(6000, seconds=SECONDS, codec="mpeg2video", suffix=".ts", audio_codec="mp2"),
]

CUTS = [
    (0, 0.5, 2.3),  # from a key frame of the mezzanine, over a border between two parts
    (1, 0.4, 2.9),
    (2, 1.2, 3.1),
    (3, 0.9, 4.0),  # to the last frame
    (0, 3.1, 3.3),  # within a group of pictures
    (4, 0.3, 2.8),
    (5, 1.7, 3.9),
    (0, 1.467, 4.03),  # one frame before a key frame, until one frame after the last
]
"""Source, in and out."""

MOVED = [(source, begin + 0.1, end) for source, begin, end in CUTS]


def number(source: int, frame: int) -> int:
    """What a source shows at a frame of the video, which has 30 a second."""
    match source:
        case 1:  # every third frame, from the second on, is missing
            return 2000 + frame - (frame % 3 == 1)
        case 2:  # has 60 a second
            return 3000 + 2 * frame
        case _:
            return int(SOURCES[source].numbered or 0) + min(frame, SECONDS * 30 - 1)


def expected(cuts: list[tuple[int, float, float]]) -> list[int]:
    return [number(source, frame) for source, begin, end in cuts for frame in range(round(begin * 30), round(end * 30))]


@pytest.fixture(scope="module", autouse=True)
def short_parts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mezzanine, "PART_SECONDS", PART_SECONDS)
        yield


@pytest.fixture(scope="module")
def sources(make_clip: MakeClip, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    paths = [make_clip(clip) for clip in SOURCES]
    return [*paths[:4], upright(paths[4], tmp_path_factory.mktemp("turned")), *paths[5:]]


def upright(clip: Path, folder: Path) -> Path:
    """A clip that is shown upside down, stored so; and thus shown upright, so that its numbers can be read."""
    stored, turned = folder / "stored.mov", folder / "turned.mov"
    for arguments in (
        ["-i", str(clip), "-c:a", "copy", "-preset", "ultrafast", str(stored)],
        ["-display_rotation", "180", "-i", str(stored), "-c", "copy", str(turned)],
    ):
        subprocess.run([ffmpeg(), "-v", "error", *arguments], check=True)
    return turned


def request(sources: list[Path], cuts: list[tuple[int, float, float]] = CUTS, **more: Any) -> dict[str, Any]:
    return {
        "kind": "multicam",
        "sources": [str(path) for path in sources],
        "cuts": [{"source": source, "in": round(begin, 3), "out": end} for source, begin, end in cuts],
        "copy": "require",
        "mezzanine": True,
        "stills": False,
        **more,
    }


@pytest.fixture(scope="module")
def made(sources: list[Path], worker: Worker) -> Report:
    return render(request(sources), worker=worker)


@pytest.fixture(scope="module")
def edited(made: Report, sources: list[Path], worker: Worker) -> Report:
    return render(request(sources, MOVED), worker=worker)


def video_of(report: Report) -> Path:
    return Path(report.outputs[0].video.path)


def test_every_frame_is_the_right_one(made: Report, edited: Report) -> None:
    assert read_frame_numbers(video_of(made)) == expected(CUTS)
    assert read_frame_numbers(video_of(edited)) == expected(MOVED)


def test_no_sample_is_off_at_any_cut(made: Report, sources: list[Path]) -> None:
    """Of the sources whose frames are all seen."""
    clicked = [[click // 1600 for click in read_clicks(path)] for path in sources]
    shown = [(source, frame) for source, begin, end in CUTS for frame in range(round(begin * 30), round(end * 30))]
    clicks = [place * 1600 for place, (source, frame) in enumerate(shown) if frame in clicked[source]]
    assert read_clicks(video_of(made)) == clicks


def test_it_decodes_without_a_word_and_can_be_entered_anywhere(made: Report) -> None:
    """FFmpeg warns of every reference that is missing; and from each key frame on, the right frames follow."""
    video = video_of(made)
    assert run(["-i", f"file:{video}", "-f", "null", "-"], place="decode").stderr_tail == ""
    numbers = expected(CUTS)
    with av.open(str(video)) as source:
        keys = [packet.pts for packet in source.demux(video=0) if packet.is_keyframe and packet.pts is not None]
    assert max(later - earlier for earlier, later in pairwise(keys)) <= 15 * 512
    for key in keys[::3]:
        # FFmpeg's own seeking: the first frame at or after a time a quarter of a frame before it.
        place, shot = key // 512, video.with_name("shot.png")
        seek = f"{max(0, place - 0.25) / 30:.4f}"
        run(["-ss", seek, "-i", f"file:{video}", "-frames:v", "1", f"file:{shot}"], place="seek")
        assert read_frame_numbers(shot) == [numbers[place]]
        shot.unlink()


def test_time_stamps_are_even(made: Report) -> None:
    with av.open(str(video_of(made))) as source:
        times = [(packet.pts, packet.dts) for packet in source.demux(video=0) if packet.pts is not None]
    assert times == [(place * 512, place * 512) for place in range(len(times))]


def test_an_edit_makes_edges_and_nothing_else(
    made: Report, edited: Report, sources: list[Path], worker: Worker
) -> None:
    rows = {row.kind: row for row in edited.steps}
    assert (rows["mezzanine"].steps, rows["mezzanine"].reused) == (11, 11)
    assert rows["mezzanine"].bytes == {row.kind: row.bytes for row in made.steps}["mezzanine"]
    planned = plan(request(sources, MOVED), worker=worker)
    encoded = [step.operation.frames for step in planned.steps if isinstance(step.operation, Picture)]
    assert max(encoded) < 15 + 15
    assert sum(encoded) < 15 * len(CUTS)
    assert not made.warnings


def keys_of(planned: Plan) -> set[str]:
    return {step.key for step in planned.steps if isinstance(step.operation, Mezzanine)}


def test_a_mezzanine_belongs_to_its_source_and_to_how_the_video_looks(sources: list[Path], worker: Worker) -> None:
    whole = keys_of(plan(request(sources), worker=worker))
    one = keys_of(plan(request(sources, [(0, 1.0, 2.0)]), worker=worker))
    assert len(one) == 2
    assert one < whole
    larger = request(sources, [(0, 1.0, 2.0)], aspect="16:9", resolution="480p")
    assert not keys_of(plan(larger, worker=worker)) & whole
    assert not keys_of(plan(request(sources, [(0, 1.0, 2.0)], bitrate="high"), worker=worker)) & whole


def test_parts_are_named_for_people(sources: list[Path], worker: Worker) -> None:
    planned = plan(request(sources, [(0, 1.0, 2.0)]), worker=worker)
    titles = [step.title for step in planned.steps if isinstance(step.operation, Mezzanine)]
    assert titles == [f"mezzanine of {sources[0].name}, {span} s" for span in ("0 to 2", "2 to 4")]


PREVIEWS: list[tuple[dict[str, Any], int]] = [
    ({"range": {"start": 2.0, "end": 3.0}}, 1),
    ({"scale": 0.5}, 0),
    ({"frame": 3.0}, 0),
    ({"contact_sheet": 4}, 0),
]


@pytest.mark.parametrize(("preview", "parts"), PREVIEWS)
def test_a_preview_makes_only_what_it_shows(
    preview: dict[str, Any], parts: int, sources: list[Path], worker: Worker
) -> None:
    whole = keys_of(plan(request(sources), worker=worker))
    found = keys_of(plan(request(sources, preview=preview), worker=worker))
    assert len(found) == parts
    assert found <= whole


def test_a_range_shows_those_frames(made: Report, sources: list[Path], worker: Worker) -> None:
    report = render(request(sources, preview={"range": {"start": 3.3, "end": 7.7}}), worker=worker)
    assert read_frame_numbers(video_of(report)) == expected(CUTS)[99:231]


def test_off_the_grid_the_frames_are_those_of_the_source(sources: list[Path], worker: Worker) -> None:
    """The first source's frames are the project's; one that begins between two of them shows the nearest of its own."""
    switches = [{"at": 0, "source": 0}, {"at": 1.5, "source": 1}, {"at": 3, "source": 0}]
    both = [{"asset": str(sources[0]), "sync_offset": 0.011}, {"asset": str(sources[0]), "sync_offset": -0.013}]
    more = {"cuts": None, "switches": switches, "sources": both, "end": 3.9, "copy": "auto"}
    shown = [
        read_frame_numbers(video_of(render({**request(sources), **more, "mezzanine": asked}, worker=worker)))
        for asked in (True, False)
    ]
    # The second source is ahead by 24 ms: 0.72 of a frame, which is nearer to one than to none.
    assert shown[0] == shown[1] == [*range(45), *range(46, 91), *range(90, 117)]


@pytest.mark.parametrize("rate", ["24000/1001", "25", "50"])
def test_every_rate_is_cut_to_the_frame(rate: str, make_clip: MakeClip, worker: Worker) -> None:
    clip = numbered(seconds=SECONDS, rate=rate, keyframe_every=250)
    report = render(request([make_clip(clip)], [(0, 1.32, 3.72), (0, 0.12, 2.64)]), worker=worker)
    exact = Fraction(rate)
    bounds = [(round(begin * exact), round(end * exact)) for begin, end in ((1.32, 3.72), (0.12, 2.64))]
    assert read_frame_numbers(video_of(report)) == [number for first, end in bounds for number in range(first, end)]


def test_black_is_where_it_is_seen(make_clip: MakeClip, tmp_path: Path, worker: Worker) -> None:
    """Not in the rest of the part."""
    slate = tmp_path / "slate.mp4"
    black = "testsrc2=size=320x180:rate=30:duration=2,drawbox=t=fill:c=black:enable='lt(t,1)'"
    subprocess.run([ffmpeg(), "-v", "error", "-f", "lavfi", "-i", black, str(slate)], check=True)
    shares = [
        render(request([slate], [(0, begin, begin + 0.9)]), worker=worker).outputs[0].measured["black_share"]
        for begin in (0, 1.0)
    ]
    assert shares == [1, 0]


def test_a_part_that_is_not_as_planned_names_its_source(
    sources: list[Path], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_other_groups(video: Any, canvas: Canvas, outputs: dict[str, Rendition]) -> list[str]:
        longer = {
            path: each.model_copy(update={"encoder": each.encoder.model_copy(update={"group": 20})})
            for path, each in outputs.items()
        }
        return renditions_command(video, canvas, longer)

    monkeypatch.setattr("reel.make.composed.renditions_command", with_other_groups)
    with pytest.raises(Internal) as failed:
        render(request(sources, [(0, 1.0, 2.0)], bitrate="low"), worker=worker)
    assert f"mezzanine of {sources[0].name}, 0 to 2 s: key frames: expected [0, 15" in str(failed.value)


def test_never_copying_from_a_mezzanine_is_refused(sources: list[Path], worker: Worker) -> None:
    with pytest.raises(ReelError, match="a `mezzanine` is there to be copied from"):
        plan(request(sources, copy="never"), worker=worker)
