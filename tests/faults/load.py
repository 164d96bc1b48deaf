"""Many generations of many tenants, while something is killed again and again."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType

from reel.catalogue import Generation
from tests.faults.installation import Installation
from tests.faults.invariants import broken, left_behind
from tests.faults.kinds import KINDS
from tests.faults.suite import begin
from tests.faults.trial import Trial
from tests.faults.work import shoot
from tests.waiting import wait_for

TENANTS = 10
LARGEST_SHARE = 0.75
"""Of all generations, those of one tenant."""
CLIP_SECONDS = 2.0
VICTIMS = ("FFmpeg killed", "flow process killed", "worker killed", "Prefect server killed", "PostgreSQL killed")
JOB_LENGTHS = 2.0
"""Within so many, the one generation of a small tenant has to begin."""
MOST_SECONDS_EACH = 40.0
"""For each generation, kills included; beyond that something hangs."""


def run_load(site: Installation, generations: int, every: float, seed: int, say: Callable[[str], None]) -> list[str]:
    """Queue all, kill something every so many seconds, wait for the end; what is wrong then."""
    chance = random.Random(seed)
    large = round(generations * LARGEST_SHARE)
    footages = [shoot(site.folder / "clips", take, 1, CLIP_SECONDS) for take in range(generations)]
    took: list[Trial] = []

    def queue(tenant: str, take: int) -> None:
        took.append(site.ask(lambda: begin(site, chance, tenant, footages[take], key=f"order-{take}", slots=None)))

    began = time.monotonic()
    for take in range(large):
        queue("large", take)
    # Once all hands are full, somebody comes with one.
    wait_for(lambda: sum(trial.record().status == "done" for trial in took[:5]) > 1, "the first")
    queue("small", large)
    for take in range(large + 1, generations):
        queue(f"middle-{take % (TENANTS - 2)}", take)
    kills = _kill_until_all_ended(site, took, every, chance)
    elapsed = time.monotonic() - began
    wait_for(lambda: all(trial.settled() for trial in took), "Prefect and the catalogue to agree", 240)
    lengths = [_length(trial) for trial in took[:large:5]]
    say(f"{generations} generations in {elapsed:.0f} s, {len(kills)} kills: {', '.join(kills)}")
    say(f"attempts: {sum(trial.record().attempts for trial in took)}")
    return [*_wrong(took), *_late(took[large], statistics.median(lengths), say)]


def _kill_until_all_ended(site: Installation, took: Sequence[Trial], every: float, chance: random.Random) -> list[str]:
    """Kill something every so many seconds; the names of what was killed."""
    kills: list[str] = []
    began = killed = time.monotonic()
    while live := _live(site):
        if time.monotonic() - began > MOST_SECONDS_EACH * len(took):
            raise TimeoutError("not all generations ended")
        running = [trial for trial in took if trial.generation in live]
        kind = chance.choice(VICTIMS)
        # Where there is nothing to kill of that kind at this moment, the next look kills something else.
        if running and time.monotonic() - killed > every and (heal := KINDS[kind].strike(chance.choice(running))):
            killed = time.monotonic()
            kills.append(kind)
            time.sleep(KINDS[kind].seconds)
            heal()
        time.sleep(0.5)
    return kills


def _live(site: Installation) -> set[str]:
    """The generations that have not ended; those that only wait, when there is nothing else."""

    def read() -> list[Generation]:
        with site.catalogue.operator() as everybody:
            return everybody.live()

    live = site.ask(read, 120)
    return {each.id for each in live if each.status != "queued"} or {each.id for each in live}


def _length(trial: Trial) -> float:
    """Seconds from when a worker took a run to its end; of its last attempt."""

    def read() -> float:
        with get_client(sync_client=True) as client:
            states = client.read_flow_run_states(trial.run)
        taken = [state.timestamp for state in states if state.type == StateType.PENDING]
        return (states[-1].timestamp - taken[-1]).total_seconds()

    return trial.site.ask(read)


def _wrong(took: Sequence[Trial]) -> Iterator[str]:
    ids = {trial.generation for trial in took}
    if len(ids) < len(took):
        yield f"{len(took) - len(ids)} orders became no generation of their own"
    for trial in took:
        trial.neighbours = {other.generation for other in took if other.tenant == trial.tenant}
        yield from broken(trial, frozenset({"done"}))
    yield from left_behind(took[0].site)


def _late(trial: Trial, length: float, say: Callable[[str], None]) -> Iterator[str]:
    with trial.site.catalogue.tenant(trial.tenant) as records:
        record = records.generation(trial.generation)
    assert record.started
    waited = (record.started - record.created).total_seconds()
    say(f"a job takes {length:.1f} s; the small tenant's began after {waited:.1f} s")
    if waited > JOB_LENGTHS * length:
        yield f"the small tenant's generation waited for {waited / length:.1f} job lengths"
