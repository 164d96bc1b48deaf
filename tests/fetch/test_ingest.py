"""Taking assets from the web into the store, and what of their names is shown afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reel.errors import BadMedia
from reel.find.ingest import fetch_asset, ingest
from reel.generate.render import render
from reel.kinds.read import read_request
from reel.make.worker import Worker, make_worker
from reel.plan.plan import short_name
from reel.settings import settings
from reel.values import public_document, public_name
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.fetch.conftest import Configure
from tests.web import Page, WebServer

TAG = {"ETag": '"one"', "Content-Type": "video/mp4"}


@pytest.fixture
def worker(configure: Configure, tmp_path: Path) -> Worker:
    configure(home=str(tmp_path / "home"))
    return make_worker(settings())


@pytest.mark.parametrize(
    ("asset", "shown"),
    [
        ("https://a.example/b.mp4?X-Amz-Signature=secret", "https://a.example/b.mp4"),
        ("https://user:secret@a.example/b.mp4#secret", "https://a.example/b.mp4"),
        ("https://us@er:secret@a.example/b@c.mp4", "https://a.example/b@c.mp4"),
        ("HTTP://user@a.example?secret", "HTTP://a.example"),
        ("https:/a.example/b?secret", "https:/a.example/b"),
        ("https://a.example/b", "https://a.example/b"),
        ("s3://bucket/a?b#c.mp4", "s3://bucket/a?b#c.mp4"),
        ("was?#.mp4", "was?#.mp4"),
        ("file:///a@b%3F", "file:///a@b%3F"),
        ("", ""),
    ],
)
def test_names_that_are_shown(asset: str, shown: str) -> None:
    assert public_name(asset) == shown


@pytest.mark.parametrize(
    ("asset", "short"),
    [
        ("https://a.example/clips/b.mp4?path=/secret", "b.mp4"),
        ("https://user:secret@a.example/?secret", "a.example"),
        ("clips/b.mp4", "b.mp4"),
        ("/", "/"),
    ],
)
def test_short_names(asset: str, short: str) -> None:
    assert short_name(asset) == short


def test_documents_that_are_shown() -> None:
    document = {"clips": [{"asset": "https://a/b?secret", "in": 1.5}, "https://u:secret@a/c"], "seed": 0, "text": None}
    assert public_document(document) == {
        "clips": [{"asset": "https://a/b", "in": 1.5}, "https://a/c"],
        "seed": 0,
        "text": None,
    }


def test_an_asset_is_downloaded_once(server: WebServer, worker: Worker) -> None:
    """Many fields, several names, one content: one body is sent for each address, one asset is kept."""
    server.pages |= {path: [Page(b"content", headers=TAG)] for path in ("/a", "/b")}
    names = [server.url("/a?X-Amz-Signature=1")] * 6 + [server.url("/b")] * 2
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda name: fetch_asset("clips[0].asset", name, Path("/"), worker), names))
    assert len(found) == 1
    assert len(list(worker.store.keys("asset"))) == 1
    whole = [seen for seen in server.seen if "if-none-match" not in seen.headers]
    assert sorted(seen.path for seen in whole) == ["/a?X-Amz-Signature=1", "/b"]


def test_what_the_store_lost_is_downloaded_again(server: WebServer, worker: Worker) -> None:
    server.pages["/a"] = [Page(b"content", headers=TAG)]
    sha256 = fetch_asset("clips[0].asset", server.url("/a"), Path("/"), worker)
    worker.store.forget(sha256, "asset")
    assert fetch_asset("clips[0].asset", server.url("/a"), Path("/"), worker) == sha256
    assert worker.store.find(sha256, "asset")


def test_all_that_is_wrong_is_told_at_once(server: WebServer, worker: Worker) -> None:
    server.pages["/text"] = [Page(b"no video", headers={"Content-Type": "video/mp4"})]
    reading = read_request({"kind": "mixer", "clips": [server.url("/gone?secret"), server.url("/text?secret")]})
    with pytest.raises(BadMedia) as caught:
        ingest(reading, Path("/"), worker)
    assert [problem.place[:14] for problem in caught.value.problems] == ["clips[0].asset", "clips[1].asset"]
    assert "secret" not in str(caught.value)


def test_a_video_of_clips_from_the_web(server: WebServer, worker: Worker, make_clip: MakeClip) -> None:
    clip = make_clip(Clip(size=(160, 90), seconds=1))
    server.pages["/clip.mp4"] = [Page(clip.read_bytes(), headers=TAG)]
    request: dict[str, Any] = {"kind": "mixer", "clips": [server.url("/clip.mp4?signature=secret"), str(clip)]}
    request |= {"resolution": "480p", "aspect": "16:9"}
    report = render(request, worker=worker, generation="web")
    assert report.request["clips"][0]["asset"] == server.url("/clip.mp4")
    outputs = settings().outputs_folder.rglob("*")
    published = [path for path in outputs if path.suffix in (".json", ".html")]
    assert {path.name for path in published} == {"manifest.json", "report.json", "report.html"}
    assert not any(b"secret" in path.read_bytes() for path in published)
    steps = Path(settings().store_location).rglob("manifest.json")
    assert not any(b"secret" in path.read_bytes() for path in steps)


@pytest.mark.parametrize(
    ("name", "data", "request_", "place", "what"),
    [
        (
            "a.srt",
            b"1\n00:00:00,000 --> 00:00:01,000\nHi\n",
            {"kind": "mixer"},
            "clips[0].asset",
            "a.srt: is a subtitle",
        ),
        ("a.mp4", b"no video" * 100, {"kind": "mixer"}, "clips[0].asset", "a.mp4: "),
        (
            "a.vtt",
            b"WEBVTT\n\n00:00.000 --> 00:bad\nHi\n",
            {"kind": "encode", "outputs": [{"type": "ladder", "subtitles": [{"asset": "a.vtt", "language": "en"}]}]},
            "outputs[0].subtitles[0].asset",
            "a.vtt, line 3: '00:00.000 --> 00:bad' is no pair of times",
        ),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(
    worker: Worker, make_clip: MakeClip, tmp_path: Path, name: str, data: bytes, request_: Any, place: str, what: str
) -> None:
    """By which programs know it; a name or a line behind it would be no field."""
    (tmp_path / name).write_bytes(data)
    media = {"asset": str(make_clip(Clip()))} if request_["kind"] == "encode" else {"clips": [name]}
    with pytest.raises(BadMedia) as raised:
        render({**request_, **media}, base=tmp_path, worker=worker)
    (problem,) = raised.value.problems
    assert problem.place == place
    assert problem.what.startswith(what)
    assert str(raised.value).startswith(f"{place}: {what}")
