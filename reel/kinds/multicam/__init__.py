"""`multicam`: one video from several sources that run side by side, cut as an editor decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reel.kinds.kind import Kind, Want, counted, entries
from reel.kinds.multicam.clocks import place_of
from reel.kinds.multicam.compile import compile_multicam
from reel.kinds.multicam.faults import faults
from reel.kinds.multicam.request import NO_SOURCE, MulticamRequest, misplaced


def wants(request: MulticamRequest) -> Iterator[Want]:
    """When those sources begin that are to be put in time by their sound, against the first one's."""
    for number, source in enumerate(request.sources):
        if source.sync_offset == "auto" and number > 0:
            yield Want("sync", place_of(number), (f"sources[{number}].asset", "sources[0].asset"))


def summary(document: Mapping[str, Any]) -> str:
    """`3 cuts of 2 sources`."""
    sources = counted(entries(document, "sources"), "source")
    if document.get("edl"):
        return f"edit list of {sources}"
    return f"{counted(entries(document, 'cuts') or entries(document, 'switches'), 'cut')} of {sources}"


MULTICAM = Kind(
    MulticamRequest,
    faults=faults,
    wants=wants,
    compile=compile_multicam,
    summary=summary,
    misplaced=misplaced,
    stand_ins={
        "sources[]": {"asset": "unknown"},
        "switches[]": {"at": 0, "source": NO_SOURCE},
        "switches[].at": 0,
        "switches[].source": NO_SOURCE,
        "cuts[]": {"source": NO_SOURCE, "in": 0, "out": 0},
        "cuts[].source": NO_SOURCE,
        "cuts[].in": 0,
        "cuts[].out": 0,
    },
)
