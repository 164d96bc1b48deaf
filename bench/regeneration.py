"""Judging an unchanged catalogue: `python -m bench.regeneration 1000`.

The generations are made up, but for their plans: real requests over real clips, planned as a run plans them and noted as
done, with files of the right names and sizes in place of rendered outputs. Then the assets' bytes are taken out of the
store, and all is judged as the deployment `regenerate` judges it.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from bench.rows import FOLDER
from reel.artefact import Artefact
from reel.catalogue import Catalogue
from reel.control.ledger import Ledger, this_catalogue
from reel.fetch.local_files import RACY_SECONDS
from reel.find.finders import find_all
from reel.find.ingest import ingest
from reel.generate.forecast import Forecast
from reel.generate.planning import plan_generation
from reel.generate.regenerate import regenerate
from reel.kinds import parse_request
from reel.make.worker import Worker, basis_of, this_worker
from reel.plan.estimate import estimate
from reel.plan.lessons import Actual
from reel.plan.pace import NO_HISTORY
from reel.report import OutputFile, build_report
from reel.report.regeneration import regeneration_headline
from reel.request.batch import FromProject, Owner
from reel.request.read import Reading
from reel.request.terms import Terms
from reel.values import public_document
from tests.clips import Clip, make

HOME = FOLDER / "regeneration"
CLIPS = 6


def request(number: int, clips: list[str]) -> dict[str, Any]:
    """Of four requests one is a mixer, one a multicam cut, two are templates with texts."""
    if number % 4 == 0:
        return {"kind": "mixer", "clips": clips, "order_mixing": True, "seed": number, "resolution": "480p"}
    if number % 4 == 1:
        switches = [{"at": 0, "source": 0}, {"at": 1 + number / 1000, "source": 1}]
        return {"kind": "multicam", "sources": clips[:2], "switches": switches}
    video = {"type": "video", "asset": "{{SHOT}}", "duration": 3}
    colour = {"type": "colour", "colour": "#204060", "duration": 2, "transition": "wipe-left"}
    texts = [{"type": "text", "text": text, "duration": 2} for text in ("Hello {{NAME}}", "only {{PRICE}} €")]
    return {
        "kind": "template",
        "resolution": "480p",
        "variables": {"NAME": {"type": "text"}, "PRICE": {"type": "number"}, "SHOT": {"type": "asset"}},
        "data": {"NAME": f"Product {number}", "PRICE": number + 0.5, "SHOT": clips[number % len(clips)]},
        "timeline": {"tracks": [{"clips": [video, colour]}, {"clips": texts}]},
    }


def made_up(number: int, clips: list[str], catalogue: Catalogue, worker: Worker) -> None:
    """Note a generation as done that nobody rendered."""
    document, name = request(number, clips), f"generation-{number}"
    parsed = parse_request(document)
    library = ingest(Reading(parsed), Path.cwd(), worker)
    plan = plan_generation(parsed, library, find_all(parsed, library, worker), worker)
    ledger = Ledger(catalogue, Terms(slot=f"slot-{number:06}"), name)
    ledger.begin(document, "run")
    ledger.planned(Forecast(plan, worker), library)
    measured = {"seconds": 1.0, "width": 1, "height": 1}
    artefacts = {
        step.key: Artefact(key=step.key, operation=step.kind, files=(), measured=measured) for step in plan.steps
    }
    published = {}
    for output in plan.outputs:
        path = HOME / "outputs" / "default" / name / output.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"made up")
        published[output.name] = OutputFile(name=output.name, path=str(path), bytes=7, sha256="0" * 64)
    shown = public_document(parsed.model_dump(mode="json", by_alias=True))
    digests = {place: facts.sha256 for place, facts in library.items()}
    expected, took = estimate(plan, (), basis_of(worker, NO_HISTORY)), Actual(seconds=1.0, cpu_seconds=1.0, bytes=7)
    report = build_report(name, shown, digests, plan, artefacts, frozenset(), published, expected, took)
    ledger.saving(plan, {}, "bench")
    ledger.done(report, 1.0)


def main(count: int) -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    os.environ["REEL_HOME"] = str(HOME)
    clips = [str(make(Clip(seconds=3 + number), HOME / f"{number}.mp4")) for number in range(CLIPS)]
    # Only then are files trusted to stay as they are.
    time.sleep(RACY_SECONDS)
    worker, catalogue = this_worker(), this_catalogue()
    for number in range(count):
        made_up(number, clips, catalogue, worker)
    shutil.rmtree(HOME / "store" / "artefacts" / "asset")
    cpu = time.process_time()
    report = regenerate(FromProject(), Owner(), catalogue, Path.cwd(), worker, queue=None)
    print(regeneration_headline(report), f"({time.process_time() - cpu:.1f} s of processor time)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
