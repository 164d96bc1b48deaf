"""The fonts that texts are drawn with: those of the project, in a fixed order, and never those of the system.

Where the fonts are from: `infra/fonts/make_fonts.py`. They are under the SIL Open Font License (`fonts/OFL.txt`).
"""

from __future__ import annotations

import bisect
import json
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("fonts")

LATIN = ("NotoSans-Bold.ttf", "NotoSans-Regular.ttf")
SHARED = (
    "NotoSansCJKjp-Bold.otf",
    "NotoSansSymbols-Bold.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "NotoSansMath-Regular.ttf",
)
EMOJI = "NotoColorEmoji.ttf"
"""Of the fallback chain: Latin first; CJK and symbols behind the scripts that have a bold font; those that have none, whose
punctuation and numbers are thin and made for a few letters, only for what nothing else has; emoji last."""

LETTERS = {"Lu", "Ll", "Lt", "Lo"}
"""Categories of letters that belong to one script; of the others (Lm) some are shared, such as the line that lengthens words in
Arabic and Adlam."""

INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs"}
"""Categories of characters that need no glyph: white space, joiners, directions."""

JOINERS = {
    "\N{COMBINING GRAPHEME JOINER}",
    *map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
}
"""Other characters that need none: what keeps letters together, and variation selectors."""


@cache
def chain() -> tuple[Path, ...]:
    """The font files, in the order in which a glyph is looked for."""
    files = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".ttf", ".otf"))
    scripts = [name for name in files if name not in (*LATIN, *SHARED, EMOJI)]
    bold = [name for name in scripts if "-Bold" in name]
    thin = [name for name in scripts if name not in bold]
    return tuple(FOLDER / name for name in (*LATIN, *bold, *SHARED, *thin, EMOJI))


def font_families(text: str) -> tuple[str, ...]:
    """The family names for a text, each once. Behind Latin come the fonts of its own letters, in their order: what scripts
    share, such as the comma of Chinese and Mongolian, or the full stop of Hindi and Bengali, looks as its neighbours do."""
    places = range(len(chain()))
    latin, others = places[: len(LATIN)], places[len(LATIN) :]
    letters = (with_glyph(letter) for letter in dict.fromkeys(text) if unicodedata.category(letter) in LETTERS)
    own = [min(fonts) for fonts in letters if fonts and not fonts.intersection(latin)]
    ordered = dict.fromkeys((*latin, *own, *others))
    return tuple(dict.fromkeys(_families()[place] for place in ordered))


@cache
def _families() -> tuple[str, ...]:
    return tuple(_coverage()[path.name]["family"] for path in chain())


@cache
def font_digests() -> tuple[str, ...]:
    """SHA-256 of the font files, in the chain's order: other fonts make other pictures."""
    return tuple(_coverage()[path.name]["sha256"] for path in chain())


def is_invisible(character: str) -> bool:
    """Whether nothing is drawn for a character, so that it needs no glyph."""
    return unicodedata.category(character) in INVISIBLE or character in JOINERS


@lru_cache(4096)
def with_glyph(character: str) -> frozenset[int]:
    """The fonts that have a glyph for a character, by their places in the chain."""
    point = ord(character)
    return frozenset(
        place
        for place, ranges in enumerate(_ranges())
        if bisect.bisect_right(ranges, point) % 2 or point in ranges[1::2]
    )


@cache
def _ranges() -> tuple[tuple[int, ...], ...]:
    """Of each font, the first and last code points of its ranges."""
    return tuple(tuple(_coverage()[path.name]["characters"]) for path in chain())


@cache
def _coverage() -> dict[str, dict[str, Any]]:
    document: dict[str, dict[str, Any]] = json.loads((FOLDER / "coverage.json").read_text("utf-8"))
    return document
