"""Layers end to end: what one sees at chosen frames of a finished video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from reel.errors import ReelError
from reel.generate.render import plan, render
from reel.make.worker import Worker
from tests.clips import numbered, read_frame_numbers
from tests.conftest import MakeClip

RED, GREEN, BLUE, WHITE = "#c81e1e", "#1ea01e", "#1e32c8", "#ffffff"
WIDTH, HEIGHT = 480, 854


def request(*tracks: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "kind": "template",
        "resolution": "480p",
        "aspect": "9:16",
        "stills": False,
        "timeline": {"tracks": [{"clips": clips} for clips in tracks]},
        **more,
    }


def colour(name: str, seconds: float | str, **more: Any) -> dict[str, Any]:
    return {"type": "colour", "colour": name, "duration": seconds, **more}


def frames_of(document: dict[str, Any], worker: Worker) -> list[npt.NDArray[np.uint8]]:
    """The frames of the finished video, as RGB."""
    report = render(document, worker=worker)
    with av.open(report.outputs[0].video.path) as source:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in source.decode(video=0)]


def assert_colour(pixel: npt.NDArray[np.uint8], name: str, tolerance: int = 6) -> None:
    expected = np.frombuffer(bytes.fromhex(name[1:7]), np.uint8).astype(int)
    assert np.abs(pixel.astype(int) - expected).max() <= tolerance, (pixel, expected)


def test_cuts_and_a_crossfade(worker: Worker) -> None:
    document = request([colour(RED, 1), colour(BLUE, 1.5, transition={"duration": 0.5}), colour(GREEN, 0.5)])
    frames = frames_of(document, worker)
    assert len(frames) == 75
    middle = (HEIGHT // 2, WIDTH // 2)
    for frame, name in ((0, RED), (14, RED), (30, BLUE), (59, BLUE), (60, GREEN), (74, GREEN)):
        assert_colour(frames[frame][middle], name)
    # The visible middle of the crossfade, frame 7 of its 15, is half of both: in Y'CbCr as in R'G'B'.
    half = (np.array([0xC8, 0x1E, 0x1E]) + np.array([0x1E, 0x32, 0xC8])) // 2
    assert np.abs(frames[22][middle].astype(int) - half).max() <= 6


def test_a_wipe_uncovers_from_one_side(worker: Worker) -> None:
    document = request([colour(RED, 1), colour(BLUE, 1, transition={"name": "wipe-left", "duration": 0.5})])
    frame = frames_of(document, worker)[22]
    row = frame[HEIGHT // 2]
    assert {bool(pixel[0] > pixel[2]) for pixel in (row[10], row[-10])} == {True, False}
    changed = (row[:, 2].astype(int) > row[:, 0].astype(int)).mean()
    assert changed == pytest.approx(0.5, abs=0.05)


def test_a_short_clip_among_others_that_last_is_there(worker: Worker) -> None:
    """Between what is hidden and what comes and goes: a track is known by the timeline, not by what is left of it."""
    ground, corner = (
        colour("#1e3a5f", 2.5),
        colour("#ffcc00", 2.5, area={"x": 0.8, "y": 0.8, "width": 0.1, "height": 0.1}),
    )
    box = colour(WHITE, 1, area={"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.2})
    frames = frames_of(request([ground], [box], [corner]), worker)
    inside, under = (HEIGHT // 5, WIDTH // 3), (HEIGHT * 17 // 20, WIDTH * 17 // 20)
    for number, frame in enumerate(frames):
        assert_colour(frame[inside], WHITE if number < 30 else "#1e3a5f")
        assert_colour(frame[under], "#ffcc00")


def test_a_layer_is_drawn_once_whatever_comes_and_goes_over_it(worker: Worker) -> None:
    text = {"type": "text", "text": "x", "start": 0.3, "duration": 1.0, "area": {"width": 0.2, "height": 0.2}}
    frames = frames_of(request([colour("#000000", 2.5)], [colour(WHITE, 2.5, opacity=0.5)], [text]), worker)
    for frame in frames:
        assert_colour(frame[HEIGHT // 2, WIDTH // 2], "#808080")


def test_what_shows_from_nothing_is_rendered(worker: Worker) -> None:
    popping = colour(WHITE, 1, scale=[{"at": 0, "value": 0, "easing": "back-in"}, {"at": 0.5, "value": 1}])
    frames = frames_of(request([colour(RED, 1)], [popping]), worker)
    assert_colour(frames[0][HEIGHT // 2, WIDTH // 2], RED)
    assert_colour(frames[20][4, 4], WHITE)


def test_areas_positions_and_keyframed_opacity(worker: Worker) -> None:
    box = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.25}
    fading = colour(WHITE, 2, area=box, opacity=[{"at": 0, "value": 0}, {"at": 1, "value": 1}])
    moving = colour(
        GREEN,
        2,
        area={"x": 0, "y": 0.75, "width": 0.25, "height": 0.125},
        position={"x": [{"at": 0, "value": 0}, {"at": 1, "value": 0.75}]},
    )
    frames = frames_of(request([colour(RED, 2)], [fading], [moving]), worker)
    inside, outside = (HEIGHT * 3 // 8, WIDTH // 2), (HEIGHT * 5 // 8, WIDTH // 2)
    assert_colour(frames[0][inside], RED)
    assert_colour(frames[30][inside], WHITE)
    assert_colour(frames[15][inside], "#e38e8e", tolerance=8)
    assert_colour(frames[40][outside], RED)
    row = HEIGHT * 13 // 16
    assert_colour(frames[0][row, WIDTH // 8], GREEN)
    assert_colour(frames[0][row, WIDTH * 7 // 8], RED)
    assert_colour(frames[45][row, WIDTH // 8], RED)
    assert_colour(frames[45][row, WIDTH * 7 // 8], GREEN)


def test_text_lies_on_top_and_inside_its_box(worker: Worker) -> None:
    text = {
        "type": "text",
        "text": "Sale",
        "size": 300,
        "duration": 1,
        "area": {"x": 0, "y": 0.5, "width": 1, "height": 0.5},
    }
    (frame,) = frames_of(request([colour(BLUE, 1)], [text]), worker)[10:11]
    white = np.asarray((frame > 230).all(axis=2))
    black = (frame < 40).all(axis=2)
    assert 2000 < white[HEIGHT // 2 :].sum() < 60_000
    assert not white[: HEIGHT // 2].any()
    assert black.sum() > 100  # the outline
    columns = np.flatnonzero(white.any(axis=0))
    assert columns[0] > 0
    assert columns[-1] < WIDTH - 1


def test_a_video_in_an_area_shows_the_right_frames(make_clip: MakeClip, worker: Worker) -> None:
    """Composed frames come through other pipes than plain cuts: the numbers must be the same."""
    clip = make_clip(numbered(100, seconds=4, size=(480, 854)))
    plain = {"type": "video", "asset": str(clip), "in": 1, "out": 2.5, "fit": "fill"}
    corner = colour(GREEN, "end", area={"x": 0.9, "y": 0.95, "width": 0.1, "height": 0.05})
    frozen = {"type": "video", "asset": str(clip), "freeze": 3, "duration": 0.5, "fit": "fill"}
    looped = {"type": "video", "asset": str(clip), "in": 0.5, "out": 0.7, "duration": 0.6, "loop": True, "fit": "fill"}
    report = render(request([plain, frozen, looped], [corner]), worker=worker)
    kinds = {row.kind for row in report.steps}
    assert "compose" in kinds
    assert "picture" not in kinds
    turn = list(range(115, 121))
    assert read_frame_numbers(Path(report.outputs[0].video.path)) == [*range(130, 175), *[190] * 15, *turn * 3]


def test_a_missing_glyph_and_a_text_without_room_are_told_before_rendering(worker: Worker) -> None:
    cuneiform = {"type": "text", "text": "ok \U00012000", "duration": 1, "missing_glyphs": "error"}
    long_word = {"type": "text", "text": "x" * 400, "duration": 1, "smallest": 40}
    for clip, said in ((cuneiform, "U+12000 CUNEIFORM SIGN A"), (long_word, "does not fit")):
        with pytest.raises(ReelError) as refused:
            plan(request([colour(RED, 1)], [clip]), worker=worker)
        (problem,) = refused.value.problems
        assert problem.place == "timeline.tracks[1].clips[0].text"
        assert said in problem.what
