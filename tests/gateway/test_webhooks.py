"""Webhooks managed over HTTP: made, tried, rotated, looked at, sent again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from standardwebhooks import Webhook

from reel.catalogue import NewGeneration
from reel.settings import Settings
from tests.control.receiving import Receiver, deliver_due, serving
from tests.waiting import wait_for


@pytest.fixture
def receiver(monkeypatch):
    """A receiver on this machine, which may be asked."""
    config = Settings(private_networks=True, web_ports=tuple(range(1, 65536)))
    for module in ("reel.web.addresses", "reel.web.urls", "reel.web.connect"):
        monkeypatch.setattr(f"{module}.settings", lambda: config)
    receiver = Receiver()
    with serving(receiver):
        yield receiver


def add(as_, url, **more):
    return as_().post("/v1/webhooks", json={"url": url, **more})


def order(desk, tenant="acme"):
    with desk.catalogue.tenant(tenant) as records:
        return records.add(NewGeneration(kind="mixer", request={}))[0].id


def test_the_secret_is_shown_once(as_, receiver):
    made = add(as_, receiver.url, events=["generation.done"])
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    said = made.json()
    secret = said.pop("secret")
    assert secret.startswith("whsec_")
    assert as_().get("/v1/webhooks").json() == {"webhooks": [said]}
    assert as_().get(f"/v1/webhooks/{said['id']}").json() == said
    assert (said["url"], said["events"], said["disabled"]) == (receiver.url, ["generation.done"], None)


def test_what_arrives_is_signed(as_, desk, receiver, clock):
    said = add(as_, receiver.url).json()
    id_ = order(desk)
    deliver_due(desk.catalogue, clock)
    ((headers, body),) = receiver.got
    assert Webhook(said["secret"]).verify(body, headers)["data"]["generation"] == id_


def test_a_new_secret_and_for_a_day_the_old_one_too(as_, desk, receiver, clock):
    before = add(as_, receiver.url).json()
    after = as_().post(f"/v1/webhooks/{before['id']}/rotate")
    assert after.status_code == 201
    assert after.json()["secret"] != before["secret"]
    order(desk)
    deliver_due(desk.catalogue, clock)
    ((headers, body),) = receiver.got
    for secret in (before["secret"], after.json()["secret"]):
        Webhook(secret).verify(body, headers)


class TestTrying:
    def test_it_arrives(self, as_, receiver):
        said = add(as_, receiver.url, events=["generation.done"]).json()
        answer = as_().post(f"/v1/webhooks/{said['id']}/test").json()
        assert (answer["accepted"], answer["error"]) == (True, None)
        ((headers, body),) = receiver.got
        assert Webhook(said["secret"]).verify(body, headers)["type"] == "webhook.test"

    @pytest.mark.parametrize(
        ("status", "why"), [(500, "500: ok"), (302, "302, a redirect, which is not followed: ok"), (410, "410: ok")]
    )
    def test_it_does_not(self, as_, receiver, status, why):
        said = add(as_, receiver.url).json()
        receiver.answer = lambda number: status
        answer = as_().post(f"/v1/webhooks/{said['id']}/test").json()
        assert (answer["accepted"], answer["error"]) == (False, why)
        assert as_().get(f"/v1/webhooks/{said['id']}").json()["disabled"] is None

    def test_a_few_that_hang_hold_no_more(self, as_, receiver):
        """Each holds a thread for as long as a delivery may take: one tenant has two."""
        path = f"/v1/webhooks/{add(as_, receiver.url).json()['id']}/test"
        receiver.hold.clear()
        with ThreadPoolExecutor(2) as threads:
            held = [threads.submit(as_().post, path) for _ in range(2)]
            wait_for(lambda: len(receiver.got) == 2, "both hang")
            answer = as_().post(path)
            other = add(partial(as_, "other"), "http://127.0.0.1:1/x").json()["id"]
            assert as_("other").post(f"/v1/webhooks/{other}/test").status_code == 200
            receiver.hold.set()
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        assert "tried out" in answer.json()["detail"]
        assert [each.result().json()["accepted"] for each in held] == [True, True]

    def test_nobody_is_there(self, as_, receiver):
        said = add(as_, "http://127.0.0.1:1/x").json()
        answer = as_().post(f"/v1/webhooks/{said['id']}/test").json()
        assert not answer["accepted"]
        assert "gave no answer" in answer["error"]


class TestDeliveries:
    def test_all_attempts_are_told_and_it_is_sent_again(self, as_, desk, receiver, clock):
        said = add(as_, receiver.url).json()
        receiver.answer = lambda number: 500 if number == 1 else 200
        id_ = order(desk)
        deliver_due(desk.catalogue, clock)
        (delivery,) = as_().get(f"/v1/webhooks/{said['id']}/deliveries").json()["deliveries"]
        assert (delivery["state"], delivery["generation"], delivery["type"]) == ("pending", id_, "generation.queued")
        assert [attempt["error"] for attempt in delivery["attempts"]] == ["500: ok"]
        path = f"/v1/webhooks/{said['id']}/deliveries/{delivery['id']}/redeliver"
        again = as_().post(path)
        assert (again.status_code, again.json()["state"]) == (202, "pending")
        deliver_due(desk.catalogue, clock)
        (delivery,) = as_().get(f"/v1/webhooks/{said['id']}/deliveries?state=delivered").json()["deliveries"]
        assert [attempt["error"] for attempt in delivery["attempts"]] == ["500: ok", None]
        assert as_().post(path).status_code == 202, "what was accepted may be sent again too"
        deliver_due(desk.catalogue, clock)
        assert receiver.ids() == [delivery["id"]] * 3
        assert json.loads(receiver.got[0][1]) == json.loads(receiver.got[2][1])

    def test_a_list_goes_on_where_it_ended(self, as_, desk, receiver, clock):
        said = add(as_, receiver.url).json()
        for _ in range(5):
            order(desk)
            clock.now = clock.now.replace(microsecond=(clock.now.microsecond + 1) % 1_000_000)
        ids, after = [], ""
        while after is not None:
            page = as_().get(f"/v1/webhooks/{said['id']}/deliveries?limit=2{after and f'&after={after}'}").json()
            ids += [each["id"] for each in page["deliveries"]]
            after = page["after"]
        assert len(ids) == len(set(ids)) == 5

    def test_none_of_another_endpoint(self, as_, desk, receiver):
        one, other = add(as_, receiver.url).json(), add(as_, receiver.url).json()
        order(desk)
        (delivery,) = as_().get(f"/v1/webhooks/{one['id']}/deliveries").json()["deliveries"]
        assert as_().post(f"/v1/webhooks/{other['id']}/deliveries/{delivery['id']}/redeliver").status_code == 404
        assert as_().get(f"/v1/webhooks/{one['id']}/deliveries?after=nothing").status_code == 404


def test_it_rests_and_goes_on(as_, desk, receiver, clock):
    said = add(as_, receiver.url).json()
    assert as_().post(f"/v1/webhooks/{said['id']}/disable").json()["disabled"]
    order(desk)
    deliver_due(desk.catalogue, clock)
    assert receiver.got == []
    assert as_().post(f"/v1/webhooks/{said['id']}/enable").json()["disabled"] is None
    order(desk)
    deliver_due(desk.catalogue, clock)
    assert receiver.types() == ["queued"]


def test_it_is_removed_with_what_waits(as_, desk, receiver, clock):
    said = add(as_, receiver.url).json()
    order(desk)
    assert as_().delete(f"/v1/webhooks/{said['id']}").status_code == 204
    deliver_due(desk.catalogue, clock)
    assert receiver.got == []
    assert as_().get("/v1/webhooks").json() == {"webhooks": []}
    assert as_().delete(f"/v1/webhooks/{said['id']}").status_code == 404


def test_that_of_requests_is_shown_and_not_removed(as_, desk):
    with desk.catalogue.tenant("acme") as records:
        records.endpoint_of_requests()
    (said,) = as_().get("/v1/webhooks").json()["webhooks"]
    assert said["url"] is None
    assert as_().delete(f"/v1/webhooks/{said['id']}").status_code == 422
    assert as_().post(f"/v1/webhooks/{said['id']}/test").status_code == 404
    assert as_().post(f"/v1/webhooks/{said['id']}/rotate").json()["secret"].startswith("whsec_")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"url": "ftp://a.example/x"}, "url"),
        ({"url": "http://127.0.0.1/x"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://[::1]/x"}, "url"),
        ({"url": "https://a.example/x", "events": ["nothing"]}, "events[0]"),
        ({"url": "https://a.example/x", "events": []}, "events"),
        ({"url": ""}, "url"),
        ({}, "url"),
        ({"url": "https://a.example/x", "secret": "mine"}, "secret"),
    ],
)
def test_what_is_refused(as_, body, place):
    answer = as_().post("/v1/webhooks", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["problems"][0]["place"] == place


def test_hosts_that_the_operator_names(as_, desk):
    with desk.catalogue.operator() as everybody:
        everybody.set_tenant("acme", webhook_hosts=["hooks.example"])
    assert add(as_, "https://hooks.example/x").status_code == 201
    assert add(as_, "https://other.example/x").status_code == 422


def test_so_many_and_no_more(as_):
    client = as_()
    answers = [client.post("/v1/webhooks", json={"url": f"https://a.example/{n}"}).status_code for n in range(21)]
    assert answers == [201] * 20 + [422]


def test_whose_they_are(as_, receiver, desk):
    said = add(as_, receiver.url).json()
    order(desk)
    (delivery,) = as_().get(f"/v1/webhooks/{said['id']}/deliveries").json()["deliveries"]
    theirs = as_("theirs")
    assert theirs.get("/v1/webhooks").json() == {"webhooks": []}
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/rotate"),
        ("POST", "/disable"),
        ("POST", "/enable"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("POST", f"/deliveries/{delivery['id']}/redeliver"),
    ):
        assert theirs.request(method, f"/v1/webhooks/{said['id']}{path}").status_code == 404, path
    assert as_("acme", "member").get("/v1/webhooks").status_code == 403
    assert receiver.got == []
