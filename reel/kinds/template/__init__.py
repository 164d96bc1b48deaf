"""`template`: a timeline of layers, with variables that data fills in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reel.kinds.kind import Kind, counted, entries, listed
from reel.kinds.template.compile import compile_template, texts
from reel.kinds.template.faults import faults
from reel.kinds.template.request import TemplateRequest, filled_in, misplaced
from reel.limits import USUAL
from reel.plan.plan import short_name
from reel.words import shortened

MOST_LETTERS = 60
"""Of what a template is called."""


def summary(document: Mapping[str, Any]) -> str:
    """Its first text, with its values filled in; where it has none, its first asset's name, else how many tracks it has."""
    timeline = filled_in(document, USUAL).document.get("timeline")
    found = [*_said("text", timeline), *(short_name(asset) for asset in _said("asset", timeline))]
    return shortened(found[0], MOST_LETTERS) if found else counted(entries(timeline, "tracks"), "track")


def _said(name: str, timeline: object) -> Iterator[str]:
    """What its clips have in a field of that name, in one line each, where that is a text with anything in it."""
    clips = (clip for track in listed(timeline, "tracks") for clip in listed(track, "clips"))
    texts = (clip.get(name) for clip in clips if isinstance(clip, Mapping))
    return (" ".join(text.split()) for text in texts if isinstance(text, str) and text.strip())


TEMPLATE = Kind(
    TemplateRequest,
    faults=faults,
    compile=compile_template,
    summary=summary,
    texts=texts,
    filled=filled_in,
    misplaced=misplaced,
    stand_ins={
        "timeline": {"tracks": [{"clips": []}]},
        "timeline.tracks[]": {"clips": []},
        "timeline.tracks[].clips[]": {"type": "colour", "colour": "#000000"},
    },
)
