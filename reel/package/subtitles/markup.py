"""Bold, italic and underlined text of other formats as WebVTT writes it; the rest of their markup is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

TAG = re.compile(r"<(/?)([a-zA-Z]++)(\s[^<>]*+)?>|\{\\[^{}]*+\}")
"""An HTML tag, as SRT files have them, or an override of ASS, which some SRT files have too. Nothing is tried twice (`++`): who
writes a tag that does not end would have the square of its length tried."""
OVERRIDE = re.compile(r"\{([^{}]*)\}")
ALIGNED = re.compile(r"\\an([1-9])")
"""Within an override of ASS, which is looked for first: one expression for both would take the square of a text's length."""
KEPT = frozenset("ibu")
KNOWN = KEPT | {"font", "s", "span", "br", "c"}
"""Tags that are markup; what else stands in angle brackets is text."""

UPPER, MIDDLE = "line:0", "line:50%"
"""Settings of a cue that does not stand at the bottom."""


def from_srt(text: str) -> str:
    """The text of a cue of SRT as WebVTT."""
    text = text.strip()
    written, open_tags, place = [], list[str](), 0
    for match in TAG.finditer(text):
        closing, name = match[1], (match[2] or "").lower()
        attributes = (match[3] or "").strip()
        if name and (name not in KNOWN or (attributes and "=" not in attributes)):
            continue
        written.append(escaped(text[place : match.start()]))
        place = match.end()
        if name in KEPT:
            written.append(_closed(open_tags, name) if closing else _opened(open_tags, name))
    written.append(escaped(text[place:]) + _closed(open_tags, *open_tags[:1]))
    return lines("".join(written))


def _opened(open_tags: list[str], name: str) -> str:
    if name in open_tags:
        return ""
    open_tags.append(name)
    return f"<{name}>"


def _closed(open_tags: list[str], name: str = "") -> str:
    """Ends a tag, and with it those that were begun within it."""
    if name not in open_tags:
        return ""
    at = open_tags.index(name)
    ended, open_tags[at:] = open_tags[at:], []
    return "".join(f"</{tag}>" for tag in reversed(ended))


def styled(fragments: Iterable[tuple[str, str]]) -> str:
    """Text in fragments, each with the letters of the tags it stands in, as WebVTT."""
    written = []
    for tags, alike in groupby(fragments, key=itemgetter(1)):
        text = "".join(text for text, _ in alike)
        before, after = "".join(f"<{tag}>" for tag in tags), "".join(f"</{tag}>" for tag in reversed(tags))
        written.append(f"{before}{escaped(text)}{after}" if text else "")
    return lines("".join(written))


def escaped(text: str) -> str:
    """Text that holds no markup, as WebVTT."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lines(text: str) -> str:
    """Without empty lines, at which a cue would end."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def position(alignment: int) -> str:
    """The setting for a place on the numeric keypad, as ASS counts them."""
    return UPPER if alignment >= 7 else MIDDLE if alignment >= 4 else ""


def aligned(text: str) -> int | None:
    """Where a cue says that it stands, as ASS counts places; null where it does not."""
    found = (ALIGNED.findall(override[1]) for override in OVERRIDE.finditer(text))
    return next((int(places[-1]) for places in found if places), None)
