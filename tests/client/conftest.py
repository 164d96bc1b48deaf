"""Clients of gateways in this process, and of servers that behave as badly as they are told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from reel.catalogue import Role
from reel.client import Client
from reel.patience import Clock as Patient
from tests.gateway.conftest import called_off, catalogue, clock, desk, key_of, settings

__all__ = ["called_off", "catalogue", "clock", "desk", "settings"]


class InProcess(httpx.BaseTransport):
    """Requests to an application in this process."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.client.request(
            request.method,
            str(request.url),
            headers=dict(request.headers),
            content=request.read(),
            follow_redirects=False,
        )
        # The test client may be of another httpx than ours.
        return httpx.Response(answer.status_code, headers=answer.headers.multi_items(), stream=_Stream(answer.content))


class _Stream(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content


def patient() -> Patient:
    """A clock that no test waits for."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    return Patient(lambda: now[0], sleep)


@pytest.fixture
def api_of(desk) -> Callable[..., Client]:
    """A client of the gateway, of a tenant in a role."""
    app = create_app(desk)

    def client(tenant: str = "acme", role: Role = "owner") -> Client:
        transport = InProcess(TestClient(app, raise_server_exceptions=False))
        return Client("http://testserver", key_of(desk, tenant, role), transport=transport, clock=patient())

    return client


@pytest.fixture
def api(api_of) -> Iterator[Client]:
    with api_of() as client:
        yield client


def answering(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request]]:
    """A client whose requests get these answers in turn, and the requests that it sent."""
    seen: list[httpx.Request] = []
    left = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.MockTransport(handle)
    return Client("http://gateway", "reel_key", transport=transport, clock=patient()), seen
