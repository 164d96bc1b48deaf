"""The whole way in this process: request, facts, plan, steps, verified and published outputs, report."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from reel.control.documents import RequestDocument, reading_of
from reel.control.history import history_here
from reel.find.finders import Finder, WantedFinding, find_all
from reel.find.ingest import ingest
from reel.find.sound_analysis import warm_up_analysis
from reel.findings import Finding, Findings
from reel.generate.conduct import Artefacts, NoAccount, conduct
from reel.generate.forecast import Forecast
from reel.generate.planning import plan_generation
from reel.generate.progress import Progress, Snapshot
from reel.generate.publish import entrances_last, publish_output, verify_output
from reel.generate.run import run_plan
from reel.make.perform import Made
from reel.make.worker import Worker, this_worker
from reel.media import MediaFacts
from reel.plan.step import Plan, PlannedOutput
from reel.report import OutputFile, Report
from reel.request import Request
from reel.request.read import Reading


def plan(
    document: RequestDocument, *, base: Path | str | None = None, worker: Worker | None = None, proven: bool = True
) -> Plan:
    """The plan of a request. Relative asset paths count from `base` (default: the working folder). `proven`: with what
    proves its outputs.

    Assets are fetched and read for it; nothing is rendered. Errors: `reel.errors`.
    """
    worker = worker or this_worker()
    reading = reading_of(document, worker.limits)
    request, base = reading.request, Path(base or Path.cwd())
    warm_up_analysis(reading, base, worker)
    library = ingest(reading, base, worker)
    return plan_generation(request, library, find_all(request, library, worker), worker, proven)


def forecast(document: RequestDocument, *, base: Path | str | None = None, worker: Worker | None = None) -> Forecast:
    """What is known of a request's plan before it is performed, by what this installation has learnt. Errors: as `plan`."""
    worker = worker or this_worker()
    return Forecast(plan(document, base=base, worker=worker), worker, history_here())


def render(
    document: RequestDocument,
    *,
    base: Path | str | None = None,
    generation: str | None = None,
    listener: Callable[[Snapshot], None] | None = None,
    worker: Worker | None = None,
) -> Report:
    """Make all that a request asks for, verify it, and publish it under the settings' outputs folder.

    `generation` names the folder (default: a new name). `listener` hears of progress from several threads. Errors:
    `reel.errors`; nothing is published then.
    """
    started = time.monotonic()
    base = Path(base or Path.cwd())
    with InProcess((worker or this_worker()).for_run(), base, listener) as here:
        reading = reading_of(document, here.worker.limits)
        return conduct(reading, here, NoAccount(), generation or new_generation(), base, started).report


class InProcess:
    """Performs a generation on threads of this process; a context, which ends them."""

    def __init__(self, worker: Worker, base: Path, listener: Callable[[Snapshot], None] | None = None) -> None:
        self.worker = worker
        self._base = base
        self._listener = listener
        self._threads = ThreadPoolExecutor(worker.room.processors, "generation")

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()

    def take_in(self, reading: Reading) -> dict[str, MediaFacts]:
        return ingest(reading, self._base, self.worker)

    def begin_finding(self, finder: Finder, wanted: WantedFinding) -> Future[Finding]:
        return self._threads.submit(finder.made, wanted, self.worker)

    def plan(self, request: Request, library: Mapping[str, MediaFacts], findings: Findings) -> Plan:
        return plan_generation(request, library, findings, self.worker)

    @contextmanager
    def following(self, plan: Plan, made: Mapping[str, Made], since: Progress | None) -> Iterator[Progress]:
        yield Progress(plan, self._listener, made, since)

    def perform_early(self, plan: Plan, progress: Progress, enough: Callable[[], bool]) -> dict[str, Made]:
        return run_plan(plan, self.worker, progress, enough=enough)

    def perform(self, plan: Plan, progress: Progress, early: Mapping[str, Made], forecast: Forecast) -> dict[str, Made]:
        return run_plan(plan, self.worker, progress, early)

    def deliver(self, folder: str, plan: Plan, artefacts: Artefacts) -> list[OutputFile]:
        list(self._threads.map(lambda output: verify_output(output, plan, artefacts, self.worker), plan.outputs))

        def publish(output: PlannedOutput) -> OutputFile:
            return publish_output(folder, output, artefacts[output.step], self.worker)

        return [file for outputs in entrances_last(plan.outputs) for file in self._threads.map(publish, outputs)]


def new_generation() -> str:
    """A name for a generation: its time of day, for people, and chance, so that no two are the same."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
