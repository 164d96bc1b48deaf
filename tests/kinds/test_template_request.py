"""Templates as people write them: what is wrong is told by place, in words, and all of it at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import is_valid

from flows.template import template
from reel.errors import InvalidRequest
from reel.kinds import parse_request

EXAMPLE = Path(__file__).parents[2] / "examples" / "template.json"


def document(*clips: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "template", "timeline": {"tracks": [{"clips": list(clips)}]}, **more}


def colour(seconds: Any = 2, **more: Any) -> dict[str, Any]:
    return {"type": "colour", "colour": "#102030", "duration": seconds, **more}


def told(request: Any) -> list[str]:
    """Everything that is wrong with a request."""
    with pytest.raises(InvalidRequest) as refused:
        parse_request(request)
    return [str(problem) for problem in refused.value.problems]


CLIP = "timeline.tracks[0].clips[0]"
KEY = {"at": 0, "value": 0}

WRONG: list[tuple[dict[str, Any], str]] = [
    (colour(opacity=-3), ".opacity: -3 is not between 0 and 1"),
    (colour(opacity=float("nan")), ".opacity: must be a number, and not an infinite one"),
    (colour(opacity=[]), ".opacity: is empty (give at least one entry)"),
    (colour(opacity=[1]), ".opacity[0]: must be an object with fields"),
    (colour(opacity={"at": 0}), ".opacity: must be a number; or must be a list"),
    (colour(opacity=[KEY, KEY]), ".opacity: keyframes must have rising times"),
    (colour(opacity=[KEY, {"at": 1, "value": 2}]), ".opacity: 2 is not between 0 and 1"),
    (colour(opacity=[{**KEY, "easing": "ease-inn"}]), "did you mean `ease-in`?"),
    (colour(opacity=[{**KEY, "at": 1e300}]), ".opacity[0].at: "),
    (colour(scale=-1), ".scale: -1 is not between 0 and 20"),
    (colour(position={"x": "left"}), ".position.x: must be a number"),
    (colour(start="soon"), ".start: 'soon' is not a number; or must be `auto`"),
    (colour("long"), ".duration: 'long' is not a number; or must be `end`"),
    (colour(0), ".duration: must be more than 0 (given: 0)"),
    (colour(text="x"), ".text: is not a field here"),
    (colour(transition="crossfade"), ".transition: has no clip before it"),
    (colour(area={"width": 0}), ".area.width: "),
    ({"type": "image", "asset": "a", "fit": {}}, ".fit: must be `contain`, `contain-blur`, `cover`"),
    ({"type": "image", "asset": "a", "crop": {"x": 0.6, "width": 0.6}}, ".crop: reaches beyond the picture"),
    ({"type": "video", "asset": "a", "in": 3, "out": 2}, ".out: must be after `in` (3 s)"),
    ({"type": "video", "asset": "a", "speed": 5}, ".speed: "),
    ({"type": "video", "asset": "a", "volume": 1000}, ".volume: 1000 is not between -100 and 12"),
    ({"type": "drawn", "name": "glitter"}, ".name: 'glitter' is not in the library; did you mean `glitter-rain`?"),
    (
        {"type": "vid", "asset": "a"},
        ".type: must be `video`, `image`, `colour`, `drawn`, `text` or `audio` (given: 'vid'",
    ),
    ({"asset": "a"}, ".type: is missing"),
]


@pytest.mark.parametrize(("clip", "said"), WRONG)
def test_one_wrong_clip_is_one_problem_at_its_field(clip: dict[str, Any], said: str) -> None:
    (problem,) = told(document(clip, duration=5))
    assert problem.startswith(CLIP)
    assert said in problem


def test_clips_that_are_no_clips() -> None:
    assert told(document("a.mp4")) == [f"{CLIP}: must be an object with fields (given: 'a.mp4')"]
    assert told({**document(), "timeline": {"tracks": "a"}}) == ["timeline.tracks: must be a list (given: 'a')"]
    assert told({**document(), "timeline": {"tracks": []}}) == ["timeline.tracks: is empty (give at least one entry)"]
    assert told({**document(colour()), "background": {}}) == ["background: must be a text; or must be `none`"]


def test_everything_wrong_is_told_at_once() -> None:
    problems = told(document(colour(opacity=7), colour(scale=-1, transition={"name": "wipe-lefd"}), fit="x"))
    assert [problem.split(": ")[0] for problem in problems] == [
        "fit",
        f"{CLIP}.opacity",
        "timeline.tracks[0].clips[1].scale",
        "timeline.tracks[0].clips[1].transition.name",
    ]
    assert "did you mean `wipe-left`?" in problems[-1]


def test_clips_without_an_end_of_their_own() -> None:
    text = {"type": "text", "text": "a"}
    problems = told(document(text, colour("end"), colour(2)))
    assert [problem.split(": ")[0] for problem in problems] == [
        f"{CLIP}.duration",
        "timeline.tracks[0].clips[1].duration",
    ]
    assert told(document(text)) == ["duration: is `auto`, and no clip has an end of its own (give it in seconds)"]


FORM = parameter_schema(template).model_dump()


def fits_the_form(*clips: dict[str, Any], **more: Any) -> bool:
    """Whether Prefect would let a request through: it looks at the schema, before the flow fills anything in."""
    return is_valid({"request": document(*clips, **more)}, FORM)


def test_the_form_of_the_deployment_takes_placeholders() -> None:
    assert is_valid({"request": json.loads(EXAMPLE.read_text("utf-8"))}, FORM)
    placeholders: list[dict[str, Any]] = [
        {"opacity": "{{A}}"},
        {"area": {"x": "{{A}}"}},
        {"clipped": "{{A}}"},
        {"opacity": [{"at": "{{A}}", "value": "{{B}}", "easing": "{{C}}"}]},
        {"transition": {"duration": "{{A}}", "colour": "{{B}}"}},
    ]
    for fields in placeholders:
        assert fits_the_form(colour("{{A}}", **fields)), fields
    assert fits_the_form(colour(), aspect="{{A}}", background="{{B}}", duration="{{C}}")


def test_the_form_still_refuses_what_is_none() -> None:
    wrong: list[dict[str, Any]] = [{"opacity": "dim"}, {"area": {"x": "left"}}, {"colours": 1}]
    for fields in wrong:
        assert not fits_the_form(colour(**fields)), fields
    assert not fits_the_form(colour(), aspect="wide")


def test_a_request_survives_json() -> None:
    request = parse_request(EXAMPLE.read_text("utf-8"))
    assert parse_request(request.model_dump_json(by_alias=True)) == request
