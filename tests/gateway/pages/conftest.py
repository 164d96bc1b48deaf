"""A browser of sorts: a client that signed in, and what it reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from reel.catalogue import NewGeneration, NewOutputRecord, NewUsageRecord, Role
from tests.gateway.conftest import key_of

OURS = {"Origin": "http://testserver"}
"""What browsers say of a form that one of our pages sends."""


class Read(HTMLParser):
    """A page as a browser reads it: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def after(self, text: str) -> str:
        """The text that comes after another."""
        found = [each.strip() for each in self.texts if each.strip()]
        return found[found.index(text) + 1]

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a name that have these."""
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(a) == v for a, v in attributes.items())
        ]


@pytest.fixture
def signed_in(desk) -> Callable[..., TestClient]:
    """A client with a session: `signed_in("acme", "viewer")`."""
    app = create_app(desk)

    def client(tenant: str = "acme", role: Role = "owner", **fields: object) -> TestClient:
        made = TestClient(app, headers=OURS, raise_server_exceptions=False)
        answer = made.post("/pages/sign-in", data={"key": key_of(desk, tenant, role, **fields)}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return made

    return client


@pytest.fixture
def done(desk, tmp_path):
    """Makes a generation that is done, with files of these names."""

    def made(*names: str, tenant: str = "acme", **fields: Any) -> str:
        with desk.catalogue.tenant(tenant) as records:
            id_ = records.add(NewGeneration(kind="mixer", request={"kind": "mixer"}, **fields))[0].id
            for status in ("fetching", "rendering", "saving"):
                records.move(id_, status)
            outputs = [_put(desk, tmp_path, f"{tenant}/{id_}/", name) for name in names]
            records.delivered(id_, outputs, NewUsageRecord(bytes=7), {}, 1.0)
            records.move(id_, "done")
        _put(desk, tmp_path, f"{tenant}/{id_}/", "report.html")
        return id_

    return made


def _put(desk, tmp_path, folder: str, name: str) -> NewOutputRecord:
    content = f"bytes of {name}".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "put").write_bytes(content)
    desk.stores.outputs.put(folder + name, tmp_path / "put", sha256)
    where = desk.stores.outputs.where(folder + name)
    return NewOutputRecord(name=name, location=where, bytes=len(content), sha256=sha256)
