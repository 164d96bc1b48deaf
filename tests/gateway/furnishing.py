"""A tenant that has one of everything: what the matrix of tenants fills paths and bodies with. A new route adds to this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.desk import Desk
from reel.catalogue import NewApiKey, NewBatch, NewEntry, NewGeneration, NewOutputRecord, NewUsageRecord
from reel.catalogue.names import new_id
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


def _template(desk: Desk, tenant: str) -> dict[str, str]:
    with desk.catalogue.tenant(tenant) as records:
        template = records.add_template(f"{mark(tenant)} {new_id()}", mark(tenant))
        records.publish(template.id, records.add_version(template.id, COLOUR, mark(tenant)).version)
    return {"id": template.id, "version": "1"}


def _batch(desk: Desk, tenant: str) -> dict[str, str]:
    with desk.catalogue.tenant(tenant) as records:
        entries = [NewEntry(number=1, slot=mark(tenant), request=COLOUR)]
        batch, _ = records.add_batch(NewBatch(name=mark(tenant), project=mark(tenant)), entries)
        records.grant(7, note=mark(tenant))
    return {"id": batch.id}


FURNISHED: dict[str, Callable[[Desk, str], dict[str, str]]] = {
    "batches": _batch,
    "generations": _generation,
    "keys": _key,
    "kinds": _kind,
    "templates": _template,
}
"""By resource: makes one of a tenant, and says what stands for it in paths."""

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/batches"): {"template": COLOUR, "rows": [{"made": "1"}], "columns": {"made": "metadata.made"}},
    ("POST", "/v1/credits/grants"): {"tenant": "ours", "credits": 1},
    ("POST", "/v1/templates"): {"name": "another", "document": COLOUR},
    ("POST", "/v1/templates/{id}/versions"): {"document": COLOUR},
    ("POST", "/v1/templates/{id}/versions/{version}/preview"): {},
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
