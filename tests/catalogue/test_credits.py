"""Credits: what is granted, put aside, charged and given back; the books balance whoever dies when, and nobody overdraws."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, make_url

from reel.catalogue import Balances, Monthly, NewUsageRecord
from reel.catalogue.money import millionths
from reel.errors import Exhausted, InvalidRequest
from tests.catalogue.books import wrong_books
from tests.catalogue.conftest import request
from tests.postgres import OWNER


def grant(catalogue, credits, tenant="acme", **options):
    with catalogue.tenant(tenant) as records:
        return records.grant(credits, **options)[0]


def add(catalogue, credits, tenant="acme", **fields):
    with catalogue.tenant(tenant) as records:
        return records.add(request(**fields), reserve=millionths(credits))[0]


def move(catalogue, generation, *statuses, price=None):
    """The last one with a price, in credits."""
    for status in statuses:
        last = status == statuses[-1] and price is not None
        with catalogue.tenant(generation.tenant_id) as records:
            assert records.move(generation.id, status, price=millionths(price) if last else None)


def balances(catalogue, tenant="acme"):
    with catalogue.tenant(tenant) as records:
        return records.balances()


def check_books(catalogue, tenant="acme"):
    with catalogue.tenant(tenant) as records:
        assert [*wrong_books(records)] == []


def test_what_is_bought_is_put_aside_charged_and_given_back(catalogue):
    grant(catalogue, 10)
    grant(catalogue, 5, bought=False, note="welcome")
    generation = add(catalogue, 4)
    assert balances(catalogue) == Balances(available=11, reserved=4, purchased=10, granted=5)
    move(catalogue, generation, "fetching")
    move(catalogue, generation, "rendering", price=2.5)
    assert balances(catalogue) == Balances(available=12.5, reserved=2.5, purchased=10, granted=5)
    move(catalogue, generation, "saving", "done", price=1.25)
    assert balances(catalogue) == Balances(available=13.75, spent=1.25, purchased=10, granted=5)
    with catalogue.tenant("acme") as records:
        assert {each.reason: each.amount for each in records.transfers(generation=generation.id)} == {
            "reserve": 4_000_000, "estimate": 1_500_000, "charge": 1_250_000, "release": 1_250_000,
        }  # fmt: skip
    check_books(catalogue)


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_what_fails_or_is_called_off_costs_nothing_and_is_paid_for_when_it_is_tried_again(catalogue, end):
    grant(catalogue, 10)
    generation = add(catalogue, 4)
    move(catalogue, generation, "fetching", end)
    assert balances(catalogue) == Balances(available=10, purchased=10)
    move(catalogue, generation, "fetching")
    assert balances(catalogue).reserved == 4
    move(catalogue, generation, "rendering", "saving", "done", price=3)
    assert balances(catalogue) == Balances(available=7, spent=3, purchased=10)
    check_books(catalogue)


def test_no_more_is_charged_than_was_put_aside(catalogue):
    grant(catalogue, 10)
    generation = add(catalogue, 4)
    move(catalogue, generation, "fetching", "rendering", "saving", "done", price=100)
    assert balances(catalogue) == Balances(available=6, spent=4, purchased=10)


def test_a_run_that_does_not_know_the_price_charges_what_was_put_aside(catalogue):
    grant(catalogue, 10)
    move(catalogue, add(catalogue, 4), "fetching", "rendering", "saving", "done")
    assert balances(catalogue) == Balances(available=6, spent=4, purchased=10)


def test_without_credits_there_is_no_order(catalogue):
    with pytest.raises(Exhausted, match=r"4.0 credits are needed, and 0.0 are available"):
        add(catalogue, 4)
    grant(catalogue, 5)
    add(catalogue, 4, idempotency_key="one")
    with pytest.raises(Exhausted, match=r"4.0 credits are needed, and 1.0 are available"):
        add(catalogue, 4, idempotency_key="another")
    assert add(catalogue, 4, idempotency_key="one").status == "queued"
    with catalogue.tenant("acme") as records:
        assert len(records.generations()) == 1
    check_books(catalogue)


def test_a_plan_that_costs_more_than_there_is_goes_no_further(catalogue):
    grant(catalogue, 5)
    generation = add(catalogue, 4)
    move(catalogue, generation, "fetching")
    with pytest.raises(Exhausted, match=r"16.0 credits are needed, and 1.0 are available"):
        move(catalogue, generation, "rendering", price=20)
    with catalogue.tenant("acme") as records:
        assert records.generation(generation.id).status == "fetching"
    move(catalogue, generation, "failed")
    assert balances(catalogue) == Balances(available=5, purchased=5)


def test_what_nothing_was_put_aside_for_costs_nothing(catalogue):
    generation = add(catalogue, 0)
    move(catalogue, generation, "fetching", "rendering", price=5)
    move(catalogue, generation, "saving", "done", price=5)
    assert balances(catalogue) == Balances()


def test_a_payment_counts_once(catalogue):
    for _ in range(2):
        assert grant(catalogue, 10, key="invoice-7").amount == 10_000_000
    assert balances(catalogue).available == 10
    with pytest.raises(InvalidRequest, match="was used for another grant, of 10"):
        grant(catalogue, 11, key="invoice-7")


def test_what_is_available_can_be_taken_back_and_no_more(catalogue):
    grant(catalogue, 10)
    add(catalogue, 4)
    with pytest.raises(Exhausted):
        grant(catalogue, -7)
    grant(catalogue, -6)
    assert balances(catalogue) == Balances(reserved=4, purchased=4)


@pytest.mark.parametrize("amount", [0, 1e-9, 1e13, float("nan"), float("inf"), -float("inf")])
def test_what_is_no_amount_is_refused(catalogue, amount):
    with pytest.raises(InvalidRequest, match="is nothing that can be given"):
        grant(catalogue, amount)


def test_a_budget_stops_a_tenant_that_has_more(catalogue, clock):
    grant(catalogue, 100)
    with catalogue.operator() as everybody:
        everybody.set_tenant("acme", monthly=Monthly(credits=10))
    move(catalogue, add(catalogue, 6), "fetching", "rendering", "saving", "done", price=5)
    add(catalogue, 4)
    with pytest.raises(Exhausted, match=r"2.0 credits are needed, and 1.0 are left of the month's 10.0"):
        add(catalogue, 2)
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    add(catalogue, 2)


@pytest.mark.parametrize("what", ["minutes", "bytes", "pixels"])
def test_a_quota_of_the_month_stops_orders(catalogue, clock, what):
    with catalogue.operator() as everybody:
        everybody.set_tenant("acme", monthly=Monthly(**{what: 2}))
    generation = add(catalogue, 0)
    with catalogue.tenant("acme") as records:
        used = NewUsageRecord(output_seconds=120, bytes=2, pixels=2)
        records.delivered(generation.id, [], used, {}, 1.0)
    with pytest.raises(Exhausted, match=rf"quota.{what}: 2 of 2 {what} of this month are used"):
        add(catalogue, 0)
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    add(catalogue, 0)


@pytest.mark.parametrize(("what", "foretold"), [("minutes", 60.0), ("bytes", 1), ("pixels", 1)])
def test_two_orders_at_once_do_not_both_take_what_is_left_of_a_quota(catalogue, what, foretold):
    asked = {f"foretold_{'seconds' if what == 'minutes' else what}": foretold}
    with catalogue.operator() as everybody:
        everybody.set_tenant("acme", monthly=Monthly(**{what: 3}))
    first, second = add(catalogue, 0, **asked), add(catalogue, 0, **asked)
    twice = {name: 2 * amount for name, amount in asked.items()}
    with pytest.raises(
        Exhausted, match=rf"quota.{what}: 0 of 3 {what} .* are used, 2 are put aside, and 2 are asked for"
    ):
        add(catalogue, 0, **twice)
    move(catalogue, first, "fetching", "failed")  # and delivers nothing
    add(catalogue, 0, **twice)
    with catalogue.tenant("acme") as records:
        records.delivered(second.id, [], NewUsageRecord(output_seconds=30, bytes=1, pixels=1), {}, 1.0)
    move(catalogue, second, "fetching", "rendering", "saving", "done")
    with pytest.raises(Exhausted, match=rf"quota.{what}: .* are used, 2 are put aside, and 1 are asked for"):
        add(catalogue, 0, **asked)


def test_what_is_not_foretold_is_taken_for_as_much_as_the_like_of_it_of_late(catalogue):
    for seconds in (10, 30, 20):
        generation = add(catalogue, 0)
        with catalogue.tenant("acme") as records:
            records.delivered(generation.id, [], NewUsageRecord(output_seconds=seconds, bytes=7), {}, 1.0)
    with catalogue.tenant("acme") as records:
        assert records.usual_amounts(request().kind) == {
            "foretold_seconds": 30.0,
            "foretold_bytes": 7,
            "foretold_pixels": 0,
        }
        assert set(records.usual_amounts("another").values()) == {0}


def test_transfers_are_never_changed(catalogue, url, server):
    grant(catalogue, 10)
    for statement in ("update credit_transfer set amount = 1", "delete from credit_transfer"):
        if url.startswith("sqlite"):
            refused = pytest.raises(sqlite3.IntegrityError, match="never changed")
            with closing(sqlite3.connect(str(make_url(url).database))) as connection, refused:
                connection.execute(statement)
        else:
            with server.connect(make_url(url).database, OWNER) as connection:
                connection.execute("select set_config('reel.tenant', '*', false)")
                with pytest.raises(psycopg.errors.RestrictViolation, match="never changed"):
                    connection.execute(statement)


def test_orders_at_once_never_overdraw(catalogue):
    grant(catalogue, 10)

    def order(_: int) -> bool:
        try:
            return bool(add(catalogue, 3))
        except Exhausted:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(order, range(12))) == 3
    assert balances(catalogue) == Balances(available=1, reserved=9, purchased=10)
    check_books(catalogue)


def test_orders_and_ends_at_once_wait_for_each_other_in_one_order(catalogue):
    grant(catalogue, 1000)
    generations = [add(catalogue, 3) for _ in range(8)]

    def end(generation) -> None:
        move(catalogue, generation, "fetching", "rendering", "saving", "done", price=1)
        add(catalogue, 2)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(end, generations))
    assert balances(catalogue) == Balances(available=976, reserved=16, spent=8, purchased=1000)
    check_books(catalogue)


class Died(BaseException):
    """A process that ended where it stood."""


STEPS: dict[str, Callable] = {
    "grant": lambda records, number, amount: records.grant(amount, key=f"payment {number}"),
    "add": lambda records, number, amount: records.add(request(id=f"g{number}"), reserve=millionths(amount)),
    "fetching": lambda records, number, amount: records.move(f"g{number}", "fetching"),
    "rendering": lambda records, number, amount: records.move(f"g{number}", "rendering", price=millionths(amount)),
    "saving": lambda records, number, amount: records.move(f"g{number}", "saving"),
    "done": lambda records, number, amount: records.move(f"g{number}", "done", price=millionths(amount)),
    "failed": lambda records, number, amount: records.move(f"g{number}", "failed"),
    "cancelled": lambda records, number, amount: records.move(f"g{number}", "cancelled"),
}
HISTORY = st.lists(
    st.tuples(
        st.sampled_from(sorted(STEPS)),
        st.integers(0, 2),
        st.sampled_from([0.000001, 0.5, 1.0, 3.25]),
        st.none() | st.integers(0, 30),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=HISTORY)
def test_the_books_balance_wherever_a_writer_dies(catalogue, history):
    """Any history; each of its transactions may die before any of its statements, and is then, as a rule, tried again."""
    left = [None]

    def die(connection, cursor, statement, parameters, context, executemany):
        if left[0] is not None:
            if left[0] == 0:
                raise Died
            left[0] -= 1

    tenant = f"t-{uuid4()}"
    event.listen(catalogue._engine, "before_cursor_execute", die)
    try:
        for step, number, amount, dies_after in history:
            for fuse in (dies_after, None):
                left[0] = fuse
                with suppress(Died, InvalidRequest), catalogue.tenant(tenant) as records:
                    STEPS[step](records, number, amount)
                left[0] = None
                check_books(catalogue, tenant)
    finally:
        event.remove(catalogue._engine, "before_cursor_execute", die)
