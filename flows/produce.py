"""The body of every kind's flow: from a request to published, reported outputs."""

from __future__ import annotations

import logging
import resource
import time
from collections.abc import Callable, Mapping
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
from reel.errors import Cancelled, ReelError
from reel.media import MediaFacts
from reel.perform.ingest import attempted, library_of, merged
from reel.perform.ledger import Ledger, this_catalogue
from reel.perform.listening import beat_picture, warm_up
from reel.perform.perform import Made
from reel.perform.planning import plan_meanwhile
from reel.perform.progress import Progress
from reel.perform.publish import publish_report
from reel.perform.render import RequestDocument, as_document, reading_of
from reel.perform.retry import mended, tried
from reel.plan.compile import Findings, wants_beats, wants_offsets, wants_scenes
from reel.plan.estimate import estimate
from reel.plan.plan import short_name
from reel.plan.step import Plan, PlannedOutput
from reel.report import OutputFile, Report
from reel.request import Request
from reel.request.read import Reading, parse_terms
from reel.request.terms import Terms
from reel.store import tenant_prefix
from reel.telemetry import sentry, traces
from reel.telemetry.logs import bound
from reel.telemetry.traces import span
from tasks.generation import (
    extract_metadata,
    fetch_asset,
    find_beats,
    find_offset,
    find_scenes,
    make_plan,
    upload,
    verify,
)
from tasks.run import Run, new_run

log = logging.getLogger(__name__)

Artefacts = Mapping[str, Artefact]
"""By step key."""


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
    agreed = parse_terms(terms)
    ledger = Ledger(this_catalogue(), agreed, agreed.generation or str(flow_run.id))
    with (
        bound(generation=ledger.generation, tenant=agreed.tenant, flow_run=str(flow_run.id)),
        span("generation", generation=ledger.generation, tenant=agreed.tenant),
        tenant_slot(agreed.tenant, ledger.limit()) as free,
    ):
        if not free:
            leave_as(all_taken())
        found = ledger.begin(as_document(document), str(flow_run.id))
        if found.id != ledger.generation:
            leave_as(duplicate_of(found))
        if found.status == "done":
            return {"generation": found.id, "status": found.status, "report": found.report}
        label(found.kind, agreed, found.id)
        try:
            return _produce(reading_of(document), ledger, started).model_dump(mode="json")
        except Cancelled:
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


def label(kind: str, terms: Terms, generation: str) -> None:
    """Tag this run with what it is, where whoever triggered it did not; a courtesy."""
    wanted = missing_tags(tags_of(kind, terms, generation), flow_run.tags)
    if wanted:
        try:
            with get_client(sync_client=True) as client:
                client.update_flow_run(UUID(str(flow_run.id)), tags=wanted)
        except httpx.HTTPError as error:
            log.warning("the run could not be tagged: %s", error)


def _produce(reading: Reading, ledger: Ledger, started: float) -> Report:
    with new_run() as run:
        warm_up(reading, Path.cwd(), run.worker)
        return mended(lambda: _attempt(reading, ledger, run, started))


def _attempt(reading: Reading, ledger: Ledger, run: Run, started: float) -> Report:
    """From assets to report, once; what is made already is found."""
    folder = tenant_prefix(ledger.terms.tenant, ledger.generation).rstrip("/")
    request = reading.request
    library = take_in(reading)
    ledger.read(library, request.asset_places())
    findings, early = listen(request, library, run)
    plan = make_plan(request, library, findings)
    present = tried(lambda: run.worker.made(plan))
    expected = estimate(plan, present, run.worker.room.processors)
    ledger.planned(plan, library, expected.seconds)
    run.progress = Progress(plan, made=early)
    with following(run.progress, ledger.generation, ledger.progress):
        made = perform_spread(plan, run, expected, present, early)
        artefacts = {key: result.artefact for key, result in made.items()}
        reused = frozenset(key for key, result in made.items() if result.reused)
        ledger.saving(plan, made, run.worker.name)
        published = deliver(folder, plan, artefacts)
        seconds = time.monotonic() - started
        report = tried(
            lambda: publish_report(folder, request, library, plan, artefacts, reused, published, seconds, run.worker)
        )
        ledger.done(report, time.process_time() + children_seconds())
        run.progress.publish()
    cuts = [cut["seconds"] for output in report.outputs for cut in output.manifest.get("cuts", ())]
    plot = None
    try:
        plot = beat_picture(request, library, findings, cuts, run.worker)
    except ReelError as error:  # all is delivered by now
        log.warning("the beats could not be drawn: %s", error)
    show.report(report, plan, artefacts, plot, run.worker)
    return report


def children_seconds() -> float:
    """Processor seconds of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def take_in(reading: Reading) -> dict[str, MediaFacts]:
    """Fetch every asset and read its metadata; all that is wrong with any of them is told at once."""
    readers: dict[str, Callable[[], MediaFacts]] = {}
    for place, asset in reading.asset_places().items():
        name = short_name(asset)
        fetched = fetch_asset.submit(name, place, asset)
        facts = extract_metadata.submit(name, place, asset, fetched, return_state=False)
        readers[place] = partial(_facts_of, fetched, facts)
    return library_of(reading, readers)


def listen(request: Request, library: Mapping[str, MediaFacts], run: Run) -> tuple[Findings, dict[str, Made]]:
    """Find what the request's timelines depend on besides facts: the beats of music, the offsets of recordings, the scenes of
    videos; and the steps that were made meanwhile."""
    names = {place: short_name(asset) for place, asset in request.asset_places().items()}
    beats = {
        place: find_beats.submit(names[place], place, library[place], bpm)
        for place, bpm in wants_beats(request).items()
    }
    offsets = {
        place: find_offset.submit(names[one], place, library[one], library[other])
        for place, (one, other) in wants_offsets(request).items()
    }
    scenes = {
        places: find_scenes.submit(names[places[0]], places[0], library[places[0]])
        for places in wants_scenes(request, library).values()
    }
    seen = {place: future for places, future in scenes.items() for place in places}
    findings: dict[str, PrefectFuture[Any]] = {**beats, **offsets, **seen}
    early: dict[str, Made] = {}
    if meanwhile := plan_meanwhile(request, library, run.worker):
        run.progress = Progress(meanwhile)
        early = perform_steps(meanwhile, run, enough=lambda: all(each.state.is_final() for each in findings.values()))
    found, failures = attempted({place: future.result for place, future in findings.items()})
    if failures:
        raise merged(failures)
    return found, early


def _facts_of(fetched: PrefectFuture[str], facts: PrefectFuture[MediaFacts]) -> MediaFacts:
    """The first error of the two: without its asset, metadata is only `NotReady`."""
    fetched.result()
    return facts.result()


def deliver(generation: str, plan: Plan, artefacts: Artefacts) -> list[OutputFile]:
    """Verify every variant, and only when all are right publish them."""
    outputs = _by_variant(plan)
    checks = [
        verify.submit(name, files, _part_of(plan, files), _artefacts_of(files, artefacts))
        for name, files in outputs.items()
    ]
    for check in checks:
        check.result()
    uploads = [
        upload.submit(name, generation, files, _artefacts_of(files, artefacts)) for name, files in outputs.items()
    ]
    return [file for uploaded in uploads for file in uploaded.result()]


def _by_variant(plan: Plan) -> dict[str, tuple[PlannedOutput, ...]]:
    """The outputs of each variant, under its name."""
    return {
        str(manifest["name"]): tuple(output for output in plan.outputs if output.variant == number)
        for number, manifest in enumerate(plan.manifests, start=1)
    }


def _part_of(plan: Plan, outputs: tuple[PlannedOutput, ...]) -> Plan:
    """The plan with only the steps that make these outputs: what a task is given, Prefect looks through."""
    keys = {key for output in outputs for key in (output.step, output.proof) if key}
    return Plan(build=plan.build, steps=tuple(step for step in plan.steps if step.key in keys), outputs=outputs)


def _artefacts_of(outputs: tuple[PlannedOutput, ...], artefacts: Artefacts) -> dict[str, Artefact]:
    keys = {key for output in outputs for key in (output.step, output.proof) if key}
    return {key: artefacts[key] for key in keys}
