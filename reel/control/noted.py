"""What the catalogue is told of a plan and of its steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from reel.catalogue import NewStepRecord
from reel.plan.step import Plan
from reel.values import digest

if TYPE_CHECKING:
    from reel.make.perform import Made


def plan_digest(plan: Plan) -> str:
    """What a plan makes, in one hash: two plans with the same one deliver the same files."""
    return digest([[output.name, output.step, output.file] for output in plan.outputs])


def steps_of(plan: Plan, made: Mapping[str, Made], worker: str, own: Collection[str]) -> Iterable[NewStepRecord]:
    """The steps that were made, by whom; `own` are the keys that the tenant had made before."""
    for step in plan.steps:
        if result := made.get(step.key):
            artefact = result.artefact
            yield NewStepRecord(
                key=step.key,
                operation=step.kind,
                title=step.title,
                seconds=artefact.seconds,
                cpu_seconds=artefact.cpu_seconds,
                reused=result.reused and step.key in own,
                bytes=artefact.bytes,
                worker=result.worker or worker,
                state="done",
                outputs=plan.made_by(step.key),
            )
