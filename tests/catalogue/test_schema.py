"""The tables' history: from nothing to our revision, once, and only where it may be."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command as alembic_command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text

from reel.catalogue import open_catalogue, upgrade
from reel.catalogue.engine import make_engine, parse_url, public_url
from reel.catalogue.schema import MIGRATIONS, _revisions, head
from reel.catalogue.tables import metadata
from reel.errors import InvalidRequest, Resource
from tests.catalogue.conftest import DATABASES, request
from tests.postgres import ADMIN

alembic_upgrade = alembic_command.upgrade


@pytest.fixture(params=DATABASES)
def empty(request, tmp_path):
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new folder' / 'catalogue.db'}"
    server = request.getfixturevalue("server")
    return server.url(server.make_database())


def stamp(url, revision):
    engine = make_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :revision"), {"revision": revision})
    engine.dispose()


def test_what_is_migrated_is_what_is_declared(url):
    engine = make_engine(parse_url(url))
    with engine.begin() as connection:
        opts = {"compare_type": True, "include_name": is_described}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def is_described(name, type_, _):
    """Whether a model can say it: the indexes of words it cannot, FTS5's tables (`output_words_data`, ...) and a GIN index."""
    return not (type_ == "table" and name.startswith("output_words")) and name != "output_document_words"


def test_all_is_row_secured(server, templates):
    with server.connect(templates["postgresql"]) as connection:
        query = "select relname from pg_class where relkind = 'r' and relrowsecurity and relforcerowsecurity"
        assert {name for (name,) in connection.execute(query)} == set(metadata.tables)


def test_many_at_once_make_one(empty):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(upgrade, [empty] * 4))
    opened = open_catalogue(empty)
    with opened.tenant("acme") as records:
        assert records.add(request())[1]
    opened.close()


def test_a_file_makes_itself(tmp_path):
    file = tmp_path / "a" / "catalogue.db"
    command = "import sys, reel.catalogue as c; c.open_catalogue(sys.argv[1]).close()"
    processes = [subprocess.Popen([sys.executable, "-c", command, f"sqlite:///{file}"]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    with sqlite3.connect(file) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("select version_num from alembic_version").fetchall() == [(head(),)]
    connection.close()


def test_an_empty_file_is_filled(tmp_path):
    (tmp_path / "catalogue.db").touch()
    with open_catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}").operator() as everyone:
        assert everyone.tenants() == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_backup_takes_the_place_of_the_file(made, tmp_path):
    generation = made.add()
    with sqlite3.connect(tmp_path / "catalogue.db") as connection:
        connection.execute("vacuum into ?", [str(tmp_path / "backup.db")])
    connection.close()
    restored = open_catalogue(f"sqlite:///{tmp_path / 'backup.db'}")
    with restored.tenant("acme") as records:
        assert records.generation(generation.id) == generation
    with sqlite3.connect(tmp_path / "backup.db") as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_shared_database_waits_for_its_operator(server):
    url = server.url(server.make_database())
    with pytest.raises(Resource, match="reel catalogue upgrade"):
        open_catalogue(url)


def test_what_was_there_before_is_there_after_an_upgrade(empty, monkeypatch):
    """Rows of the first version, of which the later ones know more than it did."""
    with monkeypatch.context() as patch:
        patch.setattr(alembic_command, "upgrade", lambda config, _: alembic_upgrade(config, "0001"))
        upgrade(empty)
    engine = make_engine(parse_url(empty))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select set_config('reel.tenant', '*', true)"))
        moment = {"now": datetime(2026, 3, 1, tzinfo=UTC).isoformat()}
        for statement in OLD_ROWS:
            said = {
                name: value for name, value in {**moment, "request": OLD_REQUEST}.items() if f":{name}" in statement
            }
            connection.execute(text(statement), said)
    engine.dispose()
    upgrade(empty)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select set_config('reel.tenant', '*', true)"))
        secret, request = connection.execute(text(STORED)).one()
        assert secret.startswith("sealed.v1."), "what was stored in plain text is encrypted"
        assert ("pass" in str(request), "https://a.example/a?sealed=" in str(request)) == (False, True)
    engine.dispose()
    opened = open_catalogue(empty)
    with opened.tenant("acme") as records:
        assert records.generation("g").request == {"clips": ["https://u:pass@a.example/a"]}
        assert records.endpoints()[0].secret == "whsec_"
        (step,) = records.steps("g")
        assert (step.outputs, records.documented("g")) == ([], [])
    with opened.operator() as everybody:
        (tenant,) = everybody.tenants()
        (generation,) = everybody.find_generations()
        (delivery,) = everybody.claim_due(datetime.now(UTC), 10, 30)
    opened.close()
    assert (tenant.webhook_hosts, generation.webhook, generation.request_metadata) == (None, None, None)
    assert generation.queue_place == generation.created
    assert (delivery.url, delivery.hosts, delivery.event.host) == ("https://a.example", None, "")


OLD_REQUEST = '{"clips": ["https://u:pass@a.example/a"]}'
STORED = "select secret, request from webhook_endpoint, generation"
OLD_ROWS = (
    "insert into tenant (id, created, weight) values ('acme', :now, 1)",
    "insert into project (tenant_id, id, created) values ('acme', 'default', :now)",
    "insert into generation (tenant_id, id, project, kind, request, priority, status, turn, created, touched, attempts,"
    " killed_workers) values ('acme', 'g', 'default', 'mixer', :request, 'batch', 'queued', :now, :now, :now, 0, 0)",
    "insert into step (tenant_id, generation, key, operation, title, seconds, reused, bytes, state)"
    " values ('acme', 'g', 'k', 'text', 'a text', 1, false, 1, 'done')",
    "insert into webhook_endpoint (tenant_id, id, url, secret, created)"
    " values ('acme', 'e', 'https://a.example', 'whsec_', :now)",
    "insert into webhook_event (tenant_id, id, generation, endpoint, sequence, type, payload, created, attempts, next_at,"
    " state) values ('acme', 'v', 'g', 'e', 1, 'generation.queued', '{}', :now, 0, :now, 'pending')",
)


def test_a_newer_schema_is_left_alone(url):
    stamp(url, "9999")
    with pytest.raises(Resource, match="9999"):
        open_catalogue(url).close()
    with pytest.raises(Resource, match="newer than this version"):
        upgrade(url)


def test_a_superuser_is_warned(server, templates, caplog):
    database = server.make_database(templates["postgresql"])
    open_catalogue(server.url(database)).close()
    assert caplog.messages == []
    open_catalogue(server.url(database, ADMIN)).close()
    assert "row-level security" in caplog.text


def test_what_is_no_database(tmp_path):
    for url in ("nonsense", "sqlite://", "sqlite:///:memory:", "mysql://a/b"):
        with pytest.raises(InvalidRequest, match="REEL_CATALOGUE"):
            open_catalogue(url)
    (tmp_path / "text.db").write_text("this is no database, but quite some text all the same")
    with pytest.raises(Resource, match="restore it from a backup"):
        open_catalogue(f"sqlite:///{tmp_path / 'text.db'}")
    Path(tmp_path / "folder.db").mkdir()
    with pytest.raises(Resource, match="REEL_CATALOGUE"):
        open_catalogue(f"sqlite:///{tmp_path / 'folder.db'}")


def test_no_password_is_shown():
    url = parse_url("postgres://reel:secret@db.example/reel")
    assert url.drivername == "postgresql+psycopg"
    assert "secret" not in public_url(url)
    assert make_url("postgresql+psycopg://reel:secret@db.example/reel") == url


def test_asking_takes_neither_alembic_nor_prefect():
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert _revisions() == [script.revision for script in scripts.walk_revisions()][::-1]
    unneeded = "{'alembic', 'prefect'}"
    asking = (
        f"import sys, flows.submit; assert 'sqlalchemy' in sys.modules; sys.exit(bool({unneeded} & {{*sys.modules}}))"
    )
    assert subprocess.run([sys.executable, "-c", asking], check=False).returncode == 0
