"""The kinds of generation that can be ordered, and what a request of each may say."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from gateway.access import Viewer
from gateway.routing import resource
from reel.kinds import json_schema
from reel.kinds.registry import REQUESTS
from reel.values import Value

router = resource("kinds")


class Kind(Value):
    """A kind."""

    kind: str
    about: str = Field(description="What it makes.")


class Kinds(Value):
    """All kinds."""

    kinds: tuple[Kind, ...]


@router.get("")
async def all_kinds(caller: Viewer) -> Kinds:
    """The kinds of generation."""
    return Kinds(kinds=tuple(Kind(kind=name, about=(model.__doc__ or "").strip()) for name, model in REQUESTS.items()))


@router.get("/{kind}")
def schema(kind: str, caller: Viewer) -> dict[str, Any]:
    """The JSON Schema of a kind's requests."""
    return json_schema(kind)
