"""Plans that travel: a plan and its shares as an artefact, so that another machine can take one of them up."""

from __future__ import annotations

from pydantic import ValidationError

from reel.errors import InvalidRequest, Transient
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
    """The plan of one share. Raises `Transient` where it is not in the store, and `InvalidRequest` where this worker would make
    something else under its keys."""
    found = worker.store.find(key, OPERATION)
    if found is None:
        raise Transient.at("share", f"{key} is not in the store", "run the generation again")
    try:
        plan = Plan.model_validate_json(worker.store.open(found, f"{number}.json").read_bytes())
    except ValidationError:
        raise _foreign(key) from None
    if any(step.operation.key(worker.tools) != step.key for step in plan.steps):
        raise _foreign(key)
    return plan


def _foreign(key: str) -> InvalidRequest:
    what = f"{key} was planned by another version, or with other tools, than this worker's"
    return InvalidRequest.at("share", what, "run the same version everywhere; meanwhile its generation makes it itself")
