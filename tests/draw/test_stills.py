"""Frames of the library, as a viewer sees them."""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path

import numpy as np
import pytest

from reel.compose.blend import lay
from reel.compose.planes import filled, planes_of, yuv_of
from reel.draw import LOOPS, STILLS, draw_still
from reel.presets import DRAWN_LOOPS, DRAWN_STILLS

SIZES = [(64, 64), (480, 854), (854, 480), (1080, 1080)]
ORNATE = ("ornate-gold", "ornate-silver")


@pytest.mark.parametrize(("name", "colour"), [("golden", (212, 175, 55)), ("silver", (192, 192, 192))])
@pytest.mark.parametrize(
    ("size", "border"), [((1080, 1920), 10), ((1920, 1080), 10), ((2160, 3840), 20), ((540, 960), 5), ((64, 64), 1)]
)
def test_a_plain_border_has_its_colour_and_its_width(
    name: str, colour: tuple[int, int, int], size: tuple[int, int], border: int
) -> None:
    pixels = draw_still(name, *size)
    assert pixels.shape == (size[1], size[0], 4)
    assert (pixels[..., :3] == colour).all()
    opaque = pixels[..., 3] == 255
    assert (pixels[~opaque, 3] == 0).all()
    inside = opaque[border:-border, border:-border]
    assert not inside.any()
    assert opaque.sum() == opaque.size - inside.size


def test_the_colour_of_a_border_is_the_same_up_to_its_edge() -> None:
    """Chroma is sampled across the edge, and the transparent side must not shine through: over its own colour a border is
    not seen, but for a level of rounding."""
    ground, levels = filled(540, 960, "#d4af37"), yuv_of(212, 175, 55)
    lay(planes_of(draw_still("golden", 540, 960)), ground)
    for plane, level in zip(ground.colours(), levels, strict=True):
        assert np.abs(plane.astype(int) - level).max() <= 1


@pytest.mark.parametrize("name", ORNATE)
@pytest.mark.parametrize("size", [*SIZES, pytest.param((3840, 2160), marks=pytest.mark.slow)])
def test_an_ornate_frame_is_solid_outside_and_open_inside(name: str, size: tuple[int, int]) -> None:
    width, height = size
    alpha = draw_still(name, width, height)[..., 3]
    assert alpha.shape == (height, width)
    for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]):
        assert (edge > (220 if min(size) < 100 else 254)).all()  # lines thinner than a pixel are never quite solid
    margin = round(0.24 * min(size))
    assert not alpha[margin:-margin, margin:-margin].any()
    assert 0.1 < (alpha > 0).mean() < 0.6


@pytest.mark.parametrize("name", DRAWN_STILLS)
@pytest.mark.parametrize("size", [(400, 710), (710, 400), (400, 400), (400, 500)])
def test_a_frame_is_clear_further_in_than_its_depth(name: str, size: tuple[int, int]) -> None:
    """As a slideshow draws it: on five sixths of the canvas, with lines for the whole."""
    unit = 480 / 1080
    depth = math.ceil(DRAWN_STILLS[name] * unit)
    alpha = draw_still(name, *size, unit)[..., 3]
    assert alpha.any()
    assert not alpha[depth:-depth, depth:-depth].any()


@pytest.mark.parametrize("name", ORNATE)
def test_an_ornate_frame_is_symmetrical_but_for_its_light(name: str) -> None:
    solid = draw_still(name, 480, 854)[..., 3] == 255
    # The shadow, which falls to one side, fills up the soft edge of the other.
    assert (solid != solid[:, ::-1]).mean() < 1e-3
    assert (solid != solid[::-1]).mean() < 1e-3


@pytest.mark.parametrize("name", ORNATE)
def test_an_ornate_frame_has_smooth_edges_and_many_lights(name: str) -> None:
    pixels = draw_still(name, 480, 854)
    solid = pixels[pixels[..., 3] == 255].astype(int)
    assert len(np.unique(pixels[..., 3])) > 100
    light = solid[:, :3].mean(axis=1)
    assert np.percentile(light, 2) < 60
    assert np.percentile(light, 98) > 190


@pytest.mark.parametrize(("name", "most", "least"), [("ornate-gold", "red", "blue"), ("ornate-silver", "blue", "red")])
def test_the_metals(name: str, most: str, least: str) -> None:
    pixels = draw_still(name, 270, 480)
    means = dict(zip(("red", "green", "blue"), pixels[pixels[..., 3] == 255][:, :3].mean(axis=0), strict=True))
    assert (max(means, key=means.__getitem__), min(means, key=means.__getitem__)) == (most, least)
    assert max(means.values()) - min(means.values()) > 60 or name == "ornate-silver"
    assert max(means.values()) - min(means.values()) < 16 or name == "ornate-gold"


def test_the_width_of_lines_follows_the_short_side() -> None:
    """A quarter of the size has the same look: the large one, made small, is much like the small one."""
    small = draw_still("ornate-gold", 270, 480)[..., 3]
    large = draw_still("ornate-gold", 1080, 1920)[..., 3].reshape(480, 4, 270, 4).mean(axis=(1, 3))
    assert np.abs(small - large).mean() < 6


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("golden", "7bd90092928dd90f"),
        ("ornate-gold", "f481728dd41a8d26"),
        ("ornate-silver", "be2b676e74780cc0"),
    ],
)
def test_every_machine_draws_the_same_bits(name: str, digest: str) -> None:
    """Where a drawing is changed on purpose: raise `DrawnBitmap.rules`, then write its new digest here."""
    assert hashlib.sha256(draw_still(name, 480, 854).tobytes()).hexdigest()[:16] == digest


def test_requests_know_the_names_of_the_library() -> None:
    assert set(DRAWN_STILLS) == set(STILLS)
    assert set(DRAWN_LOOPS) == set(LOOPS)


def test_the_page_on_the_library_names_all_of_it() -> None:
    page = Path(__file__).parents[2].joinpath("docs/library.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == {*STILLS, *LOOPS}
