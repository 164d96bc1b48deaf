"""The roles that `infra/postgres/init.sh` makes, on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.infra.files import INFRA
from tests.postgres import ADMIN, Server, _binary, postgres

PASSWORDS = {
    # A quote, for whoever reads past the advice in .env.example.
    "PREFECT_DB_PASSWORD": "it's",
    "REELFLOW_OWNER_PASSWORD": "owner",
    "REELFLOW_DB_PASSWORD": "reelflow",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = Path(_binary("psql")).parent
    with postgres() as started:
        environment = {
            **os.environ,
            **PASSWORDS,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PGHOST": str(started.folder),
            "POSTGRES_USER": ADMIN,
        }
        script = str(INFRA / "postgres" / "init.sh")
        done = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with started.connect("reelflow", "reelflow_owner") as connection:
            connection.execute("create table thing (id serial primary key, tenant_id text)")
            connection.execute("alter table thing enable row level security")
            connection.execute("create policy own on thing using (tenant_id = current_setting('reel.tenant', true))")
        yield started


def allowed(server: Server, database: str, role: str, statement: str) -> bool:
    """Whether a role may do something."""
    try:
        with server.connect(database, role) as connection:
            connection.execute("select set_config('reel.tenant', 'a', false)")
            connection.execute(statement)
    except (psycopg.errors.InsufficientPrivilege, psycopg.OperationalError):
        return False
    return True


@pytest.mark.parametrize(
    ("database", "role", "statement", "may"),
    [
        ("reelflow", "reelflow", "insert into thing (tenant_id) values ('a')", True),
        ("reelflow", "reelflow", "insert into thing (tenant_id) values ('b')", False),
        ("reelflow", "reelflow", "delete from thing", True),
        ("reelflow", "reelflow", "truncate thing", False),
        ("reelflow", "reelflow", "create table other ()", False),
        ("reelflow", "reelflow", "create temporary table other ()", False),
        ("reelflow", "reelflow", "alter table thing disable row level security", False),
        ("reelflow", "reelflow", "drop policy own on thing", False),
        ("reelflow", "reelflow", "set role reelflow_owner", False),
        ("reelflow", "reelflow_owner", "create table another ()", True),
        ("reelflow", "prefect", "select 1", False),
        ("prefect", "reelflow", "select 1", False),
        ("prefect", "reelflow_owner", "select 1", False),
        ("prefect", "prefect", "create table own ()", True),
        ("postgres", "prefect", "create role mighty superuser", False),
        ("postgres", "reelflow_owner", "create database third", False),
    ],
)
def test_each_role_may_do_its_own_and_no_more(server, database, role, statement, may):
    assert allowed(server, database, role, statement) is may


def test_no_role_passes_through_row_level_security(server):
    with server.connect() as connection:
        query = (
            "select rolsuper or rolbypassrls from pg_roles where rolname in ('prefect', 'reelflow', 'reelflow_owner')"
        )
        assert connection.execute(query).fetchall() == [(False,)] * 3


def test_the_catalogue_is_made_by_its_owner_and_used_by_the_workers_role(server, caplog):
    from reel.catalogue import NewGeneration, open_catalogue, upgrade

    upgrade(server.url("reelflow", "reelflow_owner"))
    catalogue = open_catalogue(server.url("reelflow", "reelflow"))
    try:
        with catalogue.tenant("acme") as records:
            records.add(NewGeneration(kind="mixer", request={}))
        with catalogue.operator() as everything:
            counted = everything.measures(datetime(2000, 1, 1, tzinfo=UTC))
    finally:
        catalogue.close()
    assert counted.generations == {("acme", "queued"): 1}
    assert not caplog.records, "it warns of roles that pass through row-level security"
    assert not allowed(server, "reelflow", "reelflow", "alter table generation disable row level security")
