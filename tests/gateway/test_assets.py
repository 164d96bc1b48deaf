"""Assets, projects and frames over HTTP."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gateway.routes import frames
from reel.buckets import Bucket
from reel.catalogue import NewGeneration, Records
from reel.control.library import Library
from reel.control.previews import Picture, PreviewAway
from reel.control.stores import this_library
from reel.errors import BadMedia, InvalidRequest, Transient
from reel.generate.inspecting import Inspector
from reel.make.worker import this_worker
from reel.request.look import Look
from reel.store.s3 import S3Objects
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.control.test_backups import swift
from tests.fetch.conftest import configure
from tests.gateway.test_uploads import BYTES, TUS, begin, send
from tests.web import Page, put_to, web_server

__all__ = ["configure", "swift"]


@pytest.fixture(autouse=True)
def library(configure, tmp_path: Path, desk) -> Library:
    configure(library=tmp_path / "library")
    return Library(desk.catalogue, this_library())


def png(colour: str = "red") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(held, "PNG")
    return held.getvalue()


def look_at_all(library: Library) -> None:
    while Inspector(library, this_worker()).look():
        pass


def uploaded(client, library: Library, data: bytes, name: str = "a", **fields: str) -> dict[str, Any]:
    """An asset that was uploaded and looked at."""
    at = begin(client, len(data))
    assert send(client, at, 0, data).status_code == 204
    id_ = at.rpartition("/")[2]
    assert client.patch(f"/v1/assets/{id_}", json={"name": name, **fields}).status_code == 200
    look_at_all(library)
    found: dict[str, Any] = client.get(f"/v1/assets/{id_}").json()
    return found


class TestAssets:
    def test_what_is_told_of_a_video(self, as_, library, make_clip: MakeClip):
        data = make_clip(Clip(seconds=1.0, rotation=90)).read_bytes()
        found = uploaded(as_(), library, data, "clip.mov")
        assert found["state"] == "ready"
        assert found["use"] == f"asset:{found['id']}"
        assert (found["type"], found["width"], found["height"]) == ("video/mp4", 180, 320)
        assert (found["duration"], found["frame_rate"], found["has_sound"]) == (1.0, "30", True)
        assert found["sha256"] == hashlib.sha256(data).hexdigest()
        assert "object" not in found

    def test_a_picture_and_its_thumbnail(self, as_, library):
        client = as_()
        found = uploaded(client, library, png())
        assert (found["type"], found["duration"], found["frame_rate"]) == ("image/png", None, None)
        answer = client.get(found["thumbnail"])
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.content)).size[0] > 100
        again = client.get(found["thumbnail"], headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert as_("sued").get(found["thumbnail"]).status_code == 404

    def test_lists(self, as_, library):
        client = as_()
        a, b = uploaded(client, library, png(), "a", folder="x/y"), uploaded(client, library, png("blue"), "b")
        first = client.get("/v1/assets", params={"limit": 1}).json()
        rest = client.get("/v1/assets", params={"after": first["after"]}).json()
        ids = [each["id"] for each in first["assets"] + rest["assets"]]
        assert (sorted(ids), len(first["assets"])) == (sorted([a["id"], b["id"]]), 1)
        assert rest["after"] is None
        narrowed = {"folder": "x/y"}, {"name": "A"}, {"sha256": a["sha256"]}, {"state": "ready", "name": "a"}
        for query in narrowed:
            assert [each["id"] for each in client.get("/v1/assets", params=query).json()["assets"]] == [a["id"]]
        folders = client.get("/v1/assets/folders").json()["folders"]
        assert folders == [{"name": "x/y", "use": "folder:x/y", "assets": 1}]
        assert as_("sued").get("/v1/assets").json() == {"assets": [], "after": None}

    def test_what_is_always_there(self, as_):
        found = as_("acme", "viewer").get("/v1/assets/defaults").json()["assets"]
        assert {each["use"] for each in found} >= {"golden", "ornate-silver", "glitter-rain"}
        assert {each["state"] for each in found} == {"ready"}

    def test_from_an_address(self, as_, library, configure, tmp_path):
        with web_server() as server:
            configure(library=tmp_path / "library", private_networks=True, web_ports=[server.port])
            server.pages["/pictures/a.png"] = [Page(png())]
            wanted = {"url": server.url("/pictures/a.png?signature=secret"), "metadata": {"order": 7}}
            answer = as_().post("/v1/assets", json=wanted)
            assert (answer.status_code, answer.json()["state"]) == (202, "uploading")
            assert "secret" not in answer.text
            look_at_all(library)
        found = as_().get(answer.headers["Location"]).json()
        assert (found["state"], found["name"], found["metadata"]) == ("ready", "a.png", {"order": 7})

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]/", "x"]
    )
    def test_addresses_that_may_not_be_asked(self, as_, url):
        answer = as_().post("/v1/assets", json={"url": url})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["place"] == "url"

    def test_removed(self, as_, library):
        client = as_()
        found = uploaded(client, library, png())
        assert client.delete(f"/v1/assets/{found['id']}").status_code == 204
        assert client.get(f"/v1/assets/{found['id']}").status_code == 404
        assert list(library.objects.list("")) == []

    @pytest.mark.parametrize("role", ["viewer"])
    def test_who_may_only_read(self, as_, role):
        client = as_("acme", role)
        assert client.get("/v1/assets").status_code == 200
        for answer in (
            client.post("/v1/uploads", headers=TUS | {"Upload-Length": "1"}),
            client.patch("/v1/uploads/a", headers=BYTES),
            client.post("/v1/assets", json={"url": "https://a.example/"}),
            client.delete("/v1/assets/a"),
        ):
            assert answer.status_code == 403

    def test_parts_by_links(self, as_, configure, swift, desk, monkeypatch):
        objects = S3Objects(Bucket("reel", swift.endpoint), "gateway/")
        monkeypatch.setattr("gateway.keeping.this_library", lambda: objects)
        client, data = as_(), png() + b"\0" * (9 << 20)
        begun = client.post("/v1/assets/multipart", json={"name": "a.png", "bytes": len(data)}).json()
        at, size = f"/v1/assets/{begun['asset']['id']}", begun["part_bytes"]
        numbers = list(range(1, begun["parts"] + 1))
        links = client.post(f"{at}/parts", json={"parts": numbers}).json()["links"]
        assert client.post(f"{at}/complete").status_code == 422
        for link in links:
            start = (link["part"] - 1) * size
            assert put_to(link["url"], data[start : start + size]) == 200
        with monkeypatch.context() as lost:
            lost.setattr(Records, "arrived", _dies)
            with pytest.raises(LookupError):
                Library(desk.catalogue, objects).complete("acme", begun["asset"]["id"])
        assert client.post(f"{at}/complete").json()["state"] == "quarantined"
        assert client.post(f"{at}/complete").json()["state"] == "quarantined", "the answer may have been lost"
        look_at_all(Library(desk.catalogue, objects))
        assert client.post(f"{at}/complete").json()["state"] == "ready"
        assert as_("other").post(f"{at}/complete").status_code == 404
        assert client.get(at).json()["sha256"] == hashlib.sha256(data).hexdigest()

    def test_no_links_into_a_folder(self, as_):
        answer = as_().post("/v1/assets/multipart", json={"name": "a", "bytes": 9})
        assert answer.status_code == 422
        assert "tus" in answer.text


def _dies(*_: Any) -> None:
    raise LookupError


class TestProjects:
    def test_made_changed_and_removed(self, as_, library):
        client = as_()
        a, b = (uploaded(client, library, png(colour))["id"] for colour in ("red", "blue"))
        made = client.post("/v1/projects", json={"id": "films", "title": "Films", "assets": [b, a]})
        assert (made.status_code, made.json()["use"]) == (201, "project:films")
        assert [each["id"] for each in made.json()["assets"]] == [b, a]
        changed = client.patch("/v1/projects/films", json={"assets": [a], "settings": {"aspect": "1:1"}}).json()
        assert ([each["id"] for each in changed["assets"]], changed["title"]) == ([a], "Films")
        assert [each["assets"] for each in client.get("/v1/projects").json()["projects"]] == [1]
        assert client.delete("/v1/projects/films").status_code == 204
        assert client.get("/v1/projects/films").status_code == 404
        assert client.get(f"/v1/assets/{a}").status_code == 200

    def test_a_setting_that_no_request_knows(self, as_):
        client = as_()
        assert (
            client.post("/v1/projects", json={"id": "films", "settings": {"variants": 2, "zoom": {}}}).status_code
            == 201
        )
        wrong = {"settings": {"resoluton": "360p", "wibble": 1, "aspect": "1:1"}}
        for method, path, body in (("POST", "", {"id": "shows", **wrong}), ("PATCH", "/films", wrong)):
            answer = client.request(method, f"/v1/projects{path}", json=body)
            assert answer.status_code == 422
            assert [(each["place"], each["remedy"]) for each in answer.json()["problems"]] == [
                ("settings.resoluton", "did you mean `resolution`?"),
                ("settings.wibble", "remove it"),
            ]

    def test_a_setting_whose_value_no_kind_takes(self, as_):
        wrong = {
            "resolution": "361p",
            "variants": 0,
            "zoom": {"to": "x"},
            "outputs": [{"type": "vdeo"}],
            "aspect": "9:16",
        }
        answer = as_().post("/v1/projects", json={"id": "films", "settings": wrong})
        assert answer.status_code == 422
        places = [each["place"] for each in answer.json()["problems"]]
        assert places == ["settings.resolution", "settings.variants", "settings.zoom.to", "settings.outputs[0].type"]
        assert "did you mean `360p`?" in answer.json()["problems"][0]["remedy"]

    def test_the_generations_of_a_project(self, as_, desk):
        client = as_()
        with desk.catalogue.tenant("acme") as records:
            ids = [
                records.add(NewGeneration(kind="mixer", request={"kind": "mixer"}, project="films"))[0].id for _ in "ab"
            ]
        assert client.delete(f"/v1/generations/{ids[0]}").status_code == 204
        (made,) = client.get("/v1/projects/films").json()["generations"]
        assert (made["id"], made["kind"], made["status"]) == (ids[1], "mixer", "queued")

    def test_anothers_assets_and_projects(self, as_, library):
        mine = uploaded(as_(), library, png())["id"]
        as_().post("/v1/projects", json={"id": "films"})
        other = as_("sued")
        assert other.post("/v1/projects", json={"id": "films", "assets": [mine]}).status_code == 422
        assert other.get("/v1/projects").json() == {"projects": []}
        for method in ("GET", "PATCH", "DELETE"):
            assert other.request(method, "/v1/projects/films", json={}).status_code == 404


class TestFrames:
    @pytest.fixture
    def asked(self, monkeypatch) -> list[Any]:
        asked: list[Any] = []

        def answer(*question: Any) -> Picture:
            asked.append(question)
            return Picture(b"jpeg", "k" * 64, ("odd",))

        monkeypatch.setattr(frames, "ask_frame", answer)
        return asked

    def test_what_the_preview_process_is_asked(self, as_, asked):
        answer = as_("acme", "viewer").post("/v1/frame", json={"request": {"kind": "x"}, "at": 1.5, "scale": 0.5})
        assert (answer.content, answer.headers["Content-Type"]) == (b"jpeg", "image/jpeg")
        assert answer.headers["ETag"] == f'"{"k" * 64}"'
        as_().post("/v1/contact-sheet", json={"request": {}, "variant": 3})
        assert asked == [
            ("acme", {"kind": "x"}, Look(frame=1.5, scale=0.5)),
            ("acme", {}, Look(pictures=9, variant=3)),
        ]

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (InvalidRequest.at("clips[0]", "is wrong"), 422),
            (BadMedia.at("clips[0].asset", "is broken"), 422),
            (PreviewAway.at("frame", "no frames are shown at present"), 503),
            (Transient.at("frame", "took more than 30 s"), 503),
        ],
    )
    def test_what_goes_wrong(self, as_, monkeypatch, error, status):
        def fail(*_: Any) -> None:
            raise error

        monkeypatch.setattr(frames, "ask_frame", fail)
        answer = as_().post("/v1/frame", json={"request": {}})
        assert (answer.status_code, "Retry-After" in answer.headers) == (status, status == 503)

    @pytest.mark.parametrize(
        ("path", "inside", "field"), [("frame", "preview.frame", "at"), ("contact-sheet", "variants", "variant")]
    )
    def test_what_is_wrong_with_a_field_of_its_own_is_told_by_that(self, as_, monkeypatch, path, inside, field):
        def wrong(*_: Any) -> None:
            raise InvalidRequest.at(inside, "9 are too many", "ask for fewer")

        monkeypatch.setattr("gateway.routes.frames.ask_frame", wrong)
        answer = as_("acme", "viewer").post(f"/v1/{path}", json={"request": {"kind": "x"}, field: 9})
        assert (answer.status_code, [each["place"] for each in answer.json()["problems"]]) == (422, [field])

    @pytest.mark.parametrize("body", [{}, {"request": []}, {"request": {}, "at": -1}, {"request": {}, "scale": 9}])
    def test_no_question(self, as_, asked, body):
        assert as_().post("/v1/frame", json=body).status_code == 422
        assert asked == []

    def test_nobody_there(self, as_, configure, tmp_path):
        configure(preview=str(tmp_path / "none"))
        answer = as_().post("/v1/frame", json={"request": {}})
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
