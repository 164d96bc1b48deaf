"""Steps and plans: the graph that is known, keyed and weighed before any pixel is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from reel.plan.operations import AnyOperation
from reel.plan.operations.base import Work
from reel.toolchain import Toolchain
from reel.values import Value


class Step(Value):
    """One operation with its key."""

    key: str
    title: str
    """For people; no part of the key."""
    operation: AnyOperation
    work: Work
    kept: tuple[int, ...] = ()
    """Frames of a segment of which small pictures are kept while it is read back, for its proof; no part of the key."""

    @property
    def kind(self) -> str:
        return self.operation.operation

    @property
    def needs(self) -> tuple[str, ...]:
        return self.operation.needs()


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
