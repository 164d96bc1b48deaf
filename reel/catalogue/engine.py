"""The database behind the catalogue: SQLite in a file, or PostgreSQL by psycopg 3."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DataError
from sqlalchemy.pool import NullPool

from reel.errors import InvalidRequest
from reel.values import texts_of

BUSY_SECONDS = 30
"""How long a writer of SQLite waits for another one."""

CONNECT_SECONDS = 10
"""How long a connection to PostgreSQL may take."""


def parse_url(text: str) -> URL:
    """The address of a database, with the driver that we use. Raises `InvalidRequest`."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise _refused("is no database URL") from error
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise _refused("names no file")
        return url.set(drivername="sqlite+pysqlite")
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise _refused(f"names {url.get_backend_name()[:40]!r}, which is not known here")


def _refused(what: str) -> Exception:
    remedy = "use sqlite:////folder/catalogue.db or postgresql+psycopg://user:password@host/database"
    return InvalidRequest.at("REEL_CATALOGUE", what, remedy)


def public_url(url: URL) -> str:
    """The address without its password."""
    return url.render_as_string(hide_password=True)


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; null for PostgreSQL."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def make_engine(url: URL) -> Engine:
    """Connections to a database; none is opened yet."""
    options: dict[str, Any] = {"json_serializer": partial(json.dumps, ensure_ascii=True, allow_nan=False)}
    if sqlite_file(url):
        # A connection for each transaction: SQLite's must not go along when a process forks.
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        # A connection that died while it lay in the pool is replaced unseen.
        engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS}, **options)
    event.listen(engine, "handle_error", _tell_of_texts)
    return engine


def _tell_of_texts(context: ExceptionContext) -> None:
    """Say so where a text is none that a database takes, rather than that the database failed: PostgreSQL knows no U+0000,
    and nobody half of a surrogate pair. Raises `InvalidRequest`."""
    if not isinstance(context.original_exception, UnicodeEncodeError) and not isinstance(
        context.sqlalchemy_exception, DataError
    ):
        return
    for text in texts_of(context.parameters):
        if "\0" in text or text != text.encode("utf-8", "replace").decode():
            raise InvalidRequest.at("text", f"{text[:80]!r} has a character that no text has here", "write it without")


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # The driver must not begin transactions by itself: it would not take the lock at once.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("only_reads"):
        # A view of this moment for as long as it takes: with write-ahead logging nobody waits for it.
        connection.exec_driver_sql("BEGIN")
        return
    # To read first and then write would fail whenever another wrote in between; waiting for the lock at once does not.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
