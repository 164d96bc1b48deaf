"""Placeholders: filled strictly, with every mistake told at its place, and nothing ever evaluated."""

from __future__ import annotations

from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.request import TemplateRequest, parse_request

VARIABLES = {
    "HEAD": {"type": "text"},
    "PRICE": {"type": "number", "default": 9.5},
    "TINT": {"type": "colour", "default": "#ff0000"},
    "CLIP": {"type": "asset"},
    "SIZE": {"type": "choice", "choices": ["s", "l"], "default": "s"},
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
]


@pytest.mark.parametrize(("text", "filled"), FILLED)
def test_placeholders_are_filled(text: str, filled: str) -> None:
    assert text_of(template(text)).text == filled


def test_a_whole_placeholder_takes_the_value_as_it_is() -> None:
    clip = text_of(template(size="{{PRICE}}", colour="{{TINT}}"))
    assert clip.size == 9.5
    assert clip.colour == "#ff0000"
    request = parse_request(template())
    assert request.asset_places() == {"timeline.tracks[0].clips[0].asset": "a.mp4"}


def test_values_are_never_looked_into() -> None:
    assert text_of(template(data={"HEAD": "{{PRICE}} {{{{", "CLIP": "a"})).text == "{{PRICE}} {{{{"


WRONG: list[tuple[dict[str, Any], str]] = [
    (template("{{HED}}"), "timeline.tracks[1].clips[0].text: {{HED}} is not a variable"),
    (template(data={"CLIP": "a"}), "timeline.tracks[1].clips[0].text: {{HEAD}} has no value"),
    (template(data={"HEAD": "a", "CLIP": "a", "OTHER": 1}), "data.OTHER: is not a variable"),
    (template(data={"HEAD": "a", "CLIP": "a", "PRICE": "cheap"}), "data.PRICE: 'cheap' is not a number"),
    (template(data={"HEAD": "a", "CLIP": "a", "TINT": "red"}), "data.TINT: 'red' is not a colour"),
    (template(data={"HEAD": "a", "CLIP": "a", "SIZE": "xl"}), "data.SIZE: 'xl' is none of s, l"),
    (template(data={"HEAD": "a" * 501, "CLIP": "a"}), "is no text of at most 500 characters"),
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
