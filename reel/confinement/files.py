"""How a confined child names a file that it has open."""

from __future__ import annotations


def path_of(descriptor: int) -> str:
    """A path to the open file: neither its name nor its folder can steer who reads it."""
    return f"/proc/self/fd/{descriptor}"


def url_of(descriptor: int) -> str:
    """The same for FFmpeg's libraries."""
    return f"file:{path_of(descriptor)}"
