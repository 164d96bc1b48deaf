"""Sheets: a request, a table, and where the values of each column go. Each row becomes a request."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any

from reel.catalogue import LibraryAsset, MadeFrom
from reel.control.documents import complete_name, completed, folder_of, reading_of
from reel.control.reading import Shelf
from reel.control.templates import from_template
from reel.errors import InvalidRequest, Problem
from reel.fetch import KeptAsset, locate
from reel.kinds.registry import kind_in
from reel.media_types import TABLES
from reel.request.batch import Format, FromRows, Rows
from reel.request.filling import resolved
from reel.request.places import enclosing, parts_of, with_value
from reel.request.read import Reading
from reel.request.rows import Row, Table, in_row, read_rows, rows_of
from reel.request.spreadsheets import NO_TEXT, WORKBOOKS, encoding_of
from reel.request.variables import Variable, variables_of
from reel.values import public_name
from reel.words import did_you_mean

FORMATS: Mapping[str, Format] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".json": "json",
}
"""By the name's end; Excel's `Unicode text` is a table with tabs in a `.txt`."""
OF_TYPES: Mapping[str, Format] = {media_type: FORMATS[suffix] for suffix, media_type in TABLES.items()}
"""By what a table of the library was found to be."""

DATA = ("data", "values")
"""What a place begins with that is a variable of a template; `values` as orders have it that name a stored one."""
FILES = ("asset", "soundtrack")
"""Fields that name files."""


@dataclass(frozen=True)
class Sheet:
    """How rows become requests."""

    request: Mapping[str, Any]
    folder: str
    """What the request's relative paths count from; those in cells count from `row_folder`."""
    row_folder: str
    table: Table
    places: Mapping[str, str]
    """Where the values of each column go."""
    made_from: MadeFrom | None = None

    def document(self, row: Row) -> dict[str, Any] | Reading:
        """The request of a row; of a bad one, what can be read. Raises `InvalidRequest` where there is nothing to be read."""
        return completed(self.reading(row), self.folder)

    def reading(self, row: Row) -> Reading:
        """What the request of a row says, its relative paths as they are written. Raises as `document`."""
        if row.problems and not row.data:
            raise InvalidRequest(*row.problems)
        reading, told = reading_of(self._filled(row)), {problem.place for problem in row.problems}
        if not told:
            return reading
        others = (each for each in reading.problems if in_row(row.number, each.place.removeprefix("data.")) not in told)
        return replace(reading, problems=(*row.problems, *others))

    def _filled(self, row: Row) -> dict[str, Any]:
        document: Any = self.request
        for column in self._columns(row):
            place = self.places[column]
            try:
                document = with_value(document, parts_of(place), self._complete(column, row.data[column]))
            except ValueError as error:
                what = f"goes to {place}, which {error}"
                raise InvalidRequest.at(in_row(row.number, column), what, "correct `columns`") from None
        return dict(document)

    def _columns(self, row: Row) -> list[str]:
        """The columns whose values a row's request has: of those that go to one place, the one that is not empty."""
        of_places: dict[str, str] = {}
        for column, value in row.data.items():
            first = of_places.setdefault(self.places[column], column) if value != "" else column
            if first != column:
                # One of the two would be lost, and nobody hear of it.
                what, remedy = f"goes where that of {first!r} goes", "leave one of the two empty, or correct `columns`"
                raise InvalidRequest.at(in_row(row.number, column), what, remedy)
        return [column for column in row.data if of_places.get(self.places[column], column) == column]

    def _complete(self, column: str, value: Any) -> Any:
        variable, last = self.table.variables[column], parts_of(self.places[column])[-1]
        names_a_file = variable.type == "asset" if variable else last in FILES
        return complete_name(value, self.row_folder) if names_a_file and isinstance(value, str) and value else value

    def used(self) -> dict[str, frozenset[str]]:
        """The columns whose values are in a field of the filled request, for each such field."""
        columns: dict[str, set[str]] = {}
        for column, place in self.places.items():
            columns.setdefault(place, set()).add(column)
        found = {place: frozenset(names) for place, names in columns.items()}
        variables, _ = variables_of(self.request.get("variables", {}))
        for place, names in resolved(self.request, variables, {}).used.items() if variables else ():
            found[place] = frozenset(
                column for name in names for column in columns.get(f"data.{name}", ())
            ) | found.get(place, frozenset())
        return found


def column_of(number: int, columns: Collection[str], used: Mapping[str, Collection[str]], place: str) -> str:
    """The columns of a row whose values are at a place of its request, in or around it, or would be, if the row had them; the
    place itself where none is."""
    if place.startswith("row "):
        return place
    field = _OF_VALUES.sub("data.", place)
    candidates: list[Collection[str]] = [used.get(part, ()) for part in reversed([*enclosing(field)])]
    candidates += [names for each, names in used.items() if field in enclosing(each)]
    found = next(
        (those for names in candidates if (those := sorted({*names} & {*columns}))), sorted(used.get(field, ()))
    )
    return in_row(number, *found) if found else f"row {number}, {place}"


def in_columns(number: int, columns: Collection[str], used: Mapping[str, Collection[str]], problem: Problem) -> Problem:
    """What is wrong with a row's request, by the columns that its value is from: who writes a table gives no `data`."""
    lacking = _GIVE_DATA.match(problem.remedy)
    # A text may have several variables: it is the column of the one without a value, and not those of the others.
    place = lacking[1] if lacking and lacking[1] in used else problem.place
    remedy = _GIVE_DATA.sub("give it a value", problem.remedy)
    return Problem(column_of(number, columns, used, place), problem.what, remedy)


_GIVE_DATA = re.compile(r"^give (data\.\w+)")
_OF_VALUES = re.compile(r"^values\.")
"""How what is wrong with an order of a stored template is told."""


def sheet_of(source: Rows, shelf: Shelf) -> Sheet:
    """How the rows of a source become requests. Raises `ReelError`."""
    request, folder, made_from = _request(source, shelf)
    variables, problems = variables_of(request.get("variables", {}))
    if problems:
        raise InvalidRequest(*problems)
    places = _places(source, request, variables)
    of_columns = {column: variables.get(place.removeprefix("data.")) for column, place in places.items()}
    is_lenient = source.other_columns == "ignore"
    named, naming = tuple(source.columns), f"{_within(source)}columns"
    of_template = tuple(variables) if (kind := kind_in(request)) and kind.filled else ()
    table = Table(_format(source, shelf), of_columns, source.id_column, is_lenient, named, naming, of_template)
    row_folder = _folder(source.rows, shelf) if isinstance(source.rows, str) else str(shelf.base)
    return Sheet(request, folder, row_folder, table, places, made_from)


def rows_in(sheet: Sheet, source: Rows, shelf: Shelf) -> Iterator[Row]:
    """The rows of a source. Raises `ReelError` where they cannot be read at all, or are more than the limits."""
    for row in _rows_in(sheet, source, shelf):
        if fault := shelf.stores.limits.fault("rows", f"{_within(source)}rows", row.number, "has a row {}"):
            raise InvalidRequest(fault)
        yield row


def _rows_in(sheet: Sheet, source: Rows, shelf: Shelf) -> Iterator[Row]:
    if source.table is not None:
        # Line ends as they are: a cell in quotes may hold some.
        yield from read_rows(StringIO(source.table.removeprefix("\ufeff"), newline=""), sheet.table)
        return
    if not isinstance(source.rows, str):
        yield from rows_of(source.rows or (), sheet.table)
        return
    with shelf.fetched(source.rows, f"{_within(source)}rows") as path, _lines(path, source.encoding) as lines:
        try:
            yield from read_rows(lines, sheet.table)
        except UnicodeDecodeError as error:
            what = f"is not {error.encoding.upper()} throughout: {error.reason}"
            raise InvalidRequest.at(
                f"{_within(source)}rows", what, "save the table as UTF-8, or name its `encoding`"
            ) from None


@contextmanager
def _lines(path: Path, encoding: str | None) -> Iterator[Iterator[str]]:
    """The lines of a table with their ends. What cannot be decoded becomes lone surrogates: it is told of its row."""
    if encoding is None:
        with path.open("rb") as file:
            encoding = encoding_of(file.read(1024))
    lenient = "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    with path.open(encoding=encoding, errors=lenient, newline="") as lines:
        yield lines


def _within(source: Rows) -> str:
    """What places of its fields begin with: an order of a batch is the document itself."""
    return "source." if isinstance(source, FromRows) else ""


def _places(source: Rows, request: Mapping[str, Any], variables: Mapping[str, Variable]) -> dict[str, str]:
    """Where each column's values go: where it is said, and of a template to the variable of its name."""
    kind = kind_in(request)
    if kind is None:
        what = "is no request of a kind that there is"
        raise InvalidRequest.at(f"{_within(source)}template", what, 'begin with {"kind": ...}')
    asked: dict[str, str] = {}
    wrong: list[Problem] = []
    for column, place in source.columns.items():
        try:
            asked[column] = _place(f"{_within(source)}columns.{column}", place, variables)
        except InvalidRequest as refused:
            wrong += refused.problems
    if wrong:
        raise InvalidRequest(*wrong)
    if not kind.filled:
        if not asked:
            what = f"is missing: nothing says where in a {kind.name} the values go"
            raise InvalidRequest.at(f"{_within(source)}columns", what, 'write {"clip": "clips[0].asset"}')
        return asked
    taken = {*asked.values()}
    return asked | {name: f"data.{name}" for name in variables if name not in asked and f"data.{name}" not in taken}


def _place(where: str, place: str, variables: Mapping[str, Variable]) -> str:
    try:
        first, *rest = parts_of(place)
    except ValueError as error:
        raise InvalidRequest.at(where, str(error), "write it as values.NAME, or as clips[0].asset") from None
    if first not in DATA:
        return place
    if len(rest) != 1 or rest[0] not in variables:
        known = f"it has: {', '.join(variables) or 'none'}"
        what = f"{place!r} is not a variable of this template"
        raise InvalidRequest.at(where, what, did_you_mean(str(rest[0]) if rest else "", variables, known))
    return f"data.{rest[0]}"


def _request(source: Rows, shelf: Shelf) -> tuple[Mapping[str, Any], str, MadeFrom | None]:
    """The request, not filled in; the folder that its relative paths count from; and the stored template that it is of."""
    if not isinstance(source.template, dict):
        document = shelf.json_object(source.template, f"{_within(source)}template")
        return document, _folder(source.template, shelf), None
    if "kind" in source.template:
        return source.template, str(shelf.base), None
    with shelf.catalogue.tenant(shelf.tenant, only_reads=True) as records:
        ordered = from_template({"template": source.template}, records)
    return ordered.document, str(shelf.base), ordered.made_from


def _folder(location: str, shelf: Shelf) -> str:
    """What relative paths in a document count from: a library has no folders of files."""
    is_kept = isinstance(locate(location, shelf.base), KeptAsset)
    return str(shelf.base) if is_kept else folder_of(location, shelf.base)


def _format(source: Rows, shelf: Shelf) -> Format:
    if source.table is not None:
        return source.format or "csv"
    if not isinstance(source.rows, str):
        return "json"
    if kept := shelf.kept(source.rows, f"{_within(source)}rows"):
        return source.format or _format_of(kept, f"{_within(source)}rows")
    suffix = PurePosixPath(source.rows.partition("?")[0]).suffix.lower()
    if found := source.format or FORMATS.get(suffix):
        return found
    if suffix in WORKBOOKS:
        raise InvalidRequest.at(f"{_within(source)}rows", f"{public_name(source.rows)} {NO_TEXT[0]}", NO_TEXT[1])
    what = f"{public_name(source.rows)} does not say it by its name"
    raise InvalidRequest.at(f"{_within(source)}format", what, "csv, jsonl or json")


def _format_of(kept: LibraryAsset, place: str) -> Format:
    if found := OF_TYPES.get(kept.media_type or ""):
        return found
    remedy = f"upload it under a name that ends in {', '.join(FORMATS)}"
    raise InvalidRequest.at(place, f"asset {kept.id} is {kept.media_type}, and no table", remedy)
