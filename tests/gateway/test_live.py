"""Streams over real connections: a gateway that dies and comes back, one that is told to end, clients that do not read."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from gateway import hub as module
from gateway import streams
from gateway.app import _feed, _good_keys
from gateway.hub import Hub, limits_of
from gateway.serving import server_of
from gateway.streams import PatientStream
from reel.catalogue import Catalogue, NewGeneration, Progressed, open_catalogue
from reel.errors import Transient
from tests.gateway.conftest import key_of
from tests.gateway.delivering import delivered
from tests.gateway.making import NAME
from tests.gateway.served import Served, served
from tests.waiting import wait_for

Event = tuple[int, str, float]


class Client:
    """Follows a generation as a browser does: it comes back with the last id it has seen."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.events: list[Event] = []
        """Number, type, and when it came (`time.time`)."""
        self.refused: list[int] = []
        self.where: Served | None = None
        self.key = ""
        self.over = threading.Event()

    def follow(self) -> None:
        while not self.over.is_set():
            try:
                self._once()
            except httpx.HTTPError:
                time.sleep(0.05)

    def _once(self) -> None:
        assert self.where
        headers = {"Authorization": f"Bearer {self.key}"}
        if self.events:
            headers["Last-Event-ID"] = str(self.events[-1][0])
        with httpx.stream("GET", self.where.url + self.path, headers=headers, timeout=30) as answer:
            if answer.status_code != 200:
                self.refused.append(answer.status_code)
                self.over.set()
                return
            number = 0
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                number = int(value) if name == "id" else number
                if name == "data":
                    type_ = json.loads(value)["type"].removeprefix("generation.")
                    self.events.append((-1, type_, time.time()))
                elif name == "id":
                    self.events[-1] = (number, *self.events[-1][1:])


@contextmanager
def following(client: Client) -> Iterator[None]:
    thread = threading.Thread(target=client.follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        client.over.set()


@pytest.fixture
def home(tmp_path):
    return tmp_path


def move(catalogue: Catalogue, id_: str, status: str) -> None:
    with catalogue.tenant("acme") as records:
        assert records.move(id_, status)  # type: ignore[arg-type]


def test_a_client_goes_on_over_a_crash_and_misses_nothing(home) -> None:
    opened = open_catalogue(f"sqlite:///{home}/catalogue.db")
    with opened.tenant("acme") as records:
        id_ = records.add(NewGeneration(kind="mixer", request={}))[0].id
    client = Client(f"/v1/generations/{id_}/events")
    with served(home) as first:
        client.where, client.key = first, first.key(role="viewer")
        with following(client):
            move(opened, id_, "fetching")
            wait_for(lambda: len(client.events) == 2, "the first events")
            first.process.kill()
            first.process.wait()
            # While nobody serves: what happens now is in the catalogue alone.
            move(opened, id_, "rendering")
            with opened.tenant("acme") as records:
                records.progress(id_, Progressed(percent=50))
            with served(home) as second:
                client.where = second
                wait_for(lambda: len(client.events) == 4, "what happened meanwhile")
                move(opened, id_, "saving")
                move(opened, id_, "done")
                wait_for(client.over.is_set, "the end")
    assert [type_ for _, type_, _ in client.events] == ["queued", "started", "rendering", "progress", "saving", "done"]
    numbers = [number for number, _, _ in client.events]
    assert numbers == sorted(set(numbers))
    assert client.refused == [204], "there is no reason to come back"


def test_a_gateway_that_is_told_to_end_ends_its_streams(home) -> None:
    with served(home) as running:
        client = Client("/v1/events")
        client.where, client.key = running, running.key(role="viewer")
        with httpx.stream(
            "GET", running.url + client.path, headers={"Authorization": f"Bearer {client.key}"}
        ) as answer:
            lines = answer.iter_lines()
            assert next(lines) == ": open"
            running.process.send_signal(signal.SIGTERM)
            assert "data" not in "".join(lines), "it ends, as a whole answer does"
        # Far sooner than answers under way have: `LEAVE_SECONDS`.
        wait_for(lambda: running.process.poll() is not None, "its end")


class TestHub:
    """In this process, and in its own event loop."""

    @pytest.fixture
    def hub(self, desk):
        return Hub(
            _feed(desk), _good_keys(desk), replace(limits_of(desk.settings), life_seconds=60.0), read_seconds=0.01
        )

    def test_who_falls_behind_what_is_in_memory_misses_nothing(self, hub, desk, monkeypatch) -> None:
        monkeypatch.setattr(module, "MOST_RECENT", 3)

        async def follow() -> list[int]:
            with hub.place("acme"):
                await hub.ready()
                found = []
                async for told in hub.follow("acme", None, None):
                    if told is None:
                        await asyncio.to_thread(add_many)
                        continue
                    found.append(told.number)
                    await asyncio.sleep(0.02)
                    if len(found) == 40:
                        return found
            raise AssertionError

        def add_many() -> None:
            for _ in range(10):
                with desk.catalogue.tenant("acme") as records:
                    id_ = records.add(NewGeneration(kind="mixer", request={}))[0].id
                    for status in ("fetching", "rendering", "saving"):
                        records.move(id_, status)

        assert asyncio.run(follow()) == list(range(1, 41))

    def test_a_stream_that_hears_nothing_has_heartbeats_whatever_happens_beside_it(self, hub, desk) -> None:
        def add() -> None:
            with desk.catalogue.tenant("acme") as records:
                records.add(NewGeneration(kind="mixer", request={}))

        async def others() -> None:
            while True:
                await asyncio.to_thread(add)
                await asyncio.sleep(0.05)

        async def follow() -> list[object]:
            with hub.place("acme"):
                await hub.ready()
                stream = hub.follow("acme", "another", None)
                busy = asyncio.create_task(others())
                try:
                    async with asyncio.timeout(30):
                        return [await anext(stream) for _ in range(2)]
                finally:
                    busy.cancel()

        assert asyncio.run(follow()) == [None, None]

    def test_the_catalogue_may_be_away_for_a_while(self, hub, desk, monkeypatch) -> None:
        real = hub.feed.after
        failures: list[int] = []
        added: list[bool] = []

        def after(number: int):
            if len(failures) < 3:
                failures.append(number)
                raise Transient.at("catalogue", "is away")
            return real(number)

        async def follow() -> str:
            with hub.place("acme"):
                await hub.ready()  # for which it waits as long as usual: a slow machine takes more than that moment
                monkeypatch.setattr(module, "AWAY_SECONDS", 0.05)
                monkeypatch.setattr(hub.feed, "after", after)
                async for told in hub.follow("acme", None, None):
                    if told is not None:
                        return told.type
                    if not added:
                        added.append(True)
                        with desk.catalogue.tenant("acme") as records:
                            records.add(NewGeneration(kind="mixer", request={}))
            raise AssertionError

        assert asyncio.run(follow()) == "generation.queued"
        assert len(failures) == 3

    def test_a_key_that_is_revoked_ends_its_streams_and_no_others(self, hub, desk, monkeypatch) -> None:
        monkeypatch.setattr(module, "KEYS_SECONDS", 0.01)
        lost, kept = (key_of(desk).split("_")[1] for _ in range(2))

        async def heard(key: str) -> int:
            with hub.place("acme", key):
                await hub.ready()
                return len([told async for told in hub.follow("acme", None, None, key) if told])

        async def both() -> int:
            streams = [asyncio.create_task(heard(key)) for key in (lost, kept)]
            await asyncio.sleep(0.2)
            await asyncio.to_thread(revoke)
            await asyncio.wait_for(streams[0], 10)  # long before its time, which is a minute
            assert not streams[1].done()
            hub.close()
            return await streams[1]

        def revoke() -> None:
            with desk.catalogue.tenant("acme") as records:
                records.revoke_key(lost)

        assert asyncio.run(both()) == 0

    def test_nobody_is_asked_while_nobody_listens(self, hub) -> None:
        async def come_and_go() -> None:
            with hub.place("acme"):
                await hub.ready()
                assert hub.open == 1
            assert hub.open == 0
            await asyncio.wait_for(hub._reading, 5)

        asyncio.run(come_and_go())


def test_who_does_not_read_is_cut(monkeypatch) -> None:
    monkeypatch.setattr(streams, "SEND_SECONDS", 0.05)
    sent = []

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b"event"

    async def send(message) -> None:
        sent.append(message)
        if len(sent) == 4:
            await asyncio.Event().wait()

    asyncio.run(asyncio.wait_for(PatientStream(body()).stream_response(send), 10))
    assert [message.get("more_body") for message in sent] == [None, True, True, True], (
        "and has no end as of a whole answer"
    )


def test_who_reads_little_but_steadily_is_not_cut(monkeypatch, desk, settings, tmp_path) -> None:
    """Some hundred kB a second, of a file that is larger than what the kernel would take from us at once."""
    monkeypatch.setattr(streams, "SEND_SECONDS", 1.5)
    content = random.Random(1).randbytes(6 << 20)
    generation = delivered(desk.catalogue, desk.stores.outputs, tmp_path, {NAME: content})
    server = server_of(desk, settings.model_copy(update={"port": 0}))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started, "the gateway listens")
    try:
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1/generations/{generation}/outputs/{NAME}"
        read = b""
        with httpx.stream("GET", url, headers={"Authorization": f"Bearer {key_of(desk)}"}, timeout=30) as answer:
            for block in answer.iter_raw(16 << 10):
                read += block
                time.sleep(0.05 if len(read) < 2 << 20 else 0)
    finally:
        server.should_exit = True
        thread.join()
    assert read == content
