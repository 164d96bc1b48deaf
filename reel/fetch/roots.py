"""Where the assets of a tenant may lie, within what the installation's settings allow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Roots:
    """Folders and buckets; null: all that the settings allow."""

    files: tuple[str, ...] | None = None
    buckets: tuple[str, ...] | None = None
    """`bucket` or `bucket/prefix/`."""
    said_by: str = ""
    """What says so, for people."""


ANYWHERE = Roots()
INSTEAD = "give an address of https://, or upload it and write `asset:ID`"
"""What to do where no files are read, or no buckets."""
