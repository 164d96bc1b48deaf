"""What is drawn of a text that has characters which no font has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from reel.errors import Problem
from reel.presets import MissingGlyphs
from reel.text.fonts import is_invisible, with_glyph
from reel.text.typeset import plain

MOST_NAMED = 20
"""Characters that a message names; a text in an unknown script would have a page of them."""

BOX = "\N{WHITE VERTICAL RECTANGLE}"
"""Stands for a character that nothing we have is like."""


class Drawable(NamedTuple):
    """A text whose characters all have glyphs."""

    text: str
    instead: dict[str, str]
    """What stands for each character that has none; an empty text where it is left out."""


def missing(text: str) -> list[str]:
    """The characters that no font has a glyph for, each once, in their order."""
    return list(dict.fromkeys(character for character, known in _with_known(text) if not known))


def drawable(text: str, policy: MissingGlyphs) -> Drawable:
    """A text as it can be drawn, by `replace` or `drop`."""
    instead: dict[str, str] = {}
    drawn = []
    for character, known in _with_known(plain(text)):
        if not known:
            instead[character] = _like(character) if policy == "replace" else ""
        drawn.append(character if known else instead[character])
    return Drawable("".join(drawn) if instead else text, instead)


def refusal(place: str, text: str) -> list[Problem]:
    """That a text has characters without glyphs, where it has."""
    unknown = missing(plain(text))
    what = f"no font has a glyph for {_listed([_named(character) for character in unknown])}"
    return (
        [Problem(place, what, "write it without them, or set `missing_glyphs` to `replace` or `drop`")]
        if unknown
        else []
    )


def warnings(place: str, instead: dict[str, str]) -> list[str]:
    """What was replaced or left out, by name."""
    named = _listed([f"{_named(character)}, {_fate(drawn)}" for character, drawn in instead.items()])
    return [f"{place}: no font has a glyph for {named}"] if instead else []


def _with_known(text: str) -> Iterator[tuple[str, bool]]:
    """The characters, each with whether it can be drawn: a mark, only if one font has it and the letter that bears it."""
    bearing: frozenset[int] = frozenset()
    for character in text:
        if is_invisible(character):
            yield character, True
            continue
        fonts = with_glyph(character)
        if unicodedata.category(character)[0] == "M" and bearing:
            fonts &= bearing
        bearing = fonts or bearing
        yield character, bool(fonts)


def _like(character: str) -> str:
    """The character taken apart by its compatibility, as far as that can be drawn; else a box, and of a mark nothing."""
    for form in ("NFKC", "NFKD"):
        apart = unicodedata.normalize(form, character)
        if apart != character and all(known for _, known in _with_known(apart)):
            return apart
    return "" if unicodedata.category(character)[0] == "M" else BOX


def _fate(drawn: str) -> str:
    return {"": "left out", BOX: "drawn as a box"}.get(drawn, f"drawn as {drawn!r}")


def _listed(parts: list[str]) -> str:
    more = f"; and {len(parts) - MOST_NAMED} more" if len(parts) > MOST_NAMED else ""
    return "; ".join(parts[:MOST_NAMED]) + more


def _named(character: str) -> str:
    return f"{character!r} (U+{ord(character):04X} {unicodedata.name(character, 'unnamed')})"
