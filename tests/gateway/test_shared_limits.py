"""Several gateways that count together, in a Redis of the test's own: one bound holds for all, again after it was away."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from deployments.startup import free_port
from gateway.app import create_app
from gateway.desk import desk_of
from gateway.settings import GatewaySettings
from tests.gateway.conftest import key_of, of_purpose
from tests.waiting import wait_for

PROGRAM = shutil.which("redis-server")
GATEWAYS, MOST, ASKED = 3, 20, 60

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no redis-server is installed")


class Redis:
    """A server that is killed and started again at will; it keeps what it counts in memory alone."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(0), folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        own = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self._folder),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen([str(PROGRAM), *own], stdout=subprocess.DEVNULL)
        wait_for(self._answers, "Redis")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        assert self._process.poll() is None, "it has ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def settings(redis: Redis) -> GatewaySettings:
    return GatewaySettings(rate_key=f"{MOST}/day", rate_address="100000/day", rate_store=redis.url)


@pytest.fixture
def gateways(desk, settings, clock) -> list[TestClient]:
    """Clients of gateways that share a catalogue and a Redis, and nothing else, with the same key."""
    shown = {"Authorization": f"Bearer {key_of(desk)}"}
    desks = (desk_of(desk.catalogue, settings, of_purpose, desk.stores, clock) for _ in range(GATEWAYS))
    clients = [TestClient(create_app(each), headers=shown, raise_server_exceptions=False) for each in desks]
    for client in clients:  # each builds its routes with its first request, which is not for several threads at once
        assert client.get("/nowhere").status_code == 404
    return clients


def asked(gateways: list[TestClient], times: int) -> Counter[int]:
    """How often each status was answered, to all that is asked at once."""
    with ThreadPoolExecutor(8) as pool:
        turns = (gateways[number % GATEWAYS] for number in range(times))
        return Counter(pool.map(lambda client: client.get("/v1/projects").status_code, turns))


def test_one_bound_holds_for_all_gateways(gateways):
    assert asked(gateways, ASKED) == {200: MOST, 429: ASKED - MOST}


def test_what_is_left_is_told_by_each_of_what_all_were_asked(gateways):
    left = [client.get("/v1/projects").headers["ratelimit"].split(";")[1] for client in gateways]
    assert left == [f"r={MOST - 1 - number}" for number in range(GATEWAYS)]


def test_while_it_is_away_each_counts_by_itself_and_then_together_again(gateways, redis):
    redis.kill()
    assert asked(gateways, GATEWAYS * (MOST + 1)) == {200: GATEWAYS * MOST, 429: GATEWAYS}
    redis.start()
    assert asked(gateways, ASKED) == {200: MOST, 429: ASKED - MOST}
