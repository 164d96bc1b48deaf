"""The trials one after another: `python -m tests.faults`."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flows.submit import submit
from reel.request.terms import Terms
from tests.faults.installation import Installation
from tests.faults.invariants import broken, left_behind, slots_held
from tests.faults.kinds import KINDS, Heal, Kind
from tests.faults.trial import Trial
from tests.faults.work import Footage, shoot
from tests.waiting import wait_for

CLIPS, CLIP_SECONDS = 3, 6.0
PATIENCE_SECONDS = 240.0
"""How long a trial may take after its fault has ended."""
GOAL_SECONDS = 60.0
"""Within so many seconds after a fault's end all should be done, the rest of the work included."""


@dataclass(frozen=True)
class Outcome:
    """How a trial ended."""

    kind: str
    moment: float
    """Seconds from the request to the fault."""
    status: str
    attempts: int
    seconds: float
    """From the fault's end to the generation's."""
    wrong: tuple[str, ...]

    def row(self) -> str:
        """One line of the table."""
        verdict = "; ".join(self.wrong) or ("ok" if self.seconds <= GOAL_SECONDS else "ok, late")
        return f"{self.kind:<22} {self.moment:7.1f} s  {self.status:<10} {self.attempts:>3}   {self.seconds:7.1f} s  {verdict}"


HEAD = f"{'fault':<22} {'at':>7}    {'status':<10} {'tries':>5} {'recovered':>9}    verdict"


def run_suite(
    site: Installation, only: Sequence[str] | None, rounds: int, seed: int, say: Callable[[str], None]
) -> list[str]:
    """Every kind of fault (or `only` some), `rounds` times each, in turns; all that was wrong. `say` is told of each."""
    takes = itertools.count()
    _clean_run(site, seed, next(takes))  # the first one reads all code from the disk
    clean = _clean_run(site, seed, next(takes))
    say(f"without a fault: {clean:.1f} s from request to end\n{HEAD}")
    outcomes: list[Outcome] = []
    possible = [name for name in only or KINDS if all(host.small for host in site.hosts) or not KINDS[name].small_disk]
    if left_out := set(only or KINDS) - set(possible):
        say(f"left out, as only root can make small disks: {', '.join(sorted(left_out))}")
    for number in range(rounds):
        for kind in possible:
            chance = random.Random(f"{seed} {kind} {number}")
            outcome = run_trial(site, kind, takes, chance, clean)
            say(outcome.row())
            outcomes.append(outcome)
    say(summed_up(outcomes))
    return [*(f"{outcome.kind}: {wrong}" for outcome in outcomes for wrong in outcome.wrong), *slots_held(site)]


def run_trial(site: Installation, name: str, takes: Iterator[int], chance: random.Random, clean: float) -> Outcome:
    """One fault at a random moment of one generation, which usually takes `clean` seconds.

    Where the generation was over before that moment, or had nothing more to harm, another one is made and harmed earlier.
    """
    moment = chance.uniform(0, clean)
    status = ""
    for share in (1.0, 0.6, 0.3):
        take = next(takes)
        footage = shoot(site.folder / "clips", take, CLIPS, CLIP_SECONDS)
        trial = begin(site, chance, f"trial-{take}", footage, key=f"order-{take}")
        began = time.monotonic()
        if heal := _strike(trial, KINDS[name], began + share * moment):
            return _followed(trial, name, time.monotonic() - began, heal)
        status = trial.record().status
    return Outcome(name, moment, status, 0, 0.0, ("it was over before the fault",))


def _followed(trial: Trial, name: str, moment: float, heal: Heal) -> Outcome:
    """What becomes of a generation that was harmed just now."""
    kind = KINDS[name]
    time.sleep(kind.seconds)
    heal()
    healed = time.monotonic()
    wrong = wrong_with(trial, kind.ends)
    seconds = time.monotonic() - healed
    if kind.again:
        order = tuple(reversed(range(CLIPS)))
        later = begin(trial.site, trial.chance, f"{trial.tenant}-again", trial.footage, order)
        wrong += wrong_with(later, kind.ends, order)
    record = trial.record()
    return Outcome(name, moment, record.status, record.attempts, seconds, tuple(wrong))


def begin(
    site: Installation,
    chance: random.Random,
    tenant: str,
    footage: Footage,
    order: Sequence[int] | None = None,
    key: str | None = None,
    slots: int | None = 2,
    **fields: Any,
) -> Trial:
    """Queue a generation of a tenant that may have so many at once that a slot which is held for ever is seen."""
    with site.catalogue.operator() as everybody:
        everybody.set_tenant(tenant, concurrency=slots)
    generation = submit(footage.request(order, **fields), Terms(tenant=tenant, idempotency_key=key), site.catalogue)
    assert generation.flow_run
    return Trial(site, chance, tenant, footage, generation.id, UUID(generation.flow_run), key=key or "")


def wrong_with(trial: Trial, ends: frozenset[str], order: Sequence[int] | None = None) -> list[str]:
    """Wait until a generation has settled; all that is wrong then."""
    try:
        wait_for(trial.settled, "the end", PATIENCE_SECONDS)
    except TimeoutError:
        return [f"not settled: {trial.states()}"]
    return [*broken(trial, ends, order), *left_behind(trial.site)]


def _strike(trial: Trial, kind: Kind, at: float) -> Heal | None:
    """Do the harm at that moment, or at the first one after it when there is something to harm."""
    time.sleep(max(0.0, at - time.monotonic()))
    while not trial.settled():
        if heal := kind.strike(trial):
            return heal
        time.sleep(0.02)
    return None


def _clean_run(site: Installation, seed: int, take: int) -> float:
    """Seconds of a generation that nothing befalls."""
    footage = shoot(site.folder / "clips", take, CLIPS, CLIP_SECONDS)
    began = time.monotonic()
    wrong = wrong_with(begin(site, random.Random(seed), f"clean-{take}", footage), frozenset({"done"}))
    assert not wrong, wrong
    return time.monotonic() - began


def summed_up(outcomes: Sequence[Outcome]) -> str:
    """How many trials ended right, and how soon."""
    seconds = sorted(outcome.seconds for outcome in outcomes if not outcome.wrong)
    right = f"{len(seconds)} of {len(outcomes)} trials ended right"
    if not seconds:
        return right
    return f"{right}; recovered within {seconds[len(seconds) // 2]:.1f} s in the middle, {seconds[-1]:.1f} s at most"
