"""What is encrypted in the catalogue, encrypted anew: after a rotation of the installation's secret, and where it was not
yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, inspect, select, tuple_, type_coerce, update
from sqlalchemy.types import TypeDecorator

from reel.catalogue.columns import Secret, SecretAddresses
from reel.sealing import is_newest, opened_document, tokens_of

BATCH = 500
"""Rows that are read at a time."""


def raw(column: Column[Any]) -> Any:
    """A column as the database has it: encrypted, where it is."""
    return type_coerce(column, raw_type(column)).label(column.name) if _seals(column.type) else column


def raw_type(column: Column[Any]) -> Any:
    """The type in which `raw` values are written back."""
    type_: Any = column.type
    return type_.impl_instance if _seals(type_) else type_


def sealing_columns(table: Table) -> list[Column[Any]]:
    """The columns whose values are encrypted."""
    return [column for column in table.columns if _seals(column.type)]


def reseal(connection: Connection, tables: Sequence[Table]) -> int:
    """Encrypt with the newest secret whatever is not; how many values. The connection's scope must be everyone's. Tables and
    columns that a database of an older revision has not are passed over. Raises `Resource` where a value cannot be opened."""
    return sum(_reseal(connection, table) for table in tables)


def _reseal(connection: Connection, table: Table) -> int:
    known = inspect(connection)
    there = {column["name"] for column in known.get_columns(table.name)} if known.has_table(table.name) else set()
    sealing = [column for column in sealing_columns(table) if column.name in there]
    return sum(_reseal_column(connection, table, column) for column in sealing)


def _reseal_column(connection: Connection, table: Table, column: Column[Any]) -> int:
    changed = 0
    for keys, value in _rows(connection, table, column):
        if not _is_done(value, column):
            this = tuple_(*table.primary_key) == tuple_(*keys)
            opened = column.type.process_result_value(value, connection.dialect)  # type: ignore[attr-defined]
            connection.execute(update(table).where(this).values({column.name: opened}))
            changed += 1
    return changed


def _rows(connection: Connection, table: Table, column: Column[Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Primary keys and values, in batches: rows are written while others are still to be read."""
    order = [*table.primary_key]
    after: tuple[Any, ...] | None = None
    while True:
        query = select(*order, raw(column)).where(column.is_not(None)).order_by(*order).limit(BATCH)
        found: Sequence[Row[Any]] = connection.execute(
            query if after is None else query.where(tuple_(*order) > tuple_(*after))
        ).all()
        yield from ((tuple(row[:-1]), row[-1]) for row in found)
        if len(found) < BATCH:
            return
        after = tuple(found[-1][:-1])


def _is_done(value: Any, column: Column[Any]) -> bool:
    tokens = [*tokens_of(value)]
    if isinstance(column.type, Secret):
        return not value or (bool(tokens) and is_newest(tokens[0]))
    opened = opened_document(value)
    if [*tokens_of(opened)] and opened == value:
        return True  # what nobody here can open
    again = [*tokens_of(column.type.process_bind_param(opened, None))]  # type: ignore[attr-defined]
    return len(again) == len(tokens) and all(map(is_newest, tokens))


def _seals(type_: Any) -> bool:
    return isinstance(type_, TypeDecorator) and isinstance(type_, Secret | SecretAddresses)
