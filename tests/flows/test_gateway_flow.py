"""Orders over HTTP with a real Prefect behind the gateway, that is away at first."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from deployments.stack import Stack
from deployments.startup import free_port
from tests.flows.test_queue_flow import card
from tests.gateway.served import Served, served
from tests.waiting import wait_for

LONG = {**card(201), "resolution": "1080p"} | {
    "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "#0000c9", "duration": 600}]}]}
}


@contextmanager
def forwarded(port: int, to: int) -> Iterator[None]:
    """A port that leads to another one, for the length of a block."""
    with socket.create_server(("127.0.0.1", port)) as server:

        def pump(client: socket.socket) -> None:
            # Whoever hangs up first, or is gone already when something is sent to it: the connection has ended.
            with suppress(OSError), closing(client), socket.create_connection(("127.0.0.1", to)) as behind:
                while True:
                    for ready in select.select([client, behind], [], [])[0]:
                        if not (data := ready.recv(65536)):
                            return
                        (behind if ready is client else client).sendall(data)

        def accept() -> None:
            try:
                while True:
                    threading.Thread(target=pump, args=(server.accept()[0],), daemon=True).start()
            except OSError:  # closed: the block has ended
                return

        threading.Thread(target=accept, daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def door() -> int:
    """A port at which the gateway expects Prefect, and nobody is."""
    return free_port(0)


@pytest.fixture
def gateway(prefect_stack: Stack, door: int) -> Iterator[Served]:
    home = Path(os.environ["REEL_HOME"])
    with served(home, PREFECT_API_URL=f"http://127.0.0.1:{door}/api") as running:
        yield running


def status_of(client: httpx.Client, address: str) -> str:
    return str(client.get(address).json()["status"])


def test_orders_wait_for_prefect_and_what_is_called_off_ends(gateway: Served, door: int, prefect_stack: Stack) -> None:
    with gateway.client() as client:
        orders = [client.post("/v1/generations", json={"request": card(202 + number)}) for number in range(3)]
        assert [order.status_code for order in orders] == [202] * 3
        with forwarded(door, prefect_stack.port):
            for order in orders:
                done = wait_for(lambda: status_of(client, order.headers["location"]) == "done", "its end")  # noqa: B023
                assert done
                told = client.get(order.headers["location"]).json()
                assert [output["name"] for output in told["outputs"]] == ["template.mp4"]
                assert told["attempts"] == 1
            long = client.post("/v1/generations", json={"request": LONG}).headers["location"]
            wait_for(lambda: status_of(client, long) in ("fetching", "rendering"), "its begin")
            assert client.post(f"{long}/cancel").json()["status"] == "cancelled"
            id_ = long.rpartition("/")[2]
            wait_for(lambda: state_of_run(id_) == "CANCELLED", "the end of its run")
            assert status_of(client, long) == "cancelled"


def state_of_run(generation: str) -> str:
    from reel.control.ledger import this_catalogue
    from tests.flows.runs import state_of

    with this_catalogue().tenant("acme") as records:
        run = records.generation(generation).flow_run
    return str(state_of(UUID(run)).type.name)
