"""Generations as people see them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reel.catalogue import NewGeneration
from reel.errors import BadMedia, Internal
from tests.gateway.pages.conftest import Read

LADDER = (
    "variant-001.mp4",
    "variant-001/poster.jpg",
    "variant-001/sprite.jpg",
    "variant-001/sprite.vtt",
    "variant-001/stream/master.m3u8",
    "variant-001/stream/rung-1/video.m3u8",
    "variant-001/stream/rung-1/video.cmaf",
)
MARKUP = "<script>alert(1)</script>\"'&"


def order(desk, tenant="acme", **fields):
    with desk.catalogue.tenant(tenant) as records:
        return records.add(NewGeneration(**{"kind": "mixer", "request": {"kind": "mixer"}, **fields}))[0].id


def fail(desk, id_, error):
    with desk.catalogue.tenant("acme") as records:
        records.move(id_, "fetching")
        records.move(id_, "failed", error)


def test_a_list_has_filters_and_pages(signed_in, desk, clock):
    for number in range(32):
        clock.now += timedelta(seconds=1)
        order(desk, slot=f"slot-{number}", project="even" if number % 2 == 0 else "odd")
    client = signed_in()
    first = Read(client.get("/pages/generations?project=&kind=&status=").text)
    assert "slot-31" in first.text
    assert "slot-1 " not in first.text
    (older,) = first.all("a", rel="next")
    second = Read(client.get(older["href"]).text)
    assert "slot-0" in second.text
    assert not second.all("a", rel="next")
    even = Read(client.get("/pages/generations?project=even&status=queued").text)
    assert "slot-30" in even.text
    assert "slot-31" not in even.text
    assert "None fits." in client.get("/pages/generations?status=done").text


def test_generations_are_told_apart_by_what_they_are(signed_in, desk):
    """A list of ids and kinds says nobody which was which; what is written in a video is text, whatever it looks like."""

    def card(text):
        return {
            "kind": "template",
            "timeline": {"tracks": [{"clips": [{"type": "text", "text": text, "duration": 1}]}]},
        }

    texts = ["Summer sale", "Hello Ada", MARKUP]
    ids = [order(desk, kind="template", request=card(text)) for text in texts]
    client = signed_in()
    listed = Read(client.get("/pages/generations").text)
    for text, id_ in zip(texts, ids, strict=True):
        assert text in listed.text
        assert text in Read(client.get(f"/pages/generations/{id_}").text).text
    assert MARKUP not in client.get("/pages/generations").text


def test_a_filter_that_is_none_is_told(signed_in):
    answer = signed_in().get("/pages/generations?status=better")
    assert answer.status_code == 422
    assert "status" in Read(answer.text).text


def test_what_is_done_is_played(signed_in, done):
    client, id_ = signed_in(), done(*LADDER)
    shown = Read(client.get(f"/pages/generations/{id_}").text)
    ladder, file = shown.all("source")
    assert ladder["type"] == "application/vnd.apple.mpegurl"
    assert client.get(ladder["src"]).text == "bytes of variant-001/stream/master.m3u8"
    # What a playlist names beside it is opened by the same link.
    beside = str(ladder["src"]).replace("master.m3u8", "rung-1/video.cmaf")
    assert client.get(beside).text == "bytes of variant-001/stream/rung-1/video.cmaf"
    assert client.get(file["src"]).text == "bytes of variant-001.mp4"
    (report,) = [link for link in shown.all("a", **{"class": "button"}) if str(link["href"]).endswith("report.html")]
    assert client.get(report["href"]).text == "bytes of report.html"


def test_a_ladder_is_as_large_as_all_its_files(signed_in, done):
    id_ = done(*LADDER)
    shown = Read(signed_in().get(f"/pages/generations/{id_}").text).text
    whole = sum(len(f"bytes of {name}") for name in LADDER if "/stream/" in name)
    assert f"variant-001/stream/master.m3u8playlist{whole} B" in shown


def test_a_failure_is_told_in_our_words_and_tried_again(signed_in, desk):
    id_ = order(desk)
    fail(desk, id_, BadMedia.at("clips[0]", "holds no video", "send another"))
    client = signed_in()
    shown = Read(client.get(f"/pages/generations/{id_}").text)
    assert "holds no video" in shown.text
    again = client.post(f"/pages/generations/{id_}/retry")
    assert again.url.path != f"/pages/generations/{id_}"
    assert id_ in again.text


def test_a_failure_of_ours_tells_nothing(signed_in, desk):
    id_ = order(desk)
    fail(desk, id_, Internal.at("step", "secret-of-ours"))
    assert "secret-of-ours" not in signed_in().get(f"/pages/generations/{id_}").text


def test_it_is_called_off_and_removed(signed_in, desk):
    client, id_ = signed_in("acme", "member"), order(desk)
    assert "Cancelled" in Read(client.post(f"/pages/generations/{id_}/cancel").text).text
    assert client.post(f"/pages/generations/{id_}/remove").url.path == "/pages/generations"
    assert client.get(f"/pages/generations/{id_}").status_code == 404


def test_who_may_only_look_has_no_buttons(signed_in, desk):
    id_, viewer = order(desk), signed_in("acme", "viewer")
    assert [form["action"] for form in Read(viewer.get(f"/pages/generations/{id_}").text).all("form")] == [
        "/pages/sign-out"
    ]
    assert viewer.post(f"/pages/generations/{id_}/cancel").status_code == 403


@pytest.mark.parametrize("where", ["slot", "project", "request"])
def test_markup_is_text(signed_in, done, where):
    value = {"kind": "mixer", "name": MARKUP} if where == "request" else MARKUP
    id_ = done(f"{MARKUP.replace('/', '')}.jpg", **{where: value} if where != "request" else {})
    client = signed_in()
    for path in ("/pages/generations", f"/pages/generations/{id_}"):
        shown = Read(client.get(path).text)
        assert all(str(script.get("src")).startswith("/pages/static/") for script in shown.all("script"))
        assert where == "request" or MARKUP in shown.text


def test_live_events_come_with_a_session(signed_in, desk, done):
    id_ = done("a.mp4")
    with signed_in().stream("GET", f"/pages/generations/{id_}/events") as answer:
        assert "generation.done" in "".join(answer.iter_text())
