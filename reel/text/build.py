"""Which Typst draws texts here."""

from __future__ import annotations

from importlib.metadata import version


def text_id() -> str:
    """The version of Typst."""
    return version("typst")
