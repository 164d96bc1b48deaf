"""All records as one file, from any database and into any: a backup that needs no tool of a database to be made or read.

It is gzipped JSON, a line for each thing:

    {"reelflow_catalogue": 1, "revision": "0003", "at": "2026-11-28T03:41:00+00:00"}
    ["tenant", {"id": "acme", "created": "2026-03-01T12:00:00+00:00", ...}]
    ...                                                    tables in an order in which each finds what it refers to
    {"rows": {"tenant": 1, ...}}                           last: a file that was cut has none

It is of one moment. What each database makes by itself and in its own way is left out: words of the full-text index, and
numbers that it counts rows by; these are made again. All else is in it, secrets included, as they are in the database:
encrypted. Who restores it needs the installation's secret (`reel.secrets`), which is not in it.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError
from sqlalchemy import Column, Connection, Engine, Table, bindparam, func, select

from reel.catalogue import schema
from reel.catalogue.columns import Indexed, Utc
from reel.catalogue.resealing import raw, raw_type, sealing_columns
from reel.catalogue.scope import EVERYONE, set_scope
from reel.catalogue.tables import DocumentRow, metadata
from reel.disk import disk_errors
from reel.errors import Resource
from reel.sealing import require_openable
from reel.search import OutputDocument, indexed_words

FORMAT = 1
BATCH = 500
"""Rows that are read, or inserted, at a time."""


def dump(engine: Engine, to: Path, now: datetime) -> Mapping[str, int]:
    """Write everything that a database holds at this moment to a new file; rows by table. Raises `Resource`."""
    with disk_errors(to.parent), gzip.open(to, "xt", encoding="utf-8") as file:
        return _write(engine, file, now)


def _write(engine: Engine, file: TextIO, now: datetime) -> Mapping[str, int]:
    rows: Counter[str] = Counter()
    head = {"reelflow_catalogue": FORMAT, "revision": schema.head(), "at": now.isoformat()}
    with _moment(engine) as connection, connection.begin():
        set_scope(connection, EVERYONE)
        file.write(f"{json.dumps(head)}\n")
        for table in metadata.sorted_tables:
            rows[table.name] = 0
            query = select(*map(raw, _carried(table))).order_by(*table.primary_key)
            for row in connection.execution_options(yield_per=BATCH).execute(query).mappings():
                rows[table.name] += 1
                file.write(f"{json.dumps([table.name, _as_json(row)])}\n")
        file.write(f"{json.dumps({'rows': rows})}\n")
    return rows


def load(engine: Engine, dumped: Path, secret_lost: bool = False) -> Mapping[str, int]:
    """Fill an empty database with what a file holds, in one transaction; rows by table. Raises `Resource`, also for what was
    encrypted with a secret that this machine has not, unless that is lost for good."""
    lines = _lines(dumped)
    _check_head(next(lines, None), dumped)
    rows: Counter[str] = Counter(dict.fromkeys((table.name for table in metadata.sorted_tables), 0))
    with engine.begin() as connection:
        set_scope(connection, EVERYONE)
        _refuse_filled(connection)
        last: Any = None
        for name, group in groupby(lines, key=lambda line: line[0] if isinstance(line, list) else ""):
            if not name:
                last = next(group)
                continue
            if name not in metadata.tables:
                raise _unusable(dumped, f"has rows of {name!r}, of which this version knows no table")
            table = metadata.tables[name]
            # Others hold what anybody may have written, as if it were encrypted too.
            sealing = () if secret_lost else [column.name for column in sealing_columns(table)]
            for batch in _batches(line[1] for line in group):
                for value in (row.get(column) for row in batch for column in sealing):
                    require_openable(value, name)
                connection.execute(_insert(table, batch[0]), [_from_json(row, table) for row in batch])
                rows[name] += len(batch)
        if last is None or last.get("rows") != rows:
            raise _unusable(dumped, "ends before its end: it was cut, or is still being written")
    return rows


def _insert(table: Table, row: Mapping[str, Any]) -> Any:
    """Into the columns of a row, of which those that are encrypted are so already."""
    names = [*row, *(("words",) if table.name == DocumentRow.__tablename__ else ())]
    columns = [table.columns[name] for name in names]
    return table.insert().values({each.name: bindparam(each.name, type_=raw_type(each)) for each in columns})


def _carried(table: Table) -> list[Column[Any]]:
    """The columns that are the same in every database."""
    return [column for column in table.columns if column.identity is None and not isinstance(column.type, Indexed)]


def _moment(engine: Engine) -> Connection:
    """A connection whose transaction sees one moment, and keeps nobody from writing."""
    if engine.dialect.name == "postgresql":
        return engine.connect().execution_options(isolation_level="REPEATABLE READ")
    return engine.connect().execution_options(only_reads=True)


def _refuse_filled(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if count := connection.execute(select(func.count()).select_from(table)).scalar_one():
            remedy = "restore into a new one: move the SQLite file away, or name another database, and `reel catalogue upgrade`"
            raise Resource.at("REEL_CATALOGUE", f"holds records already: {count} in {table.name}", remedy)


def _check_head(head: Any, dumped: Path) -> None:
    if not isinstance(head, dict) or head.get("reelflow_catalogue") != FORMAT:
        raise _unusable(dumped, "is no dump of a catalogue that this version knows")
    if head["revision"] != schema.head():
        what = f"has tables of revision {head['revision']}, and this version has {schema.head()}"
        raise Resource.at(
            str(dumped), what, "restore it by the version that made it, and then `reel catalogue upgrade`"
        )


def _lines(dumped: Path) -> Iterator[Any]:
    try:
        with gzip.open(dumped, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except (EOFError, ValueError, OSError) as error:
        raise _unusable(dumped, f"cannot be read: {error}") from error


def _unusable(dumped: Path, what: str) -> Resource:
    return Resource.at(str(dumped), what, "restore another backup: `reel backup list`")


def _as_json(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _from_json(row: Mapping[str, Any], table: Table) -> dict[str, Any]:
    moments = {column.name for column in table.columns if isinstance(column.type, Utc)}
    values = {
        name: datetime.fromisoformat(value) if value is not None and name in moments else value
        for name, value in row.items()
    }
    return {**values, "words": _words_of(row)} if table.name == DocumentRow.__tablename__ else values


def _words_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        return indexed_words(OutputDocument.model_validate(row["document"]))
    except ValidationError:  # of another version: it is not found until it is built again (`reel.control.indexing`)
        return ()


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
