"""The server itself, in a process of its own: what is too large or too slow, and that it needs neither pixels nor Prefect."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from gateway.settings import GatewaySettings
from tests.gateway.served import Served, served
from tests.gateway.test_generations import COLOUR


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home"), REEL_GATEWAY_HEAD_SECONDS="1") as running:
        yield running


def said(url: str, sent: bytes) -> bytes:
    """What a server says to bytes, until it ends the connection."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(sent)
        answer = b""
        with suppress(ConnectionResetError):  # what was not read is not waited for
            while block := connection.recv(65536):
                answer += block
        return answer


def test_orders_are_taken_while_prefect_is_away(server: Served) -> None:
    with server.client() as client:
        made = client.post("/v1/generations", json={"request": COLOUR})
        assert made.status_code == 202
        assert client.get(made.headers["location"]).json()["status"] == "queued"


def test_who_is_one_too_many_is_told_as_of_all_errors(tmp_path: Path) -> None:
    with served(tmp_path, REEL_GATEWAY_CONNECTIONS="2") as running, running.client() as first:
        assert first.get("/healthz").status_code == 200
        with running.client() as second:
            refused = second.get("/healthz")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert refused.json()["type"].endswith("/unavailable")
        assert (refused.headers["retry-after"], refused.headers["connection"]) == ("5", "close")
        assert first.get("/healthz").status_code == 200


BAD_CHUNK = b"POST /v1/keys HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"


def test_heads_that_are_large_slow_or_none_are_not_waited_for(server: Served) -> None:
    url = server.url
    large = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"
    assert said(url, large)[:12] in (b"HTTP/1.1 431", b"")
    assert said(url, b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ") == b""
    assert said(url, b"") == b""
    # The second one of a connection, too.
    answer = said(url, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTT")
    assert answer.count(b"200 OK") == 1
    for garbage in (
        b"\x16\x03\x01 no HTTP",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        BAD_CHUNK,
    ):
        head, _, body = said(url, garbage).partition(b"\r\n\r\n")
        assert head.split()[1] == b"400"
        assert b"\r\ncontent-type: application/problem+json" in head
        assert json.loads(body)["type"].endswith("/bad-request")
    assert httpx.get(f"{url}/healthz").status_code == 200


def test_neither_pixels_nor_prefect_are_brought_in_by_an_order(tmp_path: Path) -> None:
    program = f"""
import sys
from fastapi.testclient import TestClient
from gateway.app import create_app
from gateway.serving import open_desk
from gateway.settings import gateway_settings
from gateway.starting import Starter
from reel.control.ledger import this_catalogue
from reel.catalogue import NewApiKey
from reel.control.keys import issue
desk = open_desk(gateway_settings(), this_catalogue(), Starter(this_catalogue()))
with desk.catalogue.tenant("acme") as records:
    key = issue(records, NewApiKey(name="x"), desk.secrets("api-key")).key
client = TestClient(create_app(desk), headers={{"Authorization": f"Bearer {{key}}"}})
assert client.post("/v1/generations", json={{"request": {COLOUR!r}}}).status_code == 202
assert client.get("/v1/openapi.json").status_code == 200
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & set("prefect cv2 av typst numpy librosa scipy PIL".split())))
"""
    environment = {**os.environ, "REEL_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_what_is_set_wrongly_is_said(tmp_path: Path) -> None:
    environment = {**os.environ, "REEL_HOME": str(tmp_path), "REEL_GATEWAY_RATE_KEY": "many"}
    done = subprocess.run(
        [sys.executable, "-m", "gateway"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith("REEL_GATEWAY_RATE_KEY: ")
    assert GatewaySettings().rate_key == "600/minute"


def test_it_ends_when_it_is_told_to(server: Served) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=120) in (0, -signal.SIGTERM)
