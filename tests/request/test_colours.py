"""Colours: what CSS takes, and the one form that it becomes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.request.colours import NAMES, colour_of, opaque_colour_of
from tests.plan.facts import plan_request

GOOD = [
    ("#d4af37", "#d4af37"),
    ("#D4AF37", "#d4af37"),
    ("#fff", "#ffffff"),
    ("#abc8", "#aabbcc88"),
    ("#11223380", "#11223380"),
    ("#112233ff", "#112233"),
    ("#112233FF", "#112233"),
    ("white", "#ffffff"),
    (" RebeccaPurple ", "#663399"),
    ("grey", "#808080"),
    ("transparent", "#00000000"),
    ("rgb(255, 128, 0)", "#ff8000"),
    ("rgb(255 128 0)", "#ff8000"),
    ("rgb(100%,50%,0%)", "#ff8000"),
    ("rgba(255, 128, 0, 0.5)", "#ff800080"),
    ("rgb(255 128 0 / 50%)", "#ff800080"),
    ("rgba(1, 2, 3, 1)", "#010203"),
    ("rgb(300, -5, 0)", "#ff0000"),
    ("hsl(30, 100%, 50%)", "#ff8000"),
    ("hsl(0.5turn, 100%, 50%)", "#00ffff"),
    ("hsl(-200grad 100% 50%)", "#00ffff"),
    ("hsl(3.14159265rad, 100%, 50%)", "#00ffff"),
    ("hsla(120deg 100% 25% / 0)", "#00800000"),
]


@pytest.mark.parametrize(("text", "colour"), GOOD)
def test_a_colour_of_css_has_one_form(text: str, colour: str) -> None:
    assert colour_of(text) == colour
    assert colour_of(colour) == colour


def test_all_names_of_css_are_known() -> None:
    assert len(NAMES) == 149
    assert all(colour_of(name.upper()) == colour_of(f"#{digits}") for name, digits in NAMES.items())


@given(st.text(alphabet="#abcdf0189()%,./ rghsl-", max_size=24))
@settings(deadline=None, max_examples=300)
def test_any_text_is_a_colour_or_refused_in_words(text: str) -> None:
    try:
        colour = colour_of(text)
    except ValueError as error:
        colour, said = "#000000", str(error)
    else:
        said = "is not a colour; write it as, or did you mean"
    assert "is not a colour; " in said
    assert len(colour) in (7, 9)
    assert int(colour[1:], 16) >= 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#12",
        "#12345",
        "whitee",
        "rgb(1, 2)",
        "rgb(1, 2, 3, 4, 5)",
        "hsl(1%, 2%, 3%)",
        "hsl(1, 2turn, 3%)",
        "rgb(1rad, 2, 3)",
        "url(x)",
        "x" * 9999,
    ],
)
def test_what_is_no_colour_is_refused_with_examples(text: str) -> None:
    with pytest.raises(
        ValueError,
        match=r"is not a colour; (write it as `#d4af37`, `#fff`, `white`|did you mean `white`|after the # come 3, 4, 6)",
    ):
        colour_of(text)


def test_where_nothing_may_shine_through_alpha_is_refused() -> None:
    assert opaque_colour_of("rgba(0, 0, 0, 1)") == "#000000"
    with pytest.raises(ValueError, match="lets something through"):
        opaque_colour_of("#00000080")


def keys(**colours: Any) -> list[str]:
    text = {"type": "text", "text": "a", "duration": 1, "colour": colours["text"], "background": colours["box"]}
    clip = {"type": "colour", "colour": colours["clip"], "duration": 1}
    wipe = {
        **clip,
        "duration": 1,
        "transition": {"name": "fade-through", "colour": colours["through"], "duration": 0.5},
    }
    request = parse_request(
        {
            "kind": "template",
            "background": colours["ground"],
            "timeline": {"tracks": [{"clips": [clip, wipe]}, {"clips": [text]}]},
        }
    )
    return [step.key for step in plan_request(request, {}).steps]


def test_equal_colours_give_equal_keys_wherever_one_is_asked_for() -> None:
    plain = keys(text="#ffffff", box="#00000000", clip="#ff800080", through="#ff0000", ground="#663399")
    css = keys(text="WHITE", box="transparent", clip="rgb(255 128 0 / .5)", through="#F00", ground="rebeccapurple")
    assert css == plain
    assert keys(text="red", box="#0000", clip="#ff800080", through="red", ground="#639") != plain


def test_a_slideshow_and_a_variable_take_them_too() -> None:
    assert parse_request({"kind": "slideshow", "images": ["a"], "background": "#fff"}).background == "#ffffff"  # type: ignore[attr-defined]
    document = {
        "kind": "template",
        "variables": {"TINT": {"type": "colour", "default": "navy"}},
        "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "{{TINT}}", "duration": 1}]}]},
    }
    (place,) = parse_request(document).layers()  # type: ignore[attr-defined]
    assert place[1].colour == "#000080"
    with pytest.raises(InvalidRequest, match=r"data\.TINT: 'navvy' is not a colour"):
        parse_request({**document, "data": {"TINT": "navvy"}})
