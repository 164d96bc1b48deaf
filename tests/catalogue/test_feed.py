"""The feed: what live clients are told, in an order in which nobody misses any, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest

from reel.catalogue import Catalogue, FeedEvent, NewGeneration, Progressed, Records
from reel.errors import BadMedia


def number(catalogue: Catalogue) -> int:
    with catalogue.operator() as everyone:
        return everyone.number_feed()


def waits(catalogue: Catalogue) -> bool:
    with catalogue.operator(only_reads=True) as everyone:
        return everyone.has_unnumbered()


def feed(catalogue: Catalogue, after: int | None = 0, limit: int = 100) -> list[FeedEvent]:
    with catalogue.operator(only_reads=True) as everyone:
        return everyone.feed_after(after or 0, limit)


def types(events: list[FeedEvent]) -> list[str]:
    return [event.type.removeprefix("generation.") for event in events]


def test_a_tenant_without_endpoints_is_told_too(made, catalogue):
    made.end(made.add())
    assert feed(catalogue) == [], "nothing has a place yet"
    assert waits(catalogue)
    assert number(catalogue) == 5
    assert types(feed(catalogue)) == ["queued", "started", "rendering", "saving", "done"]
    assert [event.number for event in feed(catalogue)] == [1, 2, 3, 4, 5]
    assert number(catalogue) == 0


def test_each_tenant_is_told_of_its_own(made, catalogue):
    ours, theirs = made.add("ours"), made.add("theirs")
    made.end(theirs, "cancelled")
    number(catalogue)
    with catalogue.tenant("theirs", only_reads=True) as records:
        assert types(records.feed_after(0, 100)) == ["queued", "started", "rendering", "saving", "cancelled"]
        assert records.feed_after(0, 100, ours.id) == []
    with catalogue.tenant("ours", only_reads=True) as records:
        assert {event.generation for event in records.feed_after(0, 100)} == {ours.id}


def test_what_events_say(made, catalogue):
    generation = made.add(request_metadata={"order": 7}, idempotency_key="order-7")
    with catalogue.tenant("acme") as records:
        records.move(generation.id, "fetching")
        records.move(generation.id, "failed", BadMedia.at("clips[0]", "is broken"))
    number(catalogue)
    said = feed(catalogue)[-1].payload
    assert said["type"] == "generation.failed"
    assert said["data"]["generation"] == generation.id
    assert said["data"]["metadata"] == {"order": 7}
    assert said["data"]["error"]["problems"] == [{"place": "clips[0]", "what": "is broken", "remedy": ""}]


class TestProgress:
    """It is a state: kept with the generation, and in the feed once."""

    def test_it_persists(self, made, catalogue):
        generation = made.add()
        told = Progressed(
            percent=40, eta_seconds=3.5, steps=9, steps_done=4, doing="compose", percents={"a": 80, "b": 0}
        )
        with catalogue.tenant("acme") as records:
            records.move(generation.id, "fetching")
            records.progress(generation.id, told)
        with catalogue.tenant("acme", only_reads=True) as records:
            assert records.generation(generation.id).progress == told.model_dump()

    def test_only_the_newest_is_kept_and_it_comes_after_what_was_seen(self, made, catalogue):
        generation = made.add()
        with catalogue.tenant("acme") as records:
            records.move(generation.id, "fetching")
            records.progress(generation.id, Progressed(percent=1))
        number(catalogue)
        seen = feed(catalogue)[-1].number
        for percent in (2, 3):
            with catalogue.tenant("acme") as records:
                records.progress(generation.id, Progressed(percent=percent))
        number(catalogue)
        assert [event.payload["data"]["percent"] for event in feed(catalogue, seen)] == [3]
        assert types(feed(catalogue)) == ["queued", "started", "progress"]

    def test_what_has_ended_has_none_in_the_feed_and_what_is_done_is_whole(self, made, catalogue):
        generation = made.add()
        with catalogue.tenant("acme") as records:
            records.move(generation.id, "fetching")
            records.progress(generation.id, Progressed(percent=90, steps=3, steps_done=2, percents={"a": 90.0}))
            for status in ("rendering", "saving", "done"):
                records.move(generation.id, status)
            found = records.generation(generation.id).progress
        number(catalogue)
        assert types(feed(catalogue)) == ["queued", "started", "rendering", "saving", "done"]
        assert (found["percent"], found["eta_seconds"], found["percents"]) == (100.0, 0.0, {"a": 100.0})
        assert found["steps_done"] == 3

    @pytest.mark.parametrize("status", ["failed", "cancelled"])
    def test_what_was_given_up_does_nothing_any_more(self, made, catalogue, status):
        generation = made.add()
        with catalogue.tenant("acme") as records:
            records.move(generation.id, "fetching")
            records.progress(generation.id, Progressed(percent=40, eta_seconds=90.9, doing="compose a", steps=3))
            records.move(generation.id, status)
            found = records.generation(generation.id).progress
        assert (found["percent"], found["eta_seconds"], found["doing"]) == (40.0, None, "")

    def test_another_attempt_begins_anew(self, made, catalogue):
        generation = made.add()
        with catalogue.tenant("acme") as records:
            records.move(generation.id, "fetching")
            records.progress(generation.id, Progressed(percent=90))
            records.move(generation.id, "failed")
            assert records.generation(generation.id).progress["percent"] == 90, "how far it came"
            records.move(generation.id, "fetching")
            assert records.generation(generation.id).progress is None


@contextmanager
def late(catalogue: Catalogue) -> Iterator[Records]:
    """A transaction that has written, and is committed when the block is left."""
    with catalogue.tenant("slow") as records:
        records.add(NewGeneration(kind="mixer", request={}))
        yield records


class TestOrder:
    @pytest.mark.parametrize("url", ["postgresql"], indirect=True)
    def test_who_commits_late_is_not_skipped(self, made, catalogue):
        with late(catalogue):
            quick = made.add("quick")
            assert number(catalogue) == 1
            seen = feed(catalogue)
            assert [event.generation for event in seen] == [quick.id]
        assert number(catalogue) == 1
        (after,) = feed(catalogue, seen[-1].number)
        assert after.tenant_id == "slow"
        assert (after.key or 0) < (seen[0].key or 0), (
            "it was written first: a sequence would have placed it before what was seen"
        )

    @pytest.mark.parametrize("url", ["postgresql"], indirect=True)
    def test_one_numbers_at_a_time_and_nobody_waits_for_it(self, made, catalogue):
        made.add()
        number(catalogue)
        made.add()
        with catalogue.operator() as first:
            assert first.number_feed() == 1
            assert number(catalogue) == 0
            assert len(feed(catalogue)) == 1, "what is not committed is not seen"
            made.end(made.add())
        assert len(feed(catalogue)) == 2

    def test_readers_that_poll_while_many_write_see_all_in_order(self, made, catalogue):
        """Several readers, each numbering by itself, as several gateways do."""
        over = threading.Event()
        seen: list[list[FeedEvent]] = [[], []]

        def read(found: list[FeedEvent]) -> None:
            while True:
                last = over.is_set()
                number(catalogue)
                while last and waits(catalogue):  # the other one is at it, and what it has numbered is not committed
                    number(catalogue)
                found += feed(catalogue, found[-1].number if found else 0, 1000)
                if last:
                    return

        def write(tenant: str) -> None:
            for _ in range(5):
                made.end(made.add(tenant))

        readers = [threading.Thread(target=read, args=(found,)) for found in seen]
        writers = [threading.Thread(target=write, args=(f"tenant-{which}",)) for which in range(4)]
        with ExitStack() as stack:
            for thread in (*readers, *writers):
                thread.start()
            for reader in readers:
                stack.callback(reader.join)
            stack.callback(over.set)
            for writer in writers:
                writer.join()
        for found in seen:
            assert [event.number for event in found] == list(range(1, 101))
            for generation in {event.generation for event in found}:
                of_it = [event for event in found if event.generation == generation]
                assert types(of_it) == ["queued", "started", "rendering", "saving", "done"]

    def test_it_goes_on_in_pages(self, made, catalogue):
        made.end(made.add())
        with catalogue.operator() as everyone:
            assert [everyone.number_feed(limit) for limit in (2, 2, 2)] == [2, 2, 1]
        assert [event.number for event in feed(catalogue, 1, 2)] == [2, 3]


def test_numbers_go_on_when_all_is_forgotten(made, catalogue, clock):
    made.end(made.add())
    number(catalogue)
    clock.pass_(3600)
    with catalogue.operator() as everyone:
        assert everyone.forgettable_feed(clock.now - timedelta(hours=2)) == 0
        assert everyone.forgettable_feed(clock.now) == everyone.forget_feed(clock.now) == 5
        assert everyone.forget_feed(clock.now) == 0
        assert everyone.feed_head().forgotten == 5
    made.add()
    number(catalogue)
    assert [event.number for event in feed(catalogue)] == [6]
