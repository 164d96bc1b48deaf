"""Characters without a glyph: told, replaced by what is like them, or left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reel.errors import InvalidRequest
from reel.generate.planning import plan_generation, settled
from reel.kinds import parse_request
from reel.limits import USUAL
from reel.plan.operations import TextBitmap
from reel.text import draw_text, drawable, missing, refusal, warnings
from reel.text.fonts import chain
from reel.text.glyphs import BOX
from reel.timeline import TextContent, TextStyle
from tests.plan.facts import compile_request, facts
from tests.tools import TOOLS

COVERED = {
    "fancy letters": "𝗕𝗢𝗟𝗗 𝓢𝓬𝓻𝓲𝓹𝓽 𝔉𝔯𝔞𝔨 𝕆𝕡𝕖𝕟 𝚖𝚘𝚗𝚘 𝟜𝟚",
    "arrows": "←↑→↓⇒⟵⟶⟹➜➡⤴⬆🡒",
    "blocks": "▀▁▓█▌░▐┌┼┘═║",
    "shapes": "■□▲△●○◆◇★☆",
    "names": "髙橋 﨑 𠮷野家 葛\U000e0100飾",
    "Cantonese": "咗嘅唔喺嚟",
    "units": "㌔㍿㎏㊗①⑳",
    "rare ideographs": "喆堃媃",
    "currency": "€£¥₹₺₽₿₴₦₩₫",
    "raised and lowered": "x² H₂O aⁿ ½ ¾",
    "Vietnamese": "Giảm giá đặc biệt hôm nay ữ ặ",
    "African": "Ɗan Ǝ ŋ ɓ Ẹ̀ ọ́",
    "scripts": "བོད ⵜⵉⴼ ߒߞߏ 𞤀𞤣 ꦗꦮ ᮞᮥᮔ ꯃꯤꯇꯩ ܣܘܪ ꀀꀁ ꓡꓲ ᱥᱟᱱ ᏣᎳᎩ ᖃᓂᐅ ខ្មែរ ລາວ မြန်မာ සිංහල ދިވެހި",
    "mathematics": "∀∃∈∑√∞≈≠≤≥∂∫",
    "blanks": "\u3164\u2800\u034f\u200b\u2060\ufeff",
}


@pytest.mark.parametrize("name", COVERED)
def test_what_people_write_has_glyphs(name: str) -> None:
    assert missing(COVERED[name]) == []


@pytest.mark.parametrize("text", [COVERED["fancy letters"], COVERED["names"], "▓", "⟶"])
def test_what_is_said_to_have_a_glyph_is_drawn(text: str) -> None:
    """Not as the box that fonts have for what they lack: that looks the same for all."""
    drawn = {
        letter: draw_text(letter, TextStyle(outline=0), 120, 120)[..., 3] for letter in text if not letter.isspace()
    }
    lacking = draw_text("\U00012000", TextStyle(outline=0), 120, 120)[..., 3]
    assert all(
        (pixels > 100).any() and not np.array_equal(pixels, lacking) for pixels in drawn.values() if pixels.any()
    )


REPLACED = [
    ("plain", "plain", {}),
    ("a \U00012000 b", f"a {BOX} b", {"\U00012000": BOX}),
    ("\U0001f210!", "手!", {"\U0001f210": "手"}),  # a squared ideograph
    ("\U0001f200", "ほか", {"\U0001f200": "ほか"}),
    ("x\U0001e8d0y", "xy", {"\U0001e8d0": ""}),  # a mark of Mende Kikakui does not go on a Latin letter
    ("q\u1b44", "q", {"\u1b44": ""}),
]


@pytest.mark.parametrize(("text", "drawn", "instead"), REPLACED)
def test_what_has_no_glyph_is_replaced_by_what_is_like_it(text: str, drawn: str, instead: dict[str, str]) -> None:
    assert drawable(text, "replace") == (drawn, instead)
    assert missing(drawn) == []


def test_what_has_no_glyph_is_left_out() -> None:
    assert drawable("a \U00012000 b", "drop") == ("a  b", {"\U00012000": ""})


def test_all_are_named() -> None:
    text = "\U00012000\U00012001\U00012000"
    (warning,) = warnings("text", drawable(text, "replace").instead)
    assert warning == (
        "text: no font has a glyph for '\U00012000' (U+12000 CUNEIFORM SIGN A), drawn as a box; "
        "'\U00012001' (U+12001 CUNEIFORM SIGN A TIMES A), drawn as a box"
    )
    (problem,) = refusal("text", text)
    assert "U+12000 CUNEIFORM SIGN A" in problem.what
    assert "U+12001" in problem.what
    assert "missing_glyphs" in problem.remedy
    assert refusal("text", "fine") == []


def slideshow(text: str, **fields: Any) -> Any:
    return parse_request({"kind": "slideshow", "images": ["a"], "text": text, **fields})


def template(text: str, **fields: Any) -> Any:
    clip = {"type": "text", "text": text, "duration": 1, **fields}
    return parse_request({"kind": "template", "timeline": {"tracks": [{"clips": [clip]}]}})


def planned(request: Any) -> Any:
    library = {place: facts("a", 1, still=True) for place in request.asset_places()}
    worker: Any = SimpleNamespace(tools=TOOLS, limits=USUAL, tenant="default")
    return plan_generation(request, library, {}, worker)


@pytest.mark.parametrize("kind", [slideshow, template])
def test_plans_draw_what_can_be_drawn_and_say_what_cannot(kind: Any) -> None:
    plan = planned(kind("50% \U00012000"))
    (bitmap,) = {step.operation for step in plan.steps if isinstance(step.operation, TextBitmap)}
    assert bitmap.text == f"50% {BOX}"
    (warning,) = plan.warnings
    assert "drawn as a box" in warning
    assert "CUNEIFORM SIGN A" in warning
    same = planned(kind(f"50% {BOX}"))
    assert bitmap in {step.operation for step in same.steps}
    assert same.warnings == ()


@pytest.mark.parametrize("kind", [slideshow, template])
def test_plans_leave_out_or_refuse_where_they_are_told_to(kind: Any) -> None:
    plan = planned(kind("50% \U00012000", missing_glyphs="drop"))
    assert "50% " in {step.operation.text for step in plan.steps if isinstance(step.operation, TextBitmap)}
    assert "left out" in plan.warnings[0]
    with pytest.raises(InvalidRequest, match=r"no font has a glyph for .* \(U\+12000 CUNEIFORM SIGN A\)"):
        planned(kind("50% \U00012000", missing_glyphs="error"))


def test_settled_texts_have_nothing_left_to_choose() -> None:
    request = slideshow("Sale")
    (timeline,) = settled(compile_request(request, {"images[0].asset": facts("a", 1, still=True)}, {})).timelines
    texts = [
        clip.content for track in timeline.pictures for clip in track.clips if isinstance(clip.content, TextContent)
    ]
    assert [(content.text, content.headline) for content in texts] == [("Sale", None)]


def test_fonts_are_small() -> None:
    """In a wheel they take about two thirds of this."""
    assert sum(path.stat().st_size for path in chain()) < 20_000_000
