"""A tenant that has one of everything: what the matrix of tenants fills paths and bodies with. A new route adds to this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.desk import Desk
from reel.catalogue import NewApiKey, NewGeneration, NewOutputRecord, NewUsageRecord
from reel.control.keys import issue
from tests.catalogue.conftest import document

COLOUR = {
    "kind": "template",
    "resolution": "360p",
    "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "#1e3a5f", "duration": 2}]}]},
}


def mark(tenant: str) -> str:
    """A word that stands in all that a tenant has, and nowhere else."""
    return f"mark-of-{tenant}"


def _generation(desk: Desk, tenant: str) -> dict[str, str]:
    name = mark(tenant)
    with desk.catalogue.tenant(tenant) as records:
        order = NewGeneration(kind="template", request={**COLOUR, "metadata": {"is": name}}, project=name, slot=name)
        made, _ = records.add(order)
        for status in ("fetching", "rendering", "saving"):
            records.move(made.id, status)
        outputs = [NewOutputRecord(name="video.mp4", location=f"/o/{name}.mp4", bytes=7, sha256="ab")]
        found = [document(made.id, slot=name)]
        records.delivered(made.id, outputs, NewUsageRecord(bytes=7), {"of": name}, 1.0, found)
        records.move(made.id, "done")
    return {"id": made.id}


def _key(desk: Desk, tenant: str) -> dict[str, str]:
    with desk.catalogue.tenant(tenant) as records:
        return {"id": issue(records, NewApiKey(name=mark(tenant)), desk.secrets("api-key")).record.id}


def _kind(desk: Desk, tenant: str) -> dict[str, str]:
    return {"kind": "mixer"}


FURNISHED: dict[str, Callable[[Desk, str], dict[str, str]]] = {
    "generations": _generation,
    "keys": _key,
    "kinds": _kind,
}
"""By resource: makes one of a tenant, and says what stands for it in paths."""

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/generations"): {"request": COLOUR},
    ("POST", "/v1/generations/estimate"): {"request": COLOUR},
    ("POST", "/v1/generations/validate"): {"request": COLOUR},
    ("POST", "/v1/keys"): {"name": "another"},
}
"""Good bodies, of all routes that read one."""

ENDLESS = {"/v1/events"}
"""Streams that go on until the client leaves; who may see what on them, `test_events` tries."""

OF_ALL = {"kinds"}
"""Resources that belong to no tenant."""
