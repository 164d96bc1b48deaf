"""Layers over one another: what one sees, and what is open when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest

from reel.compose.blend import lay, mix, still_overlays, with_alpha
from reel.compose.compositor import FrameSource, composed
from reel.compose.planes import Pixels, Planes, blank, filled, planes_of, yuv_of
from reel.curves import Key, constant, value_at
from reel.plan.operations.layers import ColourPart, Entrance, Layer
from reel.presets import Canvas
from reel.timeline import Area

CANVAS = Canvas(width=64, height=48, rate=Fraction(30))
WHOLE = Area(x=0, y=0, width=64, height=48)
RED, BLUE, WHITE = "#c81e1e", "#1e32c8", "#ffffff"


class Opened:
    """Sources of one colour that remember who was open when."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self.most = 0

    @contextmanager
    def __call__(self, layer: Layer) -> Iterator[FrameSource]:
        assert isinstance(layer.part, ColourPart)
        picture = filled(layer.area.width, layer.area.height, layer.part.colour)

        class Still:
            def next(self) -> Planes:
                return picture

        self.now.append(layer.part.colour)
        self.most = max(self.most, len(self.now))
        try:
            yield Still()
        finally:
            self.now.remove(layer.part.colour)


def layer(colour: str, first: int = 0, frames: int = 10, area: Area = WHOLE, **more: object) -> Layer:
    return Layer(part=ColourPart(colour=colour), first=first, frames=frames, area=area, **more)


def luma_of(colour: str) -> int:
    return yuv_of(*bytes.fromhex(colour[1:]))[0]


def frames_of(*layers: Layer, frames: int = 10) -> list[np.ndarray]:
    return [frame.y.copy() for frame in composed(CANVAS, "#000000", layers, frames, Opened())]


def test_layers_lie_over_one_another_and_only_while_they_last() -> None:
    box = Area(x=16, y=16, width=32, height=16)
    frames = frames_of(layer(RED), layer(BLUE, first=4, frames=3, area=box))
    assert {int(frame[24, 32]) for frame in frames[:4] + frames[7:]} == {luma_of(RED)}
    assert {int(frame[24, 32]) for frame in frames[4:7]} == {luma_of(BLUE)}
    assert {int(frame[4, 4]) for frame in frames} == {luma_of(RED)}


BOX = Area(x=16, y=8, width=32, height=24)
OUTSIDE = Area(x=40, y=30, width=40, height=40)
GROWING = (Key(frame=0, value=1.0), Key(frame=9, value=1.2))
MOVING = layer(RED, area=OUTSIDE, x=(Key(frame=0, value=-40), Key(frame=9, value=3)), opacity=constant(0.7))
FADE = Entrance(name="fade", frames=4, after=1)  # over the first that lies over what moves


@pytest.mark.parametrize(
    "over",
    [
        (layer(BLUE, area=BOX),),
        (layer(BLUE, area=BOX, scale=GROWING, clipped=True),),
        (layer(BLUE, area=BOX, scale=GROWING),),
        (layer(BLUE, area=OUTSIDE),),
        (layer(BLUE, area=BOX, opacity=constant(0.5)),),
        (layer(BLUE, area=BOX, opacity=(Key(frame=0, value=0), Key(frame=5, value=1))),),
        (layer("#1e32c880", area=BOX),),
        (layer(BLUE, area=BOX, rotation=constant(30), clipped=True),),
        (layer(BLUE, area=BOX, frames=7), layer(WHITE, first=3, frames=7, area=BOX, entrance=FADE)),
        (layer(BLUE, area=BOX, frames=7), layer(WHITE, first=3, frames=7, entrance=FADE)),
        (layer(BLUE, area=BOX), layer(WHITE, area=Area(x=0, y=0, width=20, height=48), opacity=constant(0.5))),
        (layer(BLUE), layer(WHITE, area=BOX)),
    ],
)
def test_what_is_hidden_need_not_be_drawn(over: tuple[Layer, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """One sees the same as when every layer is drawn all over."""
    frames = frames_of(MOVING, *over)
    monkeypatch.setattr("reel.compose.compositor._Player.covered", lambda *_: None)
    for number, (frame, painted) in enumerate(zip(frames, frames_of(MOVING, *over), strict=True)):
        assert (frame == painted).all(), f"frame {number}"


def test_sources_are_open_only_while_they_are_seen() -> None:
    opened = Opened()
    layers = [layer(f"#0000{place:02x}", first=place, frames=2) for place in range(9)]
    for _ in composed(CANVAS, "#000000", layers, 10, opened):
        pass
    assert opened.most == 2
    assert opened.now == []


def test_ending_early_closes_all() -> None:
    opened = Opened()
    frames = composed(CANVAS, "#000000", [layer(RED), layer(BLUE)], 10, opened)
    next(frames)
    assert opened.now == [RED, BLUE]
    frames.close()
    assert opened.now == []


def test_a_transition_is_between_what_one_would_see_before_and_after() -> None:
    """A crossfade of two half transparent layers never shows more of the ground than either of them."""
    half = constant(0.5)
    entering = layer(WHITE, first=2, frames=8, opacity=half, entrance=Entrance(frames=4, after=1))
    frames = frames_of(layer(RED), layer(WHITE, frames=6, opacity=half), entering)
    expected = (luma_of(RED) + luma_of(WHITE)) / 2
    assert all(abs(int(frame[20, 20]) - expected) <= 2 for frame in frames)


@pytest.mark.parametrize("name", ["crossfade", "wipe-left", "slide-up", "fade-black"])
def test_who_comes_late_into_a_transition_sees_the_rest_of_it(name: str) -> None:
    """Frame by frame the same as in the segment that has all of it."""
    entrance = Entrance(name=name, frames=6, easing="ease-in", after=0)
    whole = frames_of(layer(RED, frames=8), layer(BLUE, first=2, frames=8, entrance=entrance))
    for since in range(2, 10):
        late = entrance.model_copy(update={"age": since - 2}) if since < 8 else None
        entering = layer(BLUE, frames=10 - since, entrance=late)
        before = layer(RED, frames=8 - since) if since < 8 else entering
        (frame, *_) = frames_of(*dict.fromkeys((before, entering)), frames=1)
        assert (frame == whole[since]).all(), since


def test_a_layer_takes_over_from_the_one_that_it_names() -> None:
    """Not from what lies between, which is of another track."""
    half = Area(x=0, y=0, width=32, height=48)
    entering = layer(BLUE, area=half, entrance=Entrance(frames=10, after=1))
    frames = frames_of(layer(WHITE), layer(RED, area=half), entering)
    assert {int(frame[20, 50]) for frame in frames} == {luma_of(WHITE)}
    assert abs(int(frames[4][20, 20]) - (0.55 * luma_of(RED) + 0.45 * luma_of(BLUE))) <= 1


@pytest.mark.parametrize("opacity", [0.01, 0.3, 0.5, 0.7, 0.99])
def test_over_one_colour_is_the_same_as_over_a_picture_of_that_colour(opacity: float) -> None:
    levels = (81, 90, 240)
    noise = np.random.default_rng(2).integers(0, 256, (48, 64), np.uint8)
    above = Planes(noise, noise[::2, ::2], noise[1::2, 1::2])
    onto, unread = blank(64, 48), blank(64, 48)
    onto.fill(levels)
    unread.fill((0, 0, 0))
    mix(above, onto, opacity)
    mix(above, unread, opacity, ground=levels)
    for one, other in zip(onto.colours(), unread.colours(), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1  # where halves are rounded


def test_what_lies_lowest_is_mixed_with_the_background() -> None:
    """Also where others hide a part of it, and where a second layer lies beside it."""
    half, box = constant(0.5), Area(x=16, y=8, width=32, height=24)
    beside = Area(x=48, y=0, width=16, height=48)
    faint, second = layer(RED, opacity=half), layer(BLUE, opacity=half, area=beside)
    (frame,) = [
        picture.y.copy() for picture in composed(CANVAS, WHITE, [faint, second, layer(BLUE, area=box)], 1, Opened())
    ]
    pink = (luma_of(RED) + luma_of(WHITE)) / 2
    assert abs(frame[2, 2] - pink) <= 1
    assert abs(frame[2, 60] - (pink + luma_of(BLUE)) / 2) <= 1
    assert frame[20, 30] == luma_of(BLUE)


@pytest.mark.parametrize(("frame", "share"), [(0, 0.0), (5, 0.5), (9, 0.9)])
def test_opacity_follows_its_curve(frame: int, share: float) -> None:
    fading = layer(WHITE, opacity=(Key(frame=0, value=0), Key(frame=10, value=1)))
    shown = frames_of(layer(RED), fading)[frame]
    assert abs(int(shown[20, 20]) - (luma_of(RED) * (1 - share) + luma_of(WHITE) * share)) <= 2


def test_a_moving_layer_is_clipped_by_the_canvas_and_by_its_area() -> None:
    leaving = (Key(frame=0, value=0), Key(frame=10, value=100))
    free = frames_of(layer(RED), layer(WHITE, area=Area(x=8, y=8, width=16, height=16), x=leaving))
    kept = frames_of(layer(RED), layer(WHITE, area=Area(x=8, y=8, width=16, height=16), x=leaving, clipped=True))
    assert int(free[3][16, 8 + 30 + 8]) > 200
    assert int(kept[3][16, 8 + 30 + 8]) == luma_of(RED)
    assert {int(value) for value in np.unique(free[9])} == {luma_of(RED)}


@pytest.mark.parametrize("rotation", [0.0, 30.0])
@pytest.mark.parametrize("clipped", [True, False])
def test_a_picture_grows_from_nothing(rotation: float, clipped: bool) -> None:
    """Also where an easing goes below 0 first, and comes down to nothing again."""
    keys = (
        (0, 0.0, "back-in"),
        (10, 1.0, "linear"),
        (20, 1.0, "elastic-out"),
        (30, 0.0, "linear"),
        (33, 1e-9, "linear"),
    )
    curve = tuple(Key(frame=frame, value=value, easing=easing) for frame, value, easing in keys)
    popping = layer(WHITE, frames=35, scale=curve, rotation=constant(rotation), clipped=clipped)
    frames = frames_of(layer(RED, frames=35), popping, frames=35)
    shares = [float((frame > 150).mean()) for frame in frames]
    below = [number for number in range(35) if value_at(curve, number) <= 0.01]
    assert {0, 1, 2, 30, 34} <= set(below)
    assert all(shares[number] == 0 for number in below)
    assert shares[20] > 0.7
    expected = value_at(curve, 8) ** 2 * (1 if not rotation else shares[8] / value_at(curve, 8) ** 2)
    assert shares[8] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("size", [(2, 2), (2, 40), (60, 44), (62, 2)])
def test_any_pose_can_be_drawn(size: tuple[int, int]) -> None:
    """The smallest areas and scales, and those far beyond the canvas: never a fault."""
    random = np.random.default_rng(5)
    layers = [
        layer(
            f"#{place * 4:02x}80ff" + ("80" if place % 3 else ""),
            area=Area(x=2 * place - 20, y=10 - 2 * place, width=size[0], height=size[1]),
            scale=(Key(frame=0, value=float(random.choice([0, 1e-6, 0.01, 0.3, 1]))), Key(frame=3, value=20)),
            rotation=constant(float(random.choice([0, 45, 90, 180, -36_000, 7.5]))),
            x=(Key(frame=0, value=float(random.uniform(-640, 640))), Key(frame=3, value=0)),
            clipped=bool(place % 2),
        )
        for place in range(30)
    ]
    assert len(frames_of(*layers, frames=4)) == 4


def ring() -> Pixels:
    """A border with soft edges around nothing."""
    pixels = np.zeros((256, 192, 4), np.uint8)
    pixels[...] = (212, 175, 55, 255)
    pixels[10:-10, 10:-10, 3] = 0
    pixels[10, 10:-10, 3] = 128
    return pixels


def test_a_border_touches_only_its_sides_and_gives_the_same_as_laying_it_whole() -> None:
    bitmap = planes_of(ring())
    ground = filled(192, 256, "#204060")
    whole, parts = ground.copy(), ground.copy()
    lay(bitmap, whole)
    stills = still_overlays(bitmap, 0, 0)
    for still in stills:
        still.lay(parts)
    for a, b in zip(whole.colours(), parts.colours(), strict=True):
        assert np.array_equal(a, b)
    touched = sum(still.above.width * still.above.height for still in stills)
    assert touched < 192 * 256
    assert int(whole.y[128, 96]) == int(ground.y[128, 96])


def test_an_opaque_picture_covers() -> None:
    ground, above = filled(64, 48, RED), filled(64, 48, BLUE)
    lay(with_alpha(above), ground)
    assert int(ground.y[5, 5]) == luma_of(BLUE)
