"""Stored templates as people fill them in."""

from __future__ import annotations

import pytest

from gateway.pages.stored import fields_of, values_of
from gateway.routes import frames
from reel.control.previews import Picture
from reel.request.variables import Variable
from tests.fetch.conftest import configure
from tests.gateway.furnishing import ready_asset
from tests.gateway.pages.conftest import Read
from tests.shop import CARD

__all__ = ["configure"]

MARKUP = '"><script>alert(1)</script>'
VARIABLES = {
    "NAME": Variable(),
    "LINE": Variable(default="usual"),
    "COUNT": Variable(type="number", default=3),
    "TINT": Variable(type="colour", default="#204060"),
    "WORD": Variable(type="colour", default="red"),
    "LOGO": Variable(type="asset"),
    "LOUD": Variable(type="boolean", default=True),
    "SIZE": Variable(type="choice", choices=("big", "small"), default="small"),
}


@pytest.fixture
def card(desk):
    def made(publish=True, **variables):
        document = {**CARD, "variables": {**CARD["variables"], **variables}}
        with desk.catalogue.tenant("acme") as records:
            template = records.add_template("card", MARKUP)
            version = records.add_version(template.id, document, MARKUP)
            if publish:
                records.publish(template.id, version.version)
        return f"/pages/templates/{template.id}"

    return made


@pytest.mark.parametrize(
    ("sent", "values"),
    [
        ({}, {}),
        ({"sent": "1"}, {"LINE": "", "LOUD": False}),
        (
            {"sent": "1", "v.NAME": "Ada", "v.LINE": "a\r\nb", "v.COUNT": "12", "v.LOUD": "on", "v.SIZE": "big"},
            {"NAME": "Ada", "LINE": "a\nb", "COUNT": 12, "LOUD": True, "SIZE": "big"},
        ),
        ({"sent": "1", "v.COUNT": "-1.5", "v.LINE": "x", "v.LOUD": "on"}, {"COUNT": -1.5, "LINE": "x", "LOUD": True}),
        ({"sent": "1", "v.COUNT": "many", "v.LINE": "x", "v.LOUD": "on"}, {"COUNT": "many", "LINE": "x", "LOUD": True}),
        ({"sent": "1", "v.OTHER": "x", "v.LINE": "x", "v.LOUD": "on"}, {"OTHER": "x", "LINE": "x", "LOUD": True}),
        ({"v.OTHER": "x"}, {"OTHER": "x", "LINE": "", "LOUD": False}),
    ],
)
def test_a_form_becomes_values_of_their_types(sent, values):
    assert values_of(VARIABLES, sent) == values


def test_each_type_has_a_field_of_its_own():
    found = [(field.variable, field.type, field.value, field.required) for field in fields_of(VARIABLES, {})]
    assert found == [
        ("NAME", "text", "", True),
        ("LINE", "text", "usual", False),
        ("COUNT", "number", "3", False),
        ("TINT", "colour", "#204060", False),
        ("WORD", "word", "red", False),
        ("LOGO", "asset", "", True),
        ("LOUD", "boolean", "on", False),
        ("SIZE", "choice", "small", False),
    ]


def test_an_order_is_placed_once(signed_in, desk, card):
    client, path = signed_in("acme", "member"), card()
    shown = Read(client.get(path).text)
    (once,) = shown.all("input", name="once")
    form = {"sent": "1", "version": "1", "once": once["value"], "v.NAME": "Ada", "v.TINT": "#ff0000"}
    first, second = (client.post(f"{path}/order", data=form) for _ in range(2))
    assert first.url == second.url
    other = client.post(f"{path}/order", data={**form, "v.NAME": "Eve"})
    assert other.url != first.url
    with desk.catalogue.tenant("acme", only_reads=True) as records:
        made = records.generation(first.url.path.rpartition("/")[2])
    assert made.request["data"] == {"NAME": "Ada", "TINT": "#ff0000"}
    assert made.template_version == 1


def test_what_is_wrong_is_told_at_its_field(signed_in, card):
    client, path = signed_in(), card()
    answer = client.post(f"{path}/order", data={"sent": "1", "version": "1", "v.NAME": MARKUP, "v.TINT": "bleu"})
    assert answer.status_code == 422
    shown = Read(answer.text)
    (tint,) = shown.all("input", name="v.TINT")
    (name,) = shown.all("input", name="v.NAME")
    assert tint["aria-invalid"] == "true"
    assert shown.all("p", id=str(tint["aria-describedby"]))
    assert name["value"] == MARKUP
    assert "aria-invalid" not in name
    assert "is not a colour" in shown.text
    assert "data.TINT" not in shown.text


def test_a_frame_is_shown_without_scripts(signed_in, card, monkeypatch):
    asked = []

    def ask_frame(tenant, request, look):
        asked.append((tenant, request["data"], float(look.frame)))
        return Picture(b"jpeg", "key", ())

    monkeypatch.setattr(frames, "ask_frame", ask_frame)
    client, path = signed_in("acme", "viewer"), card()
    values = {"sent": "1", "v.NAME": "Ada & Eve", "v.TINT": "#ff0000", "at": "0.1"}
    (picture,) = Read(client.get(path, params=values).text).all("img")
    answer = client.get(str(picture["src"]))
    assert (answer.content, answer.headers["content-type"]) == (b"jpeg", "image/jpeg")
    assert asked == [("acme", {"NAME": "Ada & Eve", "TINT": "#ff0000"}, 0.1)]
    wrong = client.get(f"{path}/frame", params={**values, "v.TINT": "bleu"})
    assert (wrong.status_code, wrong.json()["problems"][0]["place"]) == (422, "values.TINT")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"version": "2x"}, "version"),
        ({"version": ""}, "version"),
        ({"version": "12345678901"}, "version"),
        ({"v.NMAE": "Eve"}, "NMAE"),
        ({"NAME": "Eve"}, "NAME"),
        ({"project": "x" * 65}, "project"),
    ],
)
def test_what_a_form_says_is_not_passed_over(signed_in, desk, card, fields, told):
    """The newest version, or what variables are otherwise, is not what was asked for then."""
    client, path = signed_in(), card()
    answer = client.post(
        f"{path}/order", data={"sent": "1", "version": "1", "v.NAME": "Ada", "v.TINT": "red", **fields}
    )
    assert answer.status_code == 422
    assert told in Read(answer.text).text
    with desk.catalogue.tenant("acme", only_reads=True) as records:
        assert not records.listed(statuses=(), limit=9).found


@pytest.mark.parametrize(
    ("path", "data", "scopes", "lacking"),
    [
        ("{card}/order", {"sent": "1", "version": "1", "v.NAME": "Ada"}, ["templates:write"], "generations:write"),
        ("{card}/frame?at=0", None, ["templates:read"], "frame:write"),
        ("/pages/batches/new", None, ["batches:read"], "templates:read"),
        ("/pages/batches/new", {"template": "0", "table": ""}, ["batches:write"], "templates:read"),
        ("/pages/credits", None, ["credits:read"], "usage:read"),
        ("/pages/credits/usage.csv", None, ["credits:read"], "usage:read"),
    ],
)
def test_a_page_takes_the_scopes_of_all_that_it_does(signed_in, card, path, data, scopes, lacking):
    client, path = signed_in(scopes=scopes), path.format(card=card())
    answer = client.post(path, data=data) if data else client.get(path)
    assert answer.status_code == 403
    assert lacking in answer.text


def test_who_may_not_look_at_assets_is_offered_none(signed_in, desk, card, configure, tmp_path):
    configure(library=tmp_path / "library")
    ready_asset(desk, "acme")
    path, scopes = card(LOGO={"type": "asset"}), ["templates:read", "batches:read"]
    assert len(Read(signed_in(scopes=[*scopes, "assets:read"]).get(path).text).all("datalist")) == 1
    assert not Read(signed_in(scopes=scopes).get(path).text).all("datalist")


def test_a_draft_is_looked_at_and_not_ordered(signed_in, card):
    client, path = signed_in(), card(publish=False)
    assert "a draft" in Read(client.get(path).text).text
    assert "Order" not in Read(client.get(path).text).texts
    assert client.post(f"{path}/order", data={"sent": "1", "version": "1", "v.NAME": "Ada"}).status_code == 422


def test_markup_is_text(signed_in, card):
    shown = Read(
        signed_in()
        .get(card(OPTION={"type": "choice", "choices": [MARKUP], "default": MARKUP, "description": MARKUP}))
        .text
    )
    assert all(str(script.get("src")).startswith("/pages/static/") for script in shown.all("script"))
    assert shown.text.count(MARKUP) >= 4


def test_who_reads_pages_of_another_tenant(signed_in, card):
    path, other = card(), signed_in("other")
    for answer in (other.get(path), other.get(f"{path}/frame"), other.post(f"{path}/order", data={"sent": "1"})):
        assert answer.status_code == 404
    assert "card" not in Read(other.get("/pages/templates").text).text


def test_the_month_and_credits_are_shown(signed_in, desk):
    with desk.catalogue.tenant("acme") as records:
        records.grant(12.5, note=MARKUP)
    client = signed_in("acme", "viewer")
    shown = Read(client.get("/pages/credits").text)
    assert "12.50" in shown.text
    assert MARKUP in shown.text
    assert client.get("/pages/credits/usage.csv").text.startswith("generation,done,")
