"""The tables' history: which revision a database is at, and bringing it to ours.

Alembic is imported only where a database has to change: asking for a generation needs none of its 11 MB.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, inspect, text

from reel.catalogue.engine import public_url, sqlite_file
from reel.catalogue.failures import translated
from reel.disk import keep_private
from reel.errors import Resource

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK = 0x5245454C
"""PostgreSQL's advisory lock of those who upgrade: "REEL" in ASCII."""


def check_or_create(engine: Engine) -> None:
    """Bring an SQLite database to our revision, from nothing if need be; of PostgreSQL make sure that it is there.

    Raises `Resource` where that is not so: an operator decides when a database that is shared changes.
    """
    if sqlite_file(engine.url):
        upgrade(engine)
    elif (found := revision_of(engine)) != head():
        what = f"its schema is at revision {found or 'none'}, and this version needs {head()}"
        raise Resource.at(public_url(engine.url), what, "run `reel catalogue upgrade`")


def upgrade(engine: Engine) -> None:
    """Bring the database to our revision, in one transaction. Several may do so at once. Raises `Resource`."""
    with _alone(sqlite_file(engine.url)), translated(public_url(engine.url)):
        if sqlite_file(engine.url):
            _write_ahead(engine)
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
            found = _revision(connection)
            if found not in {None, *_revisions()}:
                what = f"its schema is at revision {found}, which is newer than this version"
                raise Resource.at(public_url(engine.url), what, "install a newer one")
            if found != head():
                _migrate(connection)


def head() -> str:
    """The revision that this version needs."""
    return _revisions()[-1]


def revision_of(engine: Engine) -> str | None:
    """The revision that a database is at; null for an empty one."""
    with translated(public_url(engine.url)), engine.begin() as connection:
        return _revision(connection)


def _revisions() -> list[str]:
    """All that there are, in order: they follow each other, and their files are named by them (`v0002_own_webhooks.py`)."""
    return sorted(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _alone(file: Path | None) -> Iterator[None]:
    """One process at a time makes or changes the tables of a file."""
    if file is None:
        yield
        return
    try:
        file.parent.mkdir(0o700, parents=True, exist_ok=True)
        # SQLite gives its log and index (`-wal`, `-shm`) the mode of the file.
        _private(file).close()
        lock = _private(file.with_name(f"{file.name}.lock"))
    except OSError as error:
        remedy = "look at REEL_CATALOGUE (where that is not set, at REEL_HOME), and at who may write there"
        raise Resource.at(str(file), str(error), remedy) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _private(path: Path) -> IO[bytes]:
    """A file that this user alone reads and writes, made where it is not there."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    keep_private(path, 0o600)
    return os.fdopen(handle, "r+b", buffering=0)


def _write_ahead(engine: Engine) -> None:
    """Let readers and a writer of the file not wait for each other; kept in the file, but not in a backup of it."""
    # Past SQLAlchemy, since this cannot be done in a transaction.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
