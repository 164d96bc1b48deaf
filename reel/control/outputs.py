"""Small documents and pictures beside what was delivered, and where a browser finds them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from reel.artefact import Artefact
from reel.control.stores import Stores
from reel.disk import disk_errors
from reel.plan.operations import ProvePicture
from reel.plan.step import Plan
from reel.report import OutputFile
from reel.settings import settings
from reel.store import address_of, workspace
from reel.store.addresses import lasting_address

LINK_SECONDS = 7 * 24 * 3600
"""How long links to outputs in a bucket hold: the longest that S3 allows."""

SHOWN = "_shown"
"""Folder of pictures for the pages of runs, beside the tenants' (none of whom is called so): no part of what is delivered."""


def publish_text(generation: str, name: str, text: str, stores: Stores) -> OutputFile:
    """Put a small document (a manifest, a report) beside the outputs."""
    data = text.encode()
    where = f"{generation}/{name}"
    sha256 = _put(where, data, stores)
    path = stores.outputs.where(where)
    return OutputFile(name=name, path=path, url=lasting_address(path), bytes=len(data), sha256=sha256)


def output_address(name: str, stores: Stores) -> str | None:
    """Where a browser reads an output (`<tenant>/<generation>/report.html`); null where nobody serves the folder it is in."""
    if stores.outputs.local and not settings().outputs_url:
        return None
    return address_of(stores.outputs.where(name), LINK_SECONDS).url


def show_picture(generation: str, name: str, data: bytes, stores: Stores) -> str | None:
    """Put a picture where the page of a run finds it; its address, or null where a browser would find none."""
    where = f"{shown_prefix(generation)}{name}"
    address = output_address(where, stores)
    if address:
        _put(where, data, stores)
    return address


def shown_prefix(generation: str) -> str:
    """What the names of a generation's pictures for its page begin with; they stay as long as it is known."""
    return f"{SHOWN}/{generation.rstrip('/')}/"


def _put(where: str, data: bytes, stores: Stores) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    with workspace(stores.scratch) as folder:
        path = folder / "document"
        with disk_errors(folder, len(data)):
            path.write_bytes(data)
        stores.outputs.put(where, path, sha256, consume=True)
    return sha256


def mismatch_pictures(plan: Plan, artefacts: Mapping[str, Artefact], stores: Stores) -> list[tuple[str, bytes]]:
    """What did not prove to be as asked, where that is no error: in words, and what was asked for beside what was made."""
    return [
        (f"{wrong['place']}: {wrong['what']}", stores.store.open(artefacts[step.key], wrong["picture"]).read_bytes())
        for step in plan.steps
        if isinstance(step.operation, ProvePicture)
        for wrong in artefacts[step.key].measured["wrong"]
        if wrong["picture"]
    ]
