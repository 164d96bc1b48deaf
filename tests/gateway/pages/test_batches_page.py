"""Batches as people follow them."""

from __future__ import annotations

import json

import pytest

from reel.control.batches import advance
from tests.gateway.pages.conftest import Read
from tests.shop import CARD

MARKUP = "<b>Monday</b>"


@pytest.fixture
def batch(as_, desk):
    rows = [{"NAME": "Ada"}, {"NAME": "Bob", "TINT": "bleu"}, {"NAME": "Eve"}]
    answer = as_("acme", "member").post("/v1/batches", json={"template": CARD, "rows": rows, "name": MARKUP})
    advance(answer.json()["id"], "acme", desk.catalogue)
    return f"/pages/batches/{answer.json()['id']}"


def test_it_is_told_as_one_thing_with_what_is_wrong_by_row_and_column(signed_in, batch):
    client = signed_in("acme", "viewer")
    assert MARKUP in Read(client.get("/pages/batches").text).texts
    shown = Read(client.get(batch).text)
    assert shown.all("progress")[0]["value"] == "33.3"
    assert [shown.after(each) for each in ("To be ordered", "Queued", "Bad")] == ["0", "2", "1"]
    assert 'row 2, column "TINT"' in shown.texts
    assert [form["action"] for form in shown.all("form")] == ["/pages/sign-out"]


def test_rows_that_are_wrong_are_shown_alone(signed_in, batch):
    shown = Read(signed_in().get(f"{batch}?wrong=true").text)
    assert len(shown.all("tr")) == 2  # the head's, and one
    assert 'row 2, column "TINT"' in shown.texts


def test_it_is_called_off_and_tried_again(signed_in, batch):
    client = signed_in("acme", "member")
    assert Read(client.post(f"{batch}/cancel").text).after("Cancelled") == "in project default,"
    assert Read(client.post(f"{batch}/retry").text).after("To be ordered") == "2"


def test_its_rows_are_a_file(signed_in, batch):
    answer = signed_in().get(f"{batch}/manifest")
    assert [json.loads(line)["row"] for line in answer.text.splitlines()] == [1, 2, 3]


def test_others_see_none_of_it(signed_in, batch):
    stranger = signed_in("shop", "owner")
    assert stranger.get(batch).status_code == stranger.post(f"{batch}/cancel").status_code == 404
    assert MARKUP not in Read(stranger.get("/pages/batches").text).texts
