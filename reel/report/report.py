"""The report of a generation as a value; other modules of this folder turn it into Markdown and HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, model_validator

from reel.artefact import Artefact
from reel.damage import DAMAGE
from reel.plan.estimate import Estimate
from reel.plan.lessons import Actual
from reel.plan.operations import ProvePicture, ProveSound
from reel.plan.step import Plan
from reel.report.variants import OutputReport, output_report
from reel.report.videos import OutputFile
from reel.values import Value


class StepsReport(Value):
    """All steps of one kind, summed."""

    kind: str
    steps: int
    reused: int
    seconds: float
    """Spent by this generation: wall clock of the steps that were made."""
    saved_seconds: float
    """What the reused ones took when they were made."""
    bytes: int


class Reason(Value):
    """Why steps were made, and are no longer what was in their places before."""

    reason: str
    """`new`, or what changed: `text Hello Ada: text: "Hello Ada", was "Hello Bob"`."""
    steps: int
    titles: tuple[str, ...]
    """Of the first of them."""


MOST_TITLES = 3
NO_REASONS: Mapping[str, str] = MappingProxyType({})


class Report(Value):
    """One generation, from what was asked to what was delivered."""

    generation: str
    kind: str
    status: Literal["done", "failed"] = "done"
    request: dict[str, Any]
    assets: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of each asset's bytes, by the field that names it."""
    seconds: float
    """Wall clock, from request to published outputs."""
    estimate: Estimate
    """What the plan said of the steps that had to be made."""
    actual: Actual | None = None
    """What they took; null in reports of former versions."""
    steps: tuple[StepsReport, ...]
    outputs: tuple[OutputReport, ...]
    tools: dict[str, str] = Field(default_factory=dict)
    """The identity of each tool that can change bytes."""
    why: tuple[Reason, ...] = ()
    """Of each step that was made; none where no catalogue remembers what was made before."""
    warnings: tuple[str, ...] = ()
    """What is odd in the assets."""

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, document: Any) -> Any:
        """Reports that former versions have stored told all tools in one string, `build`."""
        if isinstance(document, dict) and "build" in document:
            return {name: value for name, value in document.items() if name != "build"}
        return document

    @property
    def made(self) -> int:
        return sum(row.steps - row.reused for row in self.steps)

    @property
    def reused(self) -> int:
        return sum(row.reused for row in self.steps)

    @property
    def saved_seconds(self) -> float:
        """What the reused steps took when they were made."""
        return sum(row.saved_seconds for row in self.steps)


def build_report(
    generation: str,
    request: Mapping[str, Any],
    assets: Mapping[str, str],
    plan: Plan,
    artefacts: Mapping[str, Artefact],
    reused: frozenset[str],
    published: Mapping[str, OutputFile],
    expected: Estimate,
    actual: Actual,
    reasons: Mapping[str, str] = NO_REASONS,
    documents: Sequence[OutputFile] = (),
    damaged: tuple[str, ...] = (),
) -> Report:
    """The report of a finished generation. `artefacts` go by step key, `published` by output name. `expected` and `actual`
    are of the steps that were made, `reasons` why steps are others than before, by key, `documents` go with the first variant,
    `damaged` is what is said of assets that could not be decoded in full."""
    return Report(
        generation=generation,
        kind=str(request.get("kind", "")),
        request=dict(request),
        assets=dict(assets),
        seconds=actual.seconds,
        estimate=expected,
        actual=actual,
        steps=_steps(plan, artefacts, reused),
        outputs=tuple(
            output_report(number, manifest, plan, artefacts, reused, published, documents if number == 1 else ())
            for number, manifest in enumerate(plan.manifests, start=1)
        ),
        tools=plan.tools.model_dump(),
        why=_why(plan, reused, reasons),
        warnings=(*plan.warnings, *damaged, *_declined(plan, artefacts), *_unproven(plan, artefacts)),
    )


def _why(plan: Plan, reused: frozenset[str], reasons: Mapping[str, str]) -> tuple[Reason, ...]:
    titles: dict[str, list[str]] = {}
    for step in plan.steps:
        if step.key in reasons and step.key not in reused:
            titles.setdefault(reasons[step.key], []).append(step.title)
    return tuple(
        Reason(reason=reason, steps=len(made), titles=tuple(made[:MOST_TITLES])) for reason, made in titles.items()
    )


def _declined(plan: Plan, artefacts: Mapping[str, Artefact]) -> tuple[str, ...]:
    """What was to be copied, and turned out not to allow it."""
    reasons = {step.title: artefacts[step.key].measured.get("declined") for step in plan.steps}
    return tuple(f"{title}: encoded again, because {reason}" for title, reason in reasons.items() if reason)


def _unproven(plan: Plan, artefacts: Mapping[str, Artefact]) -> tuple[str, ...]:
    """What did not prove to be as asked, where that is no error."""
    return tuple(
        f"{wrong['place']}: {wrong['what']}{', as its source is damaged' if wrong.get(DAMAGE) else ''}"
        for step in plan.steps
        if isinstance(step.operation, ProvePicture | ProveSound)
        for wrong in artefacts[step.key].measured["wrong"]
    )


def _steps(plan: Plan, artefacts: Mapping[str, Artefact], reused: frozenset[str]) -> tuple[StepsReport, ...]:
    kinds = dict.fromkeys(step.kind for step in plan.steps)
    rows = []
    for kind in kinds:
        keys = [step.key for step in plan.steps if step.kind == kind]
        found = [artefacts[key] for key in keys if key in reused]
        made = [artefacts[key] for key in keys if key not in reused]
        rows.append(
            StepsReport(
                kind=kind,
                steps=len(keys),
                reused=len(found),
                seconds=round(sum(artefact.seconds for artefact in made), 3),
                saved_seconds=round(sum(artefact.seconds for artefact in found), 3),
                bytes=sum(artefacts[key].bytes for key in keys),
            )
        )
    return tuple(rows)
