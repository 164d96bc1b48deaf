"""What going on costs: a generation whose process is killed when it is nearly made, against one that is left alone."""

from __future__ import annotations

import os
import random
import signal
from collections import defaultdict
from collections.abc import Callable
from statistics import fmean

from tests.faults.installation import Installation
from tests.faults.suite import begin, wrong_with
from tests.faults.trial import Trial
from tests.faults.work import shoot
from tests.waiting import wait_for

CLIPS, CLIP_SECONDS, SIZE = 12, 6.0, (1280, 720)
SHARE = 0.8
"""Of the expected work is made when the process is killed."""
MOST_COST = 0.25
"""Of what making all of it takes, in seconds of steps."""


def run_resume(site: Installation, say: Callable[[str], None]) -> list[str]:
    """Measure, by the seconds of the steps that were made (wall clock would count the server's and Python's start)."""
    cold = _begun(site, 0)
    wrong = wrong_with(cold, frozenset({"done"}))
    whole = _made_seconds(cold)
    killed = _begun(site, 1)
    wait_for(lambda: _share_made(killed, cold) >= SHARE, "most of it to be made", 300)
    for pid in site.engines():
        os.kill(pid, signal.SIGKILL)
    wrong += wrong_with(killed, frozenset({"done"}))
    rest = _made_seconds(killed)
    say(f"cold {whole:.1f} s of steps, after the kill {rest:.1f} s: {rest / whole:.0%}")
    say(f"processor seconds of the attempt: cold {_cpu(cold):.1f}, after the kill {_cpu(killed):.1f}")
    return wrong + ([f"going on cost {rest / whole:.0%}"] if rest > MOST_COST * whole else [])


def _begun(site: Installation, take: int) -> Trial:
    footage = shoot(site.folder / "clips", take, CLIPS, CLIP_SECONDS, SIZE)
    return begin(site, random.Random(take), f"resume-{take}", footage, resolution="720p")


def _made_seconds(trial: Trial) -> float:
    """What the steps took that the delivering attempt made itself."""
    return sum(step.seconds for step in trial.steps() if not step.reused)


def _share_made(trial: Trial, cold: Trial) -> float:
    """Share of the work that is in the store, by what each operation took on the average when all was made."""
    seconds = defaultdict(list)
    for step in cold.steps():
        seconds[step.operation].append(step.seconds)
    steps = [(fmean(seconds[step.operation]), trial.is_made(step)) for step in trial.steps()]
    whole = sum(cost for cost, _ in steps)
    return sum(cost for cost, made in steps if made) / whole if whole else 0.0


def _cpu(trial: Trial) -> float:
    def read() -> float:
        with trial.site.catalogue.tenant(trial.tenant) as records:
            return records.used(trial.record().created).cpu_seconds

    return trial.site.ask(read)
