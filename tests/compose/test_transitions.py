"""Transitions: what a viewer sees at the begin, in the middle, at the end, and where; and FFmpeg's `xfade` beside them."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.compose.planes import Planes, filled, planes_of
from reel.compose.transitions import NAMES, TRANSITIONS, XFADE, blend, share_at
from reel.compose.wipes import WIPES
from reel.curves import EASINGS, Easing
from reel.ffmpeg.build import ffmpeg_path

DARK, LIGHT = filled(66, 34, "#303030"), filled(66, 34, "#d0d0d0")
THROUGH = ("fade-through", "fade-black", "fade-white", "circle-crop", "rect-crop")
"""These show neither picture in the middle."""


def noise(width: int, height: int, seed: int) -> Planes:
    """A picture without two equal places."""
    random = np.random.RandomState(seed)
    full, half = (height, width), (height // 2, width // 2)
    return Planes(*(random.randint(0, 256, size).astype(np.uint8) for size in (full, half, half)))


def shown(name: str, before: Planes, after: Planes, share: float) -> Planes:
    result = before.copy()
    blend(name, before, after, share, result, "#000000")
    return result


def weight(name: str, share: float, size: tuple[int, int] = (180, 320)) -> npt.NDArray[np.float64]:
    """How much of the new picture is seen, pixel by pixel."""
    dark, light = filled(*size, "#303030"), filled(*size, "#d0d0d0")
    result = shown(name, dark, light, share).y.astype(float)
    return (result - dark.y[0, 0]) / (float(light.y[0, 0]) - dark.y[0, 0])


@pytest.mark.parametrize("name", ["rect-open", "rect-close", "vertical-open", "horizontal-close", "circle-open"])
@pytest.mark.parametrize("size", [(96, 160), (160, 120), (66, 34), (640, 360)])
def test_what_mirrors_itself_changes_at_once_on_both_sides(name: str, size: tuple[int, int]) -> None:
    for share in (0.003, 0.01, 0.4, 0.9, 0.992, 0.9933, 0.997):
        seen = weight(name, share, size)
        assert np.array_equal(seen, seen[::-1]), share
        assert np.array_equal(seen, seen[:, ::-1]), share


def equal(one: Planes, other: Planes) -> bool:
    return all((a == b).all() for a, b in zip(one.colours(), other.colours(), strict=True))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(2, 2), (66, 34), (34, 66), (320, 180)])
def test_ends_are_exact(name: str, size: tuple[int, int]) -> None:
    before, after = noise(*size, 1), noise(*size, 2)
    for share, end in ((-0.1, before), (0.0, before), (1.0, after), (1.1, after)):
        assert equal(shown(name, before, after, share), end)


@pytest.mark.parametrize("name", TRANSITIONS)
def test_the_inputs_stay_and_the_result_may_be_the_first_of_them(name: str) -> None:
    before, after = noise(66, 34, 1), noise(66, 34, 2)
    kept = before.copy(), after.copy()
    for share in (0.2, 0.5, 0.9):
        result = shown(name, before, after, share)
        assert equal(before, kept[0])
        assert equal(after, kept[1])
        in_place = before.copy()
        blend(name, in_place, after, share, in_place, "#000000")
        assert equal(in_place, result)
        # A part of a larger picture, as a clip with an area of its own is.
        canvas = noise(100, 60, 3)
        part = canvas.region(20, 10, 66, 34)
        part.take(before)
        blend(name, part, after, share, part, "#000000")
        assert equal(canvas.region(20, 10, 66, 34), result)
        canvas.region(20, 10, 66, 34).take(noise(100, 60, 3).region(20, 10, 66, 34))
        assert equal(canvas, noise(100, 60, 3))


@pytest.mark.parametrize("name", [name for name in TRANSITIONS if name not in THROUGH])
def test_half_of_the_picture_has_changed_in_the_middle(name: str) -> None:
    assert weight(name, 0.5).mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("name", THROUGH)
def test_neither_is_seen_in_the_middle_of_those_that_go_through_a_colour(name: str) -> None:
    before, after = noise(66, 34, 1), noise(66, 34, 2)
    middle = shown(name, before, after, 0.5)
    assert [plane.std() for plane in middle.colours()] == [0, 0, 0]
    assert middle.y[0, 0] == (235 if name == "fade-white" else 16)
    for share in (0.1, 0.25, 0.4):  # as much of the one before as of the other after
        forth, back = shown(name, before, before, share), shown(name, before, before, 1 - share)
        assert abs(forth.y.astype(int) - back.y).mean() < 1


@pytest.mark.parametrize("name", [name for name in TRANSITIONS if name not in THROUGH])
def test_the_new_picture_only_ever_gains(name: str) -> None:
    shares = [weight(name, step / 20, (66, 34)).mean() for step in range(21)]
    assert all(later >= earlier - 1e-3 for earlier, later in pairwise(shares))
    assert shares[0] == 0
    assert shares[20] == 1


@pytest.mark.parametrize("name", WIPES)
def test_a_wipe_covers_as_much_of_the_picture_as_of_its_way(name: str) -> None:
    for share in (0.3, 0.5, 0.7):
        ahead = abs(share - 0.5) * WIPES[name].softness  # the soft edge begins outside of the picture, and ends there
        assert weight(name, share).mean() == pytest.approx(share, abs=0.01 + ahead)


@pytest.mark.parametrize("name", ["slide-left", "cover-up", "reveal-down", "squeeze-v"])
def test_colour_and_light_change_at_the_same_places(name: str) -> None:
    before, after = filled(180, 320, "#202020"), filled(180, 320, "#40ff40")
    result = shown(name, before, after, 0.37)
    light = cv2.resize(result.y, (90, 160), interpolation=cv2.INTER_AREA).astype(float)
    light = (light - before.y[0, 0]) / (float(after.y[0, 0]) - before.y[0, 0])
    colour = (result.u.astype(float) - before.u[0, 0]) / (float(after.u[0, 0]) - before.u[0, 0])
    assert abs(light - colour).mean() < 0.03


@pytest.mark.parametrize(
    ("name", "early", "late"),
    [
        ("wipe-left", "right", "left"),
        ("smooth-up", "bottom", "top"),
        ("slide-right", "left", "right"),
        ("cover-down", "top", "bottom"),
        ("reveal-left", "right", "left"),
        ("wind-up", "bottom", "top"),
        ("circle-open", "middle", "top"),
        ("horizontal-close", "top", "middle"),
    ],
)
def test_where_the_new_picture_appears(name: str, early: str, late: str) -> None:
    places = {
        "left": np.s_[150:170, :20],
        "right": np.s_[150:170, -20:],
        "top": np.s_[:20, 80:100],
        "bottom": np.s_[-20:, 80:100],
        "middle": np.s_[150:170, 80:100],
    }
    seen = weight(name, 0.4)
    assert seen[places[early]].mean() > 0.95
    assert seen[places[late]].mean() < 0.05


def test_fade_through_takes_the_colour_that_is_asked_for() -> None:
    result = DARK.copy()
    blend("fade-through", DARK, LIGHT, 0.5, result, "#ff0000")
    assert equal(result, filled(66, 34, "#ff0000"))


def test_fade_grey_loses_colour_and_keeps_light() -> None:
    red, blue = filled(64, 64, "#ff0000"), filled(64, 64, "#0000ff")
    middle = shown("fade-grey", red, blue, 0.5)
    assert {int(middle.u[0, 0]), int(middle.v[0, 0])} == {128}
    assert middle.y[0, 0] == pytest.approx((float(red.y[0, 0]) + blue.y[0, 0]) / 2, abs=1)


@pytest.mark.parametrize("name", ["distance", "fade-fast", "fade-slow"])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.5, 0.7])
def test_noise_of_a_level_is_not_made_large(name: str, share: float) -> None:
    random = np.random.default_rng(5)
    before, after = filled(320, 180, "#505050"), filled(320, 180, "#101010")
    noisy = after.copy()
    noisy.y[:] += random.integers(0, 2, noisy.y.shape, dtype=np.uint8)
    clean, found = (shown(name, before, other, share).y.astype(int) for other in (after, noisy))
    assert np.abs(found - clean).max() <= 4


def test_a_wipe_moves_by_less_than_a_pixel() -> None:
    """Its edge is smooth, so that slow wipes do not jump."""
    positions = [weight("wipe-right", 0.5 + step / 3000, (1080, 40)).mean() * 1080 for step in range(11)]
    assert np.diff(positions) == pytest.approx(0.36, abs=0.1)


@pytest.mark.parametrize("name", WIPES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.83])
def test_colour_changes_as_far_as_the_pixels_that_share_it(name: str, share: float) -> None:
    """At every place, also where slats, grains and streaks end between two rows."""
    before, after = filled(182, 134, "#202020"), filled(182, 134, "#40ff40")
    result = shown(name, before, after, share)

    def far(plane: str) -> npt.NDArray[np.float64]:
        old, new, now = (getattr(picture, plane).astype(float) for picture in (before, after, result))
        return np.asarray((now - old) / (new - old))

    shared = halved(far("y"))
    assert np.abs(far("u") - shared).max() < 0.03
    assert np.abs(far("v") - shared).max() < 0.03


def halved(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What pixels come to where their chroma sits: at the even columns, between two rows."""
    pairs = (plane[0::2] + plane[1::2]) / 2
    padded = np.pad(pairs, ((0, 0), (1, 1)), mode="edge")
    return np.asarray(((padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4)[:, ::2])


@pytest.mark.parametrize("name", ["blur", "pixelize"])
@pytest.mark.parametrize("share", [0.06, 0.13, 0.3, 0.5, 0.82])
def test_colour_is_blurred_and_cut_to_blocks_as_light_is(name: str, share: float) -> None:
    pixels = np.full((134, 182, 4), (32, 32, 32, 255), np.uint8)
    for left in range(11, 170, 40):
        pixels[:, left : left + 19] = pixels[41:61] = (64, 255, 64, 255)
    picture, dark, light = planes_of(pixels), filled(182, 134, "#202020"), filled(182, 134, "#40ff40")
    result = shown(name, picture, picture, share)
    y, u = (
        (getattr(result, plane).astype(float) - getattr(dark, plane)[0, 0])
        / (float(getattr(light, plane)[0, 0]) - getattr(dark, plane)[0, 0])
        for plane in ("y", "u")
    )
    # The colours of a block's own edge are known to a pixel only.
    assert np.abs(u - halved(y)).max() < (0.05 if name == "blur" else 0.25)


def test_an_edge_that_is_blurred_counts_once() -> None:
    """A line at the edge of a picture is not drawn out to half of what is blurred."""
    picture = filled(180, 40, "#101010")
    picture.region(178, 0, 2, 40).take(filled(2, 40, "#f0f0f0"))
    middle = shown("blur", picture, picture, 0.5).y[20].astype(int)
    before = picture.y[20].astype(int)
    assert (middle - 16).sum() == pytest.approx((before - 16).sum(), rel=0.1)


@pytest.mark.parametrize(("index", "frames", "share"), [(0, 1, 0.5), (0, 2, 0.25), (1, 2, 0.75), (7, 15, 0.5)])
def test_shares_are_those_of_the_middle_of_frames(index: int, frames: int, share: float) -> None:
    assert share_at(index, frames, "linear") == pytest.approx(share)


SYMMETRIC: tuple[Easing, ...] = ("linear", "ease-in-out", "quad-in-out", "cubic-in-out", "sine-in-out", "expo-in-out")


@given(frames=st.integers(1, 120), easing=st.sampled_from(SYMMETRIC), first=st.integers(0, 10_000))
def test_the_middle_of_the_change_is_the_middle_of_the_overlap(frames: int, easing: Easing, first: int) -> None:
    shares = [share_at(index, frames, easing) for index in range(frames)]
    assert shares == sorted(shares)
    assert shares == pytest.approx([1 - share for share in reversed(shares)])
    # A cut at the same moment would show the new picture for as long in all.
    assert sum(shares) == pytest.approx(frames / 2)


@pytest.mark.parametrize("easing", EASINGS)
def test_every_easing_can_drive_a_transition(easing: Easing) -> None:
    for index in range(5):
        shown("wipe-left", DARK, LIGHT, share_at(index, 5, easing))


def test_every_name_of_xfade_is_known() -> None:
    text = subprocess.run(
        [str(ffmpeg_path()), "-hide_banner", "-h", "filter=xfade"], capture_output=True, text=True, check=True
    ).stdout
    names = set(re.findall(r"^ {5}(\w+) +\d+ +\.\.F", text, re.MULTILINE))
    assert len(names) > 50
    assert names == set(XFADE)
    assert set(XFADE.values()) <= set(TRANSITIONS)


LIKE_XFADE = [name for name, ours in XFADE.items() if ours in WIPES and ours != "dissolve"] + [
    f"{kind}{side}" for kind in ("slide", "cover", "reveal") for side in ("left", "right", "up", "down")
]


@pytest.fixture(scope="module")
def xfades() -> dict[str, npt.NDArray[np.float64]]:
    """What FFmpeg shows of white over black at half of the way."""
    width, height = 96, 64
    ends = "".join(
        f"color={colour}:s={width}x{height}:r=8:d=2,format=gray,split={len(LIKE_XFADE)}"
        + "".join(f"[{colour}{number}]" for number in range(len(LIKE_XFADE)))
        + ";"
        for colour in ("black", "white")
    )
    fades = "".join(
        f"[black{number}][white{number}]xfade=transition={name}:duration=1:offset=0,trim=start_frame=4:end_frame=5[{number}];"
        for number, name in enumerate(LIKE_XFADE)
    )
    stack = "".join(f"[{number}]" for number in range(len(LIKE_XFADE))) + f"vstack=inputs={len(LIKE_XFADE)}[all]"
    command = [str(ffmpeg_path()), "-v", "error", "-filter_complex", ends + fades + stack, "-map", "[all]"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, height, width)[: len(LIKE_XFADE)]
    return {name: frame / 255 for name, frame in zip(LIKE_XFADE, frames, strict=True)}


@pytest.mark.parametrize("name", LIKE_XFADE)
def test_the_shape_is_that_of_xfade(name: str, xfades: dict[str, npt.NDArray[np.float64]]) -> None:
    """Their moments differ (ours cover half of the picture at half of the way), their places must not."""
    ours = weight(name, 0.5, (96, 64))
    assert np.corrcoef(ours.ravel(), xfades[name].ravel())[0, 1] > 0.5


def test_the_page_on_transitions_names_them_all() -> None:
    page = Path(__file__).parents[2].joinpath("docs/transitions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \|([^|]*)\|", page, re.MULTILINE)
    named = {name: set(re.findall(r"`(\w+)`", aliases)) for name, aliases in rows}
    expected = {name: {alias for alias, ours in XFADE.items() if ours == name} for name in TRANSITIONS}
    assert named == expected


def test_half_frames_count_as_the_timeline_says() -> None:
    """15 frames from frame 60 on: the middle is 67.5, where the planner puts what is to be on the beat."""
    shares = [Fraction(share_at(index, 15, "linear")).limit_denominator(1000) for index in range(15)]
    assert [60 + index for index, share in enumerate(shares) if share == Fraction(1, 2)] == [67]
