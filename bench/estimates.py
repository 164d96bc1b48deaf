"""How well estimates come true: small generations of mixed kinds, really made, each foretold by what those before it taught.

python -m bench.estimates                     # 30 to learn from, 20 to be judged by
python -m bench.estimates --learn 30 --judge 40

Each goes the way that a flow's does, with a catalogue of its own that is empty at first. Judged is the processor time: the
median of |p50 - actual| / actual, and the share of the generations that took no more than their p90. One order of so few says
little of a share, so the same generations are gone through in other orders too, by the same code; nothing is made again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.clips import make_clips
from bench.rows import FOLDER
from bench.slideshow import photographs
from reel.artefact import Artefact
from reel.control.documents import reading_of
from reel.control.ledger import Ledger, this_catalogue
from reel.generate.conduct import Generated, conduct
from reel.generate.render import InProcess
from reel.make.worker import basis_of, this_worker
from reel.plan.estimate import FREE, Basis, outlook, settled
from reel.plan.lessons import actual_of, lessons_of
from reel.plan.pace import NO_HISTORY, History, remembered
from reel.plan.step import Plan
from reel.request.terms import Terms

HOME = FOLDER / "estimates"
ORDERS = 40
WORST_ERROR, LEAST_COVER, MOST_COVER = 0.20, 0.85, 0.95


@dataclass(frozen=True)
class Run:
    """A generation that was made."""

    kind: str
    plan: Plan
    artefacts: Mapping[str, Artefact]
    reused: frozenset[str]
    seconds: float


@dataclass(frozen=True)
class Judged:
    """Of one generation, in processor seconds."""

    p50: float
    p90: float
    actual: float

    @property
    def error(self) -> float:
        return abs(self.p50 - self.actual) / self.actual

    @property
    def covered(self) -> bool:
        return self.actual <= self.p90


def request(number: int, clips: Sequence[Path], pictures: Sequence[Path]) -> dict[str, Any]:
    """The request of a number: four kinds in turn, each of other footage, length, size and settings."""
    chance = random.Random(number)
    shape = {
        "resolution": chance.choice(("480p", "480p", "720p")),
        "bitrate": chance.choice(("low", "medium", "high")),
        "aspect": chance.choice(("9:16", "16:9", "1:1")),
        "fit": chance.choice(("contain", "cover", "contain-blur")),
    }
    parts = [_stretch(clip, chance) for clip in chance.sample(clips, 3)]
    match number % 4:
        case 0:
            speed = {"min": 0.9, "max": 1.1, "steps": 3}
            return {"kind": "mixer", "clips": parts, "seed": number, "speed": speed, "variants": chance.choice((1, 2)),
                    "order_mixing": True, **shape}  # fmt: skip
        case 1:
            return {"kind": "template", "resolution": shape["resolution"], "aspect": shape["aspect"],
                    "timeline": _timeline(parts, number, chance)}  # fmt: skip
        case 2:
            images = [str(picture) for picture in chance.sample(pictures, chance.choice((2, 3)))]
            return {"kind": "slideshow", "images": images, "text": f"Number {number}", "bitrate": shape["bitrate"],
                    "resolution": "480p", "duration": chance.uniform(2, 4)}  # fmt: skip
        case _:
            sources = [part["asset"] for part in parts[:2]]
            switches = [{"at": 0, "source": 0}, {"at": chance.uniform(0.7, 1.5), "source": 1}]
            return {"kind": "multicam", "sources": sources, "switches": switches, "end": chance.uniform(2, 3), **shape}


def _stretch(clip: Path, chance: random.Random) -> dict[str, Any]:
    begin = chance.uniform(0, 1.5)
    return {"asset": str(clip), "in": begin, "out": begin + chance.uniform(0.8, 2)}


def _timeline(parts: Sequence[Mapping[str, Any]], number: int, chance: random.Random) -> dict[str, Any]:
    seconds = chance.uniform(1.5, 2.5)
    shots = [{"type": "video", "asset": part["asset"], "duration": seconds} for part in parts[:2]]
    shots[1]["transition"] = {"name": chance.choice(("wipe-left", "fade", "slide-up")), "duration": 0.5}
    text = {"type": "text", "text": f"Number {number}", "duration": seconds}
    return {"tracks": [{"clips": shots}, {"clips": [text]}]}


def made(number: int, document: dict[str, Any]) -> Run:
    """Make a generation."""
    terms, name = Terms(), f"generation-{number}"
    ledger = Ledger(this_catalogue(), terms, name)
    ledger.begin(document, name)
    started = time.monotonic()
    with InProcess(this_worker().for_run(), HOME) as here:
        done = conduct(reading_of(document), here, ledger, f"bench/{name}", HOME, started)
    return Run(
        kind=document["kind"],
        plan=done.plan,
        artefacts=done.artefacts,
        reused=_reused(done, ledger),
        seconds=done.report.seconds,
    )


def _reused(done: Generated, ledger: Ledger) -> frozenset[str]:
    with ledger.catalogue.tenant(ledger.terms.tenant) as records:
        return frozenset(step.key for step in records.steps(ledger.generation) if step.reused)


def gone_through(runs: Sequence[Run], basis: Basis) -> list[Judged]:
    """Each run foretold by those before it."""
    found, history = [], NO_HISTORY
    for run in runs:
        now = replace(basis, history=history)
        expected, actual = (
            outlook(run.plan, run.reused, now),
            actual_of(run.plan, run.artefacts, run.reused, run.seconds, FREE),
        )
        foretold = settled(expected, now)
        found.append(Judged(foretold.cpu_seconds, foretold.cpu_seconds_p90, actual.cpu_seconds))
        lessons = lessons_of(run.plan, run.artefacts, run.reused, expected, actual, basis.machine)
        observed = {key: remembered(history.observed.get(key, ()), [value]) for key, value in lessons.items()}
        history = History({**history.observed, **observed})
    return found


def told(judged: Sequence[Judged]) -> tuple[float, float]:
    """Median error and share covered."""
    return statistics.median(each.error for each in judged), statistics.mean(each.covered for each in judged)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", type=int, default=30, help="generations that are only learnt from")
    parser.add_argument("--judge", type=int, default=20, help="generations after them that are judged")
    options = parser.parse_args()
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    os.environ["REEL_HOME"] = str(HOME)
    clips, pictures = make_clips(FOLDER / "clips"), photographs(11)
    runs = []
    for number in range(options.learn + options.judge):
        runs.append(run := made(number, request(number, clips, pictures)))
        spent = sum(a.cpu_seconds for key, a in run.artefacts.items() if key not in run.reused)
        print(f"{number:3} {run.kind:10} {spent:6.2f} s of processors in {run.seconds:6.2f} s", flush=True)
    tell(runs, options.learn)


def tell(runs: Sequence[Run], learn: int) -> None:
    """Print what the runs say, as they came and in other orders."""
    basis = basis_of(this_worker(), NO_HISTORY)
    judged = gone_through(runs, basis)
    for number, (run, each) in enumerate(zip(runs, judged, strict=True)):
        print(
            f"{number:3} {run.kind:10} p50 {each.p50:6.1f}  p90 {each.p90:6.1f}  actual {each.actual:6.2f}  {each.error:5.0%}"
        )
    rows = {"first ten": told(judged[:10]), f"after {learn}": told(judged[learn:])}
    chance = random.Random(0)
    orders = [told(gone_through(chance.sample(runs, len(runs)), basis)[learn:]) for _ in range(ORDERS)]
    error, cover = (statistics.mean(each[place] for each in orders) for place in (0, 1))
    rows[f"after {learn}, {ORDERS} orders"] = error, cover
    for name, (off, covered) in rows.items():
        print(f"{name:24} median error {off:5.1%}   p90 covers {covered:5.1%}")
    (HOME / "results.json").write_text(json.dumps({name: list(row) for name, row in rows.items()}, indent=2))
    good = error < WORST_ERROR and LEAST_COVER <= cover <= MOST_COVER
    raise SystemExit(None if good else "worse than wanted: median error under 20 %, p90 covering 85 to 95 %")


if __name__ == "__main__":
    main()
