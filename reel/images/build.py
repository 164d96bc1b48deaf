"""Which libraries decode still pictures here."""

from __future__ import annotations

from importlib.metadata import version


def images_id() -> str:
    """The versions of Pillow and of its reader of HEIC."""
    return f"{version('pillow')}/{version('pillow-heif')}"
