"""The documents that Typst sets, and the data that goes into them. A point is a pixel of the box that a text is set in; where
it is drawn smaller or larger, the same page has more or fewer of them per inch, and so the same lines."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from functools import cache

import typst

from reel.presets import Size
from reel.text.direction import base_direction
from reel.text.fonts import FOLDER, font_families
from reel.timeline import TextStyle

# Texts arrive as data (`sys.inputs`); a string in markup is shown as it is, and never parsed.
# fallback: false: a glyph comes from our chain, or not at all. Top and bottom edges are those of each line's own fonts, so
# that no mark of a high script is cut; only CJK fonts say less than their lines need.
# Emoji (UTS 51) are what is asked for by U+FE0F, by a sequence, or is colourful by nature and not asked to be text by U+FE0E;
# and, as on every phone, all that came after U+1F000, though the standard calls some of them text.
# The emoji font joins sequences without these selectors, and has no glyphs for them.
# A paragraph is a block of its own, because Typst knows one direction for each.
HEAD = r"""
#let data = json(bytes(sys.inputs.data))
#set text(font: data.families, weight: data.weight, fallback: false, hyphenate: false,
  top-edge: "ascender", bottom-edge: "descender")
#set par(leading: data.leading * 1em)
#show regex("[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u{3000}-\u{303F}\u{FF00}-\u{FFEF}]+"): set text(
  top-edge: 1.069em, bottom-edge: -0.293em)
#let tagged = "[\u{E0020}-\u{E007E}]+\u{E007F}"
#let part = "\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\u{FE0F}|" + tagged + ")?"
#let colourful = ("\p{RI}{2}|[0-9#*]\u{FE0F}?\u{20E3}|" + part + "(?:\u{200D}" + part + ")+"
  + "|\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\u{FE0F}|" + tagged + ")"
  + "|\p{Emoji_Presentation}|[\p{Extended_Pictographic}&&[\u{1F000}-\u{1FAFF}]]")
#show regex("\p{Extended_Pictographic}\u{FE0E}|" + colourful): it => {
  if it.text.ends-with("\u{FE0E}") { text(font: data.texts, it.text.trim("\u{FE0E}")) }
  else { text(font: ("Noto Color Emoji", ..data.families), it.text.replace("\u{FE0F}", "")) }
}
#let across = (start: start, centre: center, end: end).at(data.across)
#let paragraph(line) = { set text(dir: (ltr: ltr, rtl: rtl).at(line.direction)); align(across, par(line.text)) }
// As narrow as gives no more lines than the whole width does, and no last line of a single word if that takes none. Lines
// are of several heights, but never by half an em.
#let balanced(line) = layout(room => {
  let lowest(width, line) = {
    let found = measure(width: width, paragraph(line))
    if found.width < width { found.height } else { 1000000pt }
  }
  let most = lowest(room.width, line) + 0.5em.to-absolute()
  let paired = line + (text: line.text.replace(regex("(\S\s+\S+) +(\S+)\s*$"), it => it.captures.join("\u{A0}")))
  let line = if lowest(room.width, paired) < most { paired } else { line }
  let (low, high) = (0pt, room.width)
  while high - low > 1pt {
    let middle = (low + high) / 2
    if lowest(middle, line) < most { high = middle } else { low = middle }
  }
  set text(dir: (ltr: ltr, rtl: rtl).at(line.direction))
  align(across, block(width: high, paragraph(line)))
})
#let body(size, inner) = {
  set text(size: size * 1pt)
  set block(spacing: data.leading * 1em)
  set par(spacing: data.leading * 1em)
  for line in data.lines { inner(line) }
}
#let set-lines = if data.balanced { balanced } else { paragraph }
"""

MEASURE = (
    HEAD
    + """
#context {
  // As wide as the box means that a word runs over it: words are not broken.
  let fits(size, inner) = {
    let found = measure(width: data.width * 1pt, body(size, inner))
    found.width < data.width * 1pt and found.height <= data.height * 1pt
  }
  [#metadata(data.sizes.find(size => fits(size, paragraph) and (not data.balanced or fits(size, balanced)))) <size>]
}
"""
)

PAGE = (
    HEAD
    + r"""
#set page(width: data.page.at(0) * 1pt, height: data.page.at(1) * 1pt, margin: data.inset * 1pt, fill: none)
#set text(fill: rgb(data.colour))
#set text(stroke: (paint: rgb(data.colour), thickness: data.stroke * 1pt, join: "round")) if data.stroke > 0
#let down = (top: top, middle: horizon, bottom: bottom).at(data.down)
#place(down + left, block(width: 100%, body(data.size, set-lines)))
"""
)

NATURAL_HEIGHT = 1.362
"""Ascender and descender of Noto Sans together, in ems."""


_LINE_ENDS = re.compile("\r\n|[\r\x85\u2029]")
_IDEOGRAPHIC_SELECTORS = re.compile("[\U000e0100-\U000e01ef]")


def plain(text: str) -> str:
    """A text in composed form, with one kind of line end, tabs as spaces, without control characters, and without the choice
    among forms of ideographs, which no font of ours offers."""
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text).replace("\t", "    "))
    text = _IDEOGRAPHIC_SELECTORS.sub("", text)
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


def page(text: str, style: TextStyle, pixels: Size, density: float, size: float, colour: str, stroke: float) -> bytes:
    """A text on a transparent page of so many pixels, `density` of them for each of its box, as PNG, in one colour; with
    `stroke`, its letters are that much fatter all round."""
    data = _data(
        text,
        style,
        page=[side / density for side in pixels],
        inset=inset(style),
        size=size,
        colour=colour,
        stroke=2 * stroke,
        down=style.vertical,
    )
    png = typst.compile(
        PAGE.encode(), format="png", ppi=72.0 * density, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=data
    )
    assert isinstance(png, bytes), "one page is one picture"
    return png


def _data(text: str, style: TextStyle, **more: object) -> dict[str, str]:
    families = font_families(text)
    document = {
        # An empty line has no height of its own.
        "lines": [
            {"text": line or "\N{NO-BREAK SPACE}", "direction": base_direction(line)}
            for line in plain(text).split("\n")
        ],
        "families": families,
        "texts": families[:-1],  # without the emoji, which come last
        "across": style.align,
        "balanced": style.balanced,
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
