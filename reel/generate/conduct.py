"""What happens to a generation, from a request that was read to its report: written once, for every way to perform it.

Who performs the parts is an `Executor` (threads of this process, tasks of Prefect), who keeps account is an `Account` (nobody,
or the catalogue).
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reel.artefact import Artefact
from reel.find.finders import Finder, Pending, WantedFinding, begun, settled_findings
from reel.find.sound_analysis import warm_up_analysis
from reel.findings import Findings
from reel.generate.forecast import Forecast
from reel.generate.planning import plan_choices, plan_meanwhile
from reel.generate.progress import Progress
from reel.generate.publish import publish_report
from reel.make.perform import NOTHING_MADE, Made
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.estimate import outlook, settled
from reel.plan.lessons import actual_of, lessons_of
from reel.plan.pace import NO_HISTORY, History, PaceKey
from reel.plan.step import Plan
from reel.report import OutputFile, Report
from reel.request import Request
from reel.request.read import Reading
from reel.retry import mended, tried

Artefacts = Mapping[str, Artefact]
"""By step key."""


class Executor(Protocol):
    """Performs the parts of a generation. Errors: `reel.errors`, each with all problems of its part."""

    @property
    def worker(self) -> Worker: ...

    def take_in(self, reading: Reading) -> dict[str, MediaFacts]:
        """Fetch every asset and read its facts; all that is wrong with any of them, and with the request, is told at once."""

    def begin_finding(self, finder: Finder, wanted: WantedFinding) -> Pending:
        """Begin to make a finding, unless it is in the store."""

    def plan(self, request: Request, library: Mapping[str, MediaFacts], findings: Findings) -> Plan:
        """Plan the generation."""

    def following(
        self, plan: Plan, made: Mapping[str, Made], since: Progress | None
    ) -> AbstractContextManager[Progress]:
        """The progress of a plan of which some is made, shown to whoever looks, while the context lasts; `since` is that of the
        plan before it."""

    def perform_early(self, plan: Plan, progress: Progress, enough: Callable[[], bool]) -> dict[str, Made]:
        """Perform steps until it is enough; what each key came to. `progress` is of a plan that they are in."""

    def perform(self, plan: Plan, progress: Progress, early: Mapping[str, Made], forecast: Forecast) -> dict[str, Made]:
        """Perform all steps but the early ones; what each key of the plan came to."""

    def deliver(self, folder: str, plan: Plan, artefacts: Artefacts) -> list[OutputFile]:
        """Verify every output, and only when all are right publish them under a folder of the outputs."""


class Account(Protocol):
    """Is told what becomes of a generation. May raise `Cancelled` where it has ended meanwhile."""

    def read(self, library: Mapping[str, MediaFacts], assets: Mapping[str, str]) -> None: ...

    def planned(self, forecast: Forecast, library: Mapping[str, MediaFacts]) -> None: ...

    def saving(self, plan: Plan, made: Mapping[str, Made], worker: str) -> None: ...

    def own(self, keys: Collection[str]) -> Collection[str]:
        """Those of these steps that may be said to be there already, as they were made for the same tenant."""

    def reasons(self) -> Mapping[str, str]:
        """Why each step that is planned is another than what was in its place before, by key; none where nobody knows."""

    def history(self) -> History:
        """How fast this installation was so far."""

    def done(self, report: Report, cpu_seconds: float, lessons: Mapping[PaceKey, float]) -> None:
        """It is delivered; `lessons` are what it adds to the history."""


class NoAccount:
    """Nobody is told."""

    def read(self, library: Mapping[str, MediaFacts], assets: Mapping[str, str]) -> None: ...

    def planned(self, forecast: Forecast, library: Mapping[str, MediaFacts]) -> None: ...

    def saving(self, plan: Plan, made: Mapping[str, Made], worker: str) -> None: ...

    def own(self, keys: Collection[str]) -> Collection[str]:
        return keys

    def reasons(self) -> Mapping[str, str]:
        return {}

    def history(self) -> History:
        return NO_HISTORY

    def done(self, report: Report, cpu_seconds: float, lessons: Mapping[PaceKey, float]) -> None: ...


@dataclass(frozen=True)
class Generated:
    """A generation that was delivered, with what it was made of."""

    request: Request
    library: Mapping[str, MediaFacts]
    findings: Findings
    plan: Plan
    artefacts: Artefacts
    report: Report


def conduct(
    reading: Reading, executor: Executor, account: Account, folder: str, base: Path, started: float
) -> Generated:
    """Make all that a request asks for, verify it, and publish it under a folder of the outputs; again where what it rests on
    was damaged. Relative asset paths count from `base`, seconds from the moment `started` (`time.monotonic`)."""
    warm_up_analysis(reading, base, executor.worker)
    shown = _Shown(executor)
    return mended(lambda: _attempt(reading, executor, account, folder, started, shown))


@dataclass
class _Shown:
    """What is shown of one plan after another goes on where it was."""

    executor: Executor
    last: Progress | None = None

    @contextmanager
    def following(self, plan: Plan, made: Mapping[str, Made]) -> Iterator[Progress]:
        """As of the executor."""
        with self.executor.following(plan, made, self.last) as progress:
            self.last = progress
            yield progress


def _attempt(
    reading: Reading, executor: Executor, account: Account, folder: str, started: float, shown: _Shown
) -> Generated:
    """Once; what is made already is found."""
    request, worker = reading.request, executor.worker
    library = executor.take_in(reading)
    account.read(library, request.asset_places())
    findings, meanwhile = found(request, library, executor)
    early = {**_chosen(request, library, findings, executor, account, shown), **meanwhile}
    plan = executor.plan(request, library, findings)
    forecast = Forecast(plan, worker, account.history())
    account.planned(forecast, library)
    own = account.own(plan.by_key.keys())
    with shown.following(plan, early) as progress:
        progress.tell_of(own)
        made = executor.perform(plan, progress, early, forecast)
        account.saving(plan, made, worker.name)
        artefacts = {key: result.artefact for key, result in made.items()}
        reused = frozenset(key for key, result in made.items() if result.reused)
        published = executor.deliver(folder, plan, artefacts)
        reasons = account.reasons()
        told = reused & frozenset(own)
        expected = outlook(plan, told, forecast.basis)
        actual = actual_of(plan, artefacts, told, time.monotonic() - started, forecast.basis.prices)
        foretold = settled(expected, forecast.basis)
        report = tried(
            lambda: publish_report(
                folder, request, library, plan, artefacts, told, published, foretold, actual, worker, reasons
            )
        )
        lessons = lessons_of(plan, artefacts, reused, outlook(plan, reused, forecast.basis), actual, worker.machine)
        account.done(report, processor_seconds(), lessons)
        progress.publish()
    return Generated(request, library, findings, plan, artefacts, report)


def found(
    request: Request, library: Mapping[str, MediaFacts], executor: Executor
) -> tuple[Findings, Mapping[str, Made]]:
    """What is heard and seen, and the steps that were made meanwhile, as they come out the same whatever that is."""
    pending = begun(request, library, executor.begin_finding)
    early: Mapping[str, Made] = NOTHING_MADE
    if meanwhile := plan_meanwhile(request, library, executor.worker):
        early = executor.perform_early(meanwhile, Progress(meanwhile), lambda: all(each.done() for _, each in pending))
    return settled_findings(pending), early


def _chosen(
    request: Request,
    library: Mapping[str, MediaFacts],
    findings: Findings,
    executor: Executor,
    account: Account,
    shown: _Shown,
) -> Mapping[str, Made]:
    """The steps that were made to choose what the plan rests on, where nobody has before."""
    choices = plan_choices(request, library, findings, executor.worker)
    if choices is None:
        return NOTHING_MADE
    with shown.following(choices.whole, NOTHING_MADE) as progress:
        progress.tell_of(account.own(choices.whole.by_key.keys()))
        return executor.perform_early(choices.steps, progress, lambda: False)


def processor_seconds() -> float:
    """Of this process, and of all that it started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime
