"""Files over connections that break: what came counts, and what is wrong is not kept."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from reel.client import Client, GatewayError, Unreachable
from reel.client import files as module
from reel.errors import Damaged, InvalidRequest
from tests.client.conftest import InProcess, patient
from tests.fetch.conftest import configure
from tests.gateway.conftest import key_of

__all__ = ["configure"]

CONTENT = bytes(range(256)) * 40


class Breaking(InProcess):
    """A connection on which requests are lost before they arrive (`before`) or answers on their way back (`after`): by the
    number of the request that sends bytes, from 1."""

    def __init__(self, client, before=(), after=()) -> None:
        super().__init__(client)
        self.before, self.after, self.sent = before, after, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "PATCH":
            return super().handle_request(request)
        self.sent += 1
        if self.sent in self.before:
            raise httpx.ConnectError("before")
        answer = super().handle_request(request)
        if self.sent in self.after:
            raise httpx.ReadError("after")
        return answer


@pytest.fixture
def breaking(desk, configure, tmp_path, monkeypatch):
    configure(library=tmp_path / "library")
    monkeypatch.setattr(module, "BLOCK_BYTES", 1000)

    def client(**how) -> tuple[Client, Breaking]:
        transport = Breaking(TestClient(create_app(desk), raise_server_exceptions=False), **how)
        return Client("http://testserver", key_of(desk), transport=transport, clock=patient()), transport

    return client


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "clip.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(
    ("how", "requests"),
    [({}, 11), ({"before": (1, 2, 5)}, 14), ({"after": (1, 4)}, 11), ({"after": (11,)}, 11)],
    ids=str,
)
def test_an_upload_goes_on_where_it_broke(breaking, file, how, requests) -> None:
    api, transport = breaking(**how)
    made = api.assets.upload(file)
    assert made.bytes == len(CONTENT)
    assert transport.sent == requests, "what arrived is not sent again"


def test_an_upload_goes_on_in_another_program(breaking, file) -> None:
    api, transport = breaking(before=range(4, 1000))
    with pytest.raises(Unreachable):
        api.assets.upload(file)
    id_ = next(each for each in transport.seen if each.method == "HEAD").url.path.rpartition("/")[2]
    api, transport = breaking()
    assert api.assets.upload(file, resume=id_).bytes == len(CONTENT)
    assert transport.sent == 8


def test_another_file_is_not_gone_on_with(breaking, file, tmp_path) -> None:
    api, transport = breaking(before=range(4, 1000))
    with pytest.raises(Unreachable):
        api.assets.upload(file)
    id_ = next(each for each in transport.seen if each.method == "HEAD").url.path.rpartition("/")[2]
    (tmp_path / "other").write_bytes(b"other")
    with pytest.raises(InvalidRequest, match="has 5 bytes"):
        breaking()[0].assets.upload(tmp_path / "other", resume=id_)
    api.assets.give_up(id_)
    with pytest.raises(GatewayError):
        api.assets.upload(file, resume=id_)


class Server(httpx.BaseTransport):
    """Serves one output, and breaks off after so many bytes of each request."""

    def __init__(self, content: bytes, *breaks: int, digest: bytes = CONTENT, ranges: bool = True) -> None:
        self.content, self.breaks, self.ranges = content, list(breaks), ranges
        self.digest = base64.b64encode(hashlib.sha256(digest).digest()).decode()
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if "/outputs/" not in request.url.path:
            return httpx.Response(200, json=GENERATION)
        asked = request.headers.get("Range", "")
        self.asked.append(asked)
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if begin and begin >= len(self.content):
            return httpx.Response(416, stream=httpx.ByteStream(b""))
        rest = self.content[begin:]
        headers = {"Content-Length": str(len(rest)), "Repr-Digest": f"sha-256=:{self.digest}:"}
        broken = Broken(rest, self.breaks.pop(0)) if self.breaks else httpx.ByteStream(rest)
        return httpx.Response(206 if begin else 200, headers=headers, stream=broken)


class Broken(httpx.SyncByteStream):
    def __init__(self, content: bytes, after: int) -> None:
        self.content, self.after = content, after

    def __iter__(self):
        yield self.content[: self.after]
        raise httpx.ReadError("broke off")


GENERATION: dict[str, object] = {
    **dict.fromkeys(("id", "kind", "title", "project", "created"), "x"),
    "created": "2026-01-01T00:00:00Z",
    "status": "done",
    "priority": "interactive",
    **dict.fromkeys(
        ("slot", "started", "ended", "place", "template", "template_version", "retry_of", "idempotency_key"), None
    ),
    **dict.fromkeys(("estimate", "error", "steps", "report"), None),
    "metadata": {},
    "percent": 100.0,
    "attempts": 1,
    "delete_after_download": False,
    "progress": {
        **dict.fromkeys(("steps", "steps_done", "steps_reused"), 1),
        "percent": 100,
        "eta_seconds": None,
        "doing": "",
        "percents": {},
    },
    "outputs": [],
    "request": {},
}  # fmt: skip


def fetched(server: Server, to: Path) -> Path:
    with Client("http://gateway", "key", transport=server, clock=patient()) as api:
        return api.generations.download("x", "a.mp4", to)


@pytest.mark.parametrize(
    ("server", "asked"),
    [
        (Server(CONTENT), [""]),
        (Server(CONTENT, 100, 0, 5000), ["", "bytes=100-", "bytes=100-", "bytes=5100-"]),
        (Server(CONTENT, 100, ranges=False), ["", "bytes=100-"]),
        (Server(CONTENT, len(CONTENT)), ["", f"bytes={len(CONTENT)}-"]),
    ],
    ids=["whole", "in parts", "no ranges", "broken at its end"],
)
def test_a_download_goes_on_where_it_broke(server: Server, asked, tmp_path) -> None:
    assert fetched(server, tmp_path / "a.mp4").read_bytes() == CONTENT
    assert server.asked == asked
    assert [each.name for each in tmp_path.iterdir()] == ["a.mp4"]


def test_wrong_bytes_are_not_kept(tmp_path) -> None:
    with pytest.raises(Damaged, match=r"a\.mp4: its SHA-256 is"):
        fetched(Server(b"wrong"), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_what_never_gets_on_is_given_up_and_kept_to_go_on(tmp_path) -> None:
    with pytest.raises(Unreachable):
        fetched(Server(CONTENT, 100, *[0] * 100), tmp_path / "a.mp4")
    assert fetched(server := Server(CONTENT), tmp_path / "a.mp4").read_bytes() == CONTENT
    assert server.asked == ["bytes=100-"]
