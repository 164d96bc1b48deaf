"""Webhooks as owners see to them."""

from __future__ import annotations

import re

import pytest

from reel.catalogue import NewGeneration
from tests.control.receiving import Receiver, deliver_due
from tests.gateway.pages.conftest import Read
from tests.gateway.test_webhooks import receiver

__all__ = ["receiver"]

HERE = "/pages/webhooks"


@pytest.fixture
def endpoint(signed_in, receiver: Receiver):
    """The page of one."""
    client = signed_in()
    answer = client.post(HERE, data={"url": receiver.url, "event.generation.queued": "on"})
    (form,) = [f for f in Read(answer.text).all("form") if str(f["action"]).endswith("/rotate")]
    return client, str(form["action"]).removesuffix("/rotate"), answer


def secrets(answer) -> list[str]:
    return re.findall(r"whsec_[\w+/=]+", answer.text)


def test_its_secret_is_shown_once(endpoint, receiver):
    client, path, made = endpoint
    assert len(secrets(made)) == 1
    assert made.headers["cache-control"] == "no-store"
    later = client.get(path)
    assert secrets(later) == []
    assert receiver.url in Read(later.text).text
    assert "generation.queued" in Read(client.get(HERE).text).texts
    again = client.post(f"{path}/rotate")
    assert len(secrets(again)) == 1
    assert secrets(again) != secrets(made)
    assert "the one before signs too" in Read(again.text).text


def test_it_is_tried(endpoint, receiver):
    client, path, _ = endpoint
    assert "The test was accepted" in client.post(f"{path}/test").text
    assert len(receiver.got) == 1


def test_what_was_sent_is_told_and_sent_again(endpoint, desk, receiver, clock):
    client, path, _ = endpoint
    with desk.catalogue.tenant("acme") as records:
        id_ = records.add(NewGeneration(kind="mixer", request={}))[0].id
    deliver_due(desk.catalogue, clock)
    shown = Read(client.get(path).text)
    assert id_ in shown.texts
    assert "accepted" in shown.text
    (again,) = [str(f["action"]) for f in shown.all("form") if str(f["action"]).endswith("/redeliver")]
    assert "Nothing in this state." in client.get(f"{path}?state=dead").text
    client.post(again)
    deliver_due(desk.catalogue, clock)
    assert len(receiver.got) == 2
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]


def test_it_is_disabled_and_removed(endpoint):
    client, path, _ = endpoint
    assert "nothing is sent since" in Read(client.post(f"{path}/disable").text).text
    assert "nothing is sent since" not in Read(client.post(f"{path}/enable").text).text
    assert "There are none yet." in client.post(f"{path}/remove").text


def test_an_address_that_is_none_is_told_in_the_form(signed_in):
    answer = signed_in().post(HERE, data={"url": "ftp://a.example/"})
    assert answer.status_code == 422
    assert "ftp://a.example/" in [field["value"] for field in Read(answer.text).all("input", name="url")]


@pytest.mark.parametrize("field", ["event.generation.dome", "events", "event"])
def test_an_event_that_there_is_not_sends_not_all_of_them(signed_in, receiver: Receiver, field):
    """A box that was renamed meanwhile, or a form that is not ours."""
    client = signed_in()
    answer = client.post(HERE, data={"url": receiver.url, field: "on"})
    assert (answer.status_code, secrets(answer)) == (422, [])
    assert "There are none yet." in client.get(HERE).text


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_they_are_owners_alone(signed_in, endpoint, role):
    client = signed_in("acme", role)
    assert client.get(HERE).status_code == client.get(endpoint[1]).status_code == 403
    assert "/pages/webhooks" not in client.get("/pages/generations").text
    assert signed_in("shop").get(endpoint[1]).status_code == 404
