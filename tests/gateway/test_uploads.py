"""Uploads by tus: whole, in pieces, cut off, lied about, sent twice; in process, and the broken ones over real connections."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import random
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import uvicorn

from gateway import receiving
from gateway.app import create_app
from reel.control.library import Library
from reel.control.stores import this_library
from tests.fetch.conftest import configure
from tests.gateway.conftest import key_of
from tests.waiting import wait_for

__all__ = ["configure"]

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = TUS | {"Content-Type": "application/offset+octet-stream"}
MEBI = 1 << 20


@pytest.fixture(autouse=True)
def library(configure, tmp_path: Path, desk) -> Library:
    configure(library=tmp_path / "library")
    return Library(desk.catalogue, this_library())


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def begin(client, size: int, **headers: str) -> str:
    answer = client.post("/v1/uploads", headers=TUS | {"Upload-Length": str(size)} | headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].removeprefix("http://testserver")


def send(client, at: str, offset: int, data, **headers: str):
    return client.patch(at, content=data, headers=BYTES | {"Upload-Offset": str(offset)} | headers)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def asset(client, at: str) -> dict:
    return client.get(at.replace("uploads", "assets")).json()


def test_in_pieces_and_then_it_is_looked_at(as_, library, tmp_path):
    client, data = as_("acme", "member"), content(3 * MEBI)
    named = f"filename {encoded('Über.mov')},folder {encoded('summer/2026')},filetype {encoded('video/mp4')}"
    at = begin(client, len(data), **{"Upload-Metadata": named})
    first = send(client, at, 0, data[:MEBI])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(MEBI))
    asked = client.head(at, headers=TUS)
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == (str(MEBI), str(3 * MEBI))
    assert asked.headers["Cache-Control"] == "no-store"
    assert parsedate_to_datetime(asked.headers["Upload-Expires"]).year == 2026
    assert asset(client, at)["state"] == "uploading"
    assert send(client, at, MEBI, data[MEBI:]).headers["Upload-Offset"] == str(3 * MEBI)
    found = asset(client, at)
    assert (found["state"], found["name"], found["folder"]) == ("quarantined", "Über.mov", "summer/2026")
    assert found["bytes"] == len(data)
    library.objects.get(f"acme/{found['id']}", tmp_path / "read")
    assert (tmp_path / "read").read_bytes() == data
    # Whoever lost the answer to the last piece asks how far it is.
    assert client.head(at, headers=TUS).headers["Upload-Offset"] == str(3 * MEBI)


def test_the_first_bytes_come_along(as_):
    client = as_()
    headers = BYTES | {"Upload-Length": "6"}
    answer = client.post("/v1/uploads", content=b"abc", headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "3")
    whole = client.post("/v1/uploads", content=b"abcdef", headers=headers)
    assert whole.headers["Upload-Offset"] == "6"


def test_what_is_known_here(as_):
    told = as_().options("/v1/uploads").headers
    assert told["Tus-Version"] == "1.0.0"
    assert set(told["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "termination", "expiration", "checksum",
    }  # fmt: skip
    assert int(told["Tus-Max-Size"]) > 1 << 30
    assert told["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_checksums(as_):
    client = as_()
    at = begin(client, 3)
    right = f"sha1 {base64.b64encode(hashlib.sha1(b'abc').digest()).decode()}"
    wrong = send(client, at, 0, b"abd", **{"Upload-Checksum": right})
    assert (wrong.status_code, wrong.json()["type"].rpartition("/")[2]) == (460, "wrong-checksum")
    assert client.head(at, headers=TUS).headers["Upload-Offset"] == "0"
    assert send(client, at, 0, b"abc", **{"Upload-Checksum": right}).status_code == 204


def test_given_up(as_):
    client = as_()
    at = begin(client, 3)
    assert client.delete(at, headers=TUS).status_code == 204
    assert client.head(at, headers=TUS).status_code == 404
    assert client.delete(at, headers=TUS).status_code == 404


def test_for_clients_that_can_only_post(as_):
    client = as_()
    at = begin(client, 3)
    override = BYTES | {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    assert client.post(at, content=b"ab", headers=override).headers["Upload-Offset"] == "2"
    assert client.post(at, headers=TUS | {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert client.post(at, headers=TUS).status_code == 405


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 412),
        ("POST", {"Tus-Resumable": "0.2.2", "Upload-Length": "3"}, 412),
        ("POST", TUS, 400),
        ("POST", TUS | {"Upload-Length": "-1"}, 400),
        ("POST", TUS | {"Upload-Length": "1e3"}, 400),
        ("POST", TUS | {"Upload-Length": "٣"}, 400),
        ("POST", TUS | {"Upload-Length": "9" * 30}, 400),
        ("POST", TUS | {"Upload-Length": "0"}, 422),
        ("POST", TUS | {"Upload-Length": str(1 << 50)}, 413),
        ("POST", TUS | {"Upload-Length": "3", "Upload-Metadata": "filename ???"}, 400),
        ("POST", TUS | {"Upload-Length": "3", "Upload-Concat": "partial"}, 400),
        ("POST", TUS | {"Upload-Concat": "final;/v1/uploads/a /v1/uploads/b"}, 400),
        ("POST", TUS | {"Upload-Defer-Length": "1"}, 400),
        ("POST", TUS | {"Upload-Length": "3", "Upload-Metadata": f"filename {encoded('')}"}, 400),
        ("POST", TUS | {"Upload-Length": "3", "Upload-Metadata": f"folder {encoded('../a')}"}, 400),
        ("PATCH", BYTES, 400),
        ("PATCH", BYTES | {"Upload-Offset": "1"}, 409),
        ("PATCH", TUS | {"Upload-Offset": "0", "Content-Type": "video/mp4"}, 415),
        ("PATCH", BYTES | {"Upload-Offset": "0", "Tus-Resumable": "2.0.0"}, 412),
        ("PATCH", BYTES | {"Upload-Offset": "0", "Upload-Checksum": "md4 AAAA"}, 422),
        ("HEAD", {}, 412),
        ("DELETE", {}, 412),
    ],
)
def test_what_is_refused(as_, method, headers, status):
    client = as_()
    at = "/v1/uploads" if method == "POST" else begin(client, 3)
    body = {"content": b"abc"} if method == "PATCH" else {}
    headers = {name: value.encode() for name, value in headers.items()}
    answer = client.request(method, at, headers=headers, **body)
    assert answer.status_code == status
    if method != "HEAD":
        assert answer.headers["Content-Type"] == "application/problem+json"
    if status == 412:
        assert answer.headers["Tus-Version"] == "1.0.0"


def test_longer_than_announced(as_):
    client = as_()
    at = begin(client, 3)
    assert send(client, at, 0, b"abcd").status_code == 413
    assert client.head(at, headers=TUS).headers["Upload-Offset"] == "0"


def test_another_tenants_upload_is_not_there(as_):
    at = begin(as_("acme"), 3)
    other = as_("sued")
    for answer in (
        other.head(at, headers=TUS),
        send(other, at, 0, b"abc"),
        other.delete(at, headers=TUS),
        other.get(at.replace("uploads", "assets")),
    ):
        assert answer.status_code == 404


def test_expired(as_, clock):
    client = as_()
    at = begin(client, 3)
    clock.now += timedelta(hours=25)
    assert client.head(at, headers=TUS).status_code == 410
    assert send(client, at, 0, b"abc").status_code == 410


def test_more_at_once_than_there_are_places(as_, monkeypatch):
    monkeypatch.setattr(receiving.PLACES, "free", 0)
    client = as_()
    at = begin(client, 3)
    answer = send(client, at, 0, b"abc")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


class TestOverConnections:
    @pytest.fixture
    def port(self, desk) -> Iterator[int]:
        """A gateway that listens."""
        config = uvicorn.Config(create_app(desk), host="127.0.0.1", port=0, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        wait_for(lambda: server.started, "the gateway listens")
        yield server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = True
        thread.join()

    @pytest.fixture
    def headers(self, desk) -> dict[str, str]:
        return {"Authorization": f"Bearer {key_of(desk)}", **BYTES}

    def ask(self, port: int, method: str, at: str, headers: dict[str, str], body: bytes = b""):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request(method, at, body, headers)
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer

    def begun(self, port: int, headers: dict[str, str], size: int) -> str:
        only = {name: value for name, value in headers.items() if name != "Content-Type"}
        answer = self.ask(port, "POST", "/v1/uploads", only | {"Upload-Length": str(size)})
        assert answer.status == 201
        return "/" + answer.headers["Location"].split("/", 3)[3]

    def half_sent(self, port: int, at: str, headers: dict[str, str], body: bytes, claimed: int) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", port))
        sent = headers | {"Host": "x", "Upload-Offset": "0", "Content-Length": str(claimed)}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        line.sendall(f"PATCH {at} HTTP/1.1\r\n{head}\r\n".encode() + body)
        return line

    def offset(self, port: int, at: str, headers: dict[str, str]) -> int:
        return int(self.ask(port, "HEAD", at, headers).headers["Upload-Offset"])

    def test_what_came_before_the_connection_broke_counts(self, port, headers, library):
        data = content(5 * MEBI)
        at = self.begun(port, headers, len(data))
        self.half_sent(port, at, headers, data[: 3 * MEBI], len(data)).close()
        wait_for(lambda: self.offset(port, at, headers) == 3 * MEBI, "the gateway noticed")
        answer = self.ask(port, "PATCH", at, headers | {"Upload-Offset": str(3 * MEBI)}, data[3 * MEBI :])
        assert answer.status == 204
        path = library.objects.local_path(f"acme/{at.rpartition('/')[2]}")
        assert path
        assert path.read_bytes() == data

    def test_longer_than_announced_and_without_a_length(self, port, headers):
        """It is found out when it comes; what came before counts."""
        at = self.begun(port, headers, 3 * MEBI)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        blocks = iter([b"ab" * MEBI, b"c" * (MEBI // 2), b"d" * MEBI])
        line.request("PATCH", at, blocks, headers | {"Upload-Offset": "0"}, encode_chunked=True)
        assert line.getresponse().status == 413
        line.close()
        assert 2 * MEBI <= self.offset(port, at, headers) < 3 * MEBI

    def test_two_at_once(self, port, headers):
        def is_locked_out() -> bool:
            """Whether who comes second is told so; which of the two that is, the network decides."""
            at = self.begun(port, headers, 10)
            with self.half_sent(port, at, headers, b"abc", 10):
                return self.ask(port, "PATCH", at, headers | {"Upload-Offset": "0"}, b"abc").status == 423

        wait_for(is_locked_out, "the first one writes")

    def test_whoever_falls_silent_makes_room(self, port, headers, monkeypatch):
        monkeypatch.setattr(receiving, "SILENT_SECONDS", 0.2)
        at = self.begun(port, headers, 10)
        with self.half_sent(port, at, headers, b"abc", 10):
            wait_for(lambda: self.offset(port, at, headers) == 3, "what came counts")

    @pytest.mark.skipif(
        not os.environ.get("TUS_JS_CLIENT"), reason="TUS_JS_CLIENT names no folder with tus-js-client 4 in it"
    )
    def test_tus_js_client(self, port, headers, library, tmp_path):
        """As people use it: in chunks, stopped in the middle, resumed from the address that it kept. To be had by `npm install
        tus-js-client@4`; the variable names its `node_modules`."""
        data = content(5 * MEBI + 3)
        (tmp_path / "clip.mov").write_bytes(data)
        arguments = f"http://127.0.0.1:{port}/v1/uploads", headers["Authorization"], str(tmp_path / "clip.mov")
        environment = {**os.environ, "NODE_PATH": os.environ["TUS_JS_CLIENT"]}
        script = str(Path(__file__).with_name("tus_client.cjs"))
        ran = subprocess.run(["node", script, *arguments], check=False, capture_output=True, text=True, env=environment)
        assert ran.returncode == 0, ran.stderr
        path = library.objects.local_path(f"acme/{ran.stdout.strip().rpartition('/')[2]}")
        assert path
        assert path.read_bytes() == data
