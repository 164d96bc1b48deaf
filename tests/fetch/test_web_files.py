"""Downloading from servers that break off, lie, change their mind or say no."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reel.disk import require_space
from reel.errors import BadMedia, ReelError, Resource, Transient
from reel.fetch import DigestMemo, WebFile, fetch, unchanged, web_files
from tests.fetch.conftest import Configure
from tests.web import Page, WebServer, web_server

PLACE = "clips[2].asset"
CONTENT = os.urandom(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = os.urandom(2_000_000)
TAG = {"ETag": '"one"'}
OLD = {"Last-Modified": "Thu, 01 Jan 2026 11:00:00 GMT"}
"""An hour before the server's clock."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_files, "DELAYS", (0.0,))


@pytest.fixture
def memory(tmp_path: Path) -> DigestMemo:
    return DigestMemo(tmp_path / "memo")


def download(server: WebServer, to: Path, *pages: Page, memo: DigestMemo | None = None) -> tuple[str, int]:
    server.pages["/a.mp4"] = list(pages)
    return fetch(WebFile(server.url("/a.mp4?signature=secret")), to, PLACE, memo)


@pytest.mark.parametrize(
    "page",
    [
        Page(CONTENT),
        Page(CONTENT, chunked=True),
        Page(CONTENT, claims=-1),
        Page(CONTENT, headers={"Content-Type": "video/mp4", "Content-Encoding": "identity"}),
        Page(CONTENT, headers={"Content-Type": "application/octet-stream"}),
    ],
)
def test_a_copy_and_its_digest(server: WebServer, tmp_path: Path, page: Page) -> None:
    assert download(server, tmp_path / "to", page) == (SHA256, len(CONTENT))
    assert (tmp_path / "to").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("page", "kind", "says"),
    [
        (Page(status=401), BadMedia, "asks for a password: the server answers 401 (put a signed URL here)"),
        (Page(status=403), BadMedia, "may not be read: the server answers 403 (sign the URL anew"),
        (Page(status=404), BadMedia, "does not exist: the server answers 404"),
        (Page(status=410), BadMedia, "does not exist any more: the server answers 410"),
        (Page(status=400), BadMedia, "was not given: the server answers 400"),
        (Page(status=204, claims=-1), BadMedia, "was not given: the server answers 204"),
        (Page(status=304, claims=-1), BadMedia, "was not given: the server answers 304"),
        (Page(status=302), BadMedia, "was not given: the server answers 302"),
        (Page(CONTENT, status=206), BadMedia, "was not given: the server answers 206"),
        (Page(status=408), Transient, "the server answers 408"),
        (
            Page(status=429, headers={"Retry-After": "30"}),
            Transient,
            "answers 429; it asks to wait 30 s (try again later)",
        ),
        (Page(status=429, headers={"Retry-After": "a while"}), Transient, "answers 429 (try"),
        (Page(status=500), Transient, "the server answers 500"),
        (Page(status=502), Transient, "the server answers 502"),
        (Page(status=503), Transient, "the server answers 503"),
        (Page(b""), BadMedia, "is empty"),
        (Page(b"", chunked=True), BadMedia, "is empty"),
        (Page(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"}), BadMedia, "is no media but text/html"),
        (Page(b"{}", headers={"Content-Type": "application/json"}), BadMedia, "is no media but application/json"),
        (Page(b"x", headers={"Content-Encoding": "gzip"}), BadMedia, "is sent compressed (gzip)"),
        (
            Page(b"x" * 1001),
            BadMedia,
            "has 1,001 bytes or more, beyond the 1,000 that are allowed (REEL_MAX_ASSET_BYTES",
        ),
        (Page(b"x" * 1001, chunked=True), BadMedia, "beyond the 1,000 that are allowed"),
        (Page(CONTENT, chunked=True, cut=2_000_000), BadMedia, "beyond the 1,000 that are allowed"),
        (Page(b"x", claims=1 << 40), BadMedia, "has 1,099,511,627,776 bytes or more"),
        (Page(b"x", headers={"Content-Length": "7"}), Transient, "gave no answer: "),
        (Page(headers={"X": "x" * 200_000}), Transient, "gave no answer: "),
    ],
)
def test_answers_that_are_no_asset(
    server: WebServer, configure: Configure, tmp_path: Path, page: Page, kind: type[ReelError], says: str
) -> None:
    configure(max_asset_bytes=1000)
    with pytest.raises(ReelError) as caught:
        download(server, tmp_path / "to", page)
    assert type(caught.value) is kind
    (problem,) = caught.value.problems
    assert problem.place == PLACE
    assert problem.what.startswith(server.url("/a.mp4 "))
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(server.seen) == 1
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("headers", [TAG, OLD])
@pytest.mark.parametrize("claims", [None, len(CONTENT)])
def test_what_breaks_off_goes_on_from_there(
    server: WebServer, tmp_path: Path, headers: dict[str, str], claims: int | None
) -> None:
    cut = Page(CONTENT, headers=headers, cut=1_500_000, claims=claims)
    # After the first cut the server breaks once more, within the rest; and is out of order for a moment.
    pages = [cut, Page(CONTENT, headers=headers, cut=1_000_000), Page(status=503), Page(CONTENT, headers=headers)]
    assert download(server, tmp_path / "to", *pages) == (SHA256, len(CONTENT))
    assert (tmp_path / "to").read_bytes() == CONTENT
    asked = [(seen.headers.get("range"), seen.headers.get("if-range")) for seen in server.seen]
    condition = next(iter(headers.values()))
    assert asked[:2] == [(None, None), ("bytes=1500000-", condition)]
    assert asked[-2:] == [("bytes=2500000-", condition)] * 2


WEAK = {"ETag": 'W/"one"'}
YOUNG = {"Last-Modified": "Thu, 01 Jan 2026 11:59:30 GMT"}


@pytest.mark.parametrize(
    "again",
    [
        Page(OTHER, headers={"ETag": '"two"'}),
        Page(OTHER, headers=TAG, ranges=False),
        Page(OTHER),
    ],
)
def test_what_is_another_by_then_is_fetched_whole(server: WebServer, tmp_path: Path, again: Page) -> None:
    found = download(server, tmp_path / "to", Page(CONTENT, headers=TAG, cut=2_500_000), again)
    assert found == (hashlib.sha256(OTHER).hexdigest(), len(OTHER))
    assert (tmp_path / "to").read_bytes() == OTHER


@pytest.mark.parametrize("headers", [{}, WEAK, YOUNG, {"Last-Modified": "yesterday"}])
def test_without_a_sure_mark_nothing_is_pieced_together(
    server: WebServer, tmp_path: Path, headers: dict[str, str]
) -> None:
    pages = Page(CONTENT, headers=headers, cut=2_000_000), Page(OTHER, headers=headers)
    assert download(server, tmp_path / "to", *pages)[1] == len(OTHER)
    assert "range" not in server.seen[1].headers


@pytest.mark.parametrize(
    "wrong",
    [
        Page(CONTENT, headers=TAG, shifted=7),
        Page(CONTENT + b"more", headers=TAG),
        Page(CONTENT, headers=TAG, status=416, ranges=False),
    ],
)
def test_a_part_that_was_not_asked_for_is_not_taken(server: WebServer, tmp_path: Path, wrong: Page) -> None:
    pages = Page(CONTENT, headers=TAG, cut=1_500_000), wrong, Page(CONTENT, headers=TAG)
    assert download(server, tmp_path / "to", *pages) == (SHA256, len(CONTENT))
    assert (tmp_path / "to").read_bytes() == CONTENT
    assert "range" not in server.seen[2].headers


@pytest.mark.parametrize(
    "page",
    [
        Page(CONTENT, headers=TAG, cut=0),
        Page(CONTENT, headers=TAG, cut=1_000_000, ranges=False),
        Page(CONTENT, headers=TAG, cut=1_000_000, chunked=True, ranges=False),
        Page(CONTENT, headers=TAG, claims=len(CONTENT) + 1, ranges=False),
    ],
)
def test_a_server_that_always_breaks_off_is_given_up(server: WebServer, tmp_path: Path, page: Page) -> None:
    with pytest.raises(Transient, match="broke off: peer closed connection") as caught:
        download(server, tmp_path / "to", page)
    assert len(server.seen) <= 5
    assert "secret" not in str(caught.value)
    assert caught.value.problems[0].place == PLACE
    assert not (tmp_path / "to").exists()


def test_a_download_ends_with_the_time_allowed(server: WebServer, tmp_path: Path, configure: Configure) -> None:
    configure(fetch_seconds=0.3)
    with pytest.raises(Transient, match="the time allowed for it is over"):
        download(server, tmp_path / "to", Page(hangs=True))


def test_a_disk_without_room(server: WebServer, tmp_path: Path, configure: Configure) -> None:
    configure(min_free_bytes=1 << 60)
    with pytest.raises(Resource, match="3,000,000 bytes are needed"):
        download(server, tmp_path / "to", Page(CONTENT))


def test_memory_stays_bounded(server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No block that is held at once is larger than what a socket gives."""
    largest = 0

    def watch(folder: Path, needed: int) -> None:
        nonlocal largest
        if needed != len(CONTENT):
            largest = max(largest, needed)
        require_space(folder, needed)

    monkeypatch.setattr(web_files, "require_space", watch)
    download(server, tmp_path / "to", Page(CONTENT))
    assert 0 < largest <= 1 << 16


@pytest.mark.parametrize("headers", [TAG, OLD])
@pytest.mark.parametrize("conditions", [True, False])
def test_what_is_unchanged_is_known_without_its_bytes(
    server: WebServer, tmp_path: Path, memory: DigestMemo, headers: dict[str, str], conditions: bool
) -> None:
    page = Page(CONTENT, headers=headers, conditions=conditions)
    signed_anew = WebFile(server.url("/a.mp4?X-Amz-Signature=other&X-Amz-Date=later"))
    assert unchanged(signed_anew, PLACE, memory) is None
    assert server.seen == []
    server.pages["/a.mp4"] = [page]
    first = WebFile(server.url("/a.mp4?X-Amz-Signature=secret&X-Amz-Date=now"))
    assert fetch(first, tmp_path / "to", PLACE, memory)[0] == SHA256
    assert unchanged(signed_anew, PLACE, memory) == SHA256
    assert len(server.seen) == 2
    assert not any(b"secret" in entry.read_bytes() for entry in memory.folder.rglob("*.json"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TAG, Page(OTHER, headers={"ETag": '"two"'})),
        (TAG, Page(OTHER)),
        (TAG, Page(OTHER, headers=OLD)),
        (OLD, Page(OTHER, headers={"Last-Modified": "Thu, 01 Jan 2026 11:00:01 GMT"})),
        (OLD, Page(OTHER, headers=OLD, conditions=False)),
        (WEAK, Page(CONTENT, headers=WEAK)),
        (YOUNG, Page(CONTENT, headers=YOUNG)),
        ({}, Page(CONTENT)),
    ],
)
def test_what_may_have_changed_is_fetched_again(
    server: WebServer, tmp_path: Path, memory: DigestMemo, before: dict[str, str], after: Page
) -> None:
    download(server, tmp_path / "to", Page(CONTENT, headers=before), after, memo=memory)
    assert unchanged(WebFile(server.url("/a.mp4?signature=secret")), PLACE, memory) is None


def test_what_is_gone_is_told_though_it_is_remembered(server: WebServer, tmp_path: Path, memory: DigestMemo) -> None:
    download(server, tmp_path / "to", Page(CONTENT, headers=TAG), Page(status=403), memo=memory)
    with pytest.raises(BadMedia, match="may not be read"):
        unchanged(WebFile(server.url("/a.mp4")), PLACE, memory)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("?X-Amz-Signature=1&X-Amz-Date=2", "?X-Amz-Date=3&X-Amz-Signature=4", True),
        ("?X-Goog-Signature=1", "", True),
        ("?Expires=1&Signature=2&Key-Pair-Id=3", "?Expires=4&Signature=5&Key-Pair-Id=3", True),
        ("?sv=1&se=2&sr=b&sp=r&sig=3", "?sv=1&se=9&sr=b&sp=r&sig=8", True),
        ("#a", "#b", True),
        ("?id=1", "?id=2", False),
        ("?se=1", "?se=2", False),
        ("?versionId=1&X-Amz-Date=2", "?versionId=2&X-Amz-Date=2", False),
    ],
)
def test_signatures_do_not_tell_assets_apart(
    server: WebServer, tmp_path: Path, memory: DigestMemo, one: str, other: str, same: bool
) -> None:
    server.pages["/a.mp4"] = [Page(CONTENT, headers=TAG)]
    fetch(WebFile(server.url("/a.mp4" + one)), tmp_path / "to", PLACE, memory)
    assert (unchanged(WebFile(server.url("/a.mp4" + other)), PLACE, memory) == SHA256) == same


def test_many_threads_fetch_from_one_server(server: WebServer, tmp_path: Path, memory: DigestMemo) -> None:
    server.pages["/a.mp4"] = [Page(CONTENT, headers=TAG)]
    source = WebFile(server.url("/a.mp4"))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: fetch(source, tmp_path / f"{number}", PLACE, memory), range(16)))
    assert set(found) == {(SHA256, len(CONTENT))}


def test_a_server_that_is_gone_while_it_sends(tmp_path: Path, configure: Configure) -> None:
    with web_server() as server:
        configure(private_networks=True, web_ports=[server.port])
        server.pages["/a.mp4"] = [Page(CONTENT, headers=TAG, cut=1_500_000), Page(hangs=True)]
        configure(fetch_seconds=0.5)
        with pytest.raises(Transient):
            fetch(WebFile(server.url("/a.mp4")), tmp_path / "to", PLACE)
    assert not (tmp_path / "to").exists()
