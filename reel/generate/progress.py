"""How far a generation is: weighted by planned work, and never at the end before the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from reel.make.perform import NOTHING_MADE, Made
from reel.plan.operations import Probe
from reel.plan.step import Plan, Step, compositions, together

LAST_SHARE = 0.02
"""Share of the bar that is kept for verifying and publishing: only published outputs are 100 %."""


KNOWN_SHARE = 0.02
"""Of what there was to do must be done before anything is said of the rest: by what was made earlier, nobody knows how fast."""


@dataclass(frozen=True)
class Snapshot:
    """One moment of a generation."""

    share: float
    """0 to 1, of the planned work that was not made already; 1 only when the outputs are verified and published. It never
    falls."""
    eta_seconds: float | None
    """Expected seconds to the end; null while nothing can be said."""
    steps_done: int
    steps_reused: int
    steps: int
    doing: str
    """What one of the steps under way does: `compose a.mp4 at 1.1x`; empty when there is none."""

    def describe(self) -> str:
        """`compose b.mov, 7 of 25 steps, 18 s to go`: what people read beside the bar."""
        parts = [self.doing] if self.doing else []
        parts.append(f"{self.steps_done} of {self.steps} steps")
        if self.steps_reused:
            parts.append(f"{self.steps_reused} reused")
        if self.share == 1:
            parts.append("verified and published")
        elif self.eta_seconds is not None:
            parts.append(f"{self.eta_seconds:.0f} s to go")
        return ", ".join(parts)


class Progress:
    """Collects what steps report; tells `listener` after each report. Safe from all threads."""

    def __init__(
        self,
        plan: Plan,
        listener: Callable[[Snapshot], None] | None = None,
        made: Mapping[str, Made] = NOTHING_MADE,
        since: Progress | None = None,
    ) -> None:
        """`made` are steps that are made before the plan is performed; others may be among them. `since` is that of a plan
        whose place this one takes: what was shown goes on from there."""
        self._work = {key: seconds for siblings in compositions(plan.steps) for key, seconds in _weights(siblings)}
        self._plan = plan
        self._steps = len(self._work)
        self._made: set[str] = set()
        self._under_way: dict[str, tuple[Step, float]] = {}
        self._done = 0.0
        self._finished = 0
        self._reused: set[str] = set()
        self._own: Collection[str] | None = None
        self._published = False
        self._started = time.monotonic()
        self._early = self._begun = self._shown = 0.0
        self._listener: Callable[[Snapshot], None] | None = None
        self._lock = threading.Lock()
        self._telling = threading.Lock()  # snapshots are heard in the order in which they were taken
        for step in plan.steps:
            if step.key in made:
                self.finish(step, reused=made[step.key].reused)
        total = sum(self._work.values())
        here = self._done / total * (1 - LAST_SHARE) if total else 0.0
        self._early = self._done
        self._begun = self._shown = max(here, since.snapshot().share if since else 0.0)
        self._shown_outputs = since.outputs() if since else {}
        # From now on: told of one after another, what was made before would take it back to its begin.
        self._listener = listener

    def begin(self, step: Step) -> None:
        """A step has begun, or begun again."""
        self._report(lambda: self._under_way.__setitem__(step.key, (step, 0.0)))

    def advance(self, step: Step, units: int) -> None:
        """A step has come so far, in units of its work."""
        share = min(1.0, units / step.work.units) if step.work.units else 0.0
        self._report(lambda: self._under_way.__setitem__(step.key, (step, share)))

    def finish(self, step: Step, *, reused: bool) -> None:
        """A step is made, or was found made; what was found counts neither as work to do nor as work done."""

        def change() -> None:
            self._under_way.pop(step.key, None)
            self._finished += 1
            self._made.add(step.key)
            if reused:
                self._reused.add(step.key)
                self._work[step.key] = 0.0
            self._done += self._work[step.key]

        self._report(change)

    def tell_of(self, own: Collection[str]) -> None:
        """Of all that is found made, tell of these steps alone that they were."""
        with self._lock:
            self._own = own

    def publish(self) -> None:
        """All outputs are verified and in their place."""
        self._report(lambda: setattr(self, "_published", True))

    def snapshot(self) -> Snapshot:
        """This moment."""
        with self._lock:
            return self._look()

    def outputs(self) -> dict[str, float]:
        """How far each output is, 0 to 1, by the name of its variant: weighted as the whole is."""
        with self._lock:
            for name, keys in self._needed.items():
                share = round(self._share_of(keys), 4)
                self._shown_outputs[name] = max(share, self._shown_outputs.get(name, 0.0))
            return {name: self._shown_outputs[name] for name in self._needed}

    @cached_property
    def _needed(self) -> Mapping[str, Collection[str]]:
        """Keys of the steps that each output needs, by its name."""
        plan = self._plan
        roots = {
            str(manifest["name"]): [
                each for output in plan.outputs if output.variant == number for each in output.roots
            ]
            for number, manifest in enumerate(plan.manifests, start=1)
        }
        return {name: plan.reached_from(keys) for name, keys in roots.items()}

    def _share_of(self, keys: Collection[str]) -> float:
        if self._published:
            return 1.0
        total = sum(self._work[key] for key in keys)
        if not total:
            return (1 - LAST_SHARE) * self._made.issuperset(keys)
        done = sum(self._work[key] for key in keys if key in self._made)
        done += sum(self._work[key] * share for key, (_, share) in self._under_way.items() if key in keys)
        return done / total * (1 - LAST_SHARE)

    def _report(self, change: Callable[[], object]) -> None:
        with self._telling:
            with self._lock:
                change()
                snapshot = self._look()
            if self._listener:
                self._listener(snapshot)

    def _doing(self, step: Step) -> str:
        """What is told of a step under way; of one of many trials, how many there were."""
        if step.key in self._trials:
            return f"choosing rungs: {len(self._made & self._trials)} of {len(self._trials)} trials"
        return step.operation.doing.replace("{}", step.title)

    @cached_property
    def _trials(self) -> Set[str]:
        return {step.key for step in self._plan.steps if isinstance(step.operation, Probe) and step.operation.of_rungs}

    def _look(self) -> Snapshot:
        left = sum(self._work.values()) - self._early
        done = self._done + sum(self._work[key] * share for key, (_, share) in self._under_way.items()) - self._early
        part = done / left * (1 - LAST_SHARE) if left > 0 else 0.0
        # Of a step that is tried again the work is to be done again, and more than was left; what was shown stays.
        span = (1 - LAST_SHARE - self._begun) / (1 - LAST_SHARE)
        self._shown = max(self._shown, self._begun + part * span, 1.0 if self._published else 0.0)
        elapsed = time.monotonic() - self._started
        known = self._published or part > KNOWN_SHARE
        doing = self._doing(next(reversed(self._under_way.values()))[0]) if self._under_way else ""
        return Snapshot(
            share=round(self._shown, 4),
            eta_seconds=(0.0 if self._published else round(elapsed / part * (1 - part), 1)) if known else None,
            steps_done=self._finished,
            steps_reused=len(self._reused if self._own is None else self._reused.intersection(self._own)),
            steps=self._steps,
            doing=doing,
        )


def _weights(siblings: Sequence[Step]) -> Iterator[tuple[str, float]]:
    """What each of some steps counts that are made together, in seconds: they all bear a like part of what they share."""
    spared = sum(step.work.seconds for step in siblings) - together([step.work for step in siblings]).seconds
    for step in siblings:
        yield step.key, step.work.seconds - spared / len(siblings)
