"""Emoji in all the forms that keyboards send: one glyph each where the font has one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
import typst
from fontTools.ttLib import TTFont

from reel.text import draw_text, typeset
from reel.text.fonts import FOLDER
from reel.timeline import TextStyle

WIDTH, HEIGHT = 400, 120
ZWJ, AS_EMOJI, AS_TEXT = "\u200d", "\ufe0f", "\ufe0e"


def colourful(text: str) -> int:
    """How many pixels are of a colour, not of a grey."""
    pixels = draw_text(text, TextStyle(outline=0), WIDTH, HEIGHT).astype(int)
    return int(((np.ptp(pixels[..., :3], axis=2) > 40) & (pixels[..., 3] > 128)).sum())


def widths(texts: list[str], size: float = 60) -> list[float]:
    """How wide each text is set, on a line of its own."""
    source = (
        typeset.HEAD
        + """
#context [#metadata(data.lines.map(line => measure(text(size: data.size * 1pt, paragraph(line))).width / 1pt / data.size))
  <widths>]
"""
    )
    data = typeset._data("\n".join(texts), TextStyle(), size=size)
    found = typst.query(
        source.encode(),
        "<widths>",
        "value",
        True,
        font_paths=typeset._fonts(),
        ignore_system_fonts=True,
        sys_inputs=data,
    )
    return [float(width) for width in json.loads(found)]


def sequences() -> Iterator[str]:
    """All sequences that the font joins into one glyph, as its substitutions have them: without selectors."""
    font = TTFont(FOLDER / "NotoColorEmoji.ttf")
    characters = {glyph: chr(point) for point, glyph in font.getBestCmap().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            for first, ligatures in getattr(table, "ligatures", {}).items():
                for ligature in ligatures:
                    glyphs = [first, *ligature.Component]
                    if all(glyph in characters for glyph in glyphs):
                        yield "".join(characters[glyph] for glyph in glyphs)


JOINED = [text for text in sequences() if ZWJ in text]
BASES = "[\u2600-\u27bf\u2190-\u21ff\u2b00-\u2bff\U0001f000-\U0001faff](?![\U0001f3fb-\U0001f3ff])(?<![\U0001f3fb-\U0001f3ff])"


def qualified(text: str) -> str:
    """With U+FE0F after every part that has no skin tone: as it is fully qualified, or more so."""
    return re.sub(BASES, lambda found: found[0] + AS_EMOJI, text)


def test_the_font_has_the_sequences_of_the_standard() -> None:
    assert len(JOINED) > 1300
    assert "\u2764\u200d\U0001f525" in JOINED


@pytest.mark.parametrize("form", ["minimally", "fully"])
def test_every_joined_sequence_is_one_glyph(form: str) -> None:
    texts = JOINED if form == "minimally" else [qualified(text) for text in JOINED]
    (one,) = widths(["\U0001f600"])
    wrong = [text for text, width in zip(texts, widths(texts), strict=True) if abs(width - one) > 0.05]
    assert wrong == []


ONE_GLYPH = {
    "heart on fire": "❤️\u200d🔥",
    "rainbow flag": "🏳️\u200d🌈",
    "keycap": "1️⃣",
    "keycap without the selector": "#\u20e3",
    "skin tone": "👍🏽",
    "a couple with two skin tones": "👨🏽\u200d❤️\u200d💋\u200d👨🏻",
    "health worker": "🧑🏿\u200d⚕️",
    "family": "👨\u200d👩\u200d👧\u200d👦",
    "flag of a region": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "flag of a country": "🇩🇪",
    "of 2025": "\U0001fae9",
    "of 2026": "\U0001faea",
}


@pytest.mark.parametrize("name", ONE_GLYPH)
def test_sequences_are_one_glyph(name: str) -> None:
    one, width = widths(["\U0001f600", ONE_GLYPH[name]])
    assert width == pytest.approx(one, abs=0.05)


@pytest.mark.parametrize(("text", "in_colour"), [
    ("\u2764\ufe0f", True), ("\u2764\ufe0e", False), ("\u2764", False),  # text by nature
    ("\u231a", True), ("\u231a\ufe0e", False),  # colourful by nature
    ("\U0001f6cd", True),  # text by the standard, colourful on every phone
    ("1", False), ("1\ufe0f", False), ("#", False), ("\u2122\ufe0e", False),
])  # fmt: skip
def test_selectors_choose_between_text_and_colour(text: str, in_colour: bool) -> None:
    assert (colourful(text) > 300) is in_colour


def test_selectors_have_no_width() -> None:
    plain = ["ab", "12", "\u2764", "\u845b"]
    for before, after in zip(
        widths(plain), widths(["a\ufe0fb", "1\ufe0f2", "\u2764\ufe0e", "\u845b\U000e0100"]), strict=True
    ):
        assert after == pytest.approx(before, abs=0.01)
