"""Making a set of requests again: each is planned as today, and only what changed is queued.

    regenerate(FromProject(), Owner(project="spring"), this_catalogue(), Path.cwd(), this_worker(), queue=None)

Nothing is kept between two passes but the catalogue, so one that died in the middle is simply begun again: what it queued
is under way by then, or done and unchanged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from reel.catalogue import ENDED, Catalogue
from reel.control.allowed import allowed_to
from reel.control.documents import reading_of
from reel.control.naming import in_full
from reel.control.sources import Item, items_of
from reel.control.why import remembered
from reel.errors import Problem, ReelError
from reel.generate.own import own_made
from reel.generate.staleness import Assets, past_of, plan_again, reasons
from reel.make.worker import Worker, basis_of
from reel.plan.estimate import estimate
from reel.plan.pace import NO_HISTORY, History
from reel.plan.why import Described
from reel.report.regeneration import Regeneration, Verdict
from reel.request.batch import AnySource, Owner
from reel.request.terms import Terms
from reel.store import workspace
from reel.values import digest

THREADS = 8
"""Requests that are judged side by side: stores and servers are waited for, files and plans take turns."""
AT_ONCE = 64
"""Requests that are judged before the first of them is queued."""
OPERATION = "regeneration"
"""What reports that are put aside are, in the store."""

Queue = Callable[[dict[str, Any], Terms], str]
"""Queues a request on some terms; the id of its generation."""

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Judged:
    """A verdict, and what is to be queued for it: none where it calls for nothing."""

    verdict: Verdict
    document: dict[str, Any] | None = None
    key: str = ""
    """The idempotency key: the same request for the same slot, in the state that it was found in."""


def regenerate(
    source: AnySource,
    owner: Owner,
    catalogue: Catalogue,
    base: Path,
    worker: Worker,
    queue: Queue | None,
    limit: int | None = None,
) -> Regeneration:
    """Judge every request of a source and queue what changed, at most `limit` of it; with no `queue`, only judge.

    Relative paths count from `base`. Raises `ReelError` where the source cannot be read at all; what is wrong with one
    request is in its verdict.
    """
    started = time.monotonic()
    worker = worker.for_run(owner.tenant, allowed_to(catalogue, owner.tenant))
    assets = Assets(base, worker)
    verdicts: list[Verdict] = []
    left = limit
    with catalogue.tenant(owner.tenant) as records:
        history = records.history()
    with ThreadPoolExecutor(THREADS, "regenerate") as threads:
        for some in _batches(items_of(source, owner, catalogue, base, worker), AT_ONCE):
            for judged in threads.map(lambda item: judge(item, owner, catalogue, assets, worker, history), some):
                verdict = judged.verdict
                if queue and judged.document is not None and left != 0:
                    verdict = _queued(judged, owner, queue)
                    left = left if left is None else left - verdict.queued
                verdicts.append(verdict)
    seconds = round(time.monotonic() - started, 3)
    return Regeneration(
        tenant=owner.tenant, project=owner.project, dry_run=not queue, seconds=seconds, verdicts=tuple(verdicts)
    )


def judge(
    item: Item, owner: Owner, catalogue: Catalogue, assets: Assets, worker: Worker, history: History = NO_HISTORY
) -> Judged:
    """Hold a request against what fills its slot."""
    past = past_of(item.slot, owner.tenant, owner.project, catalogue)
    verdict = Verdict(slot=item.slot, where=item.where, standing="unchanged")
    if past.newest and past.under_way:
        return Judged(verdict.model_copy(update={"standing": "under way", "generation": past.newest.id}))
    try:
        document = in_full(item.document(past.newest), owner.tenant, catalogue)
        planned = plan_again(reading_of(document, worker.limits), assets, worker)
        assert isinstance(document, Mapping), "what could be planned has no problems"
        why = reasons(past, planned, worker, partial(_remembered, owner, catalogue))
    except ReelError as error:
        return Judged(_bad(verdict, item.named(error)))
    verdict = verdict.model_copy(update={"generation": past.done.id if past.done else None})
    if not why:
        return Judged(verdict)
    made = own_made(planned.plan, owner.tenant, catalogue, worker)
    expected = estimate(planned.plan, made, basis_of(worker, history)).seconds
    changed = verdict.model_copy(update={"standing": "changed", "reasons": why, "expected_seconds": expected})
    latest = past.newest.id if past.newest else ""
    key = digest([owner.project, item.slot, document, planned.digest, latest])
    return Judged(changed, dict(document), f"regeneration-{key}")


def _remembered(owner: Owner, catalogue: Catalogue, id_: str) -> Mapping[str, Described]:
    with catalogue.tenant(owner.tenant) as records:
        return remembered(id_, records)


def _queued(judged: Judged, owner: Owner, queue: Queue) -> Verdict:
    assert judged.document is not None
    terms = Terms(
        tenant=owner.tenant,
        project=owner.project,
        priority="regeneration",
        slot=judged.verdict.slot,
        idempotency_key=judged.key,
    )
    try:
        return judged.verdict.model_copy(update={"generation": queue(judged.document, terms), "queued": True})
    except ReelError as error:
        return _bad(judged.verdict, error.problems)


def _bad(verdict: Verdict, problems: tuple[Problem, ...]) -> Verdict:
    return verdict.model_copy(update={"standing": "bad", "problems": tuple(map(str, dict.fromkeys(problems)))})


def _batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    iterator = iter(things)
    while some := list(islice(iterator, size)):
        yield some


def followed(report: Regeneration, catalogue: Catalogue) -> Regeneration:
    """The report with how the generations ended that were queued for it, as far as they have."""
    with catalogue.tenant(report.tenant) as records:
        ends = {id_: records.generation(id_).status for id_ in unended(report)}
    verdicts = tuple(
        verdict.model_copy(update={"outcome": ends[verdict.generation]})
        if verdict.generation in ends and ends[verdict.generation] in ENDED
        else verdict
        for verdict in report.verdicts
    )
    return report.model_copy(update={"verdicts": verdicts})


def unended(report: Regeneration) -> list[str]:
    """The generations that were queued for a report and whose end it does not know."""
    return [verdict.generation for verdict in report.queued if verdict.generation and verdict.outcome is None]


def keep(name: str, report: Regeneration, worker: Worker) -> None:
    """Put a report aside, for `kept` to find, by any worker."""
    with workspace(worker.scratch) as scratch:
        folder = scratch / OPERATION
        folder.mkdir()
        (folder / "report.json").write_text(report.model_dump_json(), "utf-8")
        worker.store.publish(folder, digest(name), OPERATION)


def kept(name: str, worker: Worker) -> Regeneration | None:
    """The report that was last put aside under the name."""
    found = worker.store.find(digest(name), OPERATION)
    if found is None:
        return None
    return Regeneration.model_validate_json(worker.store.open(found, "report.json").read_bytes())
