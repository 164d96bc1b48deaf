"""The requests of a source, one after another: of a project, of a folder, of the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from reel.catalogue import Catalogue, Generation
from reel.control.documents import complete_name, completed, folder_of, reading_of
from reel.control.stores import Stores
from reel.errors import InvalidRequest, Problem, ReelError
from reel.fetch import fetch, locate, require_source_allowed
from reel.kinds.registry import kind_in
from reel.request.batch import AnySource, FromFolder, FromProject, FromRows, Owner
from reel.request.places import enclosing
from reel.request.read import Reading, read_json
from reel.request.rows import Row, Table, in_row, read_rows
from reel.request.spreadsheets import encoding_of
from reel.request.variables import Variable, resolved, variables_of
from reel.store import objects_at, workspace
from reel.values import public_name

MOST_DOCUMENT_BYTES = 4 << 20
"""Of a request. Prefect's server takes half a megabyte of parameters."""

FORMATS: dict[str, Literal["csv", "jsonl"]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
}
"""By the name's end; Excel's `Unicode text` is a table with tabs in a `.txt`."""


@dataclass(frozen=True)
class Item:
    """One request of a source."""

    slot: str
    where: str
    """For people: `row 3`."""
    document: Callable[[Generation | None], dict[str, Any] | Reading]
    """The request in full, given the slot's newest generation; of a bad one, what can be read. Raises `ReelError` where there
    is nothing to be read."""
    place: Callable[[str], str] = str
    """What people call a field of this request: of a row, the column that its value is from."""

    def named(self, error: ReelError) -> tuple[Problem, ...]:
        """The problems of an error, by what people call their places."""
        return tuple(replace(problem, place=self.place(problem.place)) for problem in error.problems)


def items_of(source: AnySource, owner: Owner, catalogue: Catalogue, base: Path, stores: Stores) -> Iterator[Item]:
    """The requests of a source, whose relative paths count from `base`. Raises `ReelError` where it cannot be read at all."""
    match source:
        case FromProject():
            return _project(owner, catalogue)
        case FromFolder():
            return _folder(source, base, stores)
        case FromRows():
            return _rows(source, base, stores)


def _project(owner: Owner, catalogue: Catalogue) -> Iterator[Item]:
    with catalogue.tenant(owner.tenant) as records:
        slots = records.slots(owner.project)
    for slot in slots:
        yield Item(slot, f"slot {slot}", _as_asked)


def _as_asked(newest: Generation | None) -> dict[str, Any]:
    if newest is None:
        raise InvalidRequest.at("slot", "is filled by nothing, and all that was asked for it was called off")
    return newest.request


def _folder(source: FromFolder, base: Path, stores: Stores) -> Iterator[Item]:
    # Names are of files, so the folder is told by that of a file in it.
    any_file = complete_name(f"{source.folder.rstrip('/')}/x", str(base))
    require_source_allowed(locate(any_file, base, "source.folder"), "source.folder")
    folder = any_file.removesuffix("/x")
    names = [found.name for found in objects_at(folder).list("") if found.name.endswith(".json")]
    if not names:
        raise InvalidRequest.at("source.folder", f"{folder} holds no *.json", "name a folder of request documents")
    for name in names:
        yield Item(name.removesuffix(".json"), name, partial(_in_file, f"{folder}/{name}", base, stores))


def _in_file(location: str, base: Path, stores: Stores, _: Generation | None) -> dict[str, Any] | Reading:
    return completed(_json_object(location, "request", base, stores), folder_of(location, base))


def _rows(source: FromRows, base: Path, stores: Stores) -> Iterator[Item]:
    template, folder = _template(source, base, stores)
    variables, problems = variables_of(template.get("variables", {}))
    if problems:
        raise InvalidRequest(*problems)
    table = Table(_format(source), variables, source.id_column, source.other_columns == "ignore")
    row_folder, used = folder_of(source.rows, base), resolved(template, variables, {}).used
    with _fetched(source.rows, "source.rows", base, stores) as path, _lines(path) as lines:
        try:
            for row in read_rows(lines, table):
                fill = partial(_filled, template, folder, row, row_folder, variables)
                yield Item(row.slot, f"row {row.number}", fill, partial(_column_of, row, used))
        except UnicodeDecodeError as error:
            what = f"is not {error.encoding.upper()} throughout: {error.reason}"
            raise InvalidRequest.at("source.rows", what, "save the table as UTF-8") from None


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a table with their ends. What cannot be decoded becomes lone surrogates: it is told of its row."""
    with path.open("rb") as file:
        encoding = encoding_of(file.read(1024))
    lenient = "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass"
    with path.open(encoding=encoding, errors=lenient, newline="") as lines:
        yield lines


def _column_of(row: Row, used: Mapping[str, Collection[str]], place: str) -> str:
    """The columns whose values are at a place of the filled template, in or around it; the place itself where none is."""
    if place.startswith("row "):
        return place
    name = place.removeprefix("data.")
    candidates: list[Collection[str]] = [{name} if name != place else ()]
    candidates += [used.get(part, ()) for part in reversed([*enclosing(place)])]
    candidates += [names for field, names in used.items() if place in enclosing(field)]
    columns = next((found for names in candidates if (found := sorted({*names} & {*row.data}))), [])
    return in_row(row.number, *columns) if columns else f"row {row.number}, {place}"


def _filled(
    template: Mapping[str, Any],
    folder: str,
    row: Row,
    row_folder: str,
    variables: Mapping[str, Variable],
    _: Generation | None,
) -> dict[str, Any] | Reading:
    """The template with the data of a row, whose paths count from the table's folder."""
    if row.problems and not row.data:
        raise InvalidRequest(*row.problems)
    data = {
        name: complete_name(value, row_folder)
        if variables[name].type == "asset" and isinstance(value, str) and value
        else value
        for name, value in row.data.items()
    }
    found = completed({**template, "data": {**template.get("data", {}), **data}}, folder)
    if not row.problems:
        return found
    reading, told = reading_of(found), {problem.place for problem in row.problems}
    others = (each for each in reading.problems if in_row(row.number, each.place.removeprefix("data.")) not in told)
    return replace(reading, problems=(*row.problems, *others))


def _template(source: FromRows, base: Path, stores: Stores) -> tuple[Mapping[str, Any], str]:
    """The template's document, not filled in, and the folder that its relative paths count from."""
    if isinstance(source.template, dict):
        document, folder = source.template, str(base)
    else:
        document = _json_object(source.template, "source.template", base, stores)
        folder = folder_of(source.template, base)
    kind = kind_in(document)
    if kind is None or kind.filled is None:
        raise InvalidRequest.at("source.template", "is no request of kind `template`", "rows fill in templates alone")
    return document, folder


def _format(source: FromRows) -> Literal["csv", "jsonl"]:
    suffix = PurePosixPath(source.rows.partition("?")[0]).suffix.lower()
    if found := source.format or FORMATS.get(suffix):
        return found
    raise InvalidRequest.at("source.format", f"{public_name(source.rows)} does not say it by its name", "csv or jsonl")


def _json_object(location: str, place: str, base: Path, stores: Stores) -> dict[str, Any]:
    with _fetched(location, place, base, stores) as path:
        size = path.stat().st_size
        if size > MOST_DOCUMENT_BYTES:
            raise InvalidRequest.at(place, f"has {size:,} bytes, and a request at most {MOST_DOCUMENT_BYTES:,}")
        text = path.read_bytes()
    return dict(read_json(text, place, '{"kind": "template", ...}'))


@contextmanager
def _fetched(location: str, place: str, base: Path, stores: Stores) -> Iterator[Path]:
    """A copy of a document, which may be anywhere that an asset may be."""
    with workspace(stores.scratch) as scratch:
        fetch(locate(location, base, place), scratch / "document", place)
        yield scratch / "document"
