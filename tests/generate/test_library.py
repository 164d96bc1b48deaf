"""Assets of a tenant's library: looked at, named in requests, seen in frames before anything is rendered."""

from __future__ import annotations

import io
import json
import uuid
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from reel.catalogue import LibraryAsset, NewAsset, NewGeneration
from reel.control.judging import judge
from reel.control.ledger import this_catalogue
from reel.control.library import Library
from reel.control.naming import settled
from reel.control.orders import ordered
from reel.control.stores import this_library
from reel.errors import BadMedia, InvalidRequest, Transient
from reel.generate.dry_run import dry_run
from reel.generate.frames import frame_of
from reel.generate.inspecting import Inspector
from reel.generate.render import plan
from reel.make.worker import this_worker
from reel.request.look import Look
from reel.settings import settings
from tests.clamd import EICAR, clamd, free_port
from tests.clips import Clip, read_frame_numbers
from tests.conftest import MakeClip
from tests.fetch.conftest import configure
from tests.web import Page, web_server

__all__ = ["configure"]

FRAME_SECONDS = 120


@pytest.fixture
def library() -> Library:
    return Library(this_catalogue(), this_library())


@pytest.fixture
def tenant() -> str:
    return f"t-{uuid.uuid4().hex}"


@pytest.fixture
def keep(library: Library, tenant: str) -> Callable[..., LibraryAsset]:
    """Uploads bytes and has them looked at; what became of them."""

    def keep(data: bytes, **fields: Any) -> LibraryAsset:
        asset = library.begin(tenant, NewAsset.model_validate({"name": "a", **fields}), len(data)).id
        receiving = library.receive(tenant, asset, 0)
        receiving.write(data)
        receiving.close()
        return look(library, tenant, asset)

    return keep


def look(library: Library, tenant: str, asset: str) -> LibraryAsset:
    inspector = Inspector(library, this_worker())
    while inspector.look():
        pass
    with library.catalogue.tenant(tenant) as records:
        return records.library_asset(asset)


def png(colour: str = "red", size: tuple[int, int] = (64, 48)) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, "PNG")
    return held.getvalue()


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def thumbnail(library: Library, asset: LibraryAsset, tmp_path: Path) -> Image.Image:
    assert asset.thumbnail
    library.objects.get(asset.thumbnail, tmp_path / "thumbnail")
    return picture((tmp_path / "thumbnail").read_bytes())


class TestLookingAtAssets:
    def test_a_video(self, keep, library, make_clip: MakeClip, tmp_path):
        asset = keep(make_clip(Clip(seconds=1.0, rotation=90)).read_bytes(), name="liar.png")
        assert (asset.state, asset.media_type, asset.problems) == ("ready", "video/mp4", [])
        assert asset.facts
        assert asset.facts["video"]["rotation"] == 90
        assert "keyframes" not in asset.facts["video"]
        shown = thumbnail(library, asset, tmp_path)
        assert shown.height > shown.width

    def test_a_picture(self, keep, library, tmp_path):
        asset = keep(png("red"))
        assert asset.media_type == "image/png"
        red, green, blue = thumbnail(library, asset, tmp_path).getpixel((240, 135))  # type: ignore[misc]
        assert red > 240
        assert max(green, blue) < 16

    def test_sound_has_no_thumbnail(self, keep):
        held = io.BytesIO()
        with wave.open(held, "wb") as sound:
            sound.setparams((1, 2, 48_000, 0, "NONE", ""))
            sound.writeframes(b"\0\x10" * 48_000)
        asset = keep(held.getvalue())
        assert (asset.state, asset.media_type, asset.thumbnail) == ("ready", "audio/wav", None)

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n", "text/vtt"),
            ("1\n00:00:00,000 --> 00:00:01,000\nHello\n", "application/x-subrip"),
            ("\ufeff[Script Info]\n", "text/x-ssa"),
        ],
    )
    def test_subtitles(self, keep, text, kind):
        assert keep(text.encode()).media_type == kind

    @pytest.mark.parametrize(
        ("name", "data", "kind"),
        [
            ("rows.csv", b"NAME;TINT\r\nGr\xfcn;#00ff00\r\n", "text/csv"),
            ("Rows.TXT", "NAME\tTINT\r\n".encode("utf-16"), "text/plain"),
            ("rows.csv", "Größe;Farbe\r\n漢字;gold\r\n".encode("utf-16-le"), "text/csv"),
            ("rows.csv", "漢字,gold\n漢字,red\n".encode("utf-16-be"), "text/csv"),
            ("rows.jsonl", b'{"NAME": "Ada"}\n', "application/jsonl"),
            ("rows.json", b'[{"NAME": "Ada"}]', "application/json"),
            ("rows.csv", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n", "text/vtt"),
        ],
    )
    def test_tables_are_known_by_their_names(self, keep, name, data, kind):
        asset = keep(data, name=name)
        assert (asset.state, asset.media_type, asset.facts, asset.thumbnail) == ("ready", kind, None, None)

    @pytest.mark.parametrize("data", [bytes(range(16)), b"0123456789abcdef0123456789ABCDEF\n"])
    def test_a_key_is_known_by_its_name(self, keep, data):
        asset = keep(data, name="film-1.key")
        assert (asset.state, asset.media_type, asset.facts) == ("ready", "application/octet-stream", None)
        refused = keep(data[:-3], name="film-2.key")
        assert refused.state == "refused"
        assert refused.problems[0]["what"].startswith("is no key")

    def test_what_is_no_text_is_no_table(self, keep):
        assert keep(png(), name="rows.csv").media_type == "image/png"
        assert keep(b"NAME\0TINT\n", name="rows.csv").state == "refused"

    @pytest.mark.parametrize("data", [b"nothing of use", png()[:60], b"#EXTM3U\nfile:///etc/passwd\n"])
    def test_what_is_no_use_is_refused_and_gone(self, keep, library, data):
        asset = keep(data)
        assert (asset.state, asset.object) == ("refused", None)
        assert asset.problems[0]["what"]
        assert asset.id not in {Path(stat.name).name for stat in library.objects.list("")}

    def test_the_same_bytes_are_kept_once(self, keep, library):
        first, second = keep(png("blue")), keep(png("blue"))
        assert first.id != second.id
        assert first.object == second.object
        assert [stat for stat in library.objects.list("") if stat.name.endswith(second.id)] == []

    def test_bytes_that_were_lost_are_there_again_when_they_are_uploaded_again(self, keep, library, tenant):
        """A library in a new place, to which nothing was brought: what is uploaded there must not share what is not there."""
        lost = keep(png("teal"))
        assert lost.object
        library.objects.delete(lost.object)
        again = keep(png("teal"))
        assert again.state == "ready"
        with library.catalogue.tenant(tenant) as records:
            assert records.library_asset(lost.id).object == again.object
        assert library.objects.stat(again.object)

    def test_too_long_or_too_many_pixels(self, keep, configure, make_clip: MakeClip):
        configure(library_seconds=0.5)
        asset = keep(make_clip(Clip(seconds=1.0)).read_bytes())
        assert asset.state == "refused"
        assert "lasts" in asset.problems[0]["what"]

    def test_a_fault_of_ours_ends_no_look_at_others(self, keep, library, tenant, monkeypatch):
        def fails(*_: Any) -> Any:
            raise ZeroDivisionError

        monkeypatch.setattr(Inspector, "_inspected", fails)
        asset = keep(png())
        assert asset.state == "refused"
        assert asset.problems[0]["what"] == "could not be looked at"
        monkeypatch.undo()
        assert keep(png("green")).state == "ready"


class TestScanning:
    def test_malware_is_refused(self, keep, configure):
        with clamd() as scanner:
            configure(clamd=scanner.address)
            bad, good = keep(b"\0" + EICAR), keep(png())
        assert bad.state == "refused"
        assert "Eicar" in bad.problems[0]["what"]
        assert (good.state, good.scanned) == ("ready", "stream: OK")

    def test_while_the_scanner_is_away_nothing_is_used(self, keep, configure, library, tenant):
        configure(clamd=f"127.0.0.1:{free_port()}")
        asset = keep(png())
        assert asset.state == "quarantined"
        assert "127.0.0.1" not in json.dumps(asset.problems)
        with pytest.raises(InvalidRequest, match="still being looked at"), library.catalogue.tenant(tenant) as records:
            settled({"kind": "slideshow", "images": [f"asset:{asset.id}"]}, records)
        with clamd() as scanner:
            configure(clamd=scanner.address)
            with library.catalogue.tenant(tenant) as records:
                records._change_asset(asset.id, {"due": records.now()})  # its pause is over
            assert look(library, tenant, asset.id).state == "ready"


class TestByAddress:
    def test_it_is_fetched_and_its_address_forgotten(self, library, tenant, configure):
        with web_server() as server:
            server.pages["/a"] = [Page(png())]
            configure(private_networks=True, web_ports=[server.port])
            url = server.url("/a?signature=secret")
            asset = look(library, tenant, library.fetch(tenant, NewAsset(name="a", source=url)).id)
        assert (asset.state, asset.media_type, asset.source) == ("ready", "image/png", None)
        assert library.objects.stat(asset.object or "")

    def test_what_is_not_there_is_refused(self, library, tenant, configure):
        with web_server() as server:
            configure(private_networks=True, web_ports=[server.port])
            url = server.url("/none?signature=secret")
            asset = look(library, tenant, library.fetch(tenant, NewAsset(name="a", source=url)).id)
        assert (asset.state, asset.object) == ("refused", None)
        assert asset.problems[0]["place"] == "url"
        assert "secret" not in json.dumps(asset.problems)

    def test_a_private_address_behind_a_name_is_refused(self, library, tenant):
        asset = look(library, tenant, library.fetch(tenant, NewAsset(name="a", source="http://localhost/a")).id)
        assert asset.state == "refused"


def template(asset: str, **fields: Any) -> dict[str, Any]:
    clip = {"type": "video", "asset": asset, "duration": 1}
    return {
        "kind": "template",
        "aspect": "16:9",
        "resolution": "360p",
        "timeline": {"tracks": [{"clips": [clip]}]},
        **fields,
    }


class TestNames:
    def test_any_field_takes_an_asset(self, keep, tenant, make_clip: MakeClip):
        clip = keep(make_clip(Clip(seconds=1.0)).read_bytes())
        worker = this_worker().for_run(tenant)
        for document in (
            template(f"asset:{clip.id}"),
            {"kind": "mixer", "clips": [f"asset:{clip.id}"], "audio": {"soundtrack": f"asset:{clip.id}"}},
            {"kind": "encode", "asset": f"asset:{clip.id}"},
            {"kind": "multicam", "sources": [f"asset:{clip.id}"], "switches": [{"at": 0, "source": 0}]},
            template("{{CLIP}}", variables={"CLIP": {"type": "asset"}}, data={"CLIP": f"asset:{clip.id}"}),
        ):
            assert plan(document, worker=worker).outputs
            assert dry_run(document, worker=worker).valid

    def test_people_are_told_its_name(self, keep, library, tenant, make_clip: MakeClip):
        clip = f"asset:{keep(make_clip(Clip(seconds=1.0)).read_bytes(), name='beach.mp4').id}"
        still = f"asset:{keep(png(), name='sunset.png').id}"
        worker = this_worker().for_run(tenant)
        planned = plan({"kind": "mixer", "clips": [clip], "variants": 1}, worker=worker)
        told = [*(step.title for step in planned.steps), *planned.warnings, json.dumps(planned.manifests)]
        assert any("beach.mp4" in title for title in told[:-1])
        assert "beach.mp4" in told[-1]
        assert not any("asset:" in each for each in told)
        wrong = {"kind": "mixer", "clips": [clip, still], "variants": 1}
        with pytest.raises(BadMedia, match=r"^clips\[1\].asset: sunset.png is a still image"):
            frame_of(wrong, Look(), worker, seconds=FRAME_SECONDS)
        assert dry_run(wrong, worker=worker).errors[0].startswith("clips[1].asset: sunset.png is a still image")
        with library.catalogue.tenant(tenant) as records:
            (error,) = judge(wrong, records, settings()).errors
        assert str(error).startswith("clips[1].asset: sunset.png is a still image")

    def test_keys_go_by_content(self, keep, tenant, make_clip: MakeClip):
        file = make_clip(Clip(seconds=1.0))
        clip = keep(file.read_bytes())
        by_id = plan(template(f"asset:{clip.id}"), worker=this_worker().for_run(tenant))
        assert by_id.outputs == plan(template(str(file)), worker=this_worker()).outputs

    def test_another_tenants_asset_is_not_there(self, keep, make_clip: MakeClip):
        clip = keep(make_clip(Clip(seconds=1.0)).read_bytes())
        with pytest.raises(InvalidRequest) as refused:
            plan(template(f"asset:{clip.id}"), worker=this_worker().for_run("another"))
        (problem,) = refused.value.problems
        assert problem.place == "timeline.tracks[0].clips[0].asset"
        assert "there is no asset" in problem.what

    def test_an_order_is_refused_before_anything_is_queued(self, library, tenant):
        new = NewGeneration(kind="mixer", request={"kind": "mixer", "clips": ["a.mp4", "asset:ast_0", "asset:ast_1"]})
        with pytest.raises(InvalidRequest) as refused, library.catalogue.tenant(tenant) as records:
            ordered(records, new)
        assert [problem.place for problem in refused.value.problems] == ["clips[1].asset", "clips[2].asset"]
        with library.catalogue.tenant(tenant) as records:
            assert records.generations() == []

    def test_projects_and_folders_are_written_out(self, keep, library, tenant):
        b, a = keep(png("blue"), name="b", folder="summer"), keep(png(), name="a", folder="summer")
        with library.catalogue.tenant(tenant) as records:
            records.make_project("films", {"assets": [b.id, a.id], "settings": {"aspect": "1:1", "clips": []}})
            images = [{"asset": "project:films", "fit": "contain"}, "x.png", "folder:summer"]
            full = settled({"kind": "slideshow", "images": images}, records)
            assert full["images"] == [
                {"asset": f"asset:{b.id}", "fit": "contain"},
                {"asset": f"asset:{a.id}", "fit": "contain"},
                "x.png",
                f"asset:{a.id}",
                f"asset:{b.id}",
            ]
            assert (full["aspect"], "clips" in full) == ("1:1", False)
            alone = settled({"kind": "slideshow", "images": "project:films", "aspect": "4:5"}, records)
            assert alone["images"] == [f"asset:{b.id}", f"asset:{a.id}"]
            assert alone["aspect"] == "4:5"

    @pytest.mark.parametrize(
        ("clips", "place"),
        [("project:none", "clips[0]"), (["a.mp4", "folder:none"], "clips[1]"), (["project:empty"], "clips[0]")],
    )
    def test_lists_that_there_are_not(self, library, tenant, clips, place):
        with library.catalogue.tenant(tenant) as records:
            records.make_project("empty", {})
        with pytest.raises(InvalidRequest) as refused, library.catalogue.tenant(tenant) as records:
            settled({"kind": "mixer", "clips": clips}, records)
        assert refused.value.problems[0].place == place

    def test_what_names_nothing_of_a_library_is_as_it_was(self, library, tenant):
        document = {"kind": "slideshow", "images": ["a.png"], "text": "project:films", "metadata": {"a": "asset:b"}}
        with library.catalogue.tenant(tenant) as records:
            assert settled(document, records) is document


class TestFrames:
    def frame(self, document: dict[str, Any], tenant: str, **look: Any):
        return frame_of(document, Look(**look), this_worker().for_run(tenant), seconds=FRAME_SECONDS)

    @pytest.mark.parametrize("second", [0, 0.5, 0.9])
    def test_the_frame_of_that_second(self, keep, tenant, second, make_clip: MakeClip, tmp_path):
        clip = keep(make_clip(Clip(numbered=100, size=(640, 360))).read_bytes())
        made = self.frame(template(f"asset:{clip.id}"), tenant, frame=second)
        (tmp_path / "frame.jpg").write_bytes(made.picture)
        assert read_frame_numbers(tmp_path / "frame.jpg") == [100 + int(second * 30)]
        assert picture(made.picture).size == (640, 360)

    def test_again_takes_no_step_and_another_frame_is_another(self, keep, tenant, make_clip: MakeClip):
        document = template(f"asset:{keep(make_clip(Clip(numbered=1)).read_bytes()).id}")
        first, again, other = (self.frame(document, tenant, frame=frame) for frame in (0, 0, 0.5))
        assert first == again
        assert first.key != other.key

    def test_a_sheet_and_a_scale(self, keep, tenant, make_clip: MakeClip):
        document = template(f"asset:{keep(make_clip(Clip(numbered=1)).read_bytes()).id}")
        small = picture(self.frame(document, tenant, scale=0.5).picture).size
        sheet = picture(self.frame(document, tenant, pictures=4, scale=0.5).picture).size
        assert small == (320, 180)
        width, height = sheet[0] // 2, sheet[1] // 2
        assert width / height == pytest.approx(16 / 9, rel=0.1)

    def test_of_variants_the_one_that_is_asked_for(self, keep, tenant, make_clip: MakeClip, tmp_path):
        clips = [keep(make_clip(Clip(numbered=n, size=(640, 360))).read_bytes()) for n in (100, 200)]
        document: dict[str, Any] = {
            "kind": "mixer",
            "clips": [f"asset:{clip.id}" for clip in clips],
            "aspect": "16:9",
            "resolution": "360p",
        }
        document |= {"variants": 2, "different_start": True}
        numbers = []
        for variant in (1, 2):
            (tmp_path / "frame.jpg").write_bytes(self.frame(document, tenant, variant=variant).picture)
            numbers += read_frame_numbers(tmp_path / "frame.jpg")
        assert numbers == [100, 200]

    @pytest.mark.parametrize(
        ("change", "look", "error"),
        [
            ({"resolution": "9p"}, {}, InvalidRequest),
            ({}, {"frame": 99}, InvalidRequest),
            ({}, {"variant": 2}, InvalidRequest),
        ],
    )
    def test_what_is_refused(self, tenant, change: dict[str, Any], look: dict[str, Any], error):
        red = {"type": "colour", "colour": "red", "duration": 1}
        document: dict[str, Any] = template("asset:ast_0", timeline={"tracks": [{"clips": [red]}]})
        with pytest.raises(error):
            self.frame({**document, **change}, tenant, **look)

    def test_an_asset_that_is_no_video(self, keep, tenant):
        with pytest.raises(BadMedia):
            self.frame(template(f"asset:{keep(png()).id}"), tenant)

    def test_what_takes_too_long_is_called_off(self, tenant, make_clip: MakeClip, keep):
        clip = keep(make_clip(Clip(numbered=7)).read_bytes())
        with pytest.raises(Transient, match="took more than"):
            frame_of(template(f"asset:{clip.id}"), Look(), this_worker().for_run(tenant), seconds=0.0)
