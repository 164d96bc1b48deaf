"""Batches as people follow them."""

from __future__ import annotations

import json

import pytest

from reel.control.advancing import advance
from tests.fetch.conftest import configure
from tests.gateway.furnishing import ready_asset
from tests.gateway.pages.conftest import Read
from tests.shop import CARD

__all__ = ["configure"]

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


def test_of_one_that_was_called_off_before_anything_was_ordered_no_rows_have_failed(signed_in, as_):
    made = as_().post("/v1/batches", json={"template": CARD, "rows": [{"NAME": "Ada"}]}).json()["id"]
    shown = signed_in("acme", "member").post(f"/pages/batches/{made}/cancel").text
    assert ("Order what waits" in shown, "Try failed rows again" in shown) == (True, False)


def test_its_rows_are_a_file(signed_in, batch):
    answer = signed_in().get(f"{batch}/manifest")
    assert [json.loads(line)["row"] for line in answer.text.splitlines()] == [1, 2, 3]


@pytest.fixture
def template(as_):
    made = as_("acme").post("/v1/templates", json={"name": "card", "document": CARD, "publish": True})
    return made.json()["id"]


@pytest.fixture
def library(configure, tmp_path):
    configure(library=tmp_path / "library")


NEW = "/pages/batches/new"
TABLE = "Wer;TINT;sku\r\nAda;#112233;A-1\r\nBob;bleu;A-2\r\n"


def test_a_table_that_was_uploaded_is_ordered(signed_in, desk, template, library):
    client, id_ = signed_in("acme", "member"), ready_asset(desk, "acme", TABLE.encode(), "text/csv")
    picture = ready_asset(desk, "acme")
    assert f"{NEW}?asset={id_}" in [a["href"] for a in Read(client.get(f"/pages/assets/{id_}").text).all("a")]
    blank = Read(client.get(f"{NEW}?asset={id_}").text)
    assert blank.all("option", value=id_)[0].keys() >= {"selected"}
    assert not blank.all("option", value=picture)
    (once,) = blank.all("input", name="once")
    form = {
        "once": once["value"],
        "template": template,
        "asset": id_,
        "columns": "Wer = values.NAME",
        "id_column": "sku",
    }
    answers = [client.post(NEW, data={**form, "name": "Monday"}) for _ in range(2)]
    assert answers[0].url.path == answers[1].url.path  # one order, however often its button is pressed
    shown = Read(answers[0].text)
    assert [shown.after(each) for each in ("To be ordered", "Bad")] == ["1", "1"]
    assert {'row 2, column "TINT"', "A-2", "card"} <= set(shown.texts)


def test_a_table_is_pasted(signed_in, template):
    form = {"template": template, "table": TABLE, "columns": "Wer = values.NAME\n", "ignore": "on"}
    shown = Read(signed_in().post(NEW, data=form).text)
    assert [shown.after(each) for each in ("To be ordered", "Bad")] == ["1", "1"]


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"asset": "ast_1"}, "table"),
        ({"table": ""}, "table"),
        ({"table": "", "asset": "ast_1"}, "rows"),
        ({"columns": "Wer"}, "columns"),
        ({"columns": "Wer = values.NOBODY"}, "columns.Wer"),
        ({"table": "Wer\r\n"}, "rows"),
        ({"id_column": "nr"}, "id_column"),
        ({"project": "A B"}, "project"),
    ],
)
def test_what_cannot_be_ordered_is_told_in_the_form(signed_in, template, changed, place):
    form = {"template": template, "table": TABLE, "columns": "Wer = values.NAME", "ignore": "on", **changed}
    answer = signed_in().post(NEW, data=form)
    assert answer.status_code == 422
    shown = Read(answer.text)
    assert place in shown.texts
    assert form["columns"] in [text.strip() for text in shown.texts]
    assert "checked" in shown.all("input", name="ignore")[0]


def test_viewers_order_none(signed_in):
    client = signed_in("acme", "viewer")
    assert client.get(NEW).status_code == client.post(NEW, data={}).status_code == 403
    assert NEW not in client.get("/pages/batches").text


def test_others_see_none_of_it(signed_in, batch):
    stranger = signed_in("shop", "owner")
    assert stranger.get(batch).status_code == stranger.post(f"{batch}/cancel").status_code == 404
    assert MARKUP not in Read(stranger.get("/pages/batches").text).texts
