"""`/v1/templates`: kept, published, previewed, retired, and nobody else's."""

from __future__ import annotations

import pytest

from tests.shop import CARD


@pytest.fixture
def card(as_):
    wanted = {"name": "card", "document": CARD, "publish": True}
    answer = as_("acme", "owner").post("/v1/templates", json=wanted)
    assert answer.status_code == 201
    return answer.json()


def test_a_template_goes_through_its_versions(as_, card):
    assert [(each["version"], list(each["variables"])) for each in card["versions"]] == [(1, ["NAME", "TINT"])]
    owner, path = as_("acme", "owner"), f"/v1/templates/{card['id']}"
    added = owner.post(f"{path}/versions", json={"document": {**CARD, "background": "#0000ff"}, "note": "blue"})
    assert (added.status_code, added.json()["version"], added.json()["published"]) == (201, 2, None)
    assert owner.post(f"{path}/versions/2/publish").json()["published"]
    assert owner.get(f"{path}/versions/2").json()["document"]["background"] == "#0000ff"
    assert owner.get(f"{path}/versions/1").json()["document"] == CARD
    assert owner.post(f"{path}/versions/2/retire").json()["retired"]
    assert owner.post(f"{path}/retire").json()["retired"]
    assert [each["version"] for each in owner.get("/v1/templates/card").json()["versions"]] == [2, 1]
    assert [each["name"] for each in owner.get("/v1/templates").json()["templates"]] == ["card"]
    assert owner.get(f"{path}/usage").json() == {"versions": []}


def test_a_preview_is_a_request_with_samples(as_, card):
    path = f"/v1/templates/{card['id']}/versions/1/preview"
    client = as_("acme", "viewer")
    assert client.post(path, json={}).json()["request"]["data"] == {"NAME": "NAME"}
    assert client.post(path, json={"values": {"NAME": "Ada"}}).json()["request"]["data"] == {"NAME": "Ada"}
    wrong = client.post(path, json={"values": {"TINT": "bleu"}})
    assert (wrong.status_code, wrong.json()["problems"][0]["place"]) == (422, "values.TINT")


def test_what_is_no_template_is_a_problem(as_, card):
    client = as_("acme", "member")
    for document, place in (
        ({"kind": "mixer", "clips": ["a.mp4"]}, "document.kind"),
        ({**CARD, "resolution": "7p"}, "document.resolution"),
    ):
        answer = client.post("/v1/templates", json={"name": "x", "document": document})
        assert (answer.status_code, answer.json()["problems"][0]["place"]) == (422, place)
    taken = client.post("/v1/templates", json={"name": "card", "document": CARD})
    assert (taken.status_code, taken.json()["problems"][0]["place"]) == (422, "name")


def test_of_another_tenant_there_is_none(as_, card):
    other, path = as_("other"), f"/v1/templates/{card['id']}"
    assert other.get("/v1/templates").json() == {"templates": []}
    answers = [
        other.get(path),
        other.get(f"{path}/versions/1"),
        other.get(f"{path}/usage"),
        other.post(f"{path}/versions", json={"document": CARD}),
        other.post(f"{path}/versions/1/publish"),
        other.post(f"{path}/versions/1/retire"),
        other.post(f"{path}/retire"),
        other.post(f"{path}/versions/1/preview", json={}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert not any("card" in answer.text.replace(path, "") for answer in answers)


@pytest.mark.parametrize("version", ["x", "99999999999999999999", "-1"])
def test_what_is_no_version_is_told(as_, card, version):
    assert as_().get(f"/v1/templates/card/versions/{version}").status_code == 422
    assert as_().get("/v1/templates/card/versions/7").status_code == 404


@pytest.mark.parametrize("path", ["", "/card/versions"])
def test_what_a_member_keeps_is_a_draft(as_, path):
    """Publishing is an owner's, by whichever way."""
    owner, member = as_("acme"), as_("acme", "member")
    if path:
        assert owner.post("/v1/templates", json={"name": "card", "document": CARD}).status_code == 201
    wanted = {"document": CARD} if path else {"name": "card", "document": CARD}
    refused = member.post(f"/v1/templates{path}", json={**wanted, "publish": True})
    assert (refused.status_code, [each["place"] for each in refused.json()["problems"]]) == (403, ["publish"])
    assert refused.json()["detail"].endswith("(keep it as a draft, and have an owner publish it)")
    assert member.post(f"/v1/templates{path}", json=wanted).status_code == 201
    assert not any(each["published"] for each in member.get("/v1/templates/card").json()["versions"])
