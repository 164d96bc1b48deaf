"""What SQLAlchemy and the databases say, in our errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reel.errors import Internal, ReelError, Resource, Transient

_ROOM = "make room on the disk of the database"
_RIGHTS = "look at REEL_CATALOGUE, and at what its user may do"
_DAMAGED = "the database is damaged: restore it from a backup"
_AWAY = "look at whether the database runs, if this goes on"

Code = str | int
Meaning = tuple[type[ReelError], str]

CODES: Mapping[Meaning, frozenset[Code]] = {
    (Resource, _ROOM): frozenset({"53100", sqlite3.SQLITE_FULL}),
    (Resource, _RIGHTS): frozenset(
        {"28", "3D", "42501", "57P04", "F0"}
        | {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
        | {sqlite3.SQLITE_NOLFS}
    ),
    (Resource, _DAMAGED): frozenset(
        {"58P01", "58P02", "XX001", "XX002", sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
    ),
    # Connections, conflicts with others, a server that is full, ends or moves; a replica that was the primary (25006).
    (Transient, _AWAY): frozenset(
        {"08", "25006", "25P03", "25P04", "40", "53", "55", "57", "58", "72"}
        | {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_SCHEMA}
        | {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_ABORT, sqlite3.SQLITE_INTERRUPT}
    ),
}
"""What a code stands for: PostgreSQL's SQLSTATE, or the class that is its first two characters, and SQLite's result codes; all
other codes are mistakes of ours (postgresql.org/docs/current/errcodes-appendix.html, sqlite.org/rescode.html)."""
_MEANINGS = {code: meaning for meaning, codes in CODES.items() for code in codes}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn errors of SQLAlchemy and SQLite into ours. `place` names the database without its password."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _ours(error, place) from error


def _ours(error: SQLAlchemyError | sqlite3.Error, place: str) -> ReelError:
    kind, remedy = _meaning(error)
    return kind.at(place, _said(error), remedy)


def _meaning(error: SQLAlchemyError | sqlite3.Error) -> Meaning:
    if code := _code(error):
        known = _MEANINGS.get(code) or (_MEANINGS.get(code[:2]) if isinstance(code, str) else None)
        return known or (Internal, "")
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or isinstance(error, OperationalError | InterfaceError | PoolTimeout | sqlite3.OperationalError):
        return Transient, _AWAY
    return Internal, ""


def _said(error: SQLAlchemyError | sqlite3.Error) -> str:
    """What the database said. Not the statement and its parameters: these may hold secrets."""
    original = _original(error)
    return " ".join(str(original.args[0] if original.args else original).split()) or type(original).__name__


def _code(error: SQLAlchemyError | sqlite3.Error) -> Code | None:
    original = _original(error)
    if isinstance(original, sqlite3.Error):
        # The lowest byte is the result code, what is above it tells kinds of it apart.
        extended: int = getattr(original, "sqlite_errorcode", 0)
        return extended & 0xFF
    return getattr(original, "sqlstate", None)


def _original(error: SQLAlchemyError | sqlite3.Error) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig else error
