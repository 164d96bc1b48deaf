"""Why a step is made again: what of its description, or of what it needs, is not as it was where it was last made.

    history = History(now, before)      # what two generations of the same thing planned, by key
    for cause in history.causes(key):   # from the step that is asked about down to what really changed
        print(cause.described({}))

Steps that stand in the same place are found from the outputs down: what an output's step needs in a field was in its place
what the former one needed in that field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reel.differences import Difference, differences
from reel.plan.operations import OPERATIONS
from reel.plan.operations.base import EXPECTED, Proof
from reel.plan.step import Plan
from reel.values import Value

PROVEN = {operation.kind: operation.proven for operation in OPERATIONS if issubclass(operation, Proof)}
"""Of each proof, the field with the key of what it proves."""

MOST_SHOWN = 60
"""Characters of a value that people are shown."""


class Described(Value):
    """A step as it was planned."""

    key: str
    title: str
    document: dict[str, Any]
    """Of its operation (`Operation.remembered`)."""
    outputs: tuple[str, ...] = ()
    """Names of the published files that it makes."""

    @property
    def operation(self) -> str:
        return str(self.document["operation"])


class Cause(Value):
    """What changed of one step; what it needs, and that changed, has causes of its own."""

    key: str
    operation: str
    title: str
    path: tuple[str, ...]
    """The fields that lead to it from the step that was asked about."""
    differences: tuple[Difference, ...] = ()
    """None: there was nothing in its place."""

    def described(self, names: Mapping[str, str]) -> str:
        """`text Hello Ada: text: "Hello Ada", was "Hello Bob"`. `names` are of assets, by SHA-256."""
        what = "; ".join(_said(each, names) for each in self.differences) or "is new"
        return f"{named(self.operation, self.title)}: {what}"


@dataclass(frozen=True)
class History:
    """Two generations of the same thing: what each planned, by key."""

    now: Mapping[str, Described]
    before: Mapping[str, Described]

    @cached_property
    def counterparts(self) -> Mapping[str, str]:
        """By key of now, the key of what was in its place; only where there was something."""
        places = {name: key for key, step in self.before.items() for name in step.outputs}
        waiting = [(key, places[name]) for key, step in self.now.items() for name in step.outputs if name in places]
        found: dict[str, str] = {key: key for key in self.now if key in self.before}
        while waiting:
            key, old = waiting.pop(0)
            if key not in found:
                found[key] = old
                waiting.extend(self._pairs(key, old))
        return dict(self._proofs(found)) | found

    def _proofs(self, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """A proof has the place of the one that proves what was in the place of what it proves: no output leads to it."""
        places = {(step.operation, proven): key for key, step in self.before.items() if (proven := _proven(step))}
        for key, step in self.now.items():
            if (proven := _proven(step)) and (old := places.get((step.operation, found.get(proven, "")))):
                yield key, old

    def causes(self, key: str) -> tuple[Cause, ...]:
        """Why a step is not what was in its place before: none where it is."""
        return tuple(self._causes(key, (), set()))

    def _causes(self, key: str, path: tuple[str, ...], told: set[str]) -> Iterator[Cause]:
        if key in told or key in self.before:
            return
        told.add(key)
        step, old = self.now[key], self.before.get(self.counterparts.get(key, ""))
        if old is None:
            yield self._cause(step, path)
            return
        changed = [*differences(old.document, step.document)]
        if step.operation != old.operation:
            # Two things of different kinds have hardly a field in common.
            changed = [Difference(place="operation", before=old.operation, now=step.operation)]
        needs = [each for each in changed if _key_in(self.now, each.now)]
        if needs:  # what is expected of something else is something else
            changed = [each for each in changed if each.place != EXPECTED]
        if own := [each for each in changed if each not in needs]:
            yield self._cause(step, path, *own)
        for each in needs:
            yield from self._causes(each.now, (*path, each.place), told)

    def _pairs(self, key: str, old: str) -> Iterator[tuple[str, str]]:
        """What a step needs, each with what the former one needed in its place."""
        step, former = self.now[key], self.before[old]
        if step.operation == former.operation:
            for each in differences(former.document, step.document):
                if _key_in(self.now, each.now) and _key_in(self.before, each.before):
                    yield each.now, each.before

    @staticmethod
    def _cause(step: Described, path: tuple[str, ...], *changed: Difference) -> Cause:
        return Cause(key=step.key, operation=step.operation, title=step.title, path=path, differences=changed)


def named(operation: str, title: str) -> str:
    """What people know a step by: many titles say the operation themselves."""
    return title if title.startswith(operation) else f"{operation} {title}"


def described(plan: Plan) -> dict[str, Described]:
    """The steps of a plan as they are to be remembered."""
    return {
        step.key: Described(
            key=step.key,
            title=step.title,
            document=step.operation.remembered(plan.tools),
            outputs=tuple(plan.made_by(step.key)),
        )
        for step in plan.steps
    }


def _proven(step: Described) -> str | None:
    """The key of what a step proves; null where it proves nothing."""
    return step.document.get(PROVEN[step.operation]) if step.operation in PROVEN else None


def _key_in(steps: Mapping[str, Described], value: Any) -> bool:
    """Whether a value of a document is the key of a step."""
    return isinstance(value, str) and value in steps


def _said(changed: Difference, names: Mapping[str, str]) -> str:
    """One difference in words."""
    before, now = (_shown(value, names) for value in (changed.before, changed.now))
    match changed.place.partition("."):
        case ("tools", _, tool):
            return f"{tool} is {now}, was {before}"
        case ("rules", _, _):
            return f"Reelflow's rules for it are {now}, were {before}"
        case (place, _, _) if place == EXPECTED:
            return "what is expected of it is not what it was"
    if changed.place.endswith("encoder.rules"):  # of its codec; the first ones are not written down
        codec = changed.place.removesuffix(".rules")
        return f"Reelflow's rules for the {codec} are {changed.now or 1}, were {changed.before or 1}"
    if changed.before is None:
        return f"{changed.place}: {now}, was nothing"
    if changed.now is None:
        return f"{changed.place}: nothing, was {before}"
    if before == now:
        return f"{changed.place}: other bytes of {now}"
    return f"{changed.place}: {now}, was {before}"


def _shown(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, str) and value in names:
        return names[value]
    text = value[:12] if _is_digest(value) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")
