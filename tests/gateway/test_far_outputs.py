"""Outputs in a bucket: clients are sent there, players still play, and what is archived says so."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from gateway.addresses import gateway_at
from reel.buckets import Bucket
from reel.control.telling import addressed
from reel.settings import settings
from reel.store.s3 import S3Objects
from tests.gateway.test_outputs import DIGEST, FILES, NAME, VIDEO, deliver, id_, linked, path_of
from tests.moto import MotoServer, moto_server
from tests.s3 import CREDENTIALS
from tests.store.test_addresses import pem
from tests.waiting import wait_for

__all__ = ["deliver", "id_"]


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with moto_server() as running:
        running.make_bucket("reel")
        yield running


@pytest.fixture
def configure(monkeypatch, tmp_path):
    """Sets settings for the length of a test."""

    def told(**given: str) -> None:
        for name, value in given.items():
            monkeypatch.setenv(f"REEL_{name.upper()}", value)
        settings.cache_clear()

    yield told
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def desk(desk, moto, configure, monkeypatch, tmp_path):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    prefix = uuid.uuid4().hex
    configure(home=str(tmp_path), s3_endpoint=moto.endpoint, outputs=f"s3://reel/{prefix}")
    outputs = S3Objects(Bucket("reel", moto.endpoint), f"{prefix}/")
    return replace(desk, stores=replace(desk.stores, outputs=outputs))


@pytest.mark.parametrize("by", ["key", "link"])
def test_a_client_is_sent_to_the_bucket(as_, id_, by):
    client, path = (as_(), path_of(id_)) if by == "key" else (as_(None), linked(as_, id_, seconds=600))
    answer = client.get(path, headers={"Range": "bytes=0-9"}, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    there = httpx.get(answer.headers["location"], headers={"Range": "bytes=0-9"})
    assert (there.status_code, there.content) == (206, VIDEO[:10])
    assert there.headers["content-type"] == "video/mp4"
    expires = httpx.URL(answer.headers["location"]).params["X-Amz-Expires"]
    assert expires == ("3600" if by == "key" else "600"), "no longer than the link that led there"


def test_what_is_known_of_it_is_said_here(as_, id_):
    """A presigned link is for GET alone, and a 304 needs no bucket."""
    head = as_().head(path_of(id_), follow_redirects=False)
    assert (head.status_code, head.headers["content-length"], head.headers["etag"]) == (200, "1024000", f'"{DIGEST}"')
    known = as_().get(path_of(id_), headers={"If-None-Match": f'"{DIGEST}"'}, follow_redirects=False)
    assert known.status_code == 304
    assert as_().get(path_of(id_), headers={"Range": "bytes=2000000-"}, follow_redirects=False).status_code == 416


def test_a_player_gets_playlists_here_and_segments_there(as_, id_):
    link = linked(as_, id_, "variant-001/ladder/master.m3u8")
    folder, player = link.rpartition("/")[0], as_(None)
    for name in ("master.m3u8", "rung-1/video.m3u8", "manifest.mpd"):
        answer = player.get(f"{folder}/{name}", follow_redirects=False)
        assert (answer.status_code, answer.content) == (200, FILES[f"variant-001/ladder/{name}"])
    segment = player.get(f"{folder}/rung-1/video.cmaf", follow_redirects=False)
    assert segment.status_code == 302
    assert segment.headers["access-control-allow-origin"] == "*"
    assert httpx.get(segment.headers["location"]).content == FILES["variant-001/ladder/rung-1/video.cmaf"]


@pytest.mark.parametrize("by", ["page", "link"])
def test_a_report_is_read_here_and_what_it_shows_there(as_, id_, desk, by):
    """A signature of the bucket would open the page alone, and none of the videos beside it."""
    at = linked(as_, id_, "report.html")
    if by == "page":
        with desk.catalogue.tenant("acme", only_reads=True) as records:
            location = desk.stores.outputs.where(f"acme/{id_}/report.html")
            told = {"data": {"report_page": {"location": location}}}
            assert records.generation(id_)
        at = addressed(told, desk.clock(), gateway_at("", desk))["data"]["report_page"]["url"]
    answer = as_(None).get(at, follow_redirects=False)
    assert (answer.status_code, answer.content) == (200, b"<p>report</p>")
    assert "script-src" in answer.headers["content-security-policy"]
    beside = as_(None).get(f"{at.rpartition('/')[0]}/{NAME}", follow_redirects=False)
    assert (beside.status_code, httpx.get(beside.headers["location"]).content) == (302, VIDEO)


def test_all_in_one_archive(as_, id_):
    answer = as_().get(f"/v1/generations/{id_}/outputs.zip")
    assert answer.headers["content-length"] == str(len(answer.content))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_addresses_of_a_generation_lead_there(as_, id_, moto):
    outputs = {each["name"]: each["url"] for each in as_().get(f"/v1/generations/{id_}").json()["outputs"]}
    assert outputs[NAME].startswith(moto.endpoint)
    assert outputs["variant-001/ladder/master.m3u8"].startswith("http://testserver/d/")
    assert httpx.get(outputs[NAME]).content == VIDEO


@pytest.mark.parametrize("served", [{}, {"outputs_url": "https://media.example"}], ids=["bucket", "cdn"])
def test_what_is_removed_once_it_was_fetched_is_fetched_where_we_hear_of_it(as_, deliver, configure, desk, served):
    configure(**served)
    id_ = deliver(files={"a.mp4": VIDEO}, once=True)
    (told,) = as_().get(f"/v1/generations/{id_}").json()["outputs"]
    with desk.catalogue.tenant("acme") as records:
        payload = {
            "data": {"delete_after_download": True, "outputs": [{"location": records.output(id_, "a.mp4").location}]}
        }
    (event,) = addressed(payload, desk.clock(), gateway_at("http://testserver", desk))["data"]["outputs"]
    for url in (event["url"], told["url"]):
        assert url.startswith("http://testserver/d/")
        assert as_().get(f"/v1/generations/{id_}").status_code == 200
    assert as_(None).get(told["url"], follow_redirects=False).status_code == 302
    assert as_().get(f"/v1/generations/{id_}").status_code == 404


def test_a_cdn_that_serves_them_is_where_clients_go(as_, id_, configure, tmp_path):
    (tmp_path / "key.pem").write_bytes(pem())
    cdn = {"cloudfront_key_id": "K2JC", "cloudfront_key": str(tmp_path / "key.pem")}
    configure(outputs_url="https://media.example", **cdn)
    link = linked(as_, id_, "variant-001/ladder/master.m3u8").rpartition("/")[0]
    where = as_(None).get(f"{link}/rung-1/video.cmaf", follow_redirects=False).headers["location"]
    assert where.startswith(f"https://media.example/acme/{id_}/variant-001/ladder/rung-1/video.cmaf?Expires=")


class TestArchived:
    @pytest.fixture
    def id_(self, deliver, configure, moto, desk):
        configure(restore_days="7")
        moto.restores_after(9)
        id_ = deliver()
        desk.stores.outputs.move(f"acme/{id_}/{NAME}", "DEEP_ARCHIVE")
        return id_

    def test_it_says_so(self, as_, id_):
        for path in (path_of(id_), f"/v1/generations/{id_}/outputs.zip"):
            answer = as_().get(path, follow_redirects=False)
            assert answer.status_code == 409
            problem = answer.json()
            assert problem["type"].endswith("/archived")
            assert "must be restored first" in problem["detail"]
        assert as_().head(path_of(id_)).status_code == 200
        assert as_().get(path_of(id_, "variant-001/ladder/master.m3u8")).status_code == 200, "it alone is archived"

    def test_while_it_is_restored(self, as_, id_, desk):
        outputs, name = desk.stores.outputs, f"acme/{id_}/{NAME}"
        outputs.restore(name, 1)
        # The stand-in takes some looks to begin, too.
        wait_for(lambda: outputs.stat(name).availability == "restoring", "restoring")
        assert "it is being restored" in as_().get(path_of(id_), follow_redirects=False).json()["detail"]
