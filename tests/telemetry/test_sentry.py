"""What is sent to Sentry, with an SDK that only notes what it is told."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from reel.errors import BadMedia, Cancelled, Internal, InvalidRequest, Resource
from reel.telemetry import sentry
from reel.telemetry.logs import bound


def test_without_an_address_or_an_sdk_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert not sentry.set_up({})
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    assert not sentry.set_up({"SENTRY_DSN": "https://key@sentry.example/1"})
    assert "no errors are sent" in caplog.text


def test_it_is_set_up_without_what_may_be_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setitem(sys.modules, "sentry_sdk", SimpleNamespace(init=told.update))
    assert sentry.set_up({"SENTRY_DSN": "https://key@sentry.example/1"})
    assert told["dsn"] == "https://key@sentry.example/1"
    assert not told["include_local_variables"]
    assert not told["send_default_pii"]


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (BadMedia.at("a", "b"), False),
        (InvalidRequest.at("a", "b"), False),
        (Cancelled.at("a", "b"), False),
        (Internal.at("a", "b"), True),
        (Resource.at("a", "b"), True),
        (ZeroDivisionError(), True),
    ],
)
def test_only_what_may_be_our_fault_is_sent(error: Exception, sent: bool) -> None:
    with bound(generation="g1", tenant="acme"):
        event = sentry.before_send({"tags": {"a": "b"}}, {"exc_info": (type(error), error, None)})
    assert event == ({"tags": {"a": "b", "generation": "g1", "tenant": "acme"}} if sent else None)
