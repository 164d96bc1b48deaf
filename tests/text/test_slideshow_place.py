"""Where a slideshow's text lies: ink of the text against ink of the frame, and against what apps and players cover."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from reel.draw import draw_still
from reel.generate.planning import settled
from reel.kinds import parse_request
from reel.media import MediaFacts
from reel.presets import DRAWN_STILLS
from reel.text import draw_text
from reel.timeline import Area, PictureClip, TextContent, Timeline
from tests.plan.facts import compile_request, facts

PICTURE: MediaFacts = facts("a", 1, still=True, size=(4000, 3000))

TEXTS = {
    "word": "Sale",
    "headline": "Summer collection 🎉",
    "two lines": "Our whole summer collection is out now, for a week",
    "latin": ("Handmade rings and necklaces of recycled gold, " * 11)[:500],
    "arabic": ("سعر خاص 50% OFF اليوم على جميع المنتجات، " * 20)[:500],
    "chinese": ("全场新品八折优惠，今日限定。" * 40)[:500],
    "thai": ("ลดราคาพิเศษ วันนี้เท่านั้น " * 20)[:500],
    "tamil": ("இன்று மட்டும் சிறப்பு தள்ளுபடி " * 20)[:500],
    "emoji": "🎁🔥💎✨🛍" * 100,
}
QUICK = ("two lines", "arabic")
FRAMES = (*DRAWN_STILLS, "none")
ASPECTS = ("9:16", "16:9", "1:1", "4:5")

CASES = [
    *product(FRAMES, ASPECTS, ("480p",), QUICK),
    *product(FRAMES, ("9:16",), ("1080p",), ("headline",)),
    *(
        pytest.param(*case, marks=pytest.mark.slow)
        for case in (
            *product(("ornate-gold", "golden"), ASPECTS, ("480p",), [text for text in TEXTS if text not in QUICK]),
            *product(("ornate-silver",), ASPECTS, ("1080p",), ("two lines",)),
            *product(("ornate-gold",), ("9:16", "16:9"), ("4k",), ("word",)),
            *product(("golden",), ("9:16",), ("480p", "720p", "4k"), ("headline",)),
        )
    ),
]


def timeline_of(frame: str, aspect: str, resolution: str, text: str, **fields: Any) -> Timeline:
    request = parse_request(
        {
            "kind": "slideshow",
            "images": ["a"],
            "frame": frame,
            "text": text,
            "aspect": aspect,
            "resolution": resolution,
            **fields,
        }
    )
    (timeline,) = settled(compile_request(request, {"images[0].asset": PICTURE}, {})).timelines
    return timeline


def clip_of(timeline: Timeline, place: str) -> PictureClip | None:
    clips = [clip for track in timeline.pictures for clip in track.clips if clip.place == place]
    return clips[0] if clips else None


def text_ink(timeline: Timeline) -> npt.NDArray[np.bool_]:
    """Which pixels of the canvas the text has."""
    clip = clip_of(timeline, "text")
    assert clip
    assert isinstance(clip.content, TextContent)
    return on_canvas(timeline, clip.area, draw_text(clip.content.text, clip.content.style, *clip.area.size)[..., 3] > 8)


def frame_ink(timeline: Timeline, name: str) -> npt.NDArray[np.bool_]:
    clip = clip_of(timeline, "frame")
    if clip is None:
        return np.zeros((timeline.canvas.height, timeline.canvas.width), bool)
    unit = min(timeline.canvas.width, timeline.canvas.height) / 1080
    return on_canvas(timeline, clip.area, inked(name, *clip.area.size, unit))


@cache
def inked(name: str, width: int, height: int, unit: float) -> npt.NDArray[np.bool_]:
    return np.asarray(draw_still(name, width, height, unit)[..., 3] > 8)


def on_canvas(timeline: Timeline, area: Area, ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    canvas = np.zeros((timeline.canvas.height, timeline.canvas.width), bool)
    canvas[area.y : area.y + area.height, area.x : area.x + area.width] = ink
    return canvas


def bounds(ink: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (exclusive)."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize(("frame", "aspect", "resolution", "text"), CASES)
def test_the_text_is_clear_of_the_frame_and_within_the_safe_area(
    frame: str, aspect: str, resolution: str, text: str
) -> None:
    timeline = timeline_of(frame, aspect, resolution, TEXTS[text])
    ink, width, height = text_ink(timeline), timeline.canvas.width, timeline.canvas.height
    assert not (ink & frame_ink(timeline, frame)).any()
    left, top, right, bottom = bounds(ink)
    on_a_line = aspect == "9:16" and "ornate" not in frame and text in ("word", "headline")
    sides, upper, lower = (0.06, 0.14, 0.35) if aspect == "9:16" else (0.05, 0.05, 0.05)
    if on_a_line:  # as it was ordered, above the picture
        upper = 0.035
    assert left >= sides * width
    assert right <= (1 - sides) * width
    assert top >= upper * height
    assert bottom <= (1 - lower) * height


@pytest.mark.parametrize("frame", ["golden", "silver", "none"])
def test_the_default_look_has_the_numbers_it_was_ordered_with(frame: str) -> None:
    """At 1080x1920: capitals of 60 pixels from y = 100 on, above a border of 10 pixels."""
    timeline = timeline_of(frame, "9:16", "1080p", "HI")
    clip = clip_of(timeline, "text")
    assert clip
    assert isinstance(clip.content, TextContent)
    assert (clip.content.style.size, clip.content.style.outline) == (60, 2)
    _, top, _, bottom = bounds(text_ink(timeline))
    assert abs(top + 2 - 100) <= 1  # the outline of 2 is around the letters
    assert bottom - top == pytest.approx(0.714 * 60 + 4, abs=2)
    border = frame_ink(timeline, frame)
    assert frame == "none" or bounds(border)[1] == 160
    assert border[160:170, 540].all() or frame == "none"
    assert not border[170:1000, 540].any()


@pytest.mark.parametrize("words", range(4, 12))
def test_no_word_stands_alone_on_the_last_line(words: int) -> None:
    """Ink of the last line, of texts that wrap: it is at least half as long as the longest."""
    text = " ".join(
        ("jewels", "for", "everyone", "who", "loves", "a", "summer", "by", "the", "great", "sea", "ok")[:words]
    )
    timeline = timeline_of("ornate-gold", "9:16", "480p", f"{text} x")
    ink = text_ink(timeline)
    left, top, right, bottom = bounds(ink)
    pitch = 1.2 * 60 * 480 / 1080
    lines = max(1, round((bottom - top - 0.2 * pitch) / pitch))
    last = ink[round(bottom - pitch * 0.95) :].any(axis=0)
    length = int(np.flatnonzero(last)[-1] - np.flatnonzero(last)[0])
    assert lines == 1 or length >= 0.5 * (right - left)


def test_a_smaller_preview_keeps_the_place() -> None:
    whole, half = (
        timeline_of("ornate-gold", "9:16", "1080p", "Sale", quality=quality) for quality in ("normal", "eco")
    )
    assert Fraction(half.canvas.width, whole.canvas.width) == Fraction(1, 2)
    for large, small in zip(bounds(text_ink(whole)), bounds(text_ink(half)), strict=True):
        assert abs(large / 2 - small) <= 3
