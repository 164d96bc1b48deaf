"""A tenant that has one of everything: what the matrix of tenants fills paths and bodies with. A new route adds to this."""

from __future__ import annotations

import hashlib
import json
import tempfile
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.desk import Desk
from reel.catalogue import NewApiKey, NewGeneration, NewOutputRecord, NewUsageRecord
from reel.catalogue.names import new_id
from reel.control.keys import issue
from reel.control.stores import this_library
from reel.store import ObjectStore, tenant_prefix
from tests.catalogue.conftest import document
from tests.gateway.conftest import key_of

BYTES = b"1234567"
VIDEO = "video.mp4"

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
        where = f"{tenant_prefix(tenant, made.id)}{VIDEO}"
        digest = put(desk.stores.outputs, where, BYTES)
        outputs = [
            NewOutputRecord(name=VIDEO, location=desk.stores.outputs.where(where), bytes=len(BYTES), sha256=digest)
        ]
        found = [document(made.id, slot=name)]
        records.delivered(made.id, outputs, NewUsageRecord(bytes=7), {"of": name}, 1.0, found)
        records.move(made.id, "done")
    return {"id": made.id, "name": VIDEO}


def put(store: ObjectStore, name: str, content: bytes) -> str:
    """Put an object; its digest."""
    digest = hashlib.sha256(content).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "put")
        path.write_bytes(content)
        store.put(name, path, digest)
    return digest


def _key(desk: Desk, tenant: str) -> dict[str, str]:
    with desk.catalogue.tenant(tenant) as records:
        return {"id": issue(records, NewApiKey(name=mark(tenant)), desk.secrets("api-key")).record.id}


def _kind(desk: Desk, tenant: str) -> dict[str, str]:
    return {"kind": "mixer"}


_apps: dict[int, Any] = {}
"""By the id of its desk: making one takes longer than asking it."""


def _over_http(desk: Desk, tenant: str, path: str, body: Any = None, headers: Any = None) -> Any:
    """What an owner is answered with who makes something."""
    if id(desk) not in _apps or _apps[id(desk)].state.desk is not desk:
        _apps.clear()
        _apps[id(desk)] = create_app(desk)
    whole = {"Authorization": f"Bearer {key_of(desk, tenant)}", **(headers or {})}
    answer = TestClient(_apps[id(desk)], headers=whole).post(path, json=body)
    assert answer.status_code < 300, answer.text
    return answer


def _template(desk: Desk, tenant: str) -> dict[str, str]:
    document = {**COLOUR, "variables": {"NAME": {"type": "text", "default": mark(tenant)}}}
    made = _over_http(desk, tenant, "/v1/templates", {"name": new_id(mark(tenant)), "document": document})
    return {"id": made.json()["id"], "version": "1"}


def _batch(desk: Desk, tenant: str) -> dict[str, str]:
    made = _over_http(desk, tenant, "/v1/batches", {"template": COLOUR, "rows": [{}], "name": mark(tenant)})
    return {"id": made.json()["id"]}


def _project(desk: Desk, tenant: str) -> dict[str, str]:
    wanted = {"id": new_id("p-")[:40], "title": mark(tenant)}
    return {"id": _over_http(desk, tenant, "/v1/projects", wanted).json()["id"]}


def _upload(desk: Desk, tenant: str) -> dict[str, str]:
    name = b64encode(mark(tenant).encode()).decode()
    begun = {**HEADERS["uploads"], "Upload-Metadata": f"filename {name}"}
    made = _over_http(desk, tenant, "/v1/uploads", headers=begun)
    return {"id": made.headers["location"].rpartition("/")[2]}


def ready_asset(desk: Desk, tenant: str, content: bytes = b"", media_type: str = "image/png") -> str:
    """The id of an asset that has come, of bytes that say whose it is, and was looked at; it has a thumbnail of the same."""
    content, name = content or mark(tenant).encode(), f"{tenant}/{_upload(desk, tenant)['id']}"
    objects, id_ = this_library(), name.partition("/")[2]
    digest = put(objects, name, content)
    put(objects, f"{name}.jpg", content)
    with desk.catalogue.tenant(tenant) as records:
        found = records.arrived(id_, name, len(content))
        told = {"state": "ready", "sha256": digest, "media_type": media_type, "thumbnail": f"{name}.jpg"}
        assert records.looked_at(found, told) is not None
    return id_


def _webhook(desk: Desk, tenant: str) -> dict[str, str]:
    url = f"https://{mark(tenant)}.example/hooks"
    made = _over_http(desk, tenant, "/v1/webhooks", {"url": url}).json()["id"]
    with desk.catalogue.tenant(tenant) as records:
        order, _ = records.add(NewGeneration(kind="template", request=COLOUR, project=mark(tenant)))
        event = next(each for each in records.events(order.id) if each.endpoint == made)
    return {"id": made, "event": event.id}


def _nothing(desk: Desk, tenant: str) -> dict[str, str]:
    return {}


FURNISHED: dict[str, Callable[[Desk, str], dict[str, str]]] = {
    "assets": _upload,
    "batches": _batch,
    "contact-sheet": _nothing,
    "credits": _nothing,
    "events": _nothing,
    "frame": _nothing,
    "generations": _generation,
    "keys": _key,
    "kinds": _kind,
    "projects": _project,
    "templates": _template,
    "uploads": _upload,
    "usage": _nothing,
    "webhooks": _webhook,
}
"""By resource: makes one of a tenant, and says what stands for it in paths. Of some there is but the whole."""

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/events/tickets"): {},
    ("POST", "/v1/assets"): {"url": "https://10.0.0.1/a.mp4"},
    ("POST", "/v1/assets/multipart"): {"name": "a.mp4", "bytes": 7},
    ("POST", "/v1/assets/{id}/parts"): {"parts": [1]},
    ("PATCH", "/v1/assets/{id}"): {"name": "b.mp4"},
    ("POST", "/v1/batches"): {"template": COLOUR, "rows": [{}]},
    ("POST", "/v1/contact-sheet"): {"request": COLOUR},
    ("POST", "/v1/credits/grants"): {"tenant": "ours", "credits": 1, "free": True},
    ("POST", "/v1/frame"): {"request": COLOUR},
    ("POST", "/v1/generations"): {"request": COLOUR},
    ("POST", "/v1/generations/estimate"): {"request": COLOUR},
    ("POST", "/v1/generations/validate"): {"request": COLOUR},
    ("POST", "/v1/generations/{id}/links"): {"output": "video.mp4"},
    ("POST", "/v1/keys"): {"name": "another"},
    ("POST", "/v1/projects"): {"id": "another"},
    ("PATCH", "/v1/projects/{id}"): {"title": "another"},
    ("POST", "/v1/templates"): {"name": "another", "document": COLOUR},
    ("POST", "/v1/templates/{id}/versions"): {"document": COLOUR},
    ("POST", "/v1/templates/{id}/versions/{version}/preview"): {},
    ("POST", "/v1/webhooks"): {"url": "https://another.example/hooks"},
    ("POST", "/mcp"): {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "templates", "arguments": {}},
    },
}
"""Good bodies, of all routes that read one."""

HEADERS: dict[str, dict[str, str]] = {
    "uploads": {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": "7",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    },
    "mcp": {"Host": "127.0.0.1:4202", "Accept": "application/json, text/event-stream"},
}
"""What requests of a resource have to say besides."""

FORMS: dict[tuple[str, str], dict[str, str]] = {
    ("POST", "/pages/generations/new"): {"request": json.dumps(COLOUR), "do": "order"},
    ("POST", "/pages/templates/{id}/order"): {"version": "1"},
    ("POST", "/pages/batches/new"): {"template": "0", "table": ""},
    ("POST", "/pages/webhooks"): {"url": "https://another.example/hooks"},
    ("POST", "/pages/keys"): {"name": "another"},
    ("POST", "/pages/keys/{id}/rotate"): {"hours": "1"},
}
"""The same of pages that read a form."""

ENDLESS = {"/v1/events", "/pages/events"}
"""Streams that go on until the client leaves; who may see what on them, `test_events` tries."""

OUTSIDE = {
    *("/v1/frame", "/v1/contact-sheet", "/v1/webhooks/{id}/test", "/v1/generations/{id}/events"),
    *("/pages/templates/{id}/frame", "/pages/assets/upload", "/pages/webhooks/{id}/test"),
}
"""What asks another process, the web, or the feed that one loop reads, or takes a file in: with the role that it needs, it is
tried elsewhere."""

NOT_HERE = {
    ("POST", "/v1/assets/{id}/complete"),
    ("GET", "/v1/assets/{id}/thumbnail"),
    ("GET", "/pages/assets/{id}/thumbnail"),
    ("POST", "/v1/assets/{id}/parts"),
    ("POST", "/v1/uploads/{id}"),
}
"""What there is of assets that were looked at, in buckets, or under another method's name: 404 and 405 to whoever may ask."""

OF_ALL = {"kinds"}
"""Resources that belong to no tenant."""
