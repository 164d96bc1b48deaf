"""All kinds of generation. A new one is a module or a folder beside these, and one entry of `KINDS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reel.kinds.encode import ENCODE
from reel.kinds.kind import Kind
from reel.kinds.mixer import MIXER
from reel.kinds.multicam import MULTICAM
from reel.kinds.slideshow import SLIDESHOW
from reel.kinds.template import TEMPLATE
from reel.request import Request

KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in (MIXER, SLIDESHOW, MULTICAM, TEMPLATE, ENCODE)}
"""By name."""

REQUESTS: Mapping[str, type[Request]] = {name: kind.request for name, kind in KINDS.items()}
"""The model of each kind."""

_BY_MODEL = {kind.request: kind for kind in KINDS.values()}


def kind_of(request: Request) -> Kind[Any]:
    """The kind of a request."""
    return _BY_MODEL[type(request)]


def title_of(kind: str, request: Mapping[str, Any]) -> str:
    """What there is to make, in a few words; of a kind that is no more, its name."""
    return KINDS[kind].summary(request) if kind in KINDS else kind


def kind_in(document: Mapping[str, Any]) -> Kind[Any] | None:
    """The kind that a document names; null where it names none that there is."""
    name = document.get("kind")
    return KINDS.get(name) if isinstance(name, str) else None
