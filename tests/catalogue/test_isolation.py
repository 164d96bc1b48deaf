"""Tenants do not see, change or count what is another's: neither through the catalogue nor past it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, make_url, text, update
from sqlmodel import col, func, select

from reel.catalogue import (
    Balances,
    Counts,
    NewApiKey,
    NewBatch,
    NewDeadLetter,
    NewEntry,
    NewOutputRecord,
    NewStepDocument,
    NewStepRecord,
    NewUsageRecord,
    NoSuchGeneration,
    Progressed,
)
from reel.catalogue.scope import EVERYONE
from reel.catalogue.tables import OWNED, EndpointRow, GenerationRow, ProjectRow, TenantRow, metadata
from reel.errors import Internal, InvalidRequest
from reel.plan.pace import PaceKey
from tests.catalogue.conftest import document, request, uploading
from tests.postgres import OWNER


@pytest.fixture
def theirs(made, catalogue):
    """A generation of another tenant, with everything that can hang on one."""
    with catalogue.tenant("theirs") as records:
        records.add_endpoint("https://shop.example/hooks")
        held = uploading(records)
        records.make_project("films", {"assets": [held.id]})
    generation = made.add("theirs", slot="row 1")
    with catalogue.tenant("theirs") as records:
        records.saw([("s3://b/a.mp4", "aa", 1)])
        records.grant(10, key="payment")
        records.add_template("card")
        records.add_version("card", {"text": "secret"})
        batch, _ = records.add_batch(NewBatch(id="b", idempotency_key="k"), [NewEntry(number=1)])
        records.batch_runs_as(batch.id, "run")
        records.plan_known(generation.id, "digest", 1.0, [NewStepRecord(key="k", operation="o", title="t")])
        records.document_steps([NewStepDocument(key="k", document={"text": "secret"})])
        records.delivered(
            generation.id,
            [NewOutputRecord(name="a", location="a", bytes=1, sha256="")],
            NewUsageRecord(bytes=7),
            {},
            1.0,
            [document(generation.id, slot="theirs alone")],
        )
        records.learn({PaceKey("cpu", "machine", "picture"): 0.5})
        records.add_key("k1", "mac", NewApiKey(name="shop"))
    made.end(generation)
    failed = made.add("theirs")
    with catalogue.tenant("theirs") as records:
        records.bury(NewDeadLetter(generation=failed.id, error_class="internal"))
    made.end(failed, "failed")
    with catalogue.operator() as everyone:
        assert everyone.number_feed() > 0
    return generation


def test_nothing_is_seen_of_others(made, catalogue, theirs):
    made.add("ours", project="mine")
    with catalogue.tenant("theirs") as records:
        letter, endpoint = records.dead_letters()[0], records.endpoints()[0]
        (asset,) = records.library()
    with catalogue.tenant("ours") as records:
        assert [found.tenant_id for found in records.generations()] == ["ours"]
        assert [project.id for project in records.projects()] == ["mine"]
        assert records.library() == records.assets_in("") == []
        assert records.folders() == records.library_assets([asset.id]) == {}
        assert records.latest_done("row 1") is None
        assert records.documented(theirs.id) == []
        assert records.keys_like("k") == []
        assert records.undocumented(["k"]) == {"k"}
        assert records.latest_output("a") is records.done_before(theirs) is None
        assert records.asset_names(["aa"]) == {}
        assert records.steps(theirs.id) == records.outputs(theirs.id) == records.events(theirs.id) == []
        assert records.assets() == records.dead_letters() == records.endpoints() == records.api_keys() == []
        assert records.used(theirs.created) == NewUsageRecord()
        assert records.feed_after(0, 100) == records.feed_after(0, 100, theirs.id) == []
        assert records.balances() == Balances()
        assert records.transfers() == records.templates() == records.batches() == records.entries("b") == []
        assert records.batch_with_key("k") is None
        assert records.batch_counts("b") == Counts()
        assert records.search("theirs").found == records.search("").found == records.export().found == ()
        for refused in (
            lambda: records.generation(theirs.id),
            lambda: records.move(theirs.id, "fetching"),
            lambda: records.progress(theirs.id, Progressed(percent=1.0)),
            lambda: records.delivered(theirs.id, [], NewUsageRecord(), {}, 1.0),
            lambda: records.plan_known(theirs.id, "d", 1.0, []),
            lambda: records.describe(theirs.id, [document(theirs.id)], theirs.created),
            lambda: records.transfer("payment"),
            lambda: records.template("card"),
            lambda: records.batch("b"),
            lambda: records.retry_batch("b"),
            lambda: records.dead_letter(letter.id),
            lambda: records.library_asset(asset.id),
            lambda: records.upload(asset.id),
            lambda: records.claim_upload(asset.id, 4, "c", timedelta(1), timedelta(1)),
            lambda: records.remove_asset(asset.id),
            lambda: records.change_asset(asset.id, {"name": "a"}),
            lambda: records.project("films"),
            lambda: records.change_project("films", {"title": "a"}),
            lambda: records.make_project("films", {"assets": [asset.id]}),
            lambda: records.dropped(letter.id),
            lambda: records.disable_endpoint(endpoint.id),
            lambda: records.rotate_secret(endpoint.id),
            lambda: records.key("k1"),
            lambda: records.revoke_key("k1"),
            lambda: records.replace_key("k1", "k2", "mac", theirs.created),
            lambda: records.fail(Internal.at("a", "b"), NewDeadLetter(generation=theirs.id, error_class="internal")),
        ):
            with pytest.raises(InvalidRequest):
                refused()
    with catalogue.tenant("theirs") as records:
        assert records.endpoints() == [endpoint]
        assert records.dead_letters() == [letter]


def test_every_table_but_those_of_the_installation_is_owned():
    assert {row.__tablename__ for row in OWNED} == set(metadata.tables) - {"tenant", "pace", "feed_head"}


def test_each_statement_is_kept_to_the_tenant(catalogue, theirs):
    """Careless statements, as nobody should write them, on each table."""
    rows: list[Any] = [TenantRow, *OWNED]
    with catalogue.operator() as everyone:
        counts = {row: everyone._session.exec(select(func.count()).select_from(row)).one() for row in rows}
    assert [row for row, count in counts.items() if count == 0] == [], "tables in which nothing is to be kept"
    for row in rows:
        with catalogue.tenant("ours") as records:
            session = records._session
            assert session.exec(select(row)).all() == [], row
            assert session.exec(select(func.count()).select_from(row)).one() == 0, row
            assert session.exec(select(TenantRow.id).where(select(row).exists())).all() == [], row
            first = next(iter(row.__table__.columns))
            assert session.exec(update(row).values({first.name: first})).rowcount == 0, row


@pytest.fixture
def careless(catalogue, clock, theirs):
    """What code of ours might do wrongly with a tenant's session."""
    with catalogue.operator() as everyone:
        (endpoint,) = everyone._session.exec(select(EndpointRow)).all()
    return {
        "add": lambda session: session.add(ProjectRow(tenant_id="theirs", id="p", created=clock.now)),
        "delete": lambda session: session.delete(session.merge(endpoint, load=False)),
        "insert": lambda session: session.execute(insert(ProjectRow), [{"tenant_id": "theirs", "id": "p"}]),
        "values": lambda session: session.execute(insert(ProjectRow).values(tenant_id="theirs", id="p")),
        "text": lambda session: session.execute(text("select 1")),
        "core": lambda session: session.execute(metadata.tables["project"].select()),
    }


@pytest.mark.parametrize("how", ["add", "delete", "insert", "values", "text", "core"])
def test_what_cannot_be_kept_to_the_tenant_is_refused(catalogue, careless, how):
    with pytest.raises(Internal, match=r"written for 'ours'|kept to one tenant"), catalogue.tenant("ours") as records:
        careless[how](records._session)


def test_a_step_cannot_hang_on_anothers_generation(catalogue, made, theirs):
    made.add("ours")
    with pytest.raises(Internal, match=r"(?i)foreign key"), catalogue.tenant("ours") as records:
        records._put(
            next(row for row in OWNED if row.__tablename__ == "output"),
            [{"generation": theirs.id, "name": "a", "location": "a", "bytes": 1, "sha256": ""}],
            [],
        )


@pytest.mark.parametrize("name", [EVERYONE, "", "Acme", "a' or 1=1"])
def test_no_scope_under_a_name_that_is_none(catalogue, name):
    with pytest.raises(InvalidRequest), catalogue.tenant(name):
        pass


def test_one_transaction_leaves_no_scope_to_the_next(made, catalogue, theirs):
    with catalogue.operator() as everyone:
        assert everyone.live() == []
    with catalogue.tenant("ours") as records, pytest.raises(NoSuchGeneration):
        records.generation(theirs.id)


class TestRowLevelSecurity:
    """Past our code, over a plain connection of the role that owns the tables."""

    @pytest.fixture
    def url(self, server, templates):
        return server.url(server.make_database(templates["postgresql"]))

    @pytest.fixture
    def plain(self, url, server, theirs):
        with server.connect(make_url(url).database, OWNER) as connection:
            yield connection

    @pytest.mark.parametrize(
        ("scope", "seen"), [(None, False), ("", False), ("ours", False), ("theirs", True), ("*", True)]
    )
    def test_reading(self, plain, scope, seen):
        if scope is not None:
            plain.execute("select set_config('reel.tenant', %s, false)", [scope])
        counts = {table: plain.execute(f"select count(*) from {table}").fetchone()[0] for table in metadata.tables}
        # Of the whole installation: any tenant sees it, but none who does not say that it is one.
        everybodys = {"pace", "feed_head"} if scope else set()
        assert {table for table, count in counts.items() if count} == (set(metadata.tables) if seen else everybodys)

    def test_writing(self, plain):
        plain.execute("select set_config('reel.tenant', 'ours', false)")
        assert plain.execute("update generation set status = 'queued'").rowcount == 0
        assert plain.execute("delete from tenant").rowcount == 0
        assert plain.execute("update feed_head set number = 0").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            plain.execute("insert into project values ('theirs', 'p', now())")

    def test_a_scope_ends_with_its_transaction(self, plain):
        with plain.transaction():
            plain.execute("select set_config('reel.tenant', 'theirs', true)")
            assert plain.execute("select count(*) from generation").fetchone() == (2,)
        assert plain.execute("select count(*) from generation").fetchone() == (0,)

    def test_without_our_criteria_it_still_holds(self, catalogue, theirs):
        with catalogue.tenant("ours") as records:
            records._session.criteria = ()
            assert records._session.exec(select(GenerationRow)).all() == []
            assert records._session.exec(update(GenerationRow).values(kind="x")).rowcount == 0
            assert records._session.exec(select(func.count(col(TenantRow.id)))).one() == 0

    def test_the_queue_of_others_is_looked_at_and_no_more(self, catalogue, theirs):
        with catalogue.tenant("ours") as records:
            records.add(request())
            records._session.criteria = ()
            assert {row.tenant_id for row in records._session.exec(select(GenerationRow))} == {"ours"}
