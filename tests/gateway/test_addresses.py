"""Every field that takes an address, in every form that an address of something inside can be written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reel.control.library import Library
from reel.control.stores import this_library
from reel.generate.inspecting import Inspector
from reel.make.worker import this_worker
from tests.fetch.conftest import configure
from tests.fetch.test_addresses import BYPASSES, INSIDE_NAMES, connections, names

__all__ = ["configure", "connections", "names"]

FORMS = (
    *BYPASSES,
    "http://[::ffff:0:127.0.0.1]/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://127.0.0.1:22/",
    "https://cdn.example:22/",
    "file://127.0.0.1/etc/passwd",
    "ftp://cdn.example/a.mp4",
    "gopher://127.0.0.1:6379/_INFO",
)
NAMED = tuple(form for form in FORMS if form.split("/")[2] in (*INSIDE_NAMES, "public.example..."))
"""Forms that are good names: that they lead inside shows when they are looked up."""

REQUESTS: dict[str, Any] = {
    "encode": lambda at: {
        "kind": "encode",
        "asset": at,
        "webhook": {"url": at},
        "outputs": [
            {
                "type": "ladder",
                "audio": [{"asset": at}],
                "subtitles": [{"asset": at, "language": "en"}],
                "encryption": {"key": at, "uri": "https://keys.example/1"},
            },
            {"type": "pictures", "upload": at},
        ],
    },
    "mixer": lambda at: {"kind": "mixer", "clips": [at, {"asset": at, "in": 1}], "audio": {"soundtrack": at}},
    "slideshow": lambda at: {
        "kind": "slideshow",
        "images": [at],
        "music": at,
        "frame": {"asset": at},
        "atmosphere": {"asset": at},
    },
    "multicam": lambda at: {"kind": "multicam", "sources": [at], "switches": [{"at": 0, "source": 0}], "end": 1},
    "template": lambda at: {
        "kind": "template",
        "variables": {"A": {"type": "asset"}},
        "data": {"A": at},
        "timeline": {
            "tracks": [{"clips": [{"type": "video", "asset": "{{A}}"}, {"type": "image", "asset": at, "duration": 1}]}]
        },
    },
}
"""Requests with an address in every field that takes one."""


@pytest.fixture(autouse=True)
def library(configure, tmp_path: Path, desk) -> Library:
    configure(library=tmp_path / "library")
    with desk.catalogue.operator() as everybody:
        everybody.set_tenant("acme", webhook_hosts=["cdn.example"])
    return Library(desk.catalogue, this_library())


def test_sixty_forms() -> None:
    assert len(set(FORMS)) >= 60


@pytest.mark.parametrize("kind", REQUESTS)
def test_good_addresses_have_nothing_wrong(as_, kind: str) -> None:
    answer = as_().post("/v1/generations/validate", json={"request": REQUESTS[kind]("https://cdn.example/a.mp4")})
    assert answer.json()["errors"] == []


@pytest.mark.parametrize("kind", REQUESTS)
def test_requests(as_, kind: str, connections) -> None:
    client = as_()
    good = client.post("/v1/generations/validate", json={"request": REQUESTS[kind]("https://cdn.example/a.mp4")}).json()
    fields = {*good["unknown"], *(["webhook.url"] if kind == "encode" else [])}
    for form in sorted({*FORMS} - {*NAMED}):
        told = client.post("/v1/generations/validate", json={"request": REQUESTS[kind](form)}).json()
        places = {each["place"] for each in told["errors"]}
        assert fields <= places, (form, fields - places)
    assert connections == []


@pytest.mark.parametrize("form", sorted({*FORMS} - {*NAMED}))
def test_addresses_that_are_kept(as_, form: str, connections) -> None:
    """Of assets to be fetched, and of webhooks: refused before anything is kept."""
    for path in ("/v1/assets", "/v1/webhooks"):
        answer = as_().post(path, json={"url": form})
        assert (answer.status_code, answer.json()["problems"][0]["place"]) == (422, "url"), path
    assert connections == []


@pytest.mark.parametrize("form", NAMED)
def test_names_that_lead_inside(as_, form: str, library: Library, connections, names) -> None:
    """They are refused when they are looked up, and nobody is asked."""
    names |= INSIDE_NAMES
    client = as_()
    asset = client.post("/v1/assets", json={"url": form})
    if asset.status_code == 202:
        while Inspector(library, this_worker()).look():
            pass
        assert client.get(asset.headers["Location"]).json()["state"] == "refused"
    webhook = client.post("/v1/webhooks", json={"url": form})
    if webhook.status_code == 201:
        assert client.post(f"/v1/webhooks/{webhook.json()['id']}/test").json()["accepted"] is False
    assert {asset.status_code, webhook.status_code} <= {201, 202, 422}
    assert connections == []
