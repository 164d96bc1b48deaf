"""Texts as they will be drawn: what no font has replaced, left out or refused, in a box that they fit."""

from __future__ import annotations

from typing import NamedTuple

from reel import text
from reel.errors import Problem
from reel.timeline import Area, TextContent


class Settled(NamedTuple):
    """A text that is as it will be drawn, where there are no problems."""

    content: TextContent
    area: Area
    problems: list[Problem]
    warnings: list[str]


def settled_text(place: str, content: TextContent, area: Area) -> Settled:
    """A text of the field `place`, which was planned for an area."""
    if content.missing_glyphs == "error" and (refused := text.refusal(place, content.text)):
        return Settled(content, area, refused, [])
    drawn, instead = text.drawable(content.text, content.missing_glyphs)
    if content.headline and text.fits_on_a_line(drawn, content.style, *content.headline.size):
        area = content.headline
    content = content.model_copy(update={"text": drawn, "headline": None})
    found = text.problems(place, drawn, content.style, *area.size)
    return Settled(content, area, found, text.warnings(place, instead))
