"""Plans that travel: a plan and its shares as an artefact, so that another machine can take one of them up."""

from __future__ import annotations

import json

from reel.errors import Transient
from reel.make.worker import Worker
from reel.plan.shares import OPERATION, part_of
from reel.plan.step import Plan
from reel.store import workspace
from reel.values import digest


def publish_shares(plan: Plan, shares: tuple[tuple[str, ...], ...], worker: Worker) -> str:
    """Put the plan of each share into the store; the key under which `read_share` finds them."""
    documents = [part_of(plan, keys).model_dump_json() for keys in shares]
    key = digest(documents)
    with workspace(worker.scratch) as scratch:
        folder = scratch / "shares"
        folder.mkdir()
        for number, document in enumerate(documents):
            (folder / f"{number}.json").write_text(document, "utf-8")
        worker.store.publish(folder, key, OPERATION)
    return key


def read_share(key: str, number: int, worker: Worker) -> Plan:
    """The plan of one share. Raises `Transient` where it is not in the store."""
    found = worker.store.find(key, OPERATION)
    if found is None:
        raise Transient.at("share", f"{key} is not in the store", "run the generation again")
    return Plan.model_validate(json.loads(worker.store.open(found, f"{number}.json").read_bytes()))
