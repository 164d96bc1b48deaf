"""The fonts that texts are drawn with: those of the project, in a fixed order, and never those of the system.

Where the fonts are from: `infra/fonts/make_fonts.py`. They are under the SIL Open Font License (`fonts/OFL.txt`).
"""

from __future__ import annotations

import bisect
import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("fonts")

FIRST = ("NotoSans-Bold.ttf", "NotoSans-Regular.ttf")
LAST = ("NotoSansCJKjp-Bold.otf", "NotoSansSymbols-Bold.ttf", "NotoSansSymbols2-Regular.ttf", "NotoColorEmoji.ttf")
"""The ends of the fallback chain: Latin first; CJK, symbols and emoji only for what no font of a script has."""

INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs"}
"""Categories of characters that need no glyph: white space, joiners, directions."""

VARIATION_SELECTORS = range(0xFE00, 0xFE10)


@cache
def chain() -> tuple[Path, ...]:
    """The font files, in the order in which a glyph is looked for."""
    files = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".ttf", ".otf"))
    scripts = [name for name in files if name not in FIRST + LAST]
    return tuple(FOLDER / name for name in (*FIRST, *scripts, *LAST))


@cache
def families() -> tuple[str, ...]:
    """Their family names, each once."""
    return tuple(dict.fromkeys(_coverage()[path.name]["family"] for path in chain()))


@cache
def font_digests() -> tuple[str, ...]:
    """SHA-256 of the font files, in the chain's order: other fonts make other pictures."""
    return tuple(_coverage()[path.name]["sha256"] for path in chain())


def missing(text: str) -> list[str]:
    """The characters that no font has a glyph for, each once, in their order."""
    return [character for character in dict.fromkeys(text) if not _is_covered(character)]


def _is_covered(character: str) -> bool:
    point = ord(character)
    if unicodedata.category(character) in INVISIBLE or point in VARIATION_SELECTORS:
        return True
    return any(bisect.bisect_right(ranges, point) % 2 or point in ranges[1::2] for ranges in _ranges())


@cache
def _ranges() -> tuple[tuple[int, ...], ...]:
    """Of each font, the first and last code points of its ranges."""
    return tuple(tuple(_coverage()[path.name]["characters"]) for path in chain())


@cache
def _coverage() -> dict[str, dict[str, Any]]:
    document: dict[str, dict[str, Any]] = json.loads((FOLDER / "coverage.json").read_text("utf-8"))
    return document
