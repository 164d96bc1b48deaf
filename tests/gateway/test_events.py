"""Live events: what clients are sent, and where they go on when they come back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from gateway.app import create_app
from reel.catalogue import NewGeneration, Progressed
from tests.gateway.conftest import key_of

WHOLE = ["queued", "started", "rendering", "saving", "done"]


@pytest.fixture
def add(desk):
    def made(tenant="acme", upto="done"):
        with desk.catalogue.tenant(tenant) as records:
            id_ = records.add(NewGeneration(kind="mixer", request={}))[0].id
            for status in ("fetching", "rendering", "saving", "done"):
                if upto == "queued":
                    break
                records.move(id_, status)
                if status == upto:
                    break
            return id_

    return made


def forget(desk, clock):
    """Remove what was told so far for its age."""
    clock.now += timedelta(seconds=60)
    with desk.catalogue.operator() as everyone:
        everyone.number_feed()
        everyone.forget_feed(clock.now)


def parsed(text):
    """Id, type and data of each event, by the rules of the HTML standard as far as they are needed."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "data" in fields:
            found.append((int(fields["id"]), fields["event"].removeprefix("generation."), json.loads(fields["data"])))
    return found


def types(events):
    return [type_ for _, type_, _ in events]


def test_a_generation_is_told_from_its_beginning_to_its_end(as_, add):
    id_ = add()
    answer = as_("acme", "viewer").get(f"/v1/generations/{id_}/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    events = parsed(answer.text)
    assert types(events) == WHOLE
    assert {event["data"]["generation"] for _, _, event in events} == {id_}
    numbers = [number for number, _, _ in events]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("said", "told"),
    [("2", WHOLE[2:]), ("0", WHOLE), ("", WHOLE), ("abc", WHOLE), ("-1", WHOLE), ("\u0663".encode(), WHOLE),
     ("1e3", WHOLE), ("999", WHOLE), ("9" * 4000, WHOLE)],
)  # fmt: skip
def test_where_it_goes_on(as_, add, said, told):
    id_ = add()
    answer = as_().get(f"/v1/generations/{id_}/events", headers={"Last-Event-ID": said})
    assert types(parsed(answer.text)) == told


def test_a_query_says_it_too(as_, add):
    id_ = add()
    assert types(parsed(as_().get(f"/v1/generations/{id_}/events?after=4").text)) == ["done"]


def test_who_has_seen_the_end_need_not_come_back(as_, add):
    id_ = add()
    answer = as_().get(f"/v1/generations/{id_}/events", headers={"Last-Event-ID": "5"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_one_that_is_tried_again_is_followed_on(as_, add, desk):
    id_ = add(upto="fetching")
    with desk.catalogue.tenant("acme") as records:
        records.move(id_, "failed")
        records.move(id_, "fetching")
    answer = as_().get(f"/v1/generations/{id_}/events")
    assert types(parsed(answer.text)) == ["queued", "started", "failed", "started"]
    assert ": ping" in answer.text, "it waits for more"


@pytest.mark.parametrize("method", ["get", "websocket"])
def test_what_is_not_yours_is_not_there(as_, add, method):
    id_ = add("theirs")
    for path in (f"/v1/generations/{id_}/events", "/v1/generations/nonsense/events"):
        if method == "get":
            assert as_().get(path).status_code == 404
        else:
            with pytest.raises(WebSocketDenialResponse) as refused, as_().websocket_connect(path):
                pass
            assert refused.value.status_code == 404
            assert refused.value.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/generations", "/"])
def test_a_websocket_where_there_is_none_is_a_problem(as_, path):
    with pytest.raises(WebSocketDenialResponse) as refused, as_().websocket_connect(path):
        pass
    assert refused.value.status_code == 404
    assert refused.value.headers["content-type"] == "application/problem+json"


def test_a_tenant_is_told_of_all_that_is_its_own(as_, add):
    first, theirs, second = add(), add("theirs"), add(upto="queued")
    events = parsed(as_().get("/v1/events", headers={"Last-Event-ID": "0"}).text)
    assert {event["data"]["generation"] for _, _, event in events} == {first, second}
    assert types(events) == [*WHOLE, "queued"]
    assert theirs not in str(events)


def test_a_tenant_hears_from_now_on(as_, add):
    add()
    assert parsed(as_().get("/v1/events").text) == []


def test_progress_is_told(as_, add, desk):
    id_ = add(upto="rendering")
    for percent in (10, 20):
        with desk.catalogue.tenant("acme") as records:
            records.progress(id_, Progressed(percent=percent, eta_seconds=4.0, percents={"variant-001": 33.0}))
    *_, (_, type_, said) = parsed(as_().get(f"/v1/generations/{id_}/events").text)
    assert type_ == "progress"
    assert (said["data"]["percent"], said["data"]["percents"]) == (20, {"variant-001": 33.0})


def test_of_what_is_forgotten_the_state_is_told(as_, add, desk, clock):
    id_ = add()
    forget(desk, clock)
    events = parsed(as_().get(f"/v1/generations/{id_}/events").text)
    assert types(events) == ["state"]
    assert events[0][2]["data"]["status"] == "done"
    assert events[0][2]["data"]["progress"]["percent"] == 100.0


def test_who_has_missed_what_is_forgotten_is_told_so(as_, add, desk, clock):
    add()
    forget(desk, clock)
    add(upto="queued")
    events = parsed(as_().get("/v1/events", headers={"Last-Event-ID": "2"}).text)
    assert [(number, type_) for number, type_, _ in events] == [(5, "feed.gap"), (6, "queued")]


class TestWebSocket:
    def test_the_same_events(self, as_, add):
        id_ = add()
        with as_("acme", "viewer").websocket_connect(f"/v1/generations/{id_}/events?after=2") as socket:
            said = [socket.receive_json() for _ in range(3)]
            assert socket.receive()["type"] == "websocket.close"
        assert [(each["id"], each["type"]) for each in said] == [
            ("3", "generation.rendering"),
            ("4", "generation.saving"),
            ("5", "generation.done"),
        ]
        assert said[0]["data"]["generation"] == id_

    def test_what_a_client_says_is_passed_over(self, as_, add):
        id_ = add(upto="queued")
        with as_().websocket_connect(f"/v1/generations/{id_}/events") as socket:
            socket.send_text("hello")
            socket.send_bytes(b"\0")
            assert socket.receive_json()["type"] == "generation.queued"

    def test_who_has_no_key_is_refused(self, as_, add):
        with pytest.raises(WebSocketDenialResponse) as refused, as_(None).websocket_connect("/v1/events"):
            pass
        assert refused.value.status_code == 401


class TestTickets:
    """For browsers, which can send no key with a stream."""

    def ticket(self, as_, **wanted):
        answer = as_("acme", "viewer").post("/v1/events/tickets", json=wanted)
        assert answer.status_code == 201, answer.text
        return answer.json()["ticket"]

    def test_it_opens_streams_without_a_key(self, as_, add):
        id_ = add()
        ticket = self.ticket(as_)
        for path in (f"/v1/generations/{id_}/events?after=0", "/v1/events?after=0"):
            assert types(parsed(as_(None).get(f"{path}&ticket={ticket}").text)) == WHOLE
        with as_(None).websocket_connect(f"/v1/generations/{id_}/events?ticket={ticket}") as socket:
            assert socket.receive_json()["type"] == "generation.queued"

    def test_one_for_a_generation_opens_no_other(self, as_, add):
        id_, other = add(), add()
        ticket = self.ticket(as_, generation=id_)
        assert as_(None).get(f"/v1/generations/{id_}/events?ticket={ticket}").status_code == 200
        for path in (f"/v1/generations/{other}/events", "/v1/events"):
            assert as_(None).get(f"{path}?ticket={ticket}").status_code == 401

    def test_it_opens_nothing_else(self, as_, add):
        id_, ticket = add(), self.ticket(as_)
        for path in ("/v1/generations", f"/v1/generations/{id_}", "/v1/keys", f"/v1/generations/{id_}/outputs.zip"):
            assert as_(None).get(f"{path}?ticket={ticket}").status_code == 401
        assert as_(None).post(f"/v1/events/tickets?ticket={ticket}", json={}).status_code == 401
        theirs = add("theirs")
        assert as_(None).get(f"/v1/generations/{theirs}/events?ticket={ticket}").status_code == 404

    def test_it_ends(self, as_, add, clock):
        ticket = self.ticket(as_, seconds=60)
        clock.now += timedelta(seconds=59)
        assert as_(None).get(f"/v1/events?ticket={ticket}").status_code == 200
        clock.now += timedelta(seconds=2)
        assert as_(None).get(f"/v1/events?ticket={ticket}").status_code == 401

    def test_it_ends_with_the_key_that_it_was_made_with(self, as_, desk):
        ticket = self.ticket(as_)
        with desk.catalogue.tenant("acme") as records:
            for key in records.api_keys():
                records.revoke_key(key.id)
        assert as_(None).get(f"/v1/events?ticket={ticket}").status_code == 401

    def test_it_cannot_be_changed(self, as_, add):
        ticket = self.ticket(as_)
        for at in range(0, len(ticket), 5):
            changed = ticket[:at] + ("A" if ticket[at] != "A" else "B") + ticket[at + 1 :]
            assert as_(None).get(f"/v1/events?ticket={changed}").status_code == 401
        for nonsense in ("", "a", "!", "A" * 400, "\u00e4"):
            assert as_(None).get("/v1/events", params={"ticket": nonsense}).status_code == 401

    def test_none_for_what_is_not_yours(self, as_, add):
        assert as_().post("/v1/events/tickets", json={"generation": add("theirs")}).status_code == 404


class TestRoom:
    @pytest.fixture
    def desk(self, desk):
        return replace(
            desk, settings=desk.settings.model_copy(update={"streams_per_tenant": 2, "stream_seconds": 60.0})
        )

    def test_a_tenant_has_so_many_streams(self, desk, add):
        add(upto="queued")
        app = create_app(desk)
        ours, theirs = ({"Authorization": f"Bearer {key_of(desk, tenant, 'viewer')}"} for tenant in ("acme", "theirs"))
        with TestClient(app, headers=ours) as client:
            with client.websocket_connect("/v1/events"), client.websocket_connect("/v1/events"):
                assert app.state.hub.open == 2
                refused = client.get("/v1/events")
                assert refused.status_code == 429
                assert refused.headers["retry-after"] == "5"
                with client.websocket_connect("/v1/events", headers=theirs):
                    assert app.state.hub.open == 3
            with client.websocket_connect("/v1/events"):
                assert app.state.hub.open == 1
