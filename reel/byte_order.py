"""Marks with which texts say how they are encoded."""

from __future__ import annotations

import codecs

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""That of UTF-16 begins as one of UTF-32 does, and comes after it."""


def marked_encoding(begin: bytes) -> str | None:
    """The encoding that a text's byte-order mark says, by Python's name of what reads over the mark; null: it has none."""
    return next((encoding for mark, encoding in MARKS if begin.startswith(mark)), None)
