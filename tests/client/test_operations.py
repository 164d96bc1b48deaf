"""The client is that of the OpenAPI document: every operation is there or is named as left out, and answers what it says."""

from __future__ import annotations

from typing import Any

import pytest

from reel.client import models, operations
from reel.client.operations import Operation
from tests.gateway.client_models import MODELS, answers_of, document, type_of, written

LEFT_OUT = {
    "GET /healthz": "for whoever runs the gateway",
    "GET /readyz": "for whoever runs the gateway",
    "GET /metrics": "for Prometheus",
    "POST /v1/credits/grants": "for operators",
    "GET /v1/forecast": "for operators",
    "POST /v1/events/tickets": "for browsers, which can send no key with an `EventSource`",
    "GET /v1/keys": "keys are managed by people",
    "POST /v1/keys": "keys are managed by people",
    "POST /v1/keys/{id}/rotate": "keys are managed by people",
    "DELETE /v1/keys/{id}": "keys are managed by people",
    "POST /v1/assets/multipart": "`assets.upload` goes by tus, into folders and buckets alike",
    "POST /v1/assets/{id}/parts": "`assets.upload` goes by tus",
    "POST /v1/assets/{id}/complete": "`assets.upload` goes by tus",
    "OPTIONS /v1/uploads": "the client knows what it speaks",
    "OPTIONS /v1/uploads/{id}": "the client knows what it speaks",
    "POST /v1/uploads/{id}": "for clients that cannot say PATCH",
    "GET /d/{token}/{tenant}/{generation}.zip": "links are fetched by whoever has them",
    "GET /d/{token}/{tenant}/{generation}/{name}": "links are fetched by whoever has them",
}
"""What the client has not, and why."""

OURS = {f"{each.method} {each.path}": each for each in vars(operations).values() if isinstance(each, Operation)}
DOCUMENT = document()
THEIRS = {
    f"{method.upper()} {path}": operation
    for path, each in DOCUMENT["paths"].items()
    for method, operation in each.items()
}


def test_every_operation_is_there_or_left_out() -> None:
    assert {*OURS} | {*LEFT_OUT} == {*THEIRS}
    assert {*OURS}.isdisjoint(LEFT_OUT)


@pytest.mark.parametrize("name", OURS)
def test_it_answers_what_the_document_says(name: str) -> None:
    (schema,) = {type_of(schema) if schema else "" for _, schema in answers_of(THEIRS[name])} or {""}
    answer: Any = OURS[name].answer
    if answer in (None, bytes):
        assert schema in ("", "Any")
    else:
        assert answer == eval(schema, {**vars(models)})


def test_the_models_are_those_of_the_document() -> None:
    assert MODELS.read_text() == written(), "run: python -m tests.gateway.client_models"


def test_only_orders_with_a_key_and_what_changes_nothing_more_are_sent_again() -> None:
    risky = {name for name, each in OURS.items() if each.method == "POST" and not each.may_repeat}
    assert risky == {
        "POST /v1/assets",
        "POST /v1/uploads",
        "POST /v1/projects",
        "POST /v1/templates",
        "POST /v1/templates/{id}/versions",
        "POST /v1/webhooks",
        "POST /v1/webhooks/{id}/rotate",
    }
