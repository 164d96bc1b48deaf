"""How programs write tables as text: in which encoding, and with what between the cells."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any

from reel.byte_order import marked_encoding

UTF_8 = "it may be Windows-1252: save the table as `CSV UTF-8`, as Excel calls it, or name its `encoding`"
"""What to do about a text that cannot be read."""

WORKBOOK = "PK\x03\x04"
"""What workbooks begin with (.xlsx, .ods): they are ZIP archives."""
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".numbers"})
"""How their names end."""
NO_TEXT = ("is a workbook, and no table as text", "save it as `CSV UTF-8`, as Excel calls it, and name that")
"""What is wrong with them, and what to do."""


def encoding_of(begin: bytes) -> str:
    """The encoding of a table by its first bytes: what its byte-order mark says; where there is none, that of UTF-16 by whose
    zeros there are cells or lines; else UTF-8."""
    if marked := marked_encoding(begin):
        return marked
    even, odd = begin[::2].count(0), begin[1::2].count(0)
    if not even + odd:
        return "utf-8"
    guessed = "utf-16-le" if odd > even else "utf-16-be"
    return guessed if _BETWEEN.intersection(begin[: len(begin) & ~1].decode(guessed, "replace")) else "utf-8"


_BETWEEN = frozenset(",;\t|\r\n")
"""What lies between cells and lines."""


def laid_out(lines: Iterator[str], known: Collection[str]) -> tuple[str, Iterator[str]]:
    """What lies between the cells of a CSV text, and its lines from the header on. `known` are names of columns."""
    begin = _first_record(lines)
    told = _SEPARATOR.fullmatch("".join(begin))
    if told:
        begin = _first_record(lines)
    return told[2] if told else _delimiter(begin, known), chain(begin, lines)


_SEPARATOR = re.compile(r'("?)sep=(.)\1\s*', re.IGNORECASE)
"""The first line by which Excel is told, and tells, what lies between cells; in quotes where it was in a cell itself."""

DELIMITERS = ",;\t|"


def _first_record(lines: Iterator[str]) -> list[str]:
    """The lines of the first record that is not empty: a cell in quotes may have line breaks."""
    taken: list[str] = []
    for line in lines:
        if taken or line.strip():
            taken.append(line)
        if taken and sum(each.count('"') for each in taken) % 2 == 0:
            break
    return taken


def _delimiter(header: list[str], known: Collection[str]) -> str:
    """What lies between the cells: what gives the most columns that are known, or else the most; commas where that is open."""

    def worth(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader(header, strict=True, delimiter=delimiter), [])
        except csv.Error:  # told where the header is read
            return (0, 1 + "".join(header).count(delimiter))
        return (sum(cell.strip() in known for cell in cells), len(cells))

    return max(DELIMITERS, key=worth)


def is_undecodable(text: str) -> bool:
    """Whether some of it was no text in the encoding that it was read by: it became lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


HALF = ("holds half of a character (a lone surrogate)", "write it whole: \\ud83d\\ude00, or the character itself")
"""What is wrong with a value that JSON escapes so, and what to do."""


def is_half(value: Any) -> bool:
    """Whether texts of a JSON value are no texts, as a surrogate stands alone in them."""
    return is_undecodable(json.dumps(value, ensure_ascii=False))
