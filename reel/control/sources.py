"""The requests of a source, one after another: of a project, of a folder, of the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from reel.catalogue import Catalogue, Generation
from reel.control.documents import complete_name, completed, folder_of
from reel.control.reading import Shelf
from reel.control.sheets import Sheet, in_columns, rows_in, sheet_of
from reel.control.stores import Stores
from reel.errors import InvalidRequest, Problem, ReelError
from reel.fetch import locate, require_source_allowed
from reel.request.batch import AnySource, FromFolder, FromProject, FromRows, Owner
from reel.request.read import Reading
from reel.request.rows import Row
from reel.store import objects_at


@dataclass(frozen=True)
class Item:
    """One request of a source."""

    slot: str
    where: str
    """For people: `row 3`."""
    document: Callable[[Generation | None], dict[str, Any] | Reading]
    """The request in full, given the slot's newest generation; of a bad one, what can be read. Raises `ReelError` where there
    is nothing to be read."""
    called: Callable[[Problem], Problem] = lambda problem: problem
    """A problem of this request as people call its place: of a row, by the column that its value is from."""

    def named(self, error: ReelError) -> tuple[Problem, ...]:
        """The problems of an error, by what people call their places."""
        return tuple(map(self.called, error.problems))


def items_of(source: AnySource, owner: Owner, catalogue: Catalogue, base: Path, stores: Stores) -> Iterator[Item]:
    """The requests of a source, whose relative paths count from `base`. Raises `ReelError` where it cannot be read at all."""
    match source:
        case FromProject():
            return _project(owner, catalogue)
        case FromFolder():
            return _folder(source, Shelf(owner.tenant, catalogue, base, stores))
        case FromRows():
            return _rows(source, Shelf(owner.tenant, catalogue, base, stores))


def _project(owner: Owner, catalogue: Catalogue) -> Iterator[Item]:
    with catalogue.tenant(owner.tenant) as records:
        slots = records.slots(owner.project)
    for slot in slots:
        yield Item(slot, f"slot {slot}", _as_asked)


def _as_asked(newest: Generation | None) -> dict[str, Any]:
    if newest is None:
        raise InvalidRequest.at("slot", "is filled by nothing, and all that was asked for it was called off")
    return newest.request


def _folder(source: FromFolder, shelf: Shelf) -> Iterator[Item]:
    # Names are of files, so the folder is told by that of a file in it.
    any_file = complete_name(f"{source.folder.rstrip('/')}/x", str(shelf.base))
    require_source_allowed(locate(any_file, shelf.base, "source.folder"), "source.folder", shelf.stores.roots)
    folder = any_file.removesuffix("/x")
    names = [found.name for found in objects_at(folder).list("") if found.name.endswith(".json")]
    if not names:
        raise InvalidRequest.at("source.folder", f"{folder} holds no *.json", "name a folder of request documents")
    for name in names:
        yield Item(name.removesuffix(".json"), name, partial(_in_file, f"{folder}/{name}", shelf))


def _in_file(location: str, shelf: Shelf, _: Generation | None) -> dict[str, Any] | Reading:
    return completed(shelf.json_object(location, "request"), folder_of(location, shelf.base))


def _rows(source: FromRows, shelf: Shelf) -> Iterator[Item]:
    sheet = sheet_of(source, shelf)
    used = sheet.used()
    for row in rows_in(sheet, source, shelf):
        called = partial(in_columns, row.number, row.data.keys(), used)
        yield Item(row.slot, f"row {row.number}", partial(_in_row, sheet, row), called)


def _in_row(sheet: Sheet, row: Row, _: Generation | None) -> dict[str, Any] | Reading:
    return sheet.document(row)
