"""Assets as people see them, and the form that takes them in."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from gateway.pages.multipart import opened
from gateway.problems import Refused
from reel.catalogue import NewAsset
from tests.fetch.conftest import configure
from tests.gateway.pages.conftest import Read

__all__ = ["configure"]

BYTES = bytes(range(256)) * 9000
MARKUP = "<img src=x onerror=alert(1)>.webm"


@pytest.fixture(autouse=True)
def library(configure, tmp_path):
    configure(library=tmp_path / "library", max_asset_bytes=len(BYTES))


def kept(desk, tenant="acme"):
    with desk.catalogue.tenant(tenant, only_reads=True) as records:
        return records.library()


def test_a_file_is_taken_in_whole(signed_in, desk, tmp_path):
    client = signed_in("acme", "member")
    answer = client.post("/pages/assets/upload", data={"folder": "summer/2026"}, files={"file": ("a b.webm", BYTES)})
    assert answer.status_code == 200
    assert "It is being looked at." in Read(answer.text).text
    (asset,) = kept(desk)
    assert (asset.name, asset.folder, asset.state, asset.bytes) == (
        "a b.webm",
        "summer/2026",
        "quarantined",
        len(BYTES),
    )
    stored = next(
        path for path in (tmp_path / "library").rglob("*") if path.is_file() and path.stat().st_size == len(BYTES)
    )
    assert hashlib.sha256(stored.read_bytes()).digest() == hashlib.sha256(BYTES).digest()


@pytest.mark.parametrize(
    ("files", "data", "status"),
    [
        ({"file": ("a.webm", BYTES + b"1")}, {}, 413),
        ({"file": ("a.webm", b"")}, {}, 422),
        ({"file": ("a.webm", b"1")}, {"folder": "../up"}, 422),
        ({"file": ("a.webm", b"1"), "more": ("b.webm", b"2")}, {}, 400),
        (None, {"folder": "a"}, 415),
    ],
)
def test_what_is_no_file_leaves_nothing(signed_in, desk, files, data, status):
    assert signed_in().post("/pages/assets/upload", data=data, files=files).status_code == status
    assert kept(desk) == []


def test_who_may_only_look_uploads_nothing(signed_in, desk):
    viewer = signed_in("acme", "viewer")
    assert viewer.post("/pages/assets/upload", files={"file": ("a.webm", b"1")}).status_code == 403
    assert not Read(viewer.get("/pages/assets").text).all("input", type="file")
    assert kept(desk) == []


def test_another_page_uploads_nothing(signed_in, desk):
    client = signed_in()
    client.headers["Origin"] = "https://evil.example"
    assert client.post("/pages/assets/upload", files={"file": ("a.webm", b"1")}).status_code == 403
    assert kept(desk) == []


def test_they_are_listed_by_name_and_folder_and_removed(signed_in, desk):
    for name, folder in (("one.webm", "summer"), (MARKUP, "")):
        with desk.catalogue.tenant("acme") as records:
            records.keep_asset(NewAsset(name=name, folder=folder), due=records.now())
    client = signed_in()
    assert {"one.webm", MARKUP} <= set(Read(client.get("/pages/assets").text).texts)
    summer = Read(client.get("/pages/assets?folder=summer&name=&state=").text)
    assert "one.webm" in summer.text
    assert MARKUP not in summer.text
    asset = next(each for each in kept(desk) if each.name == MARKUP)
    shown = Read(client.get(f"/pages/assets/{asset.id}").text)
    assert MARKUP in shown.text
    assert all("onerror" not in attributes for _, attributes in shown.elements)
    assert client.post(f"/pages/assets/{asset.id}/remove").url.path == "/pages/assets"
    assert [each.name for each in kept(desk)] == ["one.webm"]


HEAD = b'--b\r\nContent-Disposition: form-data; name="folder"\r\n\r\nx\r\n--b\r\n'
FILE = b'Content-Disposition: form-data; name="file"; filename="a%22b.mp4"\r\nContent-Type: video/mp4\r\n\r\n'


def read(body, step, length=None):
    """A form that comes in pieces of some bytes: its fields, its file, and how long that was said to be."""

    async def stream():
        for at in range(0, len(body), step):
            yield body[at : at + step]

    async def all_of_it():
        form = await opened(stream(), b"b", len(body) if length is None else length)
        return dict(form.fields), form.filename, form.size, b"".join([block async for block in form.file])

    return asyncio.run(all_of_it())


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
@pytest.mark.parametrize("content", [b"", b"1", b"\r\n", b"\r\n-b--\r\n--", b"\r\r\n--", b"\0" * 99])
def test_a_form_is_read_as_it_comes(step, content):
    assert read(HEAD + FILE + content + b"\r\n--b--\r\n", step) == ({"folder": "x"}, 'a"b.mp4', len(content), content)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b"--c\r\n" + FILE,
        HEAD,
        HEAD + FILE,
        HEAD + FILE + b"1234",
        HEAD + FILE + b"1\r\n--b--",
        HEAD + FILE + b"1\r\n--b\r\n" + FILE + b"2\r\n--b--\r\n",
        HEAD + FILE + b"1\r\n--b--\r\n\r\n--b--\r\n",
        HEAD + FILE + b"1\r\n--b\r\n" + HEAD[5:],
        b"--b\r\n" + b"a" * 20_000 + b"\r\n\r\n",
        HEAD[:-9] + b"y" * 20_000 + b"\r\n--b\r\n" + FILE,
        HEAD[:5] + HEAD[5:] * 30 + FILE,
    ],
)
def test_what_is_no_such_form_is_refused(body):
    with pytest.raises(Refused):
        read(body, 100)
