"""Running all steps of a plan in their order: in this process on a pool of threads, or as the tasks of a flow."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import TypeVar

from reel.errors import Cancelled, ReelError, merged
from reel.generate.progress import Progress
from reel.make.perform import NOTHING_MADE, Made
from reel.make.together import perform_together
from reel.make.worker import Worker
from reel.patience import Clock
from reel.plan.estimate import urgency
from reel.plan.step import Plan, Step, compositions
from reel.retry import tried

Outcome = TypeVar("Outcome")


def run_plan(
    plan: Plan,
    worker: Worker,
    progress: Progress,
    known: Mapping[str, Made] = NOTHING_MADE,
    enough: Callable[[], bool] = lambda: False,
) -> dict[str, Made]:
    """Perform every step of `plan` in this process; returns what each key came to. Errors: as `run_steps`."""
    here: set[str] = set()
    with ThreadPoolExecutor(worker.room.processors + 2, "step") as threads:

        def begin(step: Step, siblings: Sequence[Step]) -> Future[Made]:
            return threads.submit(_attempt, step, siblings, worker, progress, here)

        return run_steps(plan, worker, begin, lambda _, made: made, known, enough)


def run_steps(
    plan: Plan,
    worker: Worker,
    begin: Callable[[Step, Sequence[Step]], Future[Outcome]],
    settle: Callable[[Step, Outcome], Made],
    known: Mapping[str, Made] = NOTHING_MADE,
    enough: Callable[[], bool] = lambda: False,
) -> dict[str, Made]:
    """Perform every step of `plan` that is not `known`, each as soon as its inputs are made; what each key came to.

    `begin` starts a step, `settle` says what its outcome means or raises its error. Only as many are begun as can run, so
    that the most urgent goes first whenever there is room, and nobody waits in a thread. One light step is under way beside
    them, so that what many small ones come to, one after the other, is not left for the end. Of steps that are made together,
    one leads: it is begun with its siblings, which come after it, and then are there.

    After an error, or when it is `enough`, no further step begins; those under way finish, so that their work is not lost.
    Raises one error with all problems.
    """
    made = dict(known)
    failures: list[ReelError] = []
    ready = _Ready(plan, known)
    under_way: dict[Future[Outcome], tuple[Step, ...]] = {}
    try:
        while under_way or (ready and not failures and not enough()):
            while not failures and not enough() and (taken := ready.take(under_way.values(), worker.room.processors)):
                step, *siblings = taken
                under_way[begin(step, siblings)] = taken
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                step, *siblings = under_way.pop(future)
                try:
                    made[step.key] = settle(step, future.result())
                    ready.finish(step.key, siblings)
                except ReelError as failure:
                    failures.append(failure)
    except BaseException:
        # An interrupt: end FFmpeg at once; whoever owns the threads waits for them.
        worker.cancelled.set()
        raise
    if failures:
        raise merged(failures)
    return made


def _attempt(step: Step, siblings: Sequence[Step], worker: Worker, progress: Progress, here: set[str]) -> Made:
    """Perform one step, and its siblings with it, with as many tries as its errors deserve. `here`: see `perform_together`."""

    def attempt() -> Made:
        progress.begin(step)
        if worker.cancelled.is_set():
            raise Cancelled.at(step.title, "was called off")
        return perform_together(step, siblings, worker, progress.advance, here)

    made = tried(attempt, Clock(sleep=worker.cancelled.wait))
    progress.finish(step, reused=made.reused)
    return made


class _Ready:
    """The steps whose inputs are made, the most urgent first: the one with the most work behind it. Steps of one composition
    need the same, and so are ready at the same time: they are taken together."""

    def __init__(self, plan: Plan, known: Collection[str]) -> None:
        self._steps = plan.by_key
        self._urgency = urgency(plan)
        self._order = {step.key: number for number, step in enumerate(plan.steps)}
        steps = (step for step in plan.steps if step.key not in known)
        self._sorter = TopologicalSorter({step.key: [key for key in step.needs if key not in known] for step in steps})
        self._sorter.prepare()
        self._heavy: list[tuple[float, int, tuple[Step, ...]]] = []
        self._light: list[tuple[float, int, tuple[Step, ...]]] = []
        self._push(self._sorter.get_ready())

    def __bool__(self) -> bool:
        return bool(self._heavy or self._light)

    def take(self, under_way: Collection[tuple[Step, ...]], processors: int) -> tuple[Step, ...]:
        """A step that may begin beside those `under_way`, and those that can be made with it; nothing where none may.

        One more than there are processors: it waits at the door, so that none is idle meanwhile.
        """
        if len(under_way) <= processors:
            heaps = [heap for heap in (self._heavy, self._light) if heap]
        else:
            heaps = [self._light] if self._light and not any(_is_light(steps) for steps in under_way) else []
        return heapq.heappop(min(heaps))[-1] if heaps else ()

    def finish(self, key: str, siblings: Sequence[Step] = ()) -> None:
        """A step is made; its siblings come next."""
        self._sorter.done(key)
        self._push([*(step.key for step in siblings), *self._sorter.get_ready()])

    def _push(self, keys: Collection[str]) -> None:
        in_order = sorted(keys, key=lambda key: (-self._urgency[key], self._order[key]))
        for siblings in compositions(self._steps[key] for key in in_order):
            key = siblings[0].key
            heap = self._light if _is_light(siblings) else self._heavy
            heapq.heappush(heap, (-self._urgency[key], self._order[key], tuple(siblings)))


def _is_light(steps: Sequence[Step]) -> bool:
    return len(steps) == 1 and steps[0].work.is_light
