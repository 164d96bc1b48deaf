"""The documents that Typst sets, and the data that goes into them. A point is a pixel, at 72 of them per inch."""

from __future__ import annotations

import json
import math
import unicodedata
from functools import cache

import typst

from reel.text.fonts import FOLDER, families
from reel.timeline import TextStyle

# Texts arrive as data (`sys.inputs`); a string in markup is shown as it is, and never parsed.
# fallback: false: a glyph comes from our chain, or not at all. Top and bottom edges are those of each line's own fonts, so
# that no mark of a high script is cut; only CJK fonts say less than their lines need.
# U+FE0F asks for the colourful form of a character that symbol fonts have as well.
HEAD = r"""
#let data = json(bytes(sys.inputs.data))
#set text(font: data.families, weight: data.weight, fallback: false, hyphenate: false,
  top-edge: "ascender", bottom-edge: "descender")
#set par(leading: data.leading * 1em)
#show regex("[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u{3000}-\u{303F}\u{FF00}-\u{FFEF}]+"): set text(
  top-edge: 1.069em, bottom-edge: -0.293em)
#let part = "\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}]?"
#show regex("[0-9#*]\u{FE0F}?\u{20E3}|" + part + "(\u{FE0F}|(\u{FE0F}?\u{200D}" + part + "\u{FE0F}?)+)"): set text(
  font: "Noto Color Emoji")
#let body(size) = text(size: size * 1pt, data.lines.map(line => [#line]).join(linebreak()))
"""

MEASURE = (
    HEAD
    + """
#context {
  // As wide as the box means that a word runs over it: words are not broken.
  let fits(size) = {
    let found = measure(width: data.width * 1pt, body(size))
    found.width < data.width * 1pt and found.height <= data.height * 1pt
  }
  [#metadata(data.sizes.find(fits)) <size>]
}
"""
)

PAGE = (
    HEAD
    + """
#set page(width: data.page.at(0) * 1pt, height: data.page.at(1) * 1pt, margin: data.inset * 1pt, fill: none)
#set text(fill: rgb(data.colour))
#set text(stroke: (paint: rgb(data.colour), thickness: data.stroke * 1pt, join: "round")) if data.stroke > 0
#let across = (start: start, centre: center, end: end).at(data.across)
#let down = (top: top, middle: horizon, bottom: bottom).at(data.down)
#place(down + across, block(width: 100%, align(across, body(data.size))))
"""
)

NATURAL_HEIGHT = 1.362
"""Ascender and descender of Noto Sans together, in ems."""


def plain(text: str) -> str:
    """A text in composed form, with one kind of line end, tabs as spaces, and without control characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
    kept = (character for character in text if character == "\n" or unicodedata.category(character) not in ("Cc", "Cs"))
    return "".join(kept).strip("\n")


def inset(style: TextStyle) -> float:
    """How far letters stay from the edges of their box: padding, outline, and the shadow with its blur."""
    return style.padding + style.outline + 2 * style.shadow


def best_size(text: str, style: TextStyle, width: float, height: float, sizes: list[float]) -> float | None:
    """The first of `sizes` at which a text fits into a box; null where none does."""
    margin = inset(style)
    data = _data(text, style, width=max(1.0, width - 2 * margin), height=max(1.0, height - 2 * margin), sizes=sizes)
    found = json.loads(
        typst.query(
            MEASURE.encode(), "<size>", "value", True, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=data
        )
    )
    return None if found is None else float(found)


def page(text: str, style: TextStyle, width: int, height: int, size: float, colour: str, stroke: float) -> bytes:
    """A text on a transparent page, as PNG, in one colour; with `stroke`, its letters are that much fatter all round."""
    data = _data(
        text,
        style,
        page=[width, height],
        inset=inset(style),
        size=size,
        colour=colour,
        stroke=2 * stroke,
        across=style.align,
        down=style.vertical,
    )
    png = typst.compile(
        PAGE.encode(), format="png", ppi=72.0, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=data
    )
    assert isinstance(png, bytes), "one page is one picture"
    return png


def _data(text: str, style: TextStyle, **more: object) -> dict[str, str]:
    document = {
        # An empty line has no height of its own.
        "lines": [line or " " for line in plain(text).split("\n")],
        "families": families(),
        "weight": "bold" if style.bold else "regular",
        "leading": style.line_height - NATURAL_HEIGHT,
        **more,
    }
    return {"data": json.dumps(document)}


@cache
def _fonts() -> typst.Fonts:
    """The project's fonts, opened once."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])


def sizes_of(style: TextStyle) -> list[float]:
    """The sizes to try, from the one asked for down to the smallest allowed, in steps of a twentieth."""
    steps = max(0, math.ceil(math.log(style.size / style.smallest, 1.05))) if style.size > style.smallest else 0
    return [round(style.size / 1.05**step, 2) for step in range(steps)] + [min(style.smallest, style.size)]
