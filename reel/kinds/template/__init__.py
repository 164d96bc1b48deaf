"""`template`: a timeline of layers, with variables that data fills in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reel.kinds.kind import Kind, counted, entries
from reel.kinds.template.compile import compile_template, texts
from reel.kinds.template.faults import faults
from reel.kinds.template.request import TemplateRequest, filled_in, misplaced


def summary(document: Mapping[str, Any]) -> str:
    """`2 tracks, 1 value`."""
    tracks, values = entries(document.get("timeline"), "tracks"), entries(document, "data")
    return f"{counted(tracks, 'track')}, {counted(values, 'value')}"


TEMPLATE = Kind(
    TemplateRequest,
    faults=faults,
    compile=compile_template,
    summary=summary,
    texts=texts,
    filled=filled_in,
    misplaced=misplaced,
    stand_ins={
        "timeline.tracks": {"clips": []},
        "timeline.tracks[].clips": {"type": "colour", "colour": "#000000"},
    },
)
