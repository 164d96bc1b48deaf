"""The body of every kind's flow: from a request to published, reported outputs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect import get_client
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.states import Cancelled as CancelledState

from flows import show
from flows.following import following
from flows.kind import tie_to_worker
from flows.labels import missing_tags, tags_of
from flows.leaving import leave_as
from flows.spread import perform_spread
from flows.steps import perform_steps
from flows.tenancy import all_taken, tenant_slot
from reel.artefact import Artefact
from reel.catalogue import Generation
from reel.control.allowed import Allowed, allowed
from reel.control.documents import RequestDocument, as_document, reading_of
from reel.control.ledger import Ledger, this_catalogue
from reel.errors import Cancelled, ReelError
from reel.find.finders import Finder, WantedFinding
from reel.find.ingest import library_of
from reel.find.kept import shown_names
from reel.find.sound_analysis import beat_picture
from reel.findings import Finding, Findings
from reel.generate.conduct import Artefacts, Generated, conduct
from reel.generate.forecast import Forecast
from reel.generate.progress import Progress
from reel.make.perform import Made
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.step import Plan, PlannedOutput
from reel.report import OutputFile, Report
from reel.request import Request
from reel.request.bounds import require_small
from reel.request.read import Reading, parse_terms
from reel.request.terms import Terms
from reel.sealing import opened_document, require_openable
from reel.store import tenant_prefix
from reel.telemetry import sentry, traces
from reel.telemetry.logs import bound
from reel.telemetry.traces import span
from tasks.generation import (
    FINDING,
    extract_metadata,
    fetch_asset,
    make_plan,
    upload,
    verify,
)
from tasks.run import Run, new_run

log = logging.getLogger(__name__)


def produce(document: RequestDocument, terms: Mapping[str, Any] | Terms | None) -> dict[str, Any]:
    """Make all that a request asks for; its report as a document. A run whose order is another's ends as a duplicate, which
    sets nothing off that waits for the end of a generation.

    A generation that its terms name beforehand has that id, any other has the flow run's, so that a retry publishes in its
    place. What becomes of it is in the catalogue from the first moment to the last.
    """
    tie_to_worker()
    traces.set_up("reelflow-run")
    sentry.set_up()
    started = time.monotonic()
    agreed, written = parse_terms(terms), as_document(document)
    request = opened_document(written)
    # Whatever its end is: waiting for a slot, refused, a duplicate.
    label(tags_of(str(request.get("kind", "")), agreed))
    ledger = Ledger(this_catalogue(), agreed, agreed.generation or str(flow_run.id))
    tenant = ledger.tenant()
    may = allowed(tenant, agreed.limits)
    require_small(request, may.limits)
    with (
        bound(generation=ledger.generation, tenant=agreed.tenant, flow_run=str(flow_run.id)),
        span("generation", generation=ledger.generation, tenant=agreed.tenant),
        tenant_slot(agreed.tenant, tenant.concurrency) as free,
    ):
        if not free:
            leave_as(all_taken())
        found = ledger.begin(request, str(flow_run.id))
        label(tags_of(found.kind, agreed, found.id))
        if found.id != ledger.generation:
            leave_as(duplicate_of(found))
        if ended := ended_meanwhile(found):
            return ended
        try:
            require_openable(written)
            return _produce(reading_of(ledger.written_out(request), may.limits), ledger, may, started).model_dump(
                mode="json"
            )
        except Cancelled:
            if ended := ended_meanwhile(ledger.standing()):
                return ended
            raise
        except ReelError as error:
            show.evidence(error, tenant_prefix(agreed.tenant, ledger.generation))
            ledger.failed(error)
            raise


def duplicate_of(found: Generation) -> State[Any]:
    """The end of a run whose idempotency key is another generation's."""
    return CancelledState(
        name="Duplicate", message=f"Its idempotency key is that of generation {found.id}, {found.status}."
    )


def ended_meanwhile(found: Generation) -> dict[str, Any] | None:
    """What a run returns whose generation another attempt has made; null: it is still to be made. Of one that was called off
    the run ends as cancelled, whenever it finds out: nobody is to look into a failure."""
    if found.called_off:
        leave_as(CancelledState(message="It was called off by whoever ordered it."))
    if found.status == "done":
        return {"generation": found.id, "status": found.status, "report": found.report}
    return None


def label(tags: Collection[str]) -> None:
    """Tag this run with what it is, where whoever triggered it did not; a courtesy."""
    wanted = missing_tags(tags, flow_run.tags)
    if wanted:
        try:
            with get_client(sync_client=True) as client:
                client.update_flow_run(UUID(str(flow_run.id)), tags=wanted)
        except httpx.HTTPError as error:
            log.warning("the run could not be tagged: %s", error)


def _produce(reading: Reading, ledger: Ledger, may: Allowed, started: float) -> Report:
    folder = tenant_prefix(ledger.terms.tenant, ledger.generation).rstrip("/")
    with new_run(ledger.terms.tenant, may) as run:
        made = conduct(reading, AsTasks(run, ledger), ledger, folder, Path.cwd(), started)
        show.report(made.report, made.plan, made.artefacts, _beat_picture(made, run), run.worker)
        return made.report


def _beat_picture(made: Generated, run: Run) -> bytes | None:
    cuts = [cut["seconds"] for output in made.report.outputs for cut in output.manifest.get("cuts", ())]
    try:
        return beat_picture(made.request, made.library, made.findings, cuts, run.worker)
    except ReelError as error:  # all is delivered by now
        log.warning("the beats could not be drawn: %s", error)
        return None


@dataclass(frozen=True)
class AsTasks:
    """Performs a generation as tasks of this flow run, with the help of other workers."""

    run: Run
    ledger: Ledger

    @property
    def worker(self) -> Worker:
        return self.run.worker

    def take_in(self, reading: Reading) -> dict[str, MediaFacts]:
        readers: dict[str, Callable[[], MediaFacts]] = {}
        documents = reading.request.documents()
        places = reading.asset_places()
        names = shown_names(places.values(), self.worker.tenant)
        for place, asset in places.items():
            name = names[asset]
            fetched = fetch_asset.submit(name, place, asset, documents.get(place))
            facts = extract_metadata.submit(name, place, asset, fetched, documents.get(place), return_state=False)
            readers[place] = partial(_facts_of, fetched, facts)
        return library_of(reading, readers, self.worker.limits)

    def begin_finding(self, finder: Finder, wanted: WantedFinding) -> _Pending:
        names = shown_names([wanted.asset], self.worker.tenant)
        return _Pending(FINDING[finder.kind].submit(names[wanted.asset], wanted.fields[0], wanted.given))

    def plan(self, request: Request, library: Mapping[str, MediaFacts], findings: Findings) -> Plan:
        return make_plan(request, library, findings)

    @contextmanager
    def following(self, plan: Plan, made: Mapping[str, Made], since: Progress | None) -> Iterator[Progress]:
        self.run.progress = progress = Progress(plan, made=made, since=since)
        with following(progress, self.ledger.generation, self.ledger.progress):
            yield progress

    def perform_early(self, plan: Plan, progress: Progress, enough: Callable[[], bool]) -> dict[str, Made]:
        self.run.progress = progress
        return perform_steps(plan, self.run, enough=enough)

    def perform(self, plan: Plan, progress: Progress, early: Mapping[str, Made], forecast: Forecast) -> dict[str, Made]:
        return perform_spread(plan, self.run, forecast.expected, forecast.present, early)

    def deliver(self, folder: str, plan: Plan, artefacts: Artefacts) -> list[OutputFile]:
        """Every variant is verified by a task of its own, and published by another."""
        outputs = _by_variant(plan)
        checks = [
            verify.submit(name, files, _part_of(plan, files), _artefacts_of(files, artefacts))
            for name, files in outputs.items()
        ]
        for check in checks:
            check.result()
        uploads = [
            upload.submit(name, folder, files, _artefacts_of(files, artefacts)) for name, files in outputs.items()
        ]
        return [file for uploaded in uploads for file in uploaded.result()]


@dataclass(frozen=True)
class _Pending:
    """A finding that a task makes."""

    future: PrefectFuture[Finding]

    def done(self) -> bool:
        return self.future.state.is_final()

    def result(self) -> Finding:
        return self.future.result()


def _facts_of(fetched: PrefectFuture[str], facts: PrefectFuture[MediaFacts]) -> MediaFacts:
    """The first error of the two: without its asset, metadata is only `NotReady`."""
    fetched.result()
    return facts.result()


def _by_variant(plan: Plan) -> dict[str, tuple[PlannedOutput, ...]]:
    """The outputs of each variant, under its name."""
    return {
        str(manifest["name"]): tuple(output for output in plan.outputs if output.variant == number)
        for number, manifest in enumerate(plan.manifests, start=1)
    }


def _part_of(plan: Plan, outputs: tuple[PlannedOutput, ...]) -> Plan:
    """The plan with only the steps that make these outputs: what a task is given, Prefect looks through."""
    keys = {key for output in outputs for key in output.roots}
    return Plan(tools=plan.tools, steps=tuple(step for step in plan.steps if step.key in keys), outputs=outputs)


def _artefacts_of(outputs: tuple[PlannedOutput, ...], artefacts: Artefacts) -> dict[str, Artefact]:
    keys = {key for output in outputs for key in output.roots}
    return {key: artefacts[key] for key in keys}
