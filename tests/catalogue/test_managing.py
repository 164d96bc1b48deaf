"""What a tenant does with its generations, and its keys, on every database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reel.catalogue import INSTALLATION, NewApiKey
from reel.catalogue.generations import NoSuchGeneration
from reel.errors import Conflict, InvalidRequest, NotFound


class TestGenerations:
    def test_pages_tell_of_each_once_though_others_are_added(self, catalogue, made, clock):
        ids = []
        for number in range(5):
            ids.append(made.add().id)
            clock.pass_(number % 2)
        with catalogue.tenant("acme") as records:
            first = records.listed(limit=2)
        clock.pass_(1)
        late = made.add().id
        seen, after = [each.id for each in first.found], first.after
        while after:
            with catalogue.tenant("acme", only_reads=True) as records:
                page = records.listed(limit=2, after=after)
            seen, after = [*seen, *(each.id for each in page.found)], page.after
        assert sorted(seen) == sorted(ids)
        assert late not in seen

    @pytest.mark.parametrize("cursor", ["x", "", "W10", "bnVsbA", "WyJhIiwiYiIsMV0", "[" * 5000])
    def test_what_is_no_cursor(self, catalogue, cursor):
        with catalogue.tenant("acme") as records:
            if cursor:
                with pytest.raises(InvalidRequest, match=r"^after: "):
                    records.listed(after=cursor)

    def test_how_many_begin_before(self, catalogue, made, clock):
        mine = [made.add() for _ in range(3)]
        clock.pass_(1)
        theirs = made.add("other")
        made.add("other", priority="batch")
        with catalogue.tenant("acme") as records:
            assert [records.ahead(each) for each in mine] == [0, 2, 3]
        with catalogue.tenant("other") as records:
            assert records.ahead(theirs) == 1

    def test_what_is_called_off_is_never_begun_again(self, catalogue, made):
        generation = made.add()
        with catalogue.tenant("acme") as records:
            assert records.call_off(generation.id).status == "cancelled"
            assert not records.move(generation.id, "fetching")
            assert records.call_off(generation.id).status == "cancelled"

    def test_one_that_a_run_has_cancelled_may_be_retried_by_an_operator(self, catalogue, made):
        generation = made.add()
        with catalogue.tenant("acme") as records:
            assert records.move(generation.id, "cancelled")
            assert records.move(generation.id, "fetching")

    def test_what_is_removed_is_forgotten_a_while_later(self, catalogue, made, clock):
        generation = made.add(slot="row 1", idempotency_key="order-7")
        made.end(generation)
        with catalogue.tenant("acme") as records:
            records.remove(generation.id)
            assert records.latest_done("row 1") is None
            assert records.of_key("order-7") is None
            assert records.listed().found == ()
            assert records.searched("").found == ()
            with pytest.raises(NoSuchGeneration):
                records.standing(generation.id)
            with pytest.raises(NoSuchGeneration):
                records.remove(generation.id)
        with catalogue.operator() as everybody:
            assert everybody.removed(clock.now, 10) == []
            assert [each.id for each in everybody.removed(clock.now + timedelta(seconds=1), 10)] == [generation.id]
            everybody.forget_removed(clock.now + timedelta(seconds=1))
        with catalogue.tenant("acme") as records, pytest.raises(NoSuchGeneration):
            records.generation(generation.id)

    def test_what_did_not_fail_is_not_tried_again(self, catalogue, made):
        waiting, done = made.add(), made.add()
        made.end(done)
        with catalogue.tenant("acme") as records:
            for id_ in (waiting.id, done.id):
                with pytest.raises(Conflict):
                    records.again(id_)

    def test_what_is_tried_again_twice_is_made_once(self, catalogue, made):
        failed = made.add(idempotency_key="order-7")
        made.end(failed, "failed")
        with catalogue.tenant("acme") as records:
            first, is_new = records.again(failed.id)
            assert (is_new, first.retry_of, first.idempotency_key) == (True, failed.id, "order-7")
            assert records.again(failed.id) == (first, False)
        made.end(first)
        with catalogue.tenant("acme") as records:
            assert (records.again(failed.id)[0].id, len(records.listed().found)) == (first.id, 2)
        with catalogue.tenant("acme") as records:
            records.remove(first.id)
            second, is_new = records.again(failed.id)
            assert is_new
            records.call_off(second.id)
            third, is_new = records.again(failed.id)
            assert (is_new, third.id != second.id) == (True, True)

    def test_the_outbox_is_what_waits_for_a_run(self, catalogue, made, clock):
        first, second, started, ended = made.add(), made.add("other"), made.add(), made.add()
        with catalogue.tenant("acme") as records:
            records.runs_as(started.id, "run")
            records.call_off(ended.id)
        with catalogue.operator(only_reads=True) as everybody:
            assert {each.id for each in everybody.without_run(10)} == {first.id, second.id}
            assert len(everybody.without_run(1)) == 1

    def test_facts_are_those_of_the_last_time(self, catalogue, clock):
        with catalogue.tenant("acme") as records:
            records.saw([("https://a/1", "aa", 1), ("https://a/2", "bb", 1)], {"aa": {"is": "old"}})
        clock.pass_(1)
        with catalogue.tenant("acme") as records:
            records.saw([("https://a/1", "cc", 1)], {"cc": {"is": "new"}})
            assert records.facts_of(["https://a/1", "https://a/2", "https://a/3"]) == {"https://a/1": {"is": "new"}}
        with catalogue.tenant("other") as records:
            assert records.facts_of(["https://a/1"]) == {}


class TestKeys:
    def test_a_key_is_found_by_its_id_whosever_it_is(self, catalogue):
        with catalogue.tenant("acme") as records:
            records.add_key("k1", "mac", NewApiKey(name="shop", role="owner", scopes=["keys:read"]))
        with catalogue.operator(only_reads=True) as everybody:
            (found,) = everybody.find_keys(["k1", "k2"])
        assert (found.tenant_id, found.role, found.scopes) == ("acme", "owner", ["keys:read"])

    def test_a_rotated_key_ends_at_a_moment_but_not_later_than_before(self, catalogue, clock):
        until, soon = clock.now + timedelta(days=1), clock.now + timedelta(hours=1)
        with catalogue.tenant("acme") as records:
            records.add_key("for ever", "mac", NewApiKey(name="a"))
            records.add_key("an hour", "mac", NewApiKey(name="b", expires=soon))
            records.replace_key("for ever", "new", "mac", until)
            records.replace_key("an hour", "newer", "mac", until)
            assert records.key("for ever").expires == until
            assert records.key("an hour").expires == soon
            assert records.key("new").expires is None
            for again in ("for ever", "nothing"):
                with pytest.raises((Conflict, NotFound)):
                    records.replace_key(again, "other", "mac", until)

    def test_use_is_noted_once_a_minute(self, catalogue, clock):
        begun = clock.now
        with catalogue.tenant("acme") as records:
            records.add_key("k1", "mac", NewApiKey(name="a"))
        noted = []
        for _ in range(5):
            with catalogue.tenant("acme") as records:
                records.key_used("k1")
                noted.append((records.key("k1").last_used - begun).total_seconds())
            clock.pass_(20)
        assert noted == [0, 0, 0, 60, 60]

    @pytest.mark.parametrize(("tenant", "role"), [("acme", "operator"), (INSTALLATION, "owner")])
    def test_operators_belong_to_no_tenant(self, catalogue, tenant, role):
        with catalogue.tenant(tenant) as records, pytest.raises(InvalidRequest, match=r"^role: "):
            records.add_key("k1", "mac", NewApiKey(name="a", role=role))

    def test_the_installation_is_no_tenant_that_is_listed(self, catalogue):
        with catalogue.tenant(INSTALLATION) as records:
            records.add_key("k1", "mac", NewApiKey(name="a", role="operator"))
        with catalogue.operator() as everybody:
            assert everybody.tenants() == []

    @pytest.mark.parametrize(
        "origin", ["shop.example", "https://shop.example/page", "*", "null", "https://", "ftp://a"]
    )
    def test_what_is_no_origin(self, catalogue, origin):
        with catalogue.operator() as everybody, pytest.raises(InvalidRequest, match=r"^origins: "):
            everybody.set_tenant("acme", origins=[origin])
