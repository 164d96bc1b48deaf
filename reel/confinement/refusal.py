"""How a child says that a file is no use."""

from __future__ import annotations

from typing import BinaryIO

Reason = tuple[str, str]
"""What is wrong, and what to do about it."""

NO_DECODER = "FFmpeg has no decoder for this kind of it"
"""Said where FFmpeg's libraries know the format, and not what is done with it; another reader may."""


class Refusal(Exception):
    """The file is no use; `args` are what is wrong and what to do about it."""


HEAD_BYTES = 4096


def first_bytes(file: BinaryIO) -> bytes:
    """Enough of a file's beginning to tell what it is."""
    file.seek(0)
    return file.read(HEAD_BYTES)


def too_large(width: int, height: int, max_pixels: int) -> Reason:
    """Said of a picture with more pixels than are taken."""
    return (f"has a picture of {width}x{height}, more than {max_pixels} pixels", "make it smaller")
