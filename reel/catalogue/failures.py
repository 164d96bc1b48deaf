"""What SQLAlchemy and the databases say, in our errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reel.errors import Internal, ReelError, Resource, Transient

NO_ROOM = frozenset({"53100", sqlite3.SQLITE_FULL})
"""The disk under the database is full (PostgreSQL's SQLSTATE, SQLite's result code)."""
NOT_OURS = frozenset({"42501", "28000", "28P01", "3D000", sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
"""This user or this place may not be used, or there is no such database."""
DAMAGED = frozenset({"XX001", "XX002", sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn errors of SQLAlchemy and SQLite into ours. `place` names the database without its password."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _ours(error, place) from error


def _ours(error: SQLAlchemyError | sqlite3.Error, place: str) -> ReelError:
    what = _said(error)
    code = _code(error)
    if code in NO_ROOM:
        return Resource.at(place, what, "make room on the disk of the database")
    if code in NOT_OURS:
        return Resource.at(place, what, "look at REEL_CATALOGUE, and at what its user may do")
    if code in DAMAGED:
        return Resource.at(place, what, "the database is damaged: restore it from a backup")
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout | sqlite3.OperationalError):
        return Transient.at(place, what, "look at whether the database runs, if this goes on")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Transient.at(place, what)
    return Internal.at(place, what)


def _said(error: SQLAlchemyError | sqlite3.Error) -> str:
    """What the database said. Not the statement and its parameters: these may hold secrets."""
    original = _original(error)
    return " ".join(str(original.args[0] if original.args else original).split()) or type(original).__name__


def _code(error: SQLAlchemyError | sqlite3.Error) -> str | int | None:
    original = _original(error)
    if isinstance(original, sqlite3.Error):
        # The lowest byte is the result code, what is above it tells kinds of it apart.
        extended: int = getattr(original, "sqlite_errorcode", 0)
        return extended & 0xFF
    return getattr(original, "sqlstate", None)


def _original(error: SQLAlchemyError | sqlite3.Error) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig else error
