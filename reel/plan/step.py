"""Steps and plans: the graph that is known, keyed and weighed before any pixel is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import Field

from reel.plan.operations import AnyOperation
from reel.plan.operations.expected import Work
from reel.toolchain import Toolchain
from reel.values import Value


def together(works: Sequence[Work]) -> Work:
    """What steps of one composition take in one process."""
    shared = max(work.shared_seconds for work in works)
    held = max(work.shared_bytes for work in works)
    return Work(
        seconds=shared + sum(work.seconds - work.shared_seconds for work in works),
        bytes=sum(work.bytes for work in works),
        memory_bytes=held + sum(work.memory_bytes - work.shared_bytes for work in works),
        processors=sum(work.processors for work in works),
        most_of_machine=1.0 if len(works) > 1 else works[0].most_of_machine,
        units=max(work.units for work in works),
    )


class Step(Value):
    """One operation with its key."""

    key: str
    title: str
    """For people; no part of the key."""
    operation: AnyOperation
    work: Work
    kept: tuple[int, ...] = ()
    """Frames of a segment of which small pictures are kept while it is read back, for its proof; no part of the key."""
    stats_kept: bool = False
    """Whether the stats of a segment's frames are kept meanwhile, for what analyses its video; no part of the key."""

    @property
    def kind(self) -> str:
        return self.operation.operation

    @property
    def needs(self) -> tuple[str, ...]:
        return self.operation.needs()

    @property
    def composition(self) -> str | None:
        return self.operation.composition


def compositions(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Steps by what they compose: those that are made together, and all others by themselves, in the order of the first."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        found.setdefault(step.composition or step.key, []).append(step)
    yield from found.values()


def seconds_of(steps: Iterable[Step]) -> float:
    """What steps are expected to take, siblings together."""
    return sum(seconds_by_step(steps).values())


def seconds_by_step(steps: Iterable[Step]) -> dict[str, float]:
    """What each step is expected to take, by key. Of siblings each has a part of what they take together, by what it would take
    alone."""
    found: dict[str, float] = {}
    for siblings in compositions(steps):
        alone = sum(step.work.seconds for step in siblings)
        share = together([step.work for step in siblings]).seconds / alone if alone else 0.0
        found |= {step.key: step.work.seconds * share for step in siblings}
    return found


class PlannedOutput(Value):
    """A file that the generation publishes, and the step that makes it."""

    name: str
    """Within the generation's folder: `variant-001.mp4`."""
    variant: int
    step: str
    """Key of the step."""
    file: str
    """Name of the file in that step's artefact."""
    proof: str = ""
    """Key of the step that binds it to its proven parts; empty where its steps' own proofs are all that there is."""

    @property
    def roots(self) -> tuple[str, ...]:
        """Keys of the steps that it is made and proven by; what these need is all that it needs."""
        return (self.step, self.proof) if self.proof else (self.step,)


class Plan(Value):
    """Steps in an order in which each comes after all that it needs; every key once."""

    tools: Toolchain
    """Those that the keys were made with."""
    steps: tuple[Step, ...]
    outputs: tuple[PlannedOutput, ...]
    warnings: tuple[str, ...] = ()
    """What is odd but usable in the assets, each under the field that names it."""
    documents: tuple[tuple[str, str], ...] = ()
    """Names and texts of small files that are published beside the outputs."""
    manifests: tuple[dict[str, Any], ...] = ()
    """For each variant, what it plays: sequence, speeds, similarity."""
    choices: dict[str, str] = Field(default_factory=dict)
    """Of each ladder that is made per title, by its place in the request, the step that chooses its rungs."""

    @cached_property
    def by_key(self) -> Mapping[str, Step]:
        return {step.key: step for step in self.steps}

    def made_by(self, key: str) -> list[str]:
        """Names of the published files that a step makes."""
        return self._made.get(key, [])

    @cached_property
    def _made(self) -> Mapping[str, list[str]]:
        made: dict[str, list[str]] = {}
        for output in self.outputs:
            made.setdefault(output.step, []).append(output.name)
        return made

    def reached_from(self, keys: Iterable[str]) -> set[str]:
        """`keys` and all that they need, however far."""
        reached: set[str] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in reached:
                reached.add(key)
                waiting.extend(self.by_key[key].needs)
        return reached
