"""Makes what a version stores, as text: to be run with the version that is released, for the one after it.

    python -m tests.before tests/before/data

What Prefect keeps of steps (`results/`) is not made here: it is copied from `PREFECT_HOME/storage` after any generation.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from reel.catalogue import open_catalogue
from reel.control.ledger import Ledger
from reel.errors import Evidence, Internal
from reel.generate import regenerate as regeneration
from reel.generate.forecast import Forecast
from reel.generate.render import plan
from reel.generate.shares import publish_shares
from reel.make.worker import Worker, make_worker
from reel.plan.step import Plan
from reel.request.batch import FromProject
from reel.request.terms import Terms
from reel.settings import Settings
from tests.clips import Clip, make
from tests.frozen import SMALL
from tests.proof.test_kinds import mixer, multicam, slideshow, template
from tests.shop import CARD, OWNER, Shop

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ("shares", "facts", "beats", "offset", "scenes", regeneration.OPERATION)
"""Operations whose artefacts are texts; all others hold media, which are not to be in the repository."""


def plans(folder: Path, worker: Worker) -> dict[str, Plan]:
    """A plan of each kind."""

    def make_clip(clip: Clip) -> Path:
        path = folder / f"{hashlib.sha256(repr(clip).encode()).hexdigest()[:16]}{clip.suffix}"
        return path if path.exists() else make(clip, path)

    documents = {document.__name__: document(make_clip, folder) for document in (mixer, slideshow, multicam, template)}
    return {name: plan({**document, **SMALL}, base=folder, worker=worker) for name, document in documents.items()}


def fill_catalogue(shop: Shop) -> None:
    """A generation in each state that lasts, each with what is told of it."""
    with shop.catalogue.tenant(OWNER.tenant) as records:
        records.add_endpoint("https://hooks.example/reelflow")
    shop.make({**CARD, "data": {"NAME": "Ada"}}, terms("done"))
    shop.add({**CARD, "data": {"NAME": "Bob"}}, terms("queued"))
    document = {**CARD, "data": {"NAME": "Eve"}}
    ledger = Ledger(shop.catalogue, terms("failed"), shop.add(document, terms("failed")))
    ledger.begin(document, "run")
    planned = plan(document, base=shop.folder, worker=shop.worker)
    ledger.planned(Forecast(planned, shop.worker), {})
    error = Internal.at("segment 1", "FFmpeg failed", "report it")
    step = planned.steps[-1]
    error.evidence = Evidence(step.key, step.kind, step.title, step.needs, ("ffmpeg", "-i", "a.mp4"), "[error] broken")
    ledger.failed(error)


def terms(slot: str) -> Terms:
    return Terms(tenant=OWNER.tenant, project=OWNER.project, slot=slot, idempotency_key=f"order-{slot}")


def write(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        worker = make_worker(Settings(home=home))
        catalogue = open_catalogue(f"sqlite:///{home / 'catalogue.db'}")
        shop = Shop(home, worker, catalogue)
        fill_catalogue(shop)
        made = plans(home, worker)
        shares = {name: publish_shares(one, (tuple(one.by_key),), worker) for name, one in made.items()}
        report = regeneration.regenerate(FromProject(), OWNER, catalogue, home, worker, None)
        regeneration.keep("pass", report, worker)
        catalogue.close()
        with sqlite3.connect(home / "catalogue.db") as connection:
            dump = "\n".join(connection.iterdump())
        shutil.rmtree(folder / "store", ignore_errors=True)
        for operation in TEXTS:
            if (home / "store" / "artefacts" / operation).is_dir():
                shutil.copytree(home / "store" / "artefacts" / operation, folder / "store" / "artefacts" / operation)
        # Where it was made is nobody's business.
        (folder / "catalogue.sql").write_text(dump.replace(temporary, "/home/reel") + "\n")
    shutil.copy(ROOT / "prefect.yaml", folder / "prefect.yaml")
    (folder / "names.json").write_text(json.dumps({"made": str(datetime.now(UTC)), "shares": shares}, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    write(parser.parse_args().folder)
