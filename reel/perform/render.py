"""The whole way in this process: request, facts, plan, steps, verified and published outputs, report."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from reel.media import MediaFacts
from reel.perform.ingest import ingest
from reel.perform.listening import warm_up
from reel.perform.perform import Made
from reel.perform.planning import listen, plan_generation, plan_meanwhile
from reel.perform.progress import Progress, Snapshot
from reel.perform.publish import publish_output, publish_report, verify_output
from reel.perform.retry import mended
from reel.perform.run import run_plan
from reel.perform.worker import Worker, this_worker
from reel.plan.compile import Findings
from reel.plan.step import Plan
from reel.report import Report
from reel.request import Request, parse_request
from reel.request.read import Reading, read_request

RequestDocument = str | bytes | Mapping[str, Any] | Request | Reading


def reading_of(document: RequestDocument) -> Reading:
    """What JSON text or a mapping says, with all that is wrong with it so far; or a request as it is. Raises
    `InvalidRequest` where there is nothing that could be looked at any further."""
    if isinstance(document, Reading):
        return document
    return read_request(document) if isinstance(document, str | bytes | Mapping) else Reading(document)


def as_document(document: RequestDocument) -> dict[str, Any]:
    """A request as what JSON holds, whatever is wrong with it. Raises `InvalidRequest` where it is no JSON object."""
    if isinstance(document, str | bytes):
        document = parse_request(document)
    if isinstance(document, Mapping):
        return dict(document)
    request = document.request if isinstance(document, Reading) else document
    return request.model_dump(mode="json", by_alias=True)


def plan(document: RequestDocument, *, base: Path | None = None, worker: Worker | None = None) -> Plan:
    """The plan of a request. Relative asset paths count from `base` (default: the working folder).

    Assets are fetched and read for it; nothing is rendered. Errors: `reel.errors`.
    """
    worker = worker or this_worker()
    reading = reading_of(document)
    request, base = reading.request, base or Path.cwd()
    warm_up(reading, base, worker)
    library = ingest(reading, base, worker)
    return plan_generation(request, library, listen(request, library, worker), worker)


def render(
    document: RequestDocument,
    *,
    base: Path | None = None,
    generation: str | None = None,
    listener: Callable[[Snapshot], None] | None = None,
    worker: Worker | None = None,
) -> Report:
    """Make all that a request asks for, verify it, and publish it under the settings' outputs folder.

    `generation` names the folder (default: a new name). `listener` hears of progress from several threads. Errors:
    `reel.errors`; nothing is published then.
    """
    started = time.monotonic()
    worker = (worker or this_worker()).for_run()
    reading = reading_of(document)
    request = reading.request
    name = generation or new_generation()
    folder = base or Path.cwd()
    warm_up(reading, folder, worker)

    def attempt() -> Report:
        library = ingest(reading, folder, worker)
        findings, early = _listen(request, library, worker)
        planned = plan_generation(request, library, findings, worker)
        progress = Progress(planned, listener, early)
        made = run_plan(planned, worker, progress, early)
        report = deliver(name, request, library, planned, made, worker, started)
        progress.publish()
        return report

    return mended(attempt)


def _listen(request: Request, library: Mapping[str, MediaFacts], worker: Worker) -> tuple[Findings, dict[str, Made]]:
    """What is heard, and the steps that were made meanwhile; the rest of them can wait for the whole plan."""
    meanwhile = plan_meanwhile(request, library, worker)
    if meanwhile is None:
        return listen(request, library, worker), {}
    with ThreadPoolExecutor(1, "listen") as thread:
        findings = thread.submit(listen, request, library, worker)
        early = run_plan(meanwhile, worker, Progress(meanwhile), enough=findings.done)
        return findings.result(), early


def deliver(
    generation: str,
    request: Request,
    library: Mapping[str, MediaFacts],
    planned: Plan,
    made: Mapping[str, Made],
    worker: Worker,
    started: float,
) -> Report:
    """Verify every output, then publish all, then the report; the report's presence means that all is there."""
    artefacts = {key: result.artefact for key, result in made.items()}
    reused = frozenset(key for key, result in made.items() if result.reused)
    with ThreadPoolExecutor(worker.room.processors, "deliver") as threads:
        list(threads.map(lambda output: verify_output(output, planned, artefacts, worker), planned.outputs))
        published = list(
            threads.map(
                lambda output: publish_output(generation, output, artefacts[output.step], worker), planned.outputs
            )
        )
    seconds = time.monotonic() - started
    return publish_report(generation, request, library, planned, artefacts, reused, published, seconds, worker)


def new_generation() -> str:
    """A name for a generation: its time of day, for people, and chance, so that no two are the same."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
