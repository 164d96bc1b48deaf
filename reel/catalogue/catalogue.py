"""Opening a catalogue, and the two scopes in which it is used."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from reel.catalogue import dumping, schema
from reel.catalogue.engine import make_engine, parse_url, public_url
from reel.catalogue.failures import translated
from reel.catalogue.names import check_tenant
from reel.catalogue.operator import Operator
from reel.catalogue.records import Records
from reel.catalogue.resealing import reseal
from reel.catalogue.scope import EVERYONE, ScopedSession, set_scope
from reel.catalogue.tables import metadata

log = logging.getLogger("reel.catalogue")


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


ONLY_READS: Mapping[str, Any] = {"only_reads": True, "postgresql_readonly": True}
"""What connections are told of a transaction that changes nothing; each database knows its own (`engine`)."""


class Catalogue:
    """The record of all that was asked for and made. Any thread may use it, and a forked process too.

    Each `with` is one transaction: all of it is kept, or after an error nothing. Errors of the database come as
    `Transient` (try again), `Resource` (disk, rights, damage) and `Internal`.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        self._owner = os.getpid()

    @contextmanager
    def tenant(self, name: str, *, only_reads: bool = False) -> Iterator[Records]:
        """What belongs to one tenant. It need not be known before. With `only_reads` nothing may be changed, and on SQLite
        nobody who writes is waited for, nor made to wait. Raises `InvalidRequest` for what is no name."""
        with self._session(check_tenant(name), only_reads) as session:
            yield Records(session, self._clock)

    @contextmanager
    def operator(self, *, only_reads: bool = False) -> Iterator[Operator]:
        """What belongs to anybody: for the janitor, the sender of webhooks, the metrics. `only_reads`: as `tenant`."""
        with self._session(EVERYONE, only_reads) as session:
            yield Operator(session, self._clock)

    def dump(self, to: Path) -> Mapping[str, int]:
        """Write all records of one moment to the new file `to`, while others go on writing; rows by table. See `dumping`."""
        self._own()
        with translated(public_url(self._engine.url)):
            return dumping.dump(self._engine, to, self._clock())

    def load(self, dumped: Path, secret_lost: bool = False) -> Mapping[str, int]:
        """Fill this catalogue, which must be empty, with what `dump` wrote: all of it or nothing; rows by table.

        Raises `Resource` where it is not empty, or the file is of another revision or damaged; and where what is encrypted in
        it cannot be opened here, unless the secret is lost.
        """
        self._own()
        with translated(public_url(self._engine.url)):
            return dumping.load(self._engine, dumped, secret_lost)

    def reseal(self) -> int:
        """Encrypt with the newest secret of the installation whatever is not; how many values. Raises `Resource` where one
        cannot be opened; nothing is changed then."""
        self._own()
        with translated(public_url(self._engine.url)), self._engine.begin() as connection:
            set_scope(connection, EVERYONE)
            return reseal(connection, metadata.sorted_tables)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _session(self, tenant: str, only_reads: bool) -> Iterator[ScopedSession]:
        self._own()
        engine = self._engine.execution_options(**ONLY_READS) if only_reads else self._engine
        with translated(public_url(self._engine.url)), ScopedSession(engine, tenant) as session, session.begin():
            yield session

    def _own(self) -> None:
        if self._owner != os.getpid():
            # The parent's connections came along with the fork: leave them to it, and do not even close them.
            self._engine.dispose(close=False)
            self._owner = os.getpid()


def open_catalogue(url: str, clock: Callable[[], datetime] = utc_now) -> Catalogue:
    """Open the catalogue at a database URL. An SQLite file is made or upgraded; PostgreSQL must be ready (`upgrade`).

    Raises `InvalidRequest` for a URL of another kind, `Resource` where the schema is not ours, `Transient` where the
    database is not reached.
    """
    engine = make_engine(parse_url(url))
    try:
        schema.check_or_create(engine)
        _warn_of_superuser(engine)
    except BaseException:
        engine.dispose()
        raise
    return Catalogue(engine, clock)


def upgrade(url: str) -> None:
    """Bring the database to this version's schema, from nothing if need be. Raises as `open_catalogue`."""
    engine = make_engine(parse_url(url))
    try:
        schema.upgrade(engine)
    finally:
        engine.dispose()


def _warn_of_superuser(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        return
    query = "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)"
    with translated(public_url(engine.url)), engine.begin() as connection:
        if role := connection.execute(text(query)).scalar():
            log.warning("the database user %r passes by row-level security: use one that is no superuser", role)
