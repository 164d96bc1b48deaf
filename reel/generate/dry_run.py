"""What would become of a request, without rendering any of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from reel.catalogue import Catalogue
from reel.control.allowed import allowed_to
from reel.control.documents import RequestDocument, reading_of
from reel.control.history import history_here
from reel.control.ledger import this_catalogue
from reel.control.naming import read_in_full
from reel.control.sources import items_of
from reel.errors import BadMedia, InvalidRequest, Problem, ReelError
from reel.find.kept import titled_errors
from reel.generate.own import own_made
from reel.generate.staleness import Assets, plan_again
from reel.make.worker import Worker, basis_of, this_worker
from reel.plan.estimate import Estimate, estimate
from reel.plan.pace import History
from reel.plan.step import Plan
from reel.report.words import synced
from reel.request.batch import AnySource, Owner
from reel.request.read import Reading
from reel.values import Value, public_document


class DryRun(Value):
    """The answer to a request that nobody asked to make."""

    valid: bool
    errors: tuple[str, ...] = ()
    """All that is wrong, each under its field."""
    warnings: tuple[str, ...] = ()
    """What is odd but usable, likewise."""
    found: tuple[str, ...] = ()
    """What the analysis of sound found, in words: when sources begin, and how their clocks run."""
    resolved: dict[str, Any] | None = None
    """The request in full: with its defaults, and of a template every placeholder filled in."""
    estimate: Estimate | None = None
    """What making it takes here, as far as its steps are not made yet."""


def dry_run(document: RequestDocument, *, base: Path | None = None, worker: Worker | None = None) -> DryRun:
    """Check and plan a request. Relative paths count from `base` (default: the working folder).

    Assets are read for it where they are not known yet. Errors are part of the answer, but for `Transient` and `Resource`,
    which say nothing about the request, and `Internal`.
    """
    worker = worker or this_worker()
    return _answer(document, Assets(base or Path.cwd(), worker), worker, history_here(), worker.made)


def dry_runs(
    source: AnySource, owner: Owner, catalogue: Catalogue, base: Path, worker: Worker
) -> Iterator[tuple[str, DryRun]]:
    """The answer to each request of a source, with where it is from (`row 3`). Raises where the source cannot be read."""
    worker = worker.for_run(owner.tenant, allowed_to(catalogue, owner.tenant))
    assets, made = Assets(base, worker), partial(own_made, tenant=owner.tenant, catalogue=catalogue, worker=worker)
    with catalogue.tenant(owner.tenant) as records:
        history = records.history()
    for item in items_of(source, owner, catalogue, base, worker):
        try:
            with catalogue.tenant(owner.tenant) as records:
                newest = next(iter(records.generations(project=owner.project, slot=item.slot, limit=1)), None)
            yield item.where, _answer(item.document(newest), assets, worker, history, made, item.named)
        except (InvalidRequest, BadMedia) as error:
            yield item.where, _refusal(item.named(error))


def _answer(
    document: RequestDocument,
    assets: Assets,
    worker: Worker,
    history: History,
    made: Callable[[Plan], Collection[str]],
    named: Callable[[ReelError], tuple[Problem, ...]] = lambda error: error.problems,
) -> DryRun:
    resolved = None
    try:
        reading = _read(document, worker)
        if not reading.problems:
            resolved = public_document(reading.request.model_dump(mode="json", by_alias=True))
        with titled_errors(worker.tenant):
            plan = plan_again(reading, assets, worker).plan
    except (InvalidRequest, BadMedia) as error:
        return _refusal(named(error)).model_copy(update={"resolved": resolved})
    expected = estimate(plan, made(plan), basis_of(worker, history))
    found = tuple(line for manifest in plan.manifests for line in synced(manifest))
    return DryRun(valid=True, warnings=plan.warnings, found=found, resolved=resolved, estimate=expected)


def _read(document: RequestDocument, worker: Worker) -> Reading:
    if not isinstance(document, Mapping):
        return reading_of(document, worker.limits)
    with this_catalogue().tenant(worker.tenant, only_reads=True) as records:
        return read_in_full(document, records, worker.limits)


def _refusal(problems: tuple[Problem, ...]) -> DryRun:
    return DryRun(valid=False, errors=tuple(map(str, dict.fromkeys(problems))))
