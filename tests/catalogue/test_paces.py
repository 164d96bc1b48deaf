"""What steps took is remembered for all tenants, on both databases, and nothing is lost where two end at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from reel.catalogue import paces
from reel.plan.pace import KEPT, PaceKey

CLASS = PaceKey("cpu", "a machine", "picture", "h264", "fast", "720p")
PLANS = PaceKey("cpu", "a machine")


def learn(catalogue, lessons, tenant="acme"):
    with catalogue.tenant(tenant) as records:
        records.learn(lessons)


def observed(catalogue, tenant="acme"):
    with catalogue.tenant(tenant) as records:
        return dict(records.history().observed)


def test_nothing_is_known_at_first(catalogue):
    assert observed(catalogue) == {}


def test_each_lesson_is_added_to_its_class(catalogue):
    learn(catalogue, {CLASS: 0.5, PLANS: -1.25})
    learn(catalogue, {CLASS: 0.25})
    learn(catalogue, {})
    assert observed(catalogue) == {CLASS: (0.5, 0.25), PLANS: (-1.25,)}


def test_tenants_teach_each_other(catalogue):
    learn(catalogue, {CLASS: 0.5}, "one")
    learn(catalogue, {CLASS: 0.75}, "other")
    assert observed(catalogue, "third") == {CLASS: (0.5, 0.75)}


def test_the_oldest_are_forgotten(catalogue):
    for number in range(KEPT + 3):
        learn(catalogue, {CLASS: number})
    assert observed(catalogue)[CLASS] == tuple(range(3, KEPT + 3))


def test_what_fails_teaches_nothing(catalogue):
    try:
        with catalogue.tenant("acme") as records:
            records.learn({CLASS: 0.5})
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert observed(catalogue) == {}


def test_two_that_end_at_once_both_count(catalogue):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: learn(catalogue, {CLASS: number, PLANS: -number}), range(12)))
    found = observed(catalogue)
    assert sorted(found[CLASS]) == list(range(12))
    assert sorted(found[PLANS]) == list(range(-11, 1))


def test_no_more_than_some_are_read(catalogue, clock, monkeypatch):
    monkeypatch.setattr(paces, "MOST_CLASSES", 2)
    for number in range(4):
        clock.pass_(1)
        learn(catalogue, {CLASS._replace(size=str(number)): 0.5})
    assert {key.size for key in observed(catalogue)} == {"2", "3"}
