"""Generations over HTTP: ordered once, told of truly, called off, tried again, removed."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from reel.catalogue import ASSET, NewDeadLetter, NewOutputRecord, NewStepRecord, NewUsageRecord
from reel.control import placing
from reel.control.judging import judge
from reel.errors import BadMedia, Internal, Problem, Transient
from tests.catalogue.conftest import document

COLOUR = {
    "kind": "template",
    "resolution": "360p",
    "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "#1e3a5f", "duration": 2}]}]},
}
ENCODE = {"kind": "encode", "asset": "https://cdn.example/a.mp4?signature=secret"}


def order(client: Any, request: Any = COLOUR, key: str | None = None, **fields: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/v1/generations", json={"request": request, **fields}, headers=headers)


def end(catalogue: Any, id_: str, status: str = "done", tenant: str = "acme", error: Any = None) -> None:
    with catalogue.tenant(tenant) as records:
        for passed in ("fetching", "rendering", "saving"):
            assert records.move(id_, passed)
        if error:
            problems = [{"place": each.place, "what": each.what, "remedy": each.remedy} for each in error.problems]
            letter = NewDeadLetter(generation=id_, error_class=error.classification, problems=problems)
            assert records.fail(error, letter)
            return
        if status == "done":
            outputs = [NewOutputRecord(name="video.mp4", location="/o/video.mp4", bytes=7, sha256="ab")]
            records.delivered(
                id_, outputs, NewUsageRecord(bytes=7), {"page": 1}, 1.0, [document(id_, slot="summer beach")]
            )
        assert records.move(id_, status)


class TestOrdering:
    def test_an_order_is_queued_and_told_of(self, as_, catalogue):
        client = as_("acme", "member")
        made = order(client, project="shop", priority="batch", slot="row 7")
        told = made.json()
        assert made.status_code == 202
        assert made.headers["location"] == f"http://testserver/v1/generations/{told['id']}"
        assert (told["status"], told["place"], told["kind"], told["project"]) == ("queued", 0, "template", "shop")
        assert told["estimate"]["steps"] > 0
        assert client.get(made.headers["location"]).json() == told
        with catalogue.tenant("acme") as records:
            (found,) = records.generations()
        assert (found.id, found.request, found.priority, found.slot) == (told["id"], COLOUR, "batch", "row 7")

    def test_who_comes_later_waits_behind(self, as_, clock):
        first, other = as_("acme"), as_("other")
        assert [order(first).json()["place"] for _ in range(3)] == [0, 1, 2]
        clock.now += timedelta(seconds=1)
        # Tenants take turns: the other's first goes before acme's second.
        assert order(other).json()["place"] == 1

    def test_all_that_is_wrong_with_an_order_is_told_at_once(self, as_):
        wrong = {**COLOUR, "background": "whit", "outputs": [{"type": "video", "quality": {"crf": 20, "passes": 2}}]}
        refused = order(as_("acme"), wrong, project="Not A Name", priority="urgent", slot="", delete_after_download=1)
        assert refused.status_code == 422
        assert sorted(each["place"] for each in refused.json()["problems"]) == [
            "background", "delete_after_download", "outputs[0].quality", "priority", "project", "slot",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("body", "place"),
        [
            ({"request": {**COLOUR, "timeline": {"tracks": []}}}, "timeline.tracks"),
            ({"request": {"kind": "film"}}, "kind"),
            ({"request": {}}, "kind"),
            ({"request": {"kind": "encode", "asset": "a.mp4"}}, "asset"),
            ({"request": {"kind": "encode", "asset": "http://127.0.0.1/a.mp4"}}, "asset"),
            ({"request": {"kind": "encode", "asset": "http://169.254.169.254/latest"}}, "asset"),
            ({"request": {"kind": "encode", "asset": "gopher://a/b"}}, "asset"),
            ({"request": {**COLOUR, "webhook": {"url": "https://other.example/"}}}, "webhook.url"),
            ({"request": COLOUR, "project": "No Name"}, "project"),
            ({"request": COLOUR, "slot": "a\nb"}, "slot"),
            ({"request": COLOUR, "priority": "first"}, "priority"),
            ({"request": COLOUR, "tenant": "other"}, "tenant"),
            ({"request": []}, "request"),
            ({}, "request"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_is_queued(self, as_, catalogue, body, place):
        refused = as_().post("/v1/generations", json=body)
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        assert place in {each["place"].removeprefix("terms.") for each in refused.json()["problems"]}
        with catalogue.tenant("acme") as records:
            assert records.generations() == []


class TestKeys:
    """Idempotency keys."""

    def test_the_same_order_again_is_answered_with_the_same_generation(self, as_):
        client = as_()
        first, again = order(client, key="order-7"), order(client, key='"order-7"')
        assert [first.status_code, again.status_code] == [202, 202]
        assert first.json() == again.json()
        assert again.headers["location"] == first.headers["location"]
        assert [each.headers.get("idempotency-replayed") for each in (first, again)] == [None, "true"]
        assert order(as_("other"), key="order-7").json()["id"] != first.json()["id"]

    @pytest.mark.parametrize(
        "changed",
        [{"request": {**COLOUR, "resolution": "720p"}}, {"project": "shop"}, {"priority": "batch"}, {"slot": "s"}],
    )
    def test_another_order_with_the_same_key_is_refused(self, as_, changed):
        client = as_()
        assert order(client, key="order-7").status_code == 202
        refused = order(client, **{"key": "order-7", **changed})
        assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "idempotency_key")
        assert len(client.get("/v1/generations").json()["generations"]) == 1

    @pytest.mark.parametrize("key", ["", " ", '""', "x" * 256, "\u00e9"])
    def test_what_is_no_key(self, as_, key):
        headers = [(b"Idempotency-Key", key.encode("latin-1"))]
        assert as_().post("/v1/generations", json={"request": COLOUR}, headers=headers).status_code == 422

    def test_while_the_first_is_worked_on_the_second_is_told_to_come_again(self, as_, monkeypatch):
        begun, go_on = Event(), Event()

        def slow(*args):
            begun.set()
            assert go_on.wait(60)
            return judge(*args)

        monkeypatch.setattr(placing, "judge", slow)
        client = as_()
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(order, client, key="order-7")
            assert begun.wait(60)
            second = order(client, key="order-7")
            go_on.set()
            assert first.result().status_code == 202
        assert (second.status_code, second.headers["retry-after"]) == (409, "1")
        assert order(client, key="order-7").json()["id"] == first.result().json()["id"]

    def test_many_at_once_are_one(self, as_):
        client = as_()
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: order(client, key="order-7"), range(16)))
        assert {each.status_code for each in answers} <= {202, 409}
        assert len({each.json()["id"] for each in answers if each.status_code == 202}) == 1
        assert len(client.get("/v1/generations").json()["generations"]) == 1


class TestRoom:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"judged": 2, "judged_per_tenant": 1})

    @pytest.mark.parametrize(("other", "status"), [("acme", 429), ("third", 503)])
    def test_no_more_is_looked_through_at_once_than_there_is_room_for(self, as_, monkeypatch, other, status):
        """One tenant's fill its room, another's what is left of all; who comes then is told when to come again."""
        begun, go_on = Event(), Event()

        def slow(*args):
            begun.set()
            assert go_on.wait(60)
            return judge(*args)

        clients = [as_("acme")] if other == "acme" else [as_("acme"), as_("theirs")]
        monkeypatch.setattr(placing, "judge", slow)
        with ThreadPoolExecutor(2) as threads:
            held = []
            for client in clients:
                begun.clear()
                held.append(threads.submit(order, client))
                assert begun.wait(60)
            refused = as_(other).post("/v1/generations/estimate", json={"request": COLOUR})
            go_on.set()
            assert [each.result().status_code for each in held] == [202] * len(held)
        assert (refused.status_code, "retry-after" in refused.headers) == (status, True)
        assert as_(other).post("/v1/generations/estimate", json={"request": COLOUR}).status_code == 200


class TestLooking:
    def test_what_is_told_of_one_that_is_done(self, as_, catalogue):
        client = as_()
        id_ = order(client).json()["id"]
        with catalogue.tenant("acme") as records:
            asset = NewStepRecord(
                key="a" * 64, operation=ASSET, title="clips[0].asset", state="done"
            )  # no step of making
            step = NewStepRecord(key="k", operation="compose", title="t", outputs=["video.mp4"])
            records.plan_known(id_, "d", 1.0, [asset, step])
        end(catalogue, id_)
        told = client.get(f"/v1/generations/{id_}").json()
        assert (told["status"], told["percent"], told["place"], told["error"]) == ("done", 100, None, None)
        (output,) = told["outputs"]
        url, expires = output.pop("url"), output.pop("expires")
        assert output == {"name": "video.mp4", "role": "video", "bytes": 7, "sha256": "ab"}
        assert re.fullmatch(f"http://testserver/d/[A-Za-z0-9_-]{{31}}/acme/{id_}/video.mp4", url)
        assert datetime.fromisoformat(expires) > datetime.now(UTC)
        assert (told["steps"], told["report"]) == (None, None)
        more = client.get(f"/v1/generations/{id_}", params={"expand": ["steps", "report"]}).json()
        assert [(step["title"], step["outputs"]) for step in more["steps"]] == [("t", ["video.mp4"])]
        assert more["report"] == {"page": 1}

    def test_secrets_of_addresses_are_not_told(self, as_):
        client = as_()
        made = order(client, ENCODE)
        assert made.json()["request"] == {"kind": "encode", "asset": "https://cdn.example/a.mp4"}
        assert "secret" not in made.text + client.get(made.headers["location"]).text

    def test_why_it_failed_is_told_where_that_helps(self, as_, catalogue):
        client = as_()
        media, ours = order(client).json()["id"], order(client).json()["id"]
        end(catalogue, media, error=BadMedia.at("clips[0].asset", "is truncated", "send it again"))
        end(catalogue, ours, error=Internal.at("/srv/secret/x", "a check failed"))
        told = client.get(f"/v1/generations/{media}").json()["error"]
        assert (told["type"].rpartition("/")[2], told["status"]) == ("bad-media", 422)
        assert told["problems"] == [{"place": "clips[0].asset", "what": "is truncated", "remedy": "send it again"}]
        hidden = client.get(f"/v1/generations/{ours}").json()["error"]
        assert (hidden["status"], hidden["problems"], hidden["instance"][:5]) == (500, [], "dead_")
        assert "secret" not in json.dumps(hidden)

    def test_an_address_of_the_order_that_did_not_answer_is_told_and_nothing_else_that_was_away(self, as_, catalogue):
        client = as_()
        theirs, ours = order(client, ENCODE).json()["id"], order(client, ENCODE).json()["id"]
        what = "https://cdn.example/a.mp4 gave no answer: Connection refused"
        end(catalogue, theirs, error=Transient(Problem("asset", what), Problem("catalogue", "db-7.internal is away")))
        end(catalogue, ours, error=Transient.at("asset", "https://cdn.example.internal/a.mp4 gave no answer: Refused"))
        told = client.get(f"/v1/generations/{theirs}").json()["error"]
        assert (told["type"].rpartition("/")[2], told["status"]) == ("unavailable", 503)
        assert told["problems"] == [
            {"place": "asset", "what": what, "remedy": "see that the address answers, then order again"}
        ]
        assert told["detail"] == f"asset: {what} (see that the address answers, then order again)"
        hidden = client.get(f"/v1/generations/{ours}").json()["error"]
        assert (hidden["status"], hidden["problems"]) == (500, [])
        assert "internal" not in json.dumps([told, hidden])

    def test_a_list_goes_on_where_it_ended(self, as_, clock):
        client, ids = as_(), []
        for number in range(7):
            ids.append(order(client, project="even" if number % 2 == 0 else "odd").json()["id"])
            clock.now += timedelta(seconds=number % 3)  # some at the same moment
        seen, after = [], None
        while True:
            page = client.get("/v1/generations", params={"limit": 3} | ({"after": after} if after else {})).json()
            assert len(page["generations"]) <= 3
            seen += [each["id"] for each in page["generations"]]
            if not (after := page["after"]):
                break
        assert len(seen) == 7
        assert set(seen) == set(ids)
        even = client.get("/v1/generations", params={"project": "even"}).json()["generations"]
        assert {each["id"] for each in even} == set(ids[::2])

    @pytest.mark.parametrize(
        "query",
        [
            {"after": "x"},
            {"limit": 0},
            {"limit": 201},
            {"status": "lost"},
            {"since": "today"},
            {"since": "0001-01-01T00:00:00+14:00"},
            {"until": "9999-12-31T23:59:59-14:00"},
            {"until": "2026-02-30T00:00:00Z"},
            {"colour": "red"},
            {"kind": "encod"},
        ],
    )
    def test_what_is_no_question(self, as_, query):
        assert as_().get("/v1/generations", params=query).status_code == 422

    def test_a_cursor_is_of_one_question(self, as_):
        client = as_()
        for _ in range(3):
            order(client)
        after = client.get("/v1/generations", params={"limit": 1}).json()["after"]
        assert client.get("/v1/generations", params={"limit": 2, "after": after}).status_code == 200
        refused = client.get("/v1/generations", params={"after": after, "project": "shop"})
        assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "after")

    def test_filters(self, as_, catalogue, clock):
        client = as_()
        first = order(client, slot="row 1").json()["id"]
        clock.now += timedelta(hours=1)
        second = order(client, ENCODE).json()["id"]
        end(catalogue, first)

        def found(**query):
            return [each["id"] for each in client.get("/v1/generations", params=query).json()["generations"]]

        noon = clock.now.isoformat()
        assert found() == [second, first]
        assert found(status=["done", "failed"]) == found(slot="row 1") == found(until=noon) == [first]
        assert found(kind="encode") == found(since=noon) == found(status="queued") == [second]
        assert found(search="beach") == found(search="summer", status="done") == [first]
        assert found(search="winter") == found(search="beach", kind="encode") == []
        refused = client.get("/v1/generations", params={"search": "heigth>=1080"})
        assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "search")


class TestJudging:
    def test_a_request_is_judged_and_nothing_is_kept(self, as_, catalogue):
        verdict = as_("acme", "viewer").post("/v1/generations/validate", json={"request": COLOUR}).json()
        assert (verdict["valid"], verdict["errors"], verdict["unknown"]) == (True, [], [])
        assert verdict["resolved"]["bitrate"] == "medium"
        assert verdict["estimate"]["seconds"] > 0
        with catalogue.operator() as everybody:
            assert everybody.find_generations() == []

    @pytest.mark.parametrize("judgement", ["validate", "estimate"])
    def test_what_can_be_ordered_can_be_judged_first(self, as_, judgement):
        order = {
            "request": COLOUR,
            "project": "spring",
            "priority": "batch",
            "slot": "row 1",
            "delete_after_download": True,
        }
        judged, unknown = (
            as_().post(f"/v1/generations/{judgement}", json=order | more) for more in ({}, {"prioritty": "batch"})
        )
        assert (judged.status_code, unknown.status_code) == (200, 422)

    def test_what_is_not_known_yet_is_told(self, as_):
        verdict = as_().post("/v1/generations/validate", json={"request": ENCODE}).json()
        assert (verdict["valid"], verdict["unknown"], verdict["estimate"]) == (True, ["asset"], None)
        assert verdict["resolved"]["asset"] == "https://cdn.example/a.mp4"
        assert as_().post("/v1/generations/estimate", json={"request": ENCODE}).json() is None

    def test_all_that_is_wrong_is_told_at_once(self, as_):
        wrong = {**COLOUR, "bitrate": "much", "resolution": "1p", "webhook": {"url": "https://other.example/"}}
        verdict = as_().post("/v1/generations/validate", json={"request": wrong}).json()
        assert verdict["valid"] is False
        assert {each["place"] for each in verdict["errors"]} >= {"bitrate", "resolution"}
        assert as_().post("/v1/generations/estimate", json={"request": wrong}).status_code == 422


class TestEnding:
    def test_one_that_waits_is_called_off_for_good(self, as_, catalogue):
        client = as_("acme", "member")
        id_ = order(client).json()["id"]
        assert client.post(f"/v1/generations/{id_}/cancel").json()["status"] == "cancelled"
        assert client.post(f"/v1/generations/{id_}/cancel").json()["status"] == "cancelled"
        with catalogue.tenant("acme") as records:
            assert not records.move(id_, "fetching")
            assert [event.type for event in records.events(id_)] == []

    def test_its_run_is_told(self, as_, desk, catalogue, called_off):
        client = as_()
        id_ = order(client).json()["id"]
        with catalogue.tenant("acme") as records:
            records.runs_as(id_, "run-1")
            records.move(id_, "fetching")
        client.post(f"/v1/generations/{id_}/cancel")
        assert called_off == ["run-1"]

    def test_what_is_done_stays_done(self, as_, catalogue):
        client = as_()
        id_ = order(client).json()["id"]
        end(catalogue, id_)
        assert client.post(f"/v1/generations/{id_}/cancel").json()["status"] == "done"
        assert client.post(f"/v1/generations/{id_}/retry").status_code == 409

    @pytest.mark.parametrize("status", ["failed", "cancelled"])
    def test_what_failed_is_tried_again_as_another(self, as_, catalogue, status):
        client = as_()
        old = order(client, key="order-7", slot="row 1").json()["id"]
        if status == "failed":
            end(catalogue, old, error=BadMedia.at("asset", "is broken"))
        else:
            client.post(f"/v1/generations/{old}/cancel")
        again = client.post(f"/v1/generations/{old}/retry")
        new = again.json()
        assert again.status_code == 202
        assert (new["status"], new["retry_of"], new["slot"]) == ("queued", old, "row 1")
        assert again.headers["location"].endswith(new["id"])
        twice = client.post(f"/v1/generations/{old}/retry")
        assert (twice.status_code, twice.json()["id"]) == (202, new["id"])
        assert [each.headers.get("idempotency-replayed") for each in (again, twice)] == [None, "true"]
        assert order(client, key="order-7", slot="row 1").json()["id"] == new["id"]
        with catalogue.tenant("acme") as records:
            assert records.dead_letters("open") == []

    def test_what_is_removed_is_gone_and_its_use_counted(self, as_, desk, catalogue, tmp_path, clock):
        client = as_()
        id_ = order(client, key="order-7").json()["id"]
        end(catalogue, id_)
        file = Path(tmp_path / "outputs" / "acme" / id_ / "video.mp4")
        file.parent.mkdir(parents=True)
        file.write_bytes(b"1234567")
        assert client.delete(f"/v1/generations/{id_}").status_code == 204
        assert not file.exists()
        for gone in (
            client.get(f"/v1/generations/{id_}"),
            client.delete(f"/v1/generations/{id_}"),
            client.post(f"/v1/generations/{id_}/cancel"),
            client.post(f"/v1/generations/{id_}/retry"),
        ):
            assert gone.status_code == 404
        assert client.get("/v1/generations").json()["generations"] == []
        assert client.get("/v1/generations", params={"search": "beach"}).json()["generations"] == []
        with catalogue.tenant("acme") as records:
            assert records.used(clock.now - timedelta(days=1)).bytes == 7
        assert order(client, key="order-7").json()["id"] != id_

    def test_what_is_removed_under_way_is_called_off(self, as_, catalogue, called_off):
        client = as_()
        id_ = order(client).json()["id"]
        with catalogue.tenant("acme") as records:
            records.runs_as(id_, "run-1")
            records.move(id_, "fetching")
        assert client.delete(f"/v1/generations/{id_}").status_code == 204
        assert called_off == ["run-1"]
        with catalogue.tenant("acme") as records:
            assert records.generation(id_).status == "cancelled"
            assert not records.move(id_, "rendering")
