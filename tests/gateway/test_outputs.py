"""Outputs: fetched with a key and by signed links, whole and in parts, from a folder and from a bucket."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from email.message import Message
from email.parser import BytesParser
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from reel.report.html import script_source
from tests.gateway.conftest import key_of
from tests.gateway.delivering import delivered, put

VIDEO = bytes(range(256)) * 4000
FILES = {
    "variant-001.mp4": VIDEO,
    'für 日本 "1".jpg': b"jpeg",
    "variant-001/ladder/master.m3u8": b"#EXTM3U\nrung-1/video.m3u8\n",
    "variant-001/ladder/rung-1/video.m3u8": b"#EXTM3U\nvideo.cmaf\n",
    "variant-001/ladder/rung-1/video.cmaf": b"cmaf" * 100,
    "variant-001/ladder/manifest.mpd": b"<MPD/>",
    "empty.txt": b"",
}
NAME = "variant-001.mp4"
DIGEST = hashlib.sha256(VIDEO).hexdigest()


@pytest.fixture
def deliver(desk, tmp_path):
    """Makes a generation that is done, with its files where they belong."""

    def made(tenant="acme", files=FILES, **told):
        id_ = delivered(desk.catalogue, desk.stores.outputs, tmp_path, files, tenant=tenant, **told)
        put(desk.stores.outputs, tmp_path, f"{tenant}/{id_}/report.html", b"<p>report</p>")
        return id_

    return made


@pytest.fixture
def id_(deliver):
    return deliver()


def path_of(id_, name=NAME):
    return f"/v1/generations/{id_}/outputs/{quote(name)}"


def linked(as_, id_, output=NAME, **wanted):
    answer = as_().post(f"/v1/generations/{id_}/links", json={"output": output, **wanted})
    assert answer.status_code == 201, answer.text
    parts = urlsplit(answer.json()["url"])
    assert f"{parts.scheme}://{parts.netloc}" == "http://testserver"
    return parts.path


@pytest.mark.parametrize("name", FILES)
def test_what_was_published_is_fetched(as_, id_, name):
    answer = as_("acme", "viewer").get(path_of(id_, name))
    assert (answer.status_code, answer.content) == (200, FILES[name])
    assert answer.headers["content-length"] == str(len(FILES[name]))
    assert answer.headers["etag"] == f'"{hashlib.sha256(FILES[name]).hexdigest()}"'
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        (NAME, "video/mp4"),
        ("variant-001/ladder/master.m3u8", "application/vnd.apple.mpegurl"),
        ("variant-001/ladder/manifest.mpd", "application/dash+xml"),
        ("empty.txt", "text/plain; charset=utf-8"),
        ("report.html", "text/html; charset=utf-8"),
    ],
)
def test_its_type(as_, id_, name, type_):
    assert as_().get(path_of(id_, name)).headers["content-type"] == type_


def test_files_run_nothing(as_, id_):
    answer = as_().get(path_of(id_, "empty.txt"))
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_of_the_report_the_script_that_we_wrote_runs_and_no_other(as_, id_):
    answer = as_().get(path_of(id_, "report.html"))
    assert answer.content == b"<p>report</p>"
    sandbox, *rules = answer.headers["content-security-policy"].split("; ")
    assert (sandbox, rules[0]) == ("sandbox allow-scripts", "default-src 'none'")
    assert [rule for rule in rules if rule.startswith("script-src")] == [f"script-src {script_source()}"]
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'


def test_its_name_is_kept_whatever_its_letters(as_, id_):
    for query, how in (("", "inline"), ("?download=1", "attachment")):
        said = as_().get(path_of(id_, 'für 日本 "1".jpg') + query).headers["content-disposition"]
        header = Message()
        header["Content-Disposition"] = said
        assert header.get_content_disposition() == how
        assert header.get_filename() == 'für 日本 "1".jpg'


def test_head_says_what_get_would(as_, id_):
    client = as_()
    head, get = client.head(path_of(id_)), client.get(path_of(id_))
    assert head.content == b""
    told = ("content-length", "content-type", "etag", "last-modified", "cache-control", "content-disposition")
    assert {name: head.headers[name] for name in told} == {name: get.headers[name] for name in told}


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (500_000, 600_001), (1_023_999, 1_024_000), (0, 1_024_000)])
def test_a_part(as_, id_, start, stop):
    answer = as_().get(path_of(id_), headers={"Range": f"bytes={start}-{stop - 1}"})
    assert (answer.status_code, answer.content) == (206, VIDEO[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(VIDEO)}"
    assert answer.headers["content-length"] == str(stop - start)


def test_several_parts(as_, id_):
    answer = as_().get(path_of(id_), headers={"Range": "bytes=0-9,1000-1999,-5"})
    assert answer.status_code == 206
    assert answer.headers["content-length"] == str(len(answer.content))
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts: Any = BytesParser().parsebytes(head + answer.content).get_payload()
    assert [(part["content-type"], part["content-range"]) for part in parts] == [
        ("video/mp4", f"bytes {said}/1024000") for said in ("0-9", "1000-1999", "1023995-1023999")
    ]
    for content in (VIDEO[:10], VIDEO[1000:2000], VIDEO[-5:]):
        assert b"\r\n\r\n" + content + b"\r\n--" in answer.content


def test_no_such_part(as_, id_):
    answer = as_().get(path_of(id_), headers={"Range": "bytes=1024000-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1024000"
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_known_is_not_sent_again(as_, id_):
    client = as_()
    put = client.head(path_of(id_)).headers["last-modified"]
    for headers in ({"If-None-Match": f'"{DIGEST}"'}, {"If-Modified-Since": put}):
        answer = client.get(path_of(id_), headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == f'"{DIGEST}"'


def test_a_download_goes_on_where_it_broke_off(as_, id_):
    said = {"Range": "bytes=1000-", "If-Range": f'"{DIGEST}"'}
    assert as_().get(path_of(id_), headers=said).content == VIDEO[1000:]
    other = as_().get(path_of(id_), headers={**said, "If-Range": '"other"'})
    assert (other.status_code, len(other.content)) == (200, len(VIDEO))


@pytest.mark.parametrize(
    "name",
    [
        "nothing.mp4",
        "%2e%2e",
        "%2e%2e/secret",
        "variant-001",
        "variant-001/",
        ".hidden",
        "a//b",
        "\\",
        "x" * 300,
        "%00",
    ],
)
def test_what_is_not_there(as_, id_, name):
    answer = as_().get(f"/v1/generations/{id_}/outputs/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_nobody_elses_and_nothing_unfinished(as_, deliver, id_):
    unfinished = deliver(upto="saving")
    for client, which in ((as_("theirs"), id_), (as_(), unfinished), (as_(), "nothing")):
        for path in (path_of(which), f"/v1/generations/{which}/outputs.zip", path_of(which, "report.html")):
            assert client.get(path).status_code == 404
            assert client.head(path).status_code == 404
        assert client.post(f"/v1/generations/{which}/links", json={"output": NAME}).status_code == 404
    assert as_(None).get(path_of(id_)).status_code == 401


def test_what_was_removed_is_gone(as_, id_):
    link = linked(as_, id_)
    assert as_().delete(f"/v1/generations/{id_}").status_code == 204
    assert as_().get(path_of(id_)).status_code == as_(None).get(link).status_code == 404


class TestOnce:
    """A generation that is removed when all of it was fetched."""

    @pytest.fixture
    def id_(self, deliver):
        return deliver(files={"a.mp4": VIDEO, "b.jpg": b"jpeg"}, once=True)

    def known(self, as_, id_):
        return as_().get(f"/v1/generations/{id_}").status_code == 200

    def test_file_by_file(self, as_, id_):
        as_().get(path_of(id_, "a.mp4"))
        assert self.known(as_, id_)
        assert as_().get(path_of(id_, "a.mp4")).content == VIDEO, "until then, as often as you like"
        as_().get(path_of(id_, "b.jpg"))
        assert not self.known(as_, id_)
        assert as_().get(path_of(id_, "a.mp4")).status_code == 404

    def test_all_in_one(self, as_, id_):
        assert as_().get(f"/v1/generations/{id_}/outputs.zip").status_code == 200
        assert not self.known(as_, id_)

    def test_by_a_link(self, as_, id_):
        as_(None).get(linked(as_, id_, None))
        assert not self.known(as_, id_)

    @pytest.mark.parametrize(
        ("headers", "fetched"),
        [
            ({"Range": "bytes=0-"}, False),
            ({"Range": "bytes=1000-"}, False),
            ({"Range": "bytes=1000-2000", "If-Range": f'"{DIGEST}"'}, False),
            ({"Range": "bytes=1000-", "If-Range": f'"{DIGEST}"'}, True),
            ({"Range": "bytes=1000-", "If-Range": '"other"'}, True),
            ({"If-None-Match": f'"{DIGEST}"'}, False),
        ],
    )
    def test_what_counts(self, as_, id_, headers, fetched):
        """A player's seeking does not, a download that goes on where it broke off does."""
        as_().get(path_of(id_, "b.jpg"))
        as_().head(path_of(id_, "a.mp4"))
        as_().get(path_of(id_, "a.mp4"), headers=headers)
        assert self.known(as_, id_) != fetched

    def test_others_stay(self, as_, deliver):
        other = deliver()
        as_().get(f"/v1/generations/{other}/outputs.zip")
        assert self.known(as_, other)


class TestLinks:
    def test_it_needs_no_key(self, as_, id_):
        answer = as_(None).get(linked(as_, id_))
        assert (answer.status_code, answer.content) == (200, VIDEO)
        assert answer.headers["cache-control"] == "public, max-age=3600, immutable"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert as_(None).head(linked(as_, id_)).headers["content-length"] == "1024000"
        part = as_(None).get(linked(as_, id_), headers={"Range": "bytes=-4"})
        assert (part.status_code, part.content) == (206, VIDEO[-4:])

    def test_it_ends(self, as_, id_, clock):
        link = linked(as_, id_, seconds=60)
        clock.now += timedelta(seconds=59)
        assert as_(None).get(link).status_code == 200
        clock.now += timedelta(seconds=2)
        answer = as_(None).get(link)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "link-ended")
        assert answer.json()["title"] == "The link has ended"

    def test_it_may_be_saved(self, as_, id_):
        assert as_(None).get(linked(as_, id_, download=True)).headers["content-disposition"].startswith("attachment")
        assert as_(None).get(linked(as_, id_)).headers["content-disposition"].startswith("inline")

    def test_a_player_fetches_what_a_playlist_names(self, as_, id_):
        link = linked(as_, id_, "variant-001/ladder/master.m3u8")
        player = as_(None)
        folder = link.rpartition("/")[0]
        for name in ("master.m3u8", "rung-1/video.m3u8", "rung-1/video.cmaf", "manifest.mpd"):
            assert player.get(f"{folder}/{name}").content == FILES[f"variant-001/ladder/{name}"]
        assert player.get(f"{folder}/rung-1/video.cmaf", headers={"Range": "bytes=4-7"}).content == b"cmaf"
        for outside in ("../../variant-001.mp4", "../../report.html", "nothing.cmaf"):
            assert player.get(f"{folder}/{outside}").status_code == 404

    def test_it_opens_nothing_else(self, as_, deliver, id_):
        other, theirs = deliver(), deliver("theirs")
        link = linked(as_, id_)
        for path in (
            link.replace(id_, other),
            link.replace("/acme/", "/theirs/").replace(id_, theirs),
            link.replace("/acme/", "/ACME/"),
            link.replace(NAME, "report.html"),
            link[:4] + ("A" if link[4] != "A" else "B") + link[5:],
            f"/d/x/acme/{id_}/{NAME}",
            f"/d/{'A' * 31}/acme/{id_}.zip",
            link.replace(f"/{NAME}", ".zip"),
        ):
            answer = as_(None).get(path)
            assert answer.status_code == 404, path
            assert "detail" in answer.json()

    def test_who_guesses_is_told_the_same_whatever_is_there(self, as_, id_):
        there, not_there = (as_(None).get(f"/d/{'A' * 31}/acme/{which}/{NAME}").json() for which in (id_, "nothing"))
        assert there["detail"] == not_there["detail"]

    def test_a_viewer_makes_none(self, as_, id_):
        assert as_("acme", "viewer").post(f"/v1/generations/{id_}/links", json={}).status_code == 403

    @pytest.mark.parametrize("seconds", [0, 59, 604_801, "a", None])
    def test_how_long(self, as_, id_, seconds):
        answer = as_().post(f"/v1/generations/{id_}/links", json={"output": NAME, "seconds": seconds})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["place"] == "seconds"

    def test_a_generation_tells_links_to_its_outputs(self, as_, id_):
        outputs = {each["name"]: each["url"] for each in as_().get(f"/v1/generations/{id_}").json()["outputs"]}
        assert outputs.keys() == FILES.keys()
        for name, url in outputs.items():
            assert as_(None).get(url).content == FILES[name]


class TestArchive:
    def test_all_in_one(self, as_, id_):
        answer = as_("acme", "viewer").get(f"/v1/generations/{id_}/outputs.zip")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{id_}.zip"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert {name: archive.read(name) for name in archive.namelist()} == FILES
        head = as_().head(f"/v1/generations/{id_}/outputs.zip")
        assert head.headers["content-length"] == answer.headers["content-length"]
        known = as_().get(f"/v1/generations/{id_}/outputs.zip", headers={"If-None-Match": head.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")

    def test_its_parts_cannot_be_asked_for(self, as_, id_):
        answer = as_().get(f"/v1/generations/{id_}/outputs.zip", headers={"Range": "bytes=0-1"})
        assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")

    def test_by_a_link(self, as_, id_):
        link = linked(as_, id_, None)
        assert link.endswith(f"/{id_}.zip")
        assert zipfile.ZipFile(io.BytesIO(as_(None).get(link).content)).testzip() is None
        assert as_(None).get(link.replace(".zip", f"/{NAME}")).content == VIDEO

    def test_it_leaves_nothing_behind(self, as_, id_, tmp_path):
        before = {path for path in tmp_path.rglob("*") if path.is_file()}
        as_().get(f"/v1/generations/{id_}/outputs.zip")
        after = {path for path in tmp_path.rglob("*") if path.is_file()}
        assert {path for path in after - before if "catalogue.db" not in path.name} == set()


def test_a_file_that_is_gone_breaks_off(desk, deliver, tmp_path):
    """What was announced does not come: the client must see that."""
    id_ = deliver()
    (tmp_path / "outputs" / "acme" / id_ / NAME).write_bytes(VIDEO[:1000])
    client = TestClient(create_app(desk), headers={"Authorization": f"Bearer {key_of(desk)}"})
    answer = client.get(path_of(id_))
    assert (answer.headers["content-length"], len(answer.content)) == ("1024000", 1000)
    archive = client.get(f"/v1/generations/{id_}/outputs.zip")
    assert len(archive.content) < int(archive.headers["content-length"])
