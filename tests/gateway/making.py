"""Somebody who "makes" what is ordered of a gateway in another process: a few bytes, in the catalogue and in the store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reel.catalogue import Catalogue, NewOutputRecord, NewUsageRecord, open_catalogue
from reel.control.webhooks import Sender
from reel.store import ObjectStore, objects_at
from tests.gateway.furnishing import put

CONTENT = b"a film " * 1000
NAME = "video.mp4"


@contextmanager
def made(home: Path, tenant: str = "acme") -> Iterator[None]:
    """Make all that is ordered in a home and send all webhooks, for the length of a block."""
    catalogue, outputs = open_catalogue(f"sqlite:///{home}/catalogue.db"), objects_at(str(home / "outputs"))
    over, sender = threading.Event(), Sender(catalogue)

    def work() -> None:
        while not over.wait(0.1):
            make_all(catalogue, outputs, tenant)
            sender.begin()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sender.wait()
        catalogue.close()


def make_all(catalogue: Catalogue, outputs: ObjectStore, tenant: str) -> None:
    """Make what is queued, each step in a transaction of its own, as workers do."""
    with catalogue.tenant(tenant) as records:
        queued = [each.id for each in records.listed(statuses=("queued",)).found]
    for id_ in queued:
        for status in ("fetching", "rendering", "saving"):
            with catalogue.tenant(tenant) as records:
                records.move(id_, status)
        name = f"{tenant}/{id_}/{NAME}"
        digest = put(outputs, name, CONTENT)
        output = NewOutputRecord(name=NAME, location=outputs.where(name), bytes=len(CONTENT), sha256=digest)
        with catalogue.tenant(tenant) as records:
            records.delivered(id_, [output], NewUsageRecord(bytes=len(CONTENT)), {}, 1.0)
            records.move(id_, "done", told={"outputs": [output.model_dump()]})
