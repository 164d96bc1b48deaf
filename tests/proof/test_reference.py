"""The reference itself, on pictures whose right values one can say without drawing them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from reel.compose.planes import Planes, planes_of
from reel.compose.transitions import XFADE, blend
from reel.curves import Key, constant
from reel.presets import TRANSITIONS, Canvas, Fit
from reel.proof import RGBA, frame_of
from reel.proof.framing import placement_of
from reel.proof.reference import LeftOut, shown_before
from reel.proof.transitions import our_name, turned_into
from reel.timeline import (
    Area,
    ColourContent,
    Crop,
    Framing,
    ImageContent,
    MediaRange,
    PictureClip,
    PictureTrack,
    TextContent,
    Timeline,
    Transition,
    VideoContent,
)
from tests.proof.compare import planes_of as reference_planes

CANVAS = Canvas(width=40, height=20, rate=Fraction(30))
WHOLE = Area(x=0, y=0, width=40, height=20)
RED, GREEN, BLUE, WHITE = "#ff0000", "#00ff00", "#0000ff", "#ffffff"


class Quarters:
    """Every picture is the same: 8 x 8 pixels, red, green, blue and transparent from top left to bottom right."""

    def picture(self) -> RGBA:
        pixels: RGBA = np.zeros((8, 8, 4), np.float32)
        pixels[:4, :4] = (1, 0, 0, 1)
        pixels[:4, 4:] = (0, 1, 0, 1)
        pixels[4:, :4] = (0, 0, 1, 1)
        return pixels

    def size(self, asset: str) -> tuple[int, int]:
        return (8, 8)

    def video(self, asset: str, before: Fraction) -> RGBA:
        return self.picture()

    def image(self, asset: str) -> RGBA:
        return self.picture()

    def text(self, content: TextContent, width: int, height: int) -> RGBA:
        return self.picture()

    def drawn(self, name: str, frame: int, width: int, height: int, unit: float, rate: Fraction) -> RGBA:
        return self.picture()


def clip(content: Any = RED, start: int = 0, frames: int = 10, area: Area = WHOLE, **more: Any) -> PictureClip:
    if isinstance(content, str):
        content = ColourContent(colour=content)
    return PictureClip(content=content, start=start, frames=frames, area=area, **more)


def seen(*tracks: tuple[PictureClip, ...], frame: int = 0, **options: Any) -> RGBA:
    frames = max(each.end for track in tracks for each in track)
    all_tracks = tuple(PictureTrack(clips=track) for track in tracks)
    timeline = Timeline(name="t", canvas=CANVAS, frames=frames, background="#000000", tracks=all_tracks)
    return frame_of(timeline, frame, Quarters(), **options)


IMAGE = ImageContent(asset="a")


@pytest.mark.parametrize(
    ("over", "value"),
    [
        (clip("#ffffff80"), 128 / 255),
        (clip(WHITE, opacity=constant(0.25)), 0.25),
        (clip("#ffffff80", opacity=constant(0.5)), 64 / 255),
        (clip(WHITE, opacity=constant(3)), 1),
        (clip(WHITE, opacity=constant(-1)), 0),
        (clip(WHITE, scale=constant(0)), 0),
        (clip(WHITE, scale=constant(-1)), 0),
        (clip(WHITE, opacity=(Key(frame=0, value=0), Key(frame=8, value=1))), 0.5),
    ],
)
def test_opacity_and_alpha(over: PictureClip, value: float) -> None:
    assert seen((over,), frame=4) == pytest.approx(value, abs=1e-6)


def test_tracks_lie_bottom_to_top_and_clips_are_there_in_their_time() -> None:
    tracks = ((clip(RED),), (clip(GREEN, start=2, frames=3),), (clip("#0000ff80", start=4, frames=6),))
    shown = [tuple(np.round(seen(*tracks, frame=frame)[10, 20], 2)) for frame in (0, 2, 4, 5)]
    assert shown == [(1, 0, 0), (0, 1, 0), (0, 0.5, 0.5), (0.5, 0, 0.5)]


def test_without_a_clip_all_else_is_as_it_is() -> None:
    tracks = ((clip(RED),), (clip("#00ff0080"), clip(BLUE, start=5, frames=5, transition=Transition(frames=5))))
    assert seen(*tracks, without=[(1, 0)])[0, 0] == pytest.approx((1, 0, 0))
    # The transition goes on: from what lies below to the clip that is left.
    assert seen(*(track[:1] for track in tracks), frame=7)[0, 0] == pytest.approx((127 / 255, 128 / 255, 0))
    tracks = ((clip(RED),), (clip(GREEN), clip(BLUE, start=5, frames=5, transition=Transition(frames=5))))
    assert seen(*tracks, frame=7, without=[(1, 0)])[0, 0] == pytest.approx((0.5, 0, 0.5))
    assert seen(*tracks, frame=7, without=[(1, 1)])[0, 0] == pytest.approx((0.5, 0.5, 0))


def test_each_of_many_layers_is_left_out_at_the_cost_of_a_few() -> None:
    class Counting(Quarters):
        looked_at = 0

        def image(self, asset: str) -> RGBA:
            self.looked_at += 1
            return super().image(asset)

    layers, pictures = 50, Counting()
    fade = clip(IMAGE, start=5, frames=5, transition=Transition(frames=5))
    tracks: list[tuple[PictureClip, ...]] = [(clip(IMAGE, opacity=constant(0.1)),)] * layers
    tracks[25] = (clip(IMAGE), fade)
    timeline = Timeline(
        name="layers", canvas=CANVAS, frames=10, tracks=tuple(PictureTrack(clips=track) for track in tracks)
    )
    left_out = LeftOut(timeline, 7, pictures)
    for number, track in enumerate(tracks):
        for place in range(len(track)):
            left_out.without((number, place))
    assert pictures.looked_at < 5 * layers


def test_a_turn_is_clockwise_about_the_middle_of_the_area() -> None:
    area = Area(x=10, y=4, width=8, height=8)
    turned = seen((clip(IMAGE, area=area, framing=Framing(fit="fill"), rotation=constant(90)),))
    # What was at the top left is at the top right.
    assert turned[5, 16] == pytest.approx((1, 0, 0), abs=0.02)
    assert turned[10, 16] == pytest.approx((0, 1, 0), abs=0.02)
    assert turned[5, 11] == pytest.approx((0, 0, 1), abs=0.02)
    assert not turned[10, 11].any()


@pytest.mark.parametrize(("clipped", "light"), [(True, 4 * 4), (False, 12 * 12)])
def test_what_grows_or_moves_is_cut_to_its_area_where_it_is_clipped(clipped: bool, light: float) -> None:
    area = Area(x=4, y=4, width=4, height=4)
    grown = seen((clip(WHITE, area=area, scale=constant(3), x=constant(2), y=constant(1), clipped=clipped),))
    inside = min(1, light)
    assert grown[5, 5] == pytest.approx(inside)
    # Its top is cut off by the canvas: from 1 - 6 + 6 = 1 on all of it is seen.
    assert grown[..., 0].sum() == pytest.approx(light)


def test_parts_of_a_pixel_are_covered_in_part() -> None:
    half = seen((clip(WHITE, area=Area(x=4, y=4, width=4, height=4), x=constant(0.5)),))
    assert half[5, 3:10, 0] == pytest.approx([0, 0.5, 1, 1, 1, 0.5, 0])


FITS: list[tuple[Fit, tuple[float, ...], tuple[float, ...]]] = [
    ("contain", (0, 0, 1, 1), (10, 0, 30, 20)),
    ("contain-blur", (0, 0, 1, 1), (10, 0, 30, 20)),
    ("cover", (0, 0.5, 1, 1), (0, 0, 40, 20)),
    ("fill", (0, 0, 1, 1), (0, 0, 40, 20)),
    ("none", (0, 0, 1, 1), (16, 6, 24, 14)),
]


@pytest.mark.parametrize(("fit", "part", "at"), FITS)
def test_fits(fit: Fit, part: tuple[float, ...], at: tuple[float, ...]) -> None:
    place = placement_of(Framing(fit=fit, focus=(0.5, 1)), (8, 8), WHOLE)
    assert place.part == pytest.approx(part)
    assert place.at == pytest.approx(at)


def test_a_crop_is_taken_before_the_picture_is_fitted() -> None:
    crop = Crop(x=0.25, y=0.5, width=0.5, height=0.25)
    place = placement_of(Framing(fit="contain", crop=crop), (80, 80), WHOLE)
    assert place.part == pytest.approx((0.25, 0.5, 0.75, 0.75))
    assert place.at == pytest.approx(WHOLE.rectangle)


@pytest.mark.parametrize(
    ("age", "moment"),
    [
        (0, Fraction(2) + Fraction(34814, 100_000) / 30),
        (3, Fraction(2) + Fraction(334_814, 100_000) / 30 / 2 * 1),
        (4, Fraction(5) + Fraction(34814, 100_000) / 30),
        (9, Fraction(5) + Fraction(34814, 100_000) / 30),
    ],
)
def test_which_moment_of_a_video_is_shown(age: int, moment: Fraction) -> None:
    video = VideoContent(
        asset="a",
        stretches=(
            MediaRange(media_in=Fraction(2), frames=4, speed=Fraction(1, 2)),
            MediaRange(media_in=Fraction(5), frames=6, speed=Fraction(0)),
        ),
    )
    expected = moment if age != 0 else Fraction(2) + Fraction(34814, 100_000) / 30 / 2
    assert shown_before(video, age, Fraction(30)) == expected


def test_a_transition_stays_in_the_area_that_its_clips_stay_in() -> None:
    box = Area(x=10, y=4, width=20, height=10)
    wipe = Transition(name="wipe-right", frames=4)

    def changed(**more: Any) -> RGBA:
        track = (clip(RED, area=box, **more), clip(BLUE, start=2, frames=8, area=box, transition=wipe))
        return seen(track, frame=3)  # at (1 + 1/2) / 4 = 0.375 of the way

    assert changed()[8, :, 2].sum() == pytest.approx(0.375 * 20, abs=0.2)
    # One of them moves at some time, so the whole canvas is wiped: its first 15 columns, of which five are the box's.
    moves = (Key(frame=7, value=0), Key(frame=9, value=5))
    assert changed(x=moves)[8, :, 2].sum() == pytest.approx(5, abs=0.2)
    # What is clipped stays in it, however it moves; the other clip does so anyway.
    assert changed(x=moves, clipped=True)[8, :, 2].sum() == pytest.approx(7.5, abs=0.2)


SHARES = (0.1, 0.3, 0.5, 0.77)


def smooth(seed: int) -> RGBA:
    """Colours that change slowly, so that the halved resolution of chroma makes little difference."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:120, :160] / 40
    waves = [0.5 + 0.35 * np.sin(random.uniform(0.3, 1) * (rows + channel) + columns) for channel in range(3)]
    return np.asarray(np.dstack(waves), np.float32)


def planes(picture: RGBA) -> Planes:
    pixels = np.dstack([np.rint(255 * picture), np.full(picture.shape[:2], 255)]).astype(np.uint8)
    return planes_of(pixels)


@pytest.mark.parametrize("name", sorted({our_name(name) for name in TRANSITIONS}))
def test_every_transition_is_drawn_alike(name: str) -> None:
    """By what renders and by the reference, both written from the same page."""
    before, after = smooth(1), smooth(2)
    for share in SHARES:
        found = planes(before)
        blend(name, found, planes(after), share, found, "#204060")
        expected = turned_into(Transition(name=name, frames=9, colour="#204060"), before, after, share, (160, 120))
        # Grains are as large as a pixel of chroma, which is read at one place here and averaged there.
        of_chroma = 12 if name == "dissolve" else 3
        bounds = (1.5, of_chroma, of_chroma)
        for plane, wanted, near in zip(found.colours(), reference_planes(expected), bounds, strict=True):
            off = np.abs(plane - wanted)
            assert off.mean() < near, (share, off.mean())


def test_names_of_xfade_are_those_of_ours() -> None:
    assert {name: our_name(name) for name in TRANSITIONS} == {name: XFADE.get(name, name) for name in TRANSITIONS}
