"""What cannot be meant is told: clips that nobody sees or hears, keyframes that are never reached, variables without use."""

from __future__ import annotations

from typing import Any

import pytest

from reel.kinds import parse_request
from tests.plan.facts import facts, plan_request

CLIP = "timeline.tracks[{}].clips[{}]".format


def colour(**more: Any) -> dict[str, Any]:
    return {"type": "colour", "colour": "red", "duration": 2, **more}


def text(**more: Any) -> dict[str, Any]:
    return {"type": "text", "text": "a", "duration": 2, **more}


def sound(**more: Any) -> dict[str, Any]:
    return {"type": "audio", "asset": "film", "duration": 2, **more}


def warnings(*tracks: list[dict[str, Any]], **more: Any) -> list[str]:
    document = {"kind": "template", "timeline": {"tracks": [{"clips": clips} for clips in tracks]}, **more}
    request = parse_request(document)
    library = {place: facts(asset, still=asset == "still") for place, asset in request.asset_places().items()}
    return list(plan_request(request, library).warnings)


def keys(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"at": at, "value": value} for at, value in pairs]


VIDEO: dict[str, Any] = {"type": "video", "asset": "film", "duration": 2, "fit": "cover"}
TOP = [colour(duration=4)]
CORNER = {"x": 0.9, "y": 0.9, "width": 0.1, "height": 0.1}
UNSEEN = "nothing of it is ever seen"

ODD: list[tuple[list[list[dict[str, Any]]], str]] = [
    ([[colour(opacity=keys((0, 0), (3, 1)))]], ".opacity: its keyframe from 3 s on lies after the clip's end, 2 s"),
    (
        [[colour(position={"x": keys((0, 0), (1, 0.1), (2.5, 1), (3, 1))})]],
        ".position.x: its keyframes from 2.5 s on lie",
    ),
    ([[{**VIDEO, "volume": keys((0, 0), (5, -6))}]], ".volume: its keyframe from 5 s on"),
    ([[text(area={"x": 1.1, "width": 0.5})]], f": lies off the canvas: {UNSEEN}"),
    ([[text(position={"y": -1.2})]], ": lies off the canvas"),
    ([[text(position={"x": keys((0, -3), (2, -1.1))})]], ": lies off the canvas"),
    ([[text(area=CORNER, position={"x": 0.2, "y": 0.2}, rotation=20)]], ": lies off the canvas"),
    ([[colour(opacity=0)]], f".opacity: is 0 throughout: {UNSEEN}"),
    ([[colour(opacity=keys((0, 0), (1, 0)))]], ".opacity: is 0 throughout"),
    ([[colour(scale=0)]], ".scale: is 0 throughout"),
    ([[colour(colour="transparent")]], f".colour: is transparent: {UNSEEN}"),
    ([[text(), colour()], TOP], f": {UNSEEN}, as {CLIP(1, 0)} lies over it"),
    ([[text(duration=3)], [colour(), colour()]], f": {UNSEEN}, as {CLIP(1, 0)} and {CLIP(1, 1)} lie over it"),
    ([[text(duration=3)], [colour(), colour(transition="crossfade")]], f": {UNSEEN}"),
    ([[text()], [VIDEO]], f": {UNSEEN}"),
    ([[text(area={"x": 0.2, "width": 0.2})], [colour(area={"x": 0.1, "width": 0.5})]], f": {UNSEEN}"),
    ([[sound(volume=-100)]], ".volume: is -90 dB or less throughout"),
    ([[sound(duration=15, loop=True, volume=keys((0, -100), (12, -95)))]], ".volume: is -90 dB or less throughout"),
]


@pytest.mark.parametrize(("tracks", "said"), ODD)
def test_what_cannot_be_meant_is_told_with_its_field(tracks: list[list[dict[str, Any]]], said: str) -> None:
    found = warnings(*tracks, duration=20)
    assert any(warning.startswith(CLIP(0, 0) + said) for warning in found), found


FINE: list[list[list[dict[str, Any]]]] = [
    [[colour(opacity=keys((0, 0), (2, 1)))]],
    [[text(position={"x": keys((0, -1.5), (2, 0))})]],
    [[text(position={"x": keys((0, -1.5), (2, 1.5))})]],
    [[text(area={"x": 0.9, "width": 0.5})]],
    [[colour(scale=keys((0, 0), (1, 1)))]],
    [[text(duration=5)], TOP],
    [[text()], [colour(opacity=0.99)]],
    [[text()], [colour(colour="#ff000080")]],
    [[text()], [{**VIDEO, "fit": "contain"}]],
    [[text()], [colour(area={"width": 0.9})]],
    [[text(duration=3)], [colour(), colour(transition="wipe-left")]],
    [[text()], [colour(scale=keys((0, 0.5), (1, 1)))]],
    [[text()], [colour(rotation=1)]],
    [[text(position={"x": 0.1}, area={"x": 0.1, "width": 0.2})], [colour(area={"x": 0.1, "width": 0.2})]],
    [[{**VIDEO, "mute": True}]],
    [[sound(volume=keys((0, -100), (1, 0)))]],
]


@pytest.mark.parametrize("tracks", FINE)
def test_what_may_be_meant_is_not(tracks: list[list[dict[str, Any]]]) -> None:
    assert warnings(*tracks, duration=5) == []


def test_a_variable_without_use_is_told_and_one_with_any_is_not() -> None:
    variables = {"USED": {"default": "a"}, "OLD": {"default": "b"}, "IN": {"default": "c"}}
    told = ["variables.OLD: nothing in the template uses it"]
    assert warnings([text(text="{{USED}} and {{ IN }}")], variables=variables) == told
    assert warnings([text(text="{{{{OLD}}")], variables={"OLD": {}}, data={"OLD": "x"}) == told


def test_a_request_that_is_filled_in_already_says_nothing_of_its_variables() -> None:
    document = {"kind": "template", "variables": {"A": {}}, "data": {"A": "x"}}
    request = parse_request({**document, "timeline": {"tracks": [{"clips": [text(text="{{A}}")]}]}})
    again = parse_request(request.model_dump_json(by_alias=True))
    assert plan_request(again, {}).warnings == plan_request(request, {}).warnings == ()


def test_an_opaque_frame_over_a_slideshow_is_told() -> None:
    document = {"kind": "slideshow", "images": ["still"], "frame": {"asset": "still"}, "atmosphere": "none"}
    request = parse_request(document)
    library = {place: facts("still", still=True) for place in request.asset_places()}
    assert f"images[0]: {UNSEEN}, as frame lies over it" in plan_request(request, library).warnings
