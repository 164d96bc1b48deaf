"""Which runs a worker takes by what its sandbox is worth."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from deployments import confined
from reel.confinement.selftest import Sandbox
from reel.settings import Settings

FULL, PARTIAL, NONE = Sandbox(7, ()), Sandbox(7, ("signals the worker",)), Sandbox(0, ("connects by TCP",))


@pytest.mark.parametrize(
    ("found", "allowed", "parameters", "taken"),
    [
        (FULL, False, {"request": {}, "terms": {"tenant": "acme"}}, True),
        (PARTIAL, False, {"request": {}, "terms": {"tenant": "acme"}}, True),
        (NONE, False, {"request": {}, "terms": {"tenant": "acme"}}, False),
        (NONE, False, {"request": {}, "terms": {"tenant": "default"}}, True),
        (NONE, False, {"request": {}, "terms": {}}, True),
        (NONE, False, {"request": {}}, True),
        (NONE, False, {"source": {}, "terms": {"tenant": "acme"}}, False),
        # A share of anybody's generation.
        (NONE, False, {"key": "k", "number": 0}, False),
        (FULL, False, {"key": "k", "number": 0}, True),
        # The janitor.
        (NONE, False, {}, True),
        (NONE, True, {"request": {}, "terms": {"tenant": "acme"}}, True),
        (NONE, True, {"key": "k", "number": 0}, True),
    ],
)
def test_what_is_taken(
    found: Sandbox, allowed: bool, parameters: dict[str, Any], taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "sandbox", lambda: found)
    monkeypatch.setattr(confined, "settings", lambda: Settings(unconfined_tenants=allowed))
    assert confined.may_take(SimpleNamespace(flow_run=SimpleNamespace(parameters=parameters))) is taken
