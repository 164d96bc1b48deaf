"""How requests name what a tenant's library holds; what it is, the library knows."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

from reel.request.parts import OrText

ASSET, PROJECT, FOLDER = "asset:", "project:", "folder:"

Entry = TypeVar("Entry")


def stands_for_list(name: str) -> bool:
    """Whether a name stands for several assets of the library."""
    return name.startswith((PROJECT, FOLDER))


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) and stands_for_list(value) else value


ListOf = Annotated[tuple[Entry, ...], BeforeValidator(_listed), OrText("A project or folder of the library")]
"""Entries, any of which may be `project:NAME` or `folder:NAME`; or that alone."""
