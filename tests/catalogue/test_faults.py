"""Races, forks, and databases that die, on both databases where both can."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reel.catalogue import open_catalogue
from reel.errors import Resource, Transient
from tests.catalogue.conftest import request

ADD = """
import sys
from reel.catalogue import NewGeneration, open_catalogue
catalogue = open_catalogue(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    with catalogue.tenant("acme") as records:
        new = NewGeneration(kind="mixer", request={}, idempotency_key=f"key {number}")
        generation, made = records.add(new)
    print(generation.id, made)
"""


def test_processes_race_for_one_key(url):
    processes = [
        subprocess.Popen([sys.executable, "-c", ADD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    lines = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    for one, other in zip(*lines, strict=True):
        assert one.split()[0] == other.split()[0]
        assert {one.split()[1], other.split()[1]} == {"True", "False"}


def test_threads_race_for_one_key(catalogue):
    together = threading.Barrier(8)

    def add(_: int) -> tuple[str, bool]:
        together.wait()
        with catalogue.tenant("acme") as records:
            generation, new = records.add(request(idempotency_key="order-17"))
        return generation.id, new

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(add, range(8)))
    assert len({id_ for id_, _ in answers}) == 1
    assert [new for _, new in answers].count(True) == 1


def test_threads_race_to_move(made, catalogue):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        records.move(id_, "fetching")
    together = threading.Barrier(8)

    def move(number: int) -> bool:
        together.wait()
        with catalogue.tenant("acme") as records:
            return records.move(id_, "failed" if number % 2 else "cancelled")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(move, range(8))).count(True) == 1


def test_events_of_one_generation_keep_their_sequence(made, catalogue):
    with catalogue.tenant("acme") as records:
        records.add_endpoint("https://shop.example/hooks")
    id_ = made.add().id

    def begin(_: int) -> None:
        with catalogue.tenant("acme") as records:
            assert records.move(id_, "fetching")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(begin, range(16)))
    with catalogue.tenant("acme") as records:
        assert [event.sequence for event in records.events(id_)] == list(range(1, 18))
        assert records.generation(id_).attempts == 16


def test_senders_race_for_events(made, catalogue, clock):
    with catalogue.tenant("acme") as records:
        records.add_endpoint("https://shop.example/hooks")
    for _ in range(40):
        made.add()
    together = threading.Barrier(4)

    def claim(_: int) -> list[str]:
        together.wait()
        with catalogue.operator() as everyone:
            return [delivery.event.id for delivery in everyone.claim_due(clock.now, 10, 30)]

    claimed: list[str] = []
    with ThreadPoolExecutor(4) as threads:
        for _ in range(4):
            claimed += [id_ for ids in threads.map(claim, range(4)) for id_ in ids]
    assert len(claimed) == len(set(claimed)) == 40


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_uses_connections_of_its_own(made, catalogue):
    generation = made.add()
    child = os.fork()
    if not child:
        # Nothing of the test's own machinery may go on in the child.
        code = 1
        try:
            for _ in range(50):
                with catalogue.tenant("acme") as records:
                    records.generation(generation.id)
            code = 0
        finally:
            os._exit(code)
    for _ in range(50):
        with catalogue.tenant("acme") as records:
            assert records.generation(generation.id) == generation
    assert os.waitpid(child, 0)[1] == 0


def test_a_killed_server_is_transient(server, templates, clock):
    catalogue = open_catalogue(server.url(server.make_database(templates["postgresql"])), clock)
    with catalogue.tenant("acme") as records:
        kept = records.add(request())[0]
    try:
        with pytest.raises(Transient), catalogue.tenant("acme") as records:  # noqa: PT012 - all of it is the point
            lost = records.add(request())[0]
            server.kill()
            records.generation(lost.id)
        with pytest.raises(Transient), catalogue.operator() as everyone:
            everyone.tenants()
    finally:
        server.start()
    with catalogue.tenant("acme") as records:
        assert [found.id for found in records.generations()] == [kept.id]
    catalogue.close()


def test_a_cut_connection_is_replaced_unseen(server, templates, clock):
    name = server.make_database(templates["postgresql"])
    catalogue = open_catalogue(server.url(name), clock)
    with catalogue.tenant("acme") as records:
        records.add(request())
    with server.connect() as admin:
        cut = admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        assert cut.rowcount > 0
    with catalogue.tenant("acme") as records:
        assert len(records.generations()) == 1
    catalogue.close()


def test_a_full_disk_is_a_lack_of_resources(tmp_path):
    catalogue = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    with pytest.raises(Resource, match=r"full.*make room"), catalogue.tenant("acme") as records:  # noqa: PT012 - all of it is the point
        connection = records._session.connection()
        pages = connection.exec_driver_sql("pragma page_count").scalar()
        connection.exec_driver_sql(f"pragma max_page_count = {pages}")
        records.add(request(request={"text": "x" * 1_000_000}))
    catalogue.close()
