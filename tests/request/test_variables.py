"""Placeholders: filled strictly, with every mistake told at its place, and nothing ever evaluated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.kinds.template.layers import TextLayer
from reel.kinds.template.request import TemplateRequest

VARIABLES = {
    "HEAD": {"type": "text"},
    "PRICE": {"type": "number", "default": 9.5},
    "TINT": {"type": "colour", "default": "#ff0000"},
    "CLIP": {"type": "asset"},
    "SIZE": {"type": "choice", "choices": ["s", "l"], "default": "s"},
    "MANY": {"type": "number", "default": 1234567},
    "FEW": {"type": "number", "default": 1e-7},
    "NEW": {"type": "boolean", "default": True},
}


def template(text: str = "{{HEAD}}", data: dict[str, Any] | None = None, **clip: Any) -> dict[str, Any]:
    return {
        "kind": "template",
        "variables": VARIABLES,
        "data": {"HEAD": "Sale", "CLIP": "a.mp4"} if data is None else data,
        "timeline": {
            "tracks": [
                {"clips": [{"type": "video", "asset": "{{CLIP}}"}]},
                {"clips": [{"type": "text", "text": text, "duration": 2, **clip}]},
            ]
        },
    }


def text_of(document: dict[str, Any]) -> Any:
    request = parse_request(document)
    assert isinstance(request, TemplateRequest)
    return request.timeline.tracks[1].clips[0]


FILLED = [
    ("{{HEAD}}", "Sale"),
    ("{{ HEAD }} now: {{PRICE}}!", "Sale now: 9.5!"),
    ("{{{{HEAD}}", "{{HEAD}}"),
    ("no variable", "no variable"),
    ("{{SIZE}}", "s"),
    ("{{MANY}}", "1234567"),
    ("{{FEW}} {{NEW}}", "0.0000001 true"),
]


@pytest.mark.parametrize(("text", "filled"), FILLED)
def test_placeholders_are_filled(text: str, filled: str) -> None:
    assert text_of(template(text)).text == filled


def test_a_whole_placeholder_takes_the_value_as_it_is() -> None:
    clip = text_of(template(size="{{PRICE}}", colour="{{TINT}}"))
    assert clip.size == 9.5
    assert text_of(template("{{PRICE}}")).text == "9.5"
    assert clip.colour == "#ff0000"
    request = parse_request(template())
    assert request.asset_places() == {"timeline.tracks[0].clips[0].asset": "a.mp4"}


@given(text=st.text(alphabet="{}AHED \n", max_size=30))
@example("{{PRICE}} {{{{")
def test_values_are_never_looked_into(text: str) -> None:
    """Nor when the request is written to JSON and read again, as reports and replays do."""
    request = parse_request(template(data={"HEAD": text, "CLIP": "a"}))
    again = parse_request(request.model_dump_json(by_alias=True))
    assert again == request
    assert isinstance(again, TemplateRequest)
    (clip,) = again.timeline.tracks[1].clips
    assert isinstance(clip, TextLayer)
    assert clip.text == text


WRONG: list[tuple[dict[str, Any], str]] = [
    (template("{{HED}}"), "timeline.tracks[1].clips[0].text: {{HED}} is not a variable"),
    (template(data={"CLIP": "a"}), "timeline.tracks[1].clips[0].text: {{HEAD}} has no value"),
    (template(data={"HEAD": "a", "CLIP": "a", "OTHER": 1}), "data.OTHER: is not a variable"),
    (template(data={"HEAD": "a", "CLIP": "a", "PRICE": "cheap"}), "data.PRICE: 'cheap' is not a number"),
    (template(data={"HEAD": "a", "CLIP": "a", "TINT": "redd"}), "data.TINT: 'redd' is not a colour"),
    (template(data={"HEAD": "a", "CLIP": "a", "SIZE": "xl"}), "data.SIZE: 'xl' is none of s, l"),
    (template(data={"HEAD": "a" * 501, "CLIP": "a"}), "is no text of at most 500 characters"),
    (template(data={"HEAD": "a", "CLIP": "a", "PRICE": float("nan")}), "data.PRICE: nan is not a number"),
    (template(data={"HEAD": "a", "CLIP": "a", "TINT": "#ff00\n00"}), "is not a colour"),
    (
        template(data={"HEAD": "a", "CLIP": "a", "PRICE": 9999}, size="{{PRICE}}"),
        "tracks[1].clips[0].size: must be at most 1000",
    ),
    ({**template(), "variables": {"HEAD": {"type": "txt"}}}, "variables.HEAD.type: must be `text`, `number`"),
    ({**template(), "variables": {"HEAD": {"type": "choice"}}}, "variables.HEAD: `choices` belong to"),
    (
        {**template(), "variables": {"A": {"type": "number", "default": "b"}}},
        "variables.A.default: 'b' is not a number",
    ),
    ({**template(), "variables": {"A-B": {}}}, "variables.A-B: is not a name"),
    ({**template(), "data": 3}, "data: must be an object"),
]


@pytest.mark.parametrize(("document", "said"), WRONG)
def test_what_is_wrong_is_told_at_its_place(document: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request(document)
    assert said in str(refused.value)


def test_all_of_it_is_told_at_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_request(template("{{A}} {{B}}", data={"PRICE": True}))
    assert len(refused.value.problems) == 4  # A, B, CLIP without a value, PRICE
