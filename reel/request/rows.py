"""Tables of data for a template: CSV (RFC 4180) and JSON Lines, read row by row. What is wrong with a row sinks only it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from reel.errors import InvalidRequest, Problem
from reel.request.variables import Variable, in_text

NUMBER = re.compile(r"[+-]?(\d+)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+([eE][+-]?\d+)?")
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""How spreadsheets write a boolean, in any case."""


@dataclass(frozen=True)
class Row:
    """The data of one video."""

    number: int
    """From 1; the header and empty lines do not count."""
    slot: str
    data: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    """What is wrong with it; it cannot be used then."""


@dataclass(frozen=True)
class Table:
    """How to read a table."""

    format: Literal["csv", "jsonl"]
    variables: Mapping[str, Variable]
    id_column: str | None = None
    ignore_others: bool = False


def read_rows(lines: Iterable[str], table: Table) -> Iterator[Row]:
    """The rows of a text that is given line by line, with its line ends; undecodable bytes as lone surrogates.

    A CSV cell becomes what its variable's type says. An empty one is no value, so the variable's default counts; a text
    without a default is empty then. Raises `InvalidRequest` for a CSV header that does not fit the template.
    """
    records = _csv_records(lines, table) if table.format == "csv" else _json_records(lines)
    numbers: dict[str, int] = {}
    for number, (values, problems) in enumerate(records, start=1):
        row = _row(number, values, problems, table)
        first = numbers.setdefault(row.slot, number)
        if first != number and not row.problems:
            again = Problem(
                table.id_column or "row", f"{row.slot!r} is that of row {first} already", "give each its own"
            )
            row = replace(row, problems=(again,))
        yield row


Record = tuple[Mapping[str, Any], list[Problem]]
"""The values of a row by column, and what is wrong with it."""


def _row(number: int, values: Mapping[str, Any], problems: list[Problem], table: Table) -> Row:
    wrong = list(problems)
    slot = str(number)
    if table.id_column and not wrong:
        given = values.get(table.id_column)
        slot = in_text(given) if isinstance(given, str | int | float) and given != "" else ""
        if not (slot.isprintable() and 1 <= len(slot) <= 255):
            wrong.append(Problem(table.id_column, "is no name for this row", "give 1 to 255 printable characters"))
            slot = str(number)
    data: dict[str, Any] = {}
    for column, value in values.items():
        variable = table.variables.get(column)
        if variable is None:
            if column != table.id_column and not table.ignore_others:
                wrong.append(_unknown(column, table))
        elif table.format == "csv":
            converted, problem = _converted(column, value, variable)
            wrong += problem
            data |= converted
        elif value is not None:
            data[column] = value
    return Row(number, slot, data, tuple(wrong))


def _csv_records(lines: Iterable[str], table: Table) -> Iterator[Record]:
    reader = csv.reader(lines, strict=True)
    header = _header(reader, table)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader goes on with the next line.
            yield {}, [Problem("row", f"is not CSV: {error}", "double the quotes in a cell, and quote the whole cell")]
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            remedy = "quote cells that hold a comma or a line break"
            yield {}, [Problem("row", f"has {len(cells)} cells, and the header {len(header)}", remedy)]
            continue
        values = dict(zip(header, cells, strict=True))
        yield values, [_undecodable(column) for column, cell in values.items() if _is_undecodable(cell)]


def _header(reader: Iterator[list[str]], table: Table) -> list[str]:
    try:
        header = [column.strip() for column in next((cells for cells in reader if cells), [])]
    except csv.Error as error:
        raise InvalidRequest.at("rows", f"begins with no CSV header: {error}", "name the columns in line 1") from None
    if not any(header):
        raise InvalidRequest.at("rows", "is empty", "begin with a line that names the columns")
    if double := {column for column in header if header.count(column) > 1}:
        raise InvalidRequest.at("rows", f"has several columns {sorted(double)[0]!r}", "name each once")
    problems = [
        _unknown(column, table)
        for column in header
        if column not in table.variables and column != table.id_column and not table.ignore_others
    ]
    if table.id_column and table.id_column not in header:
        problems.append(Problem("id_column", f"{table.id_column!r} is no column", f"there are: {', '.join(header)}"))
    if problems:
        raise InvalidRequest(*problems)
    return header


def _unknown(column: str, table: Table) -> Problem:
    known = ", ".join(table.variables) or "none"
    return Problem(column, "is no variable of the template", f"it has: {known}; `other_columns` may be `ignore`")


def _json_records(lines: Iterable[str]) -> Iterator[Record]:
    for line in lines:
        if not line.strip():
            continue
        if _is_undecodable(line):
            yield {}, [_undecodable("row")]
            continue
        try:
            values = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            yield {}, [Problem("row", f"is not JSON: {error}", "write one object in each line")]
            continue
        if isinstance(values, dict):
            yield values, []
        else:
            yield {}, [Problem("row", "is no JSON object", 'write {"NAME": "Ada"}')]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _converted(column: str, cell: str, variable: Variable) -> tuple[dict[str, Any], list[Problem]]:
    """A cell as what its variable's type says, under its column; nothing where it is empty, unless that is a text."""
    if not cell:
        return ({column: ""} if variable.type == "text" and variable.default is None else {}), []
    text = cell.strip()
    match variable.type:
        case "number":
            found = NUMBER.fullmatch(text)
            if not found:
                return {}, [Problem(column, f"{cell[:80]!r} is not a number", "write it as 3 or 3.5")]
            return {column: int(text) if found[1] and not (found[2] or found[3]) else float(text)}, []
        case "boolean":
            if text.lower() not in TRUTHS:
                return {}, [Problem(column, f"{cell[:80]!r} is neither true nor false", f"use {', '.join(TRUTHS)}")]
            return {column: TRUTHS[text.lower()]}, []
        case "text":
            return {column: cell}, []
        case _:
            return {column: text}, []


def _is_undecodable(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _undecodable(column: str) -> Problem:
    return Problem(column, "is not UTF-8", "save the table as UTF-8")
