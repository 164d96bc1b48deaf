"""Orders that name a stored template become requests, and what is stored is looked at before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.submit import submit
from reel.catalogue import Catalogue, Generation
from reel.control.judging import judge
from reel.control.ledger import Ledger
from reel.control.templates import check_template, from_template, previewed
from reel.errors import BadMedia, InvalidRequest
from reel.kinds import parse_request
from reel.request.terms import Terms
from reel.settings import settings
from tests.shop import CARD, Shop

TERMS = Terms(tenant="acme")


def keep(catalogue: Catalogue, *documents: dict[str, Any]) -> None:
    with catalogue.tenant("acme") as records:
        if not records.templates():
            records.add_template("card")
        for document in documents:
            check_template(document)
            records.publish("card", records.add_version("card", document).version)


def order(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, key: str | None = None, **fields: Any) -> Generation:
    """As `flows.submit` does it, but for the run."""
    monkeypatch.setattr("flows.starting.start_if_it_can", lambda generation, *_: generation)
    asked = {"template": {"name": "card"}, "values": {"NAME": "Ada"}, **fields}
    return submit(asked, TERMS.model_copy(update={"idempotency_key": key}), catalogue)


BLUE = {**CARD, "background": "#0000ff"}


def test_an_order_keeps_what_it_was_made_from(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(shop.catalogue, CARD, BLUE)
    newest = order(shop.catalogue, monkeypatch, resolution="720p", metadata={"sku": "7"})
    assert (newest.template_version, newest.request_metadata) == (2, {"sku": "7"})
    assert newest.request == {**BLUE, "resolution": "720p", "metadata": {"sku": "7"}, "data": {"NAME": "Ada"}}
    first = order(shop.catalogue, monkeypatch, template={"name": "card", "version": 1})
    assert (first.template_version, first.request) == (1, {**CARD, "data": {"NAME": "Ada"}})
    parse_request(first.request)


def test_a_key_stands_for_the_version_that_it_was_used_with(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(shop.catalogue, CARD)
    first = order(shop.catalogue, monkeypatch, "order-1")
    keep(shop.catalogue, BLUE)
    assert order(shop.catalogue, monkeypatch, "order-1") == first
    assert order(shop.catalogue, monkeypatch, "order-2").template_version == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"template": {}}, r"template: .*needs either `id` or `name`"),
        ({"template": {"name": "card", "id": "x"}}, "needs either `id` or `name`"),
        ({"template": "card"}, r"^template"),
        ({"template": {"name": "cart"}}, "template: there is no template 'cart'"),
        ({"template": {"name": "card", "version": 9}}, "template.version: 'card' has no version 9"),
        ({"template": {"name": "card", "version": "newest"}}, r"^template\.version"),
        ({"values": {"NANE": "Ada"}}, r"values\.NANE: is not a variable of this template \(did you mean `NAME`"),
        ({"values": ["Ada"]}, "values: is not an object"),
        ({"values": {"NAME": 7}}, r"values\.NAME: 7 is no text"),
        ({"values": {}}, r"\{\{NAME\}\} has no value"),
        ({"timeline": {}}, "timeline: is what the template is made of"),
        ({"kind": "mixer"}, "kind: is 'mixer', and the template's is 'template'"),
        ({"resolutoin": "480p"}, "resolutoin"),
    ],
)
def test_a_wrong_order_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], said: str) -> None:
    keep(shop.catalogue, CARD)
    with pytest.raises(InvalidRequest, match=said):
        order(shop.catalogue, monkeypatch, **fields)
    with shop.catalogue.tenant("acme") as records:
        assert records.generations() == []


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"kind": "mixer", "clips": ["a.mp4"]}, "document.kind: is not `template`"),
        ({**CARD, "variables": {"NAME": {"type": "texd"}}}, r"document\.variables\.NAME"),
        ({**CARD, "resolution": "7p"}, r"document\.resolution"),
        ({**CARD, "variables": {}}, r"\{\{NAME\}\} is not a variable"),
        ({**CARD, "data": {"TINT": "bleu"}}, r"document\.data\.TINT"),
    ],
)
def test_what_no_values_could_mend_is_not_kept(document: dict[str, Any], said: str) -> None:
    check_template(CARD)
    with pytest.raises(InvalidRequest, match=said):
        check_template(document)


def test_a_preview_has_samples_for_what_has_no_value(shop: Shop) -> None:
    keep(shop.catalogue, CARD)
    with shop.catalogue.tenant("acme") as records:
        version = records.template_version("card")
    assert previewed(version, {})["data"] == {"NAME": "NAME"}
    assert previewed(version, {"NAME": "Ada"})["data"] == {"NAME": "Ada"}


@pytest.mark.parametrize("slip", ["value", "vales", "valeus"])
def test_values_by_a_name_that_is_a_letter_off_are_told_so_and_nothing_that_follows(shop: Shop, slip: str) -> None:
    keep(shop.catalogue, CARD)
    with shop.catalogue.tenant("acme") as records:
        ordered = from_template({"template": {"name": "card"}, slip: {"NAME": "Ada"}}, records)
    assert [str(each) for each in ordered.problems] == [f"{slip}: is not a field here (did you mean `values`?)"]
    assert ordered.document == {**CARD, "data": {"NAME": "Ada"}}


SHOWN: dict[str, Any] = {
    **CARD,
    "variables": {"LOGO": {"type": "asset"}, "SECS": {"type": "number", "default": 1}, "NAME": {"type": "text"}},
    "timeline": {
        "tracks": [
            {
                "clips": [
                    {
                        "type": "image",
                        "asset": "{{LOGO}}",
                        "duration": "{{SECS}}",
                        "opacity": [{"at": 0, "value": 0}, {"at": "{{SECS}}", "value": 1}],
                    }
                ]
            },
            {"clips": [{"type": "text", "text": "{{NAME}}", "duration": "{{SECS}}"}]},
        ]
    },
}
VALUES = {"LOGO": "https://a.example/logo.png", "NAME": "Ada"}


def test_a_value_that_goes_to_several_fields_is_told_once(shop: Shop) -> None:
    """Also where it is one of the keyframes that are wrong together."""
    keep(shop.catalogue, SHOWN)
    with shop.catalogue.tenant("acme") as records:
        judged = judge({"template": {"name": "card"}, "values": {**VALUES, "SECS": 0}}, records, settings())
    assert sorted((each.place, each.what) for each in judged.errors) == [
        ("values.SECS", "keyframes must have rising times"),
        ("values.SECS", "must be more than 0"),
    ]


def test_what_is_not_known_of_an_order_is_told_by_its_values(shop: Shop) -> None:
    keep(shop.catalogue, SHOWN)
    with shop.catalogue.tenant("acme") as records:
        judged = judge({"template": {"name": "card"}, "values": VALUES}, records, settings())
    assert (judged.errors, judged.unknown) == ((), ("values.LOGO",))


def test_what_fails_of_a_value_is_told_by_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the generation, in its events and in its letter; of a request that names no template, by its field."""
    keep(shop.catalogue, SHOWN)
    ordered = order(shop.catalogue, monkeypatch, values=VALUES)
    plain = submit({**SHOWN, "data": VALUES}, TERMS, shop.catalogue)
    field = "timeline.tracks[0].clips[0].asset"
    for generation, place in ((ordered, "values.LOGO"), (plain, field)):
        ledger = Ledger(shop.catalogue, TERMS, generation.id)
        ledger.begin(generation.request, "run")
        ledger.failed(BadMedia.at(field, "is empty", "name another"))
        with shop.catalogue.tenant("acme") as records:
            assert records.generation(generation.id).error == f"{place}: is empty (name another)"
            assert [each.place for each in records.problems_of(generation.id)] == [place]


def test_what_names_no_template_is_left_alone(shop: Shop, tmp_path: Path) -> None:
    with shop.catalogue.tenant("acme") as records:
        assert from_template(CARD, records).document is CARD
