"""What customers are told of generations: the models of the answers, and how they come from records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from gateway.fields import Flag, Moment
from gateway.problems import PlacedProblem, ProblemDocument, document
from reel.catalogue import ASSET, DeadLetter, Generation, OutputRecord, Priority, Status, StepRecord
from reel.errors import Problem
from reel.kinds.registry import title_of
from reel.report.roles import Role, role_of
from reel.request.terms import Name
from reel.values import Value, public_document, texts_of

OF_THE_REQUEST: Mapping[str, tuple[int, str]] = {
    "invalid request": (422, "invalid-request"),
    "bad media": (422, "bad-media"),
    "exhausted": (402, "exhausted"),
}
"""Classes of errors that whoever ordered can mend; of others no details are told."""
AWAY = "see that the address answers, then order again"
"""What to do where an address that the order names did not."""
LATER = "Nothing of the order was wrong: order it again, or name its id to whoever runs this service."


class Estimate(Value):
    """What making it takes: the median, and what nine of ten such orders stay under (`p90`)."""

    seconds: float = Field(description="By the clock, once it has begun.")
    seconds_p90: float
    cpu_seconds: float = Field(description="Of processors.")
    cpu_seconds_p90: float
    bytes: int
    bytes_p90: int
    cost: float | None = Field(None, description="By the prices of this installation; null: it has none.")
    cost_p90: float | None = None
    steps: int
    learnt: float = Field(0.0, description="Share of it that this installation has made the like of before.")


class Progress(Value):
    """How far it is."""

    percent: float = Field(0.0, ge=0, le=100)
    eta_seconds: float | None = Field(None, description="Expected seconds to the end; null while nothing can be said.")
    steps: int = Field(0, description="How many steps there are.")
    steps_done: int = 0
    steps_reused: int = Field(0, description="Those of the done ones that were there already.")
    doing: str = Field("", description="What is being made.")
    percents: dict[str, float] = Field({}, description="Percent of each output, by name.")


class Output(Value):
    """A published file."""

    name: str
    role: Role = Field(description="What it is there for.")
    bytes: int
    sha256: str
    url: str = Field(description="Where it can be fetched.")
    expires: datetime | None = Field(description="Until when the address holds; null: as long as the file is there.")


class Step(Value):
    """A step of its making."""

    title: str
    operation: str
    state: str
    seconds: float
    reused: bool
    bytes: int
    outputs: tuple[str, ...] = Field(description="The outputs that it makes.")


class GenerationSummary(Value):
    """A generation in a list."""

    id: str
    kind: str
    title: str = Field(
        description="What there is to make, in a few words: the first text of a template, how many variants."
    )
    project: str
    status: Status
    priority: Priority
    slot: str | None
    metadata: dict[str, Any]
    created: datetime
    started: datetime | None
    ended: datetime | None
    percent: float = Field(description="How far it is.")


class GenerationDetail(GenerationSummary):
    """A generation."""

    place: int | None = Field(description="How many begin before it; null when it does not wait.")
    attempts: int
    template: str | None = Field(description="Id of the stored template that it was made from.")
    template_version: int | None
    retry_of: str | None = Field(description="Id of the generation that it is another try of.")
    idempotency_key: str | None
    delete_after_download: bool
    estimate: Estimate | None = Field(description="Null where assets have to be read first.")
    progress: Progress
    outputs: tuple[Output, ...] = Field(description="Once it is done.")
    error: ProblemDocument | None = Field(description="Why it failed.")
    request: dict[str, Any] = Field(description="What was ordered, without secrets of addresses.")
    steps: tuple[Step, ...] | None = Field(None, description="With `expand=steps`.")
    report: dict[str, Any] | None = Field(None, description="With `expand=report`, once it is done.")


class Generations(Value):
    """A part of a list."""

    generations: tuple[GenerationSummary, ...]
    after: str | None = Field(description="Ask with this for what comes next; null: there is no more.")


class NewOrder(Value):
    """An order."""

    request: dict[str, Any] = Field(
        description="What to make: a JSON object with its `kind`, as `/v1/kinds` describes them.",
        examples=[{"kind": "encode", "asset": "https://cdn.example/a.mp4"}],
    )
    project: Name = Field("default", description="Which of your projects it counts to.", min_length=1, max_length=64)
    priority: Priority = Field("interactive", description="Which of what waits goes first.")
    slot: str | None = Field(
        None, min_length=1, max_length=255, description="What it stands for in a set that is made again and again."
    )
    delete_after_download: Flag = Field(False, description="Remove it once all of it was fetched.")


class Verdict(Value):
    """What can be said of a request before its assets are read."""

    valid: bool
    errors: tuple[PlacedProblem, ...]
    warnings: tuple[str, ...]
    unknown: tuple[str, ...] = Field(
        description="Fields that name assets which were never read here: what follows from them is found out when they are."
    )
    resolved: dict[str, Any] | None = Field(description="The request in full, with all defaults.")
    estimate: Estimate | None = Field(description="As if nothing of it were made yet; null where that cannot be said.")


class Page(Value):
    """Which part of a list, as a query says."""

    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, max_length=2000, description="From the answer before.")
    project: str | None = Field(None, max_length=255)
    kind: str | None = Field(None, max_length=64)
    slot: str | None = Field(None, max_length=255)
    status: tuple[Status, ...] = Field((), max_length=10, description="One of these.")
    since: Moment | None = Field(None, description="Created at or after this.")
    until: Moment | None = Field(None, description="Created before this.")
    search: str | None = Field(
        None, max_length=1000, description="Those of which a query finds an output, best ones first."
    )


def summary(found: Generation) -> GenerationSummary:
    return GenerationSummary(**_summed(found))


def detail(
    found: Generation,
    place: int,
    outputs: Sequence[Output] = (),
    letter: DeadLetter | None = None,
    steps: Sequence[StepRecord] | None = None,
    with_report: bool = False,
) -> GenerationDetail:
    """A generation from its records."""
    return GenerationDetail(
        **_summed(found),
        place=place if found.status == "queued" else None,
        attempts=found.attempts,
        template=found.template,
        template_version=found.template_version,
        retry_of=found.retry_of,
        idempotency_key=found.idempotency_key,
        delete_after_download=found.delete_after_download,
        estimate=None if found.expected is None else Estimate.model_validate(found.expected),
        progress=progress_of(found),
        outputs=tuple(outputs),
        error=error_of(found, letter),
        request=public_document(found.request),
        steps=None if steps is None else tuple(_step(step) for step in steps if step.operation != ASSET),
        report=public_document(found.report) if with_report else None,
    )


def _summed(found: Generation) -> dict[str, Any]:
    names = ("id", "kind", "project", "status", "priority", "slot", "created", "started", "ended")
    told = {name: getattr(found, name) for name in names}
    title = title_of(found.kind, found.request)
    return {**told, "title": title, "metadata": found.request_metadata or {}, "percent": progress_of(found).percent}


def progress_of(found: Generation) -> Progress:
    """How far it is, as it was last noted."""
    if found.progress:
        return Progress.model_validate(found.progress)
    return Progress(percent=100.0 if found.status == "done" else 0.0)


def error_of(found: Generation, letter: DeadLetter | None) -> ProblemDocument | None:
    """Why it failed: all of it where the order can be mended, or an address that it names did not answer, else where to ask."""
    if found.status != "failed":
        return None
    instance = f"/v1/generations/{found.id}"
    status, type_ = OF_THE_REQUEST.get(found.error_class or "", (500, "not-made"))
    if found.error_class == "transient" and (away := _away(found, letter)):
        return document(503, "\n".join(map(str, away)), instance, tuple(map(_placed, away)))
    if status == 500:
        return document(500, LATER, letter.id if letter else instance, type_=type_)
    problems = tuple(PlacedProblem.model_validate(each) for each in (letter.problems if letter else ()))
    return document(status, found.error or "", instance, problems, type_)


def _away(found: Generation, letter: DeadLetter | None) -> list[Problem]:
    """What failed of web addresses that the order names. Where else something was away, is for whoever runs this."""
    told = [
        Problem(each["place"], each["what"], each["remedy"] or AWAY) for each in (letter.problems if letter else ())
    ]
    named = tuple(
        f"{text} " for text in texts_of(public_document(found.request)) if text.startswith(("https:", "http:"))
    )
    return [problem for problem in told if problem.what.startswith(named)]


def _placed(problem: Problem) -> PlacedProblem:
    return PlacedProblem.model_validate(problem.told())


def output(found: OutputRecord, url: str, expires: datetime | None) -> Output:
    return Output(
        name=found.name, role=role_of(found.name), bytes=found.bytes, sha256=found.sha256, url=url, expires=expires
    )


def _step(found: StepRecord) -> Step:
    names = ("title", "operation", "state", "seconds", "reused", "bytes")
    return Step(**{name: getattr(found, name) for name in names}, outputs=tuple(found.outputs))
