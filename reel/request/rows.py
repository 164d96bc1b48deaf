"""Tables of data for requests: CSV (RFC 4180), JSON Lines and JSON, read row by row. What is wrong with a row sinks only it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from reel.errors import InvalidRequest, Problem
from reel.request.batch import Format
from reel.request.cells import converted
from reel.request.filling import in_text
from reel.request.places import below
from reel.request.read import KEEP_ONE, RepeatedName, once_each
from reel.request.spreadsheets import HALF, NO_TEXT, UTF_8, WORKBOOK, is_half, is_undecodable, laid_out
from reel.request.variables import Variable
from reel.words import did_you_mean, nearest, shortened


@dataclass(frozen=True)
class Row:
    """The data of one video."""

    number: int
    """From 1; the header and empty lines do not count."""
    slot: str
    data: Mapping[str, Any]
    """By variable; a cell that is wrong as it is written."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with it; it cannot be used then."""


@dataclass(frozen=True)
class Table:
    """How to read a table."""

    format: Format
    variables: Mapping[str, Variable | None]
    """By column; null: of no variable but of a field, that says itself what may be in it."""
    id_column: str | None = None
    ignore_others: bool = False
    named: tuple[str, ...] = ()
    """The columns that somebody said to be there."""
    naming: str = "columns"
    """The field that says so."""
    of_template: tuple[str, ...] = ()
    """The variables of the template, under their own names; of what has none, none."""


def read_rows(lines: Iterable[str], table: Table) -> Iterator[Row]:
    """The rows of a text that is given line by line, with its line ends; undecodable bytes as lone surrogates.

    A CSV cell becomes what its variable's type says. An empty one is no value, so the variable's default counts; a text
    without a default is empty then. Raises `InvalidRequest` for a CSV header that does not fit the template, for JSON that is
    no list, and for columns that somebody said to be there, and that no object has.
    """
    match table.format:
        case "csv":
            return _numbered(_csv_records(iter(lines), table), table)
        case "jsonl":
            return _numbered(_with_columns(_json_records(lines), table), table)
        case "json":
            return rows_of(_entries("".join(lines)), table)


def rows_of(objects: Sequence[Any], table: Table) -> Iterator[Row]:
    """The rows that objects are. Raises `InvalidRequest` for columns that somebody said to be there, and that none has."""
    return _numbered(_with_columns(map(_record_of, objects), table), table)


def _with_columns(records: Iterable[Record], table: Table) -> Iterator[Record]:
    """The records of objects, once each column is found that somebody said to be there: where all is right, in the first one.
    Raises `InvalidRequest` where none has it; where there is no object at all, its records say so themselves."""
    records, begun, there = iter(records), [], dict[str, None]()
    wanted = {*table.named, *filter(None, [table.id_column])}
    while wanted - there.keys() and (record := next(records, None)):
        begun.append(record)
        there |= dict.fromkeys(record[0])
    if there and (missing := [*_missing(table, [*there])]):
        raise InvalidRequest(*missing)
    yield from begun
    yield from records


def _numbered(records: Iterable[Record], table: Table) -> Iterator[Row]:
    numbers: dict[str, int] = {}
    for number, (values, problems) in enumerate(records, start=1):
        row = _row(number, values, problems, table)
        first = numbers.setdefault(row.slot, number)
        if first != number and not row.problems:
            again = f"{row.slot!r} is that of row {first} already"
            row = replace(row, problems=(_of(number, Problem(table.id_column or "", again, "give each its own")),))
        yield row


def in_row(number: int, *columns: str) -> str:
    """`row 7, column "title"`: a place in a table."""
    names = " and ".join(f'"{column}"' for column in columns)
    return f"row {number}" + (f", column{'s' * (len(columns) > 1)} {names}" if columns else "")


def _of(number: int, problem: Problem) -> Problem:
    """A problem of a column, or of the whole row, of the row of this number."""
    return replace(problem, place=in_row(number, *filter(None, [problem.place])))


Record = tuple[Mapping[str, Any], list[Problem]]
"""The values of a row by column, and what is wrong with it; a problem's place is a column, or empty: the whole row."""


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
        if column not in table.variables:
            if column != table.id_column and not table.ignore_others:
                wrong.append(_unknown(column, table))
        elif table.format == "csv":
            found, problem = converted(column, value, table.variables[column])
            wrong += problem
            data |= {column: value} if problem else found
        elif value is not None:
            data[column] = value
    return Row(number, slot, data, tuple(_of(number, problem) for problem in wrong))


def _csv_records(lines: Iterator[str], table: Table) -> Iterator[Record]:
    columns = {*table.variables, *filter(None, [table.id_column])}
    delimiter, begun = laid_out(lines, columns)
    if (first := next(begun, "")).startswith(WORKBOOK):
        raise InvalidRequest.at("rows", *NO_TEXT)
    begun = chain([first], begun)
    reader = csv.reader(begun, strict=True, delimiter=delimiter)
    header = _header(reader, table)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader goes on with the next line.
            yield {}, [Problem("", f"is not CSV: {error}", "double the quotes in a cell, and quote the whole cell")]
            continue
        if len(cells) > 1 and not any(cell.strip() for cell in cells):
            continue
        if cells:
            yield _record(cells, header)


def _record(cells: list[str], header: list[str]) -> Record:
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        remedy = "quote cells that hold what lies between cells, or a line break"
        what = f"has {len(cells)} cell{'s' * (len(cells) != 1)}, and the header {len(header)}"
        return {}, [Problem("", what, remedy)]
    values = {column: cell for column, cell in zip(header, cells, strict=False) if column}
    nameless = [
        Problem("", f"{cell[:80]!r} is in column {number}, which has no name", "name it in the first line")
        for number, (column, cell) in enumerate(zip(header, cells, strict=False), start=1)
        if cell.strip() and not column
    ]
    undecodable = [_undecodable(column) for column, cell in values.items() if is_undecodable(cell)]
    return {} if undecodable else values, [*nameless, *undecodable]


def _header(reader: Iterator[list[str]], table: Table) -> list[str]:
    try:
        header = [column.strip() for column in next((cells for cells in reader if cells), [])]
    except csv.Error as error:
        raise InvalidRequest.at("rows", f"begins with no CSV header: {error}", "name the columns in line 1") from None
    if not any(header):
        raise InvalidRequest.at("rows", "is empty", "begin with a line that names the columns")
    if is_undecodable("".join(header)):
        raise InvalidRequest.at("rows", "its header is not UTF-8", UTF_8)
    while not header[-1]:  # what a comma at the end of each line leaves
        header.pop()
    if double := [column for column in dict.fromkeys(header) if column and header.count(column) > 1]:
        raise InvalidRequest.at("rows", f"has several columns {double[0]!r}", "name each once")
    there = [*filter(None, header)]
    problems = [*_missing(table, there)]
    meant = {nearest(column, there) for column in table.named if column not in there}
    problems += [
        replace(_unknown(column, table), place=f'rows, column "{column}"')
        for column in there
        if column not in (*table.variables, *meant, table.id_column) and not table.ignore_others
    ]
    if problems:
        raise InvalidRequest(*problems)
    return header


def _missing(table: Table, there: Sequence[str]) -> Iterator[Problem]:
    """Columns that are said to be there, and are not."""
    said = [(below(table.naming, column), column) for column in table.named]
    said += [("id_column", table.id_column)] if table.id_column else []
    for place, column in said:
        if column not in there:
            what = f"{column[:80]!r} is no column of the table"
            listed = shortened(f"there are: {', '.join(there)}", 400)
            near = nearest(column, there)
            remedy = f"did you mean `{near}`? {listed}" if near else listed
            yield Problem(place, what, remedy)


def _unknown(column: str, table: Table) -> Problem:
    otherwise = "name it in `columns`, or let `other_columns` be `ignore`"
    if not table.of_template:
        return Problem(column, "goes nowhere", did_you_mean(column, table.variables, otherwise))
    known = f"it has: {shortened(', '.join(table.of_template), 400)}; {otherwise}"
    return Problem(column, "is no variable of the template", did_you_mean(column, table.of_template, known))


def _json_records(lines: Iterable[str]) -> Iterator[Record]:
    for line in lines:
        if not line.strip():
            continue
        if is_undecodable(line):
            yield {}, [_undecodable("")]
            continue
        try:
            values = json.loads(line, parse_constant=_refuse_constant, object_pairs_hook=once_each)
        except RepeatedName as error:
            yield {}, [Problem("", str(error), KEEP_ONE)]
            continue
        except (ValueError, RecursionError) as error:
            yield {}, [Problem("", _no_json(error), "write one object in each line")]
            continue
        yield _record_of(values)


def _no_json(error: Exception) -> str:
    return "is nested too deeply" if isinstance(error, RecursionError) else f"is not JSON: {error}"


def _record_of(values: Any) -> Record:
    if not isinstance(values, dict):
        return {}, [Problem("", "is no JSON object", 'write {"NAME": "Ada"}')]
    # JSON may escape halves of a character, which no database keeps and no answer can tell.
    if is_undecodable("".join(values)):
        return {}, [Problem("", f"has a column whose name {HALF[0]}", HALF[1])]
    return values, [Problem(column, *HALF) for column, value in values.items() if is_half(value)]


def _entries(text: str) -> list[Any]:
    if is_undecodable(text):
        raise InvalidRequest.at("rows", "is not UTF-8", UTF_8)
    try:
        entries = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse_constant, object_pairs_hook=once_each)
    except RepeatedName as error:
        raise InvalidRequest.at("rows", str(error), KEEP_ONE) from None
    except (ValueError, RecursionError) as error:
        raise InvalidRequest.at("rows", _no_json(error), 'write [{"NAME": "Ada"}, ...]') from None
    if not isinstance(entries, list):
        raise InvalidRequest.at("rows", "is no list of objects", 'write [{"NAME": "Ada"}, ...], or `format` "jsonl"')
    return entries


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _undecodable(column: str) -> Problem:
    return Problem(column, "is not UTF-8", UTF_8)
