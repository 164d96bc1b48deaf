"""Requests ordered as JSON: looked at first, ordered, and told what is wrong with them by their fields."""

from __future__ import annotations

import json

import pytest

from tests.gateway.pages.conftest import Read
from tests.shop import CARD

HERE = "/pages/generations/new"
GOOD = {**CARD, "variables": {"NAME": {"type": "text", "default": "Ada"}, "TINT": {"type": "colour", "default": "red"}}}
BAD = {**GOOD, "resolution": "481p", "aspekt": "1:1"}
MARKUP = "</textarea><script>alert(1)</script>"


def send(client, document, **fields):
    text = document if isinstance(document, str) else json.dumps(document)
    return client.post(HERE, data={"request": text, "do": "order", **fields}, follow_redirects=False)


def test_it_is_ordered_once_however_often_the_button_is_pressed(signed_in, desk):
    client = signed_in("acme", "member")
    (once,) = [field["value"] for field in Read(client.get(HERE).text).all("input", name="once")]
    answers = [send(client, GOOD, once=once, project="summer") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    with desk.catalogue.tenant("acme", only_reads=True) as records:
        (made,) = records.listed(statuses=(), limit=9).found
    assert (made.kind, made.project, made.priority) == ("template", "summer", "interactive")


@pytest.mark.parametrize("do", ["order", "check"])
def test_what_is_wrong_is_told_by_field_and_what_was_written_is_kept(signed_in, desk, do):
    answer = send(signed_in("acme", "member"), BAD, do=do)
    shown = Read(answer.text)
    assert "resolution" in shown.texts
    assert "aspekt" in shown.texts
    assert "(did you mean aspect?)" in shown.text
    assert "aspect" in shown.texts  # as code
    assert json.dumps(BAD) in shown.text
    assert shown.all("textarea")[0]["aria-invalid"] == "true"
    with desk.catalogue.tenant("acme", only_reads=True) as records:
        assert not records.listed(statuses=(), limit=9).found


@pytest.mark.parametrize("do", ["", "chekc"])
def test_a_button_that_there_is_not_orders_nothing(signed_in, desk, do):
    answer = send(signed_in("acme", "member"), GOOD, do=do)
    assert answer.status_code == 422
    with desk.catalogue.tenant("acme", only_reads=True) as records:
        assert not records.listed(statuses=(), limit=9).found


def test_what_can_be_ordered_is_said_with_what_it_takes_and_not_ordered(signed_in, desk):
    shown = Read(send(signed_in("acme", "member"), GOOD, do="check").text)
    assert "It can be ordered" in shown.text
    assert "It is expected to take" in shown.text
    with desk.catalogue.tenant("acme", only_reads=True) as records:
        assert not records.listed(statuses=(), limit=9).found


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"kind": 1, "kind": 2}', "[" * 100_000, MARKUP])
def test_what_is_no_request_is_told(signed_in, text):
    answer = send(signed_in("acme", "member"), text)
    assert answer.status_code == 422
    shown = Read(answer.text)
    assert shown.all("section", role="alert")
    assert all(str(script.get("src")).startswith("/pages/static/") for script in shown.all("script"))


def test_another_like_one_that_was_made(signed_in, done):
    id_ = done("a.mp4", project="summer")
    client = signed_in("acme", "member")
    (link,) = [
        a["href"] for a in Read(client.get(f"/pages/generations/{id_}").text).all("a") if "like=" in str(a["href"])
    ]
    shown = Read(client.get(link).text)
    assert '"kind": "mixer"' in shown.text
    assert shown.all("input", name="project")[0]["value"] == "summer"
    assert signed_in("shop", "member").get(link).status_code == 404


def test_who_may_only_look_orders_nothing(signed_in):
    viewer = signed_in("acme", "viewer")
    assert viewer.get(HERE).status_code == 403
    assert send(viewer, GOOD).status_code == 403
    assert "New order" not in viewer.get("/pages/generations").text
