"""The client against the gateway: each method of each resource once, and what is refused."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from reel.client import GatewayError, NotMade
from reel.control.stores import this_library
from reel.errors import BadMedia, Transient
from tests.client.conftest import answering
from tests.fetch.conftest import configure
from tests.gateway.furnishing import BYTES, COLOUR, FURNISHED, VIDEO, mark, ready_asset
from tests.shop import CARD

__all__ = ["configure"]


@pytest.fixture(autouse=True)
def library(configure, tmp_path):
    configure(library=tmp_path / "library")
    return this_library()


class TestGenerations:
    def test_an_order_goes_its_way(self, api) -> None:
        assert api.generations.validate(COLOUR).valid
        expected = api.generations.estimate(COLOUR)
        assert expected.seconds > 0
        made = api.generations.order(COLOUR, idempotency_key="a", project="films")
        assert api.generations.order(COLOUR, idempotency_key="a", project="films").id == made.id
        assert [each.id for each in api.generations.list(project="films", status=("queued",))] == [made.id]
        assert api.generations.get(made.id, "steps", "report").steps == ()
        assert api.generations.cancel(made.id).status == "cancelled"
        again = api.generations.retry(made.id)
        assert again.retry_of == made.id
        api.generations.remove(made.id)
        with pytest.raises(GatewayError) as caught:
            api.generations.get(made.id)
        assert caught.value.type == "not-found"

    def test_a_list_is_read_page_by_page(self, api) -> None:
        made = {api.generations.order({**COLOUR, "metadata": {"n": n}}).id for n in range(60)}
        assert {each.id for each in api.generations.list()} == made

    def test_what_is_wrong_with_a_request(self, api) -> None:
        wrong = {"kind": "encode", "asset": "https://cdn.example/a.mp4", "resolution": "7p"}
        assert [each.place for each in api.generations.validate(wrong).errors] == ["resolution"]
        with pytest.raises(GatewayError) as caught:
            api.generations.order(wrong)
        assert (caught.value.status, caught.value.problems[0].place) == (422, "resolution")

    def test_waiting(self, api, desk) -> None:
        done = FURNISHED["generations"](desk, "acme")["id"]
        assert api.generations.wait(done).percent == 100
        made = api.generations.order(COLOUR)
        with pytest.raises(Transient, match="is queued after 60 s"):
            api.generations.wait(made.id, seconds=60)
        api.generations.cancel(made.id)
        with pytest.raises(NotMade, match="it is cancelled") as caught:
            api.generations.wait(made.id)
        assert caught.value.generation.id == made.id

    def test_events_until_it_has_ended(self, api, desk) -> None:
        done = FURNISHED["generations"](desk, "acme")["id"]
        seen = list(api.generations.events(done))
        assert (seen[0].type, seen[-1].type) == ("generation.queued", "generation.done")
        assert [each.id for each in api.generations.events(done, after=seen[1].id)] == [each.id for each in seen[2:]]
        assert list(api.generations.events(done, after=seen[-1].id)) == []

    def test_files(self, api, desk, tmp_path) -> None:
        done = FURNISHED["generations"](desk, "acme")["id"]
        to = api.generations.download(done, VIDEO, tmp_path / "a.mp4")
        assert to.read_bytes() == BYTES
        assert api.generations.archive(done, tmp_path / "a.zip").read_bytes()[:2] == b"PK"
        assert api.generations.link(done, VIDEO, seconds=60).url.startswith("http://testserver/d/")
        assert sorted(each.name for each in tmp_path.glob("a.*")) == ["a.mp4", "a.zip"]


class TestAssets:
    def test_sent_and_changed(self, api, tmp_path) -> None:
        (tmp_path / "a.png").write_bytes(b"?" * 1000)
        told = []
        made = api.assets.upload(tmp_path / "a.png", folder="summer", told=lambda *far: told.append(far))
        assert (made.name, made.folder, made.state, made.bytes) == ("a.png", "summer", "quarantined", 1000)
        assert told == [(0, 1000), (1000, 1000)]
        assert api.assets.change(made.id, metadata={"n": 7}).metadata == {"n": 7}
        assert [each.id for each in api.assets.list(folder="summer")] == [made.id]
        assert [each.name for each in api.assets.folders()] == ["summer"]
        assert "golden" in {each.use for each in api.assets.defaults()}
        api.assets.remove(made.id)
        with pytest.raises(GatewayError):
            api.assets.get(made.id)

    def test_waiting(self, api, desk) -> None:
        ready = ready_asset(desk, "acme")
        found = api.assets.wait(ready)
        assert found.sha256 == hashlib.sha256(mark("acme").encode()).hexdigest()
        assert api.assets.thumbnail(ready) == mark("acme").encode()
        fetched = api.assets.fetch("https://cdn.example/a.png?signature=x", metadata={"n": 1})
        with pytest.raises(Transient, match="uploading after 5 s"):
            api.assets.wait(fetched.id, seconds=5)

    def test_refused(self, api) -> None:
        refused = api.assets.fetch("https://cdn.example/a.png").model_dump(mode="json")
        refused |= {"state": "refused", "problems": [{"place": "asset", "what": "is a text", "remedy": ""}]}
        other, _ = answering(httpx.Response(200, json=refused))
        with pytest.raises(BadMedia, match="asset: is a text"):
            other.assets.wait(refused["id"])

    def test_projects(self, api, desk) -> None:
        asset = ready_asset(desk, "acme")
        made = api.projects.add("films", title="Films", assets=[asset], settings={"resolution": "360p"})
        assert [each.id for each in made.assets] == [asset]
        assert api.projects.change("films", assets=[]).assets == ()
        assert api.projects.get("films").settings == {"resolution": "360p"}
        assert [each.id for each in api.projects.list()] == ["films"]
        api.projects.remove("films")
        assert api.projects.list() == ()


def test_templates(api) -> None:
    made = api.templates.add("card", CARD, publish=True)
    assert api.templates.add_version(made.id, CARD, note="again").version == 2
    assert api.templates.publish(made.id, 2).published
    assert api.templates.version("card", 1).document == CARD
    assert api.templates.preview("card", 2, {"NAME": "Ada"})["data"] == {"NAME": "Ada"}
    assert api.templates.usage("card") == ()
    assert api.templates.retire_version("card", 1).retired
    assert [each.version for each in api.templates.get("card").versions] == [2, 1]
    assert api.templates.retire("card").retired
    assert [each.name for each in api.templates.list()] == ["card"]


def test_batches(api) -> None:
    made = api.batches.order(CARD, [{"NAME": "Ada"}, {"NAME": "Bob", "TINT": "bleu"}], name="Monday")
    assert (made.rows.waiting, made.rows.bad) == (1, 1)
    assert [row.status for row in api.batches.rows(made.id)] == ["waiting", "bad"]
    assert api.batches.manifest(made.id).count(b"\n") == 2
    assert [each.id for each in api.batches.list()] == [made.id]
    assert api.batches.cancel(made.id) == ()
    assert api.batches.get(made.id).status == "cancelled"
    assert api.batches.retry(made.id) == 0


def test_webhooks(api, desk) -> None:
    made = api.webhooks.add("https://hooks.example/a", ["generation.done"])
    assert made.secret.startswith("whsec_")
    assert api.webhooks.rotate(made.id).secret != made.secret
    assert api.webhooks.disable(made.id).disabled
    assert api.webhooks.enable(made.id).disabled is None
    assert [each.id for each in api.webhooks.list()] == [made.id]
    there = FURNISHED["webhooks"](desk, "acme")
    assert api.webhooks.test(there["id"]).accepted is False
    assert [each.id for each in api.webhooks.deliveries(there["id"])] == [there["event"]]
    assert api.webhooks.redeliver(there["id"], there["event"]).state == "pending"
    api.webhooks.remove(made.id)
    assert api.webhooks.get(there["id"]).url


def test_credits_and_kinds(api) -> None:
    assert api.credits.account().available == 0
    assert api.credits.transfers() == ()
    assert api.credits.usage().bytes == 0
    assert api.credits.usage_csv().startswith(b"generation,")
    assert {"mixer", "template"} <= {each.kind for each in api.kinds()}
    assert api.schema("mixer")["title"] == "MixerRequest"


def test_a_viewer_orders_nothing(api_of) -> None:
    with pytest.raises(GatewayError) as caught:
        api_of(role="viewer").generations.order(COLOUR)
    assert (caught.value.status, caught.value.type) == (403, "forbidden")
