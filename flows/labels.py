"""What a run is called and tagged, so that an operator sees in a list whose it is and what for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from reel.request.terms import Terms

TAG = "reelflow"
"""All deployments of ours have it, and so have their runs."""


def name_of(kind: str, request: Mapping[str, Any], slot: str | None = None) -> str:
    """What people read in lists of a generation: what there is to make, and what it stands for where that was said."""
    what = _NAMES[kind](request) if kind in _NAMES else kind
    return f"{what}: {slot}" if slot else what


def tags_of(kind: str, terms: Terms, generation: str) -> list[str]:
    """The tags of a generation's run: whose it is, and what."""
    return [f"tenant:{terms.tenant}", f"project:{terms.project}", f"kind:{kind}", f"generation:{generation}", TAG]


def missing_tags(wanted: Collection[str], present: Collection[str]) -> list[str]:
    """All tags that a run should have, its own included; empty where it has them."""
    return [] if set(wanted) <= set(present) else [*dict.fromkeys((*wanted, *present))]


def counted(number: object, what: str) -> str:
    """`1 clip`, `2 clips`."""
    return f"{number} {what}{'s' * (number != 1)}"


def _mixer(request: Mapping[str, Any]) -> str:
    return f"{counted(request.get('variants', 1), 'variant')} of {counted(_entries(request, 'clips'), 'clip')}"


def _slideshow(request: Mapping[str, Any]) -> str:
    return f"{counted(_entries(request, 'images'), 'image')}{' on the beat' if request.get('music') else ''}"


def _multicam(request: Mapping[str, Any]) -> str:
    sources = counted(_entries(request, "sources"), "source")
    if request.get("edl"):
        return f"edit list of {sources}"
    return f"{counted(_entries(request, 'cuts') or _entries(request, 'switches'), 'cut')} of {sources}"


def _template(request: Mapping[str, Any]) -> str:
    timeline = request.get("timeline")
    tracks = _entries(timeline, "tracks") if isinstance(timeline, Mapping) else 0
    return f"{counted(tracks, 'track')}, {counted(_entries(request, 'data'), 'value')}"


_NAMES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "mixer": _mixer,
    "slideshow": _slideshow,
    "multicam": _multicam,
    "template": _template,
}


def _entries(part: Mapping[str, Any], name: str) -> int:
    """How many there are in a list or object of a request, which may not be one: it is refused later, in words."""
    found = part.get(name)
    return len(found) if isinstance(found, list | tuple | Mapping) else 0
