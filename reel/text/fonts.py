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

FIRST = ("NotoSans-Bold.ttf", "NotoSans-Regular.ttf")
LAST = (
    "NotoSansCJKjp-Bold.otf",
    "NotoSansSymbols-Bold.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "NotoSansMath-Regular.ttf",
    "NotoColorEmoji.ttf",
)
"""The ends of the fallback chain: Latin first; CJK, symbols and emoji only for what no font of a script has."""

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
    scripts = [name for name in files if name not in FIRST + LAST]
    return tuple(FOLDER / name for name in (*FIRST, *scripts, *LAST))


@cache
def font_families() -> tuple[str, ...]:
    """Their family names, each once."""
    return tuple(dict.fromkeys(_coverage()[path.name]["family"] for path in chain()))


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
