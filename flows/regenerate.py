"""The `regenerate` deployment: a set of requests planned again, of which only what changed is made.

It queues and ends. With `wait`, it comes back now and then, and reports when all that it queued has ended; in between it
holds no place of a worker, which the generations need.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Scheduled
from prefect.types._datetime import now
from pydantic import Field

from flows.kind import pool_flow, tie_to_worker
from flows.leaving import leave_as
from flows.submit import submit
from reel.catalogue import Catalogue
from reel.control.ledger import this_catalogue
from reel.generate import regenerate as regeneration
from reel.make.worker import this_worker
from reel.report.regeneration import Regeneration, regeneration_headline, regeneration_markdown, slot_rows
from reel.request.batch import Owner, Source, parse_owner, parse_source
from reel.request.terms import Terms

DEFAULT_OWNER = Owner()

Limit = Annotated[int, Field(ge=1)]

STARTING_SECONDS = 10.0
"""What a generation takes besides its steps: mostly the start of its process."""
SHORTEST_WAIT, LONGEST_WAIT = 15.0, 300.0
"""Seconds until a waiting run looks again: half of what the generations are expected to take, within these. Looking costs
a process too, on a worker that they may be waiting for."""


def _run_name(parameters: Mapping[str, Any]) -> str:
    source, terms = parameters.get("source") or {}, parameters.get("terms") or {}
    kind = source.get("from", "") if isinstance(source, dict) else source.from_
    project = terms.get("project", "default") if isinstance(terms, dict) else terms.project
    return f"{project} from {kind}{', dry run' if parameters.get('dry_run') else ''}"


@pool_flow("regenerate", _run_name)
def regenerate(
    source: Source, terms: Owner = DEFAULT_OWNER, dry_run: bool = False, limit: Limit | None = None, wait: bool = False
) -> dict[str, Any]:
    """Plan a set of requests again and queue what changed; returns a verdict on each, with its reasons.

    Args:
        source: Where the requests come from. Relative paths count from the worker's working folder.
        terms: On whose behalf, and whose slots are filled.
        dry_run: Only say what changed, and why.
        limit: Queue no more than so many; the others are left for the next time.
        wait: Report only when all that was queued has ended.
    """
    tie_to_worker()
    worker, catalogue, run = this_worker(), this_catalogue(), str(flow_run.id)
    owner = parse_owner(terms)
    report = regeneration.kept(run, worker) if wait else None
    if report is None:
        queue = None if dry_run else _queue(catalogue)
        report = regeneration.regenerate(parse_source(source), owner, catalogue, Path.cwd(), worker, queue, limit)
    if wait:
        report = regeneration.followed(report, catalogue)
        if regeneration.unended(report):
            regeneration.keep(run, report, worker)
            leave_as(_later(report))
    _show(report)
    return report.model_dump(mode="json")


def _queue(catalogue: Catalogue) -> regeneration.Queue:
    def queue(document: dict[str, Any], terms: Terms) -> str:
        return submit(document, terms, catalogue).id

    return queue


def _later(report: Regeneration) -> State[Any]:
    waited_for = [verdict for verdict in report.queued if verdict.outcome is None]
    expected = sum(verdict.expected_seconds + STARTING_SECONDS for verdict in waited_for)
    seconds = min(max(expected / 2, SHORTEST_WAIT), LONGEST_WAIT)
    return Scheduled(
        name="AwaitingGenerations",
        scheduled_time=now("UTC") + timedelta(seconds=seconds),
        message=f"{regeneration_headline(report)}. Of these, {len(waited_for):,} have not ended.",
    )


def _show(report: Regeneration) -> None:
    create_markdown_artifact(
        regeneration_markdown(report), key="regeneration", description=regeneration_headline(report)
    )
    rows: list[dict[str, Any]] = [*slot_rows(report)]
    create_table_artifact(rows, key="regenerated", description="What is not unchanged")
