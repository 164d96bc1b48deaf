"""What the catalogue is told of one generation, from its first attempt to its end.

The catalogue may be away for a while: what has to be noted waits for it, what is a courtesy does not.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from reel.catalogue import (
    ASSET,
    Catalogue,
    Generation,
    NewDeadLetter,
    NewOutputRecord,
    NewStepRecord,
    NewUsageRecord,
    NoSuchGeneration,
    Processors,
    Progressed,
    Records,
    Tenant,
    open_catalogue,
)
from reel.control.documents import RequestDocument
from reel.control.naming import written_out
from reel.control.noted import plan_digest, steps_of
from reel.control.orders import foretold, order_of, ordered
from reel.control.tariff import tariff_of
from reel.control.telling import of_done
from reel.control.templates import told_of_values
from reel.control.titles import titled_problems, titles_in
from reel.control.why import reasons, remember
from reel.errors import Cancelled, Problem, ReelError, Transient
from reel.media import MediaFacts
from reel.patience import Policy, retry, while_away
from reel.plan.amounts import amounts_of
from reel.plan.pace import History, PaceKey
from reel.plan.step import Plan
from reel.report import Report
from reel.request.terms import Terms
from reel.search import documents_of
from reel.settings import settings
from reel.values import public_name, texts_of

if TYPE_CHECKING:
    from reel.generate.forecast import Forecast
    from reel.make.perform import Made

log = logging.getLogger("reel.ledger")

Answer = TypeVar("Answer")
NO_LESSONS: Mapping[PaceKey, float] = MappingProxyType({})


@cache
def this_catalogue() -> Catalogue:
    """The catalogue of this process; opened at first use."""
    return retry(lambda: open_catalogue(settings().catalogue_url), _patience())


def _patience() -> Policy:
    """For a catalogue that is away: a restart, or a database that moves."""
    return while_away(settings().catalogue_away_seconds, Transient)


@dataclass(frozen=True)
class Ledger:
    """The records of one generation."""

    catalogue: Catalogue
    terms: Terms
    generation: str

    def begin(self, request: Mapping[str, Any], flow_run: str) -> Generation:
        """Note that an attempt begins; the generation as it is now.

        It is another one where the idempotency key was used before, and it may be done already: there is nothing to make
        then. Raises `InvalidRequest` where the key was used for another request.
        """
        order = order_of(request, self.terms, id=self.generation, flow_run=flow_run)

        def note(records: Records) -> Generation:
            try:
                records.generation(self.generation)
            except NoSuchGeneration:
                older, new = ordered(records, order)
                if not new:
                    return older
            records.runs_as(self.generation, flow_run)
            records.move(self.generation, "fetching")
            return records.generation(self.generation)

        return self._keep(note)

    def standing(self) -> Generation:
        """The generation as it is now. Raises `NoSuchGeneration`."""
        return self._keep(lambda records: records.generation(self.generation))

    def written_out(self, document: RequestDocument) -> RequestDocument:
        """The request with lists of the tenant's library in full: where it was queued by us, they are by now."""
        if not isinstance(document, Mapping):
            return document
        return self._keep(lambda records: written_out(document, records))

    def tenant(self) -> Tenant:
        """The record of whom it belongs to."""
        return self._keep(lambda records: records.tenant())

    def read(self, library: Mapping[str, MediaFacts], assets: Mapping[str, str]) -> None:
        """Note which assets were read; both go by the field that names them."""
        seen = {(public_name(assets[place]), facts.sha256, facts.bytes) for place, facts in library.items()}
        told = {facts.sha256: facts.model_dump(mode="json") for facts in library.values()}
        self._keep(lambda records: records.saw(seen, told))

    def planned(self, forecast: Forecast, library: Mapping[str, MediaFacts]) -> None:
        """Note the plan: its steps and assets must not be swept away from now on.

        Raises `Cancelled` where the generation has ended, `Exhausted` where its tenant has too few credits for it.
        """
        plan = forecast.plan
        predicted_seconds = forecast.told(self.own(plan.by_key.keys())).seconds
        delivers = foretold(amounts_of(plan, forecast.basis))
        tariff = tariff_of(settings())
        price = None
        if tariff is not None:
            price = tariff.foretold(plan, forecast.present, forecast.expected, forecast.basis)
        assets = {facts.sha256: place for place, facts in library.items()}
        steps = [
            *(
                NewStepRecord(key=sha256, operation=ASSET, title=place, state="done")
                for sha256, place in assets.items()
            ),
            *(
                NewStepRecord(key=step.key, operation=step.kind, title=step.title, outputs=plan.made_by(step.key))
                for step in plan.steps
            ),
        ]

        def note(records: Records) -> bool:
            records.plan_known(self.generation, plan_digest(plan), predicted_seconds, steps, delivers)
            remember(plan, records)
            return records.move(self.generation, "rendering", price=price)

        self._go_on(self._keep(note))

    def progress(self, progress: Progressed) -> None:
        """Tell how far it is; a courtesy."""
        try:
            with self.catalogue.tenant(self.terms.tenant) as records:
                records.progress(self.generation, progress)
        except ReelError as error:
            log.warning("progress could not be noted: %s", error)

    def saving(self, plan: Plan, made: Mapping[str, Made], worker: str) -> None:
        """Note what the steps came to, and that outputs are being published. Raises `Cancelled` as `planned`."""
        own = self.own([key for key, result in made.items() if result.reused])
        steps = list(steps_of(plan, made, worker, own))

        def note(records: Records) -> bool:
            records.step_done(self.generation, steps)
            return records.move(self.generation, "saving")

        self._go_on(self._keep(note))

    def own(self, keys: Collection[str]) -> Collection[str]:
        """Those of these steps that the tenant has had before: of others it is told nothing, though they are in the store."""
        return self._keep(lambda records: records.had(keys, self.generation))

    def reasons(self) -> Mapping[str, str]:
        """Why each step that is planned is another than before, by key."""
        return self._keep(lambda records: reasons(self.generation, records))

    def history(self) -> History:
        """How fast this installation was so far, whoever asked."""
        return self._keep(lambda records: records.history())

    def done(self, report: Report, cpu_seconds: float, lessons: Mapping[PaceKey, float] = NO_LESSONS) -> None:
        """Note what was delivered, and what it teaches. Where another attempt was quicker, that stands, and it delivered the
        same."""
        outputs = [
            NewOutputRecord(name=file.name, location=file.path, bytes=file.bytes, sha256=file.sha256)
            for output in report.outputs
            for file in output.files
        ]
        usage = NewUsageRecord(
            rendered_seconds=sum(row.seconds for row in report.steps),
            cpu_seconds=cpu_seconds,
            output_seconds=sum(float(output.measured.get("seconds", 0)) for output in report.outputs),
            bytes=sum(output.bytes for output in outputs),
            pixels=sum(output.pixels for output in report.outputs),
        )

        metadata = report.request.get("metadata") or {}
        tariff = tariff_of(settings())
        document = report.model_dump(mode="json")
        expected, actual = report.estimate, report.actual
        processors = Processors(expected.cpu_seconds, expected.cpu_seconds_p90, actual.cpu_seconds if actual else None)

        def note(records: Records) -> None:
            if records.generation(self.generation).status != "done":
                titles = titles_in(texts_of(report.request), records)
                documents = documents_of(report, self.generation, self.terms.project, self.terms.slot, metadata, titles)
                records.delivered(self.generation, outputs, usage, document, report.seconds, documents, processors)
                records.learn(lessons)
                price = None if tariff is None else tariff.of(records.steps(self.generation))
                records.move(self.generation, "done", told=of_done(report), price=price)

        self._keep(note)

    def failed(self, error: ReelError) -> None:
        """Note that it was given up, and bury what is left of it for whoever looks into it."""
        told = type(error)(*self._keep(lambda records: self._as_ordered(error.problems, records)))
        evidence = error.evidence
        letter = NewDeadLetter(
            generation=self.generation,
            step_key=evidence.step_key or None,
            operation=evidence.operation or None,
            title=evidence.title or None,
            error_class=error.classification,
            problems=[problem.told() for problem in told.problems],
            argv=list(evidence.argv) or None,
            stderr_tail=evidence.stderr_tail,
            inputs={
                "steps": list(evidence.inputs),
                "pictures": [base64.b64encode(picture).decode() for picture in evidence.pictures],
            },
        )

        self._keep(lambda records: records.fail(told, letter))

    def _as_ordered(self, problems: Sequence[Problem], records: Records) -> tuple[Problem, ...]:
        """Problems in the words of whoever ordered: assets by their names, fields of a stored template by its values."""
        named, order = titled_problems(problems, records), records.found(self.generation)
        return told_of_values(named, order.request) if order and order.template else named

    def cancelled(self) -> None:
        """Note that it was called off."""
        self._keep(lambda records: records.move(self.generation, "cancelled"))

    def _go_on(self, moved: bool) -> None:
        if not moved:
            raise Cancelled.at("generation", f"{self.generation} was ended, or done by another attempt, meanwhile")

    def _keep(self, note: Callable[[Records], Answer]) -> Answer:
        def attempt() -> Answer:
            with self.catalogue.tenant(self.terms.tenant) as records:
                return note(records)

        return retry(attempt, _patience())
