"""A tenant that makes sets of requests again: its folder, its worker, its catalogue."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import Catalogue, open_catalogue
from reel.control.ledger import Ledger
from reel.control.orders import order_of
from reel.generate.forecast import Forecast
from reel.generate.regenerate import regenerate
from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.report.regeneration import Regeneration
from reel.request.batch import AnySource, FromFolder, FromRows, Owner
from reel.request.terms import Terms
from reel.settings import Settings
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.migrated import new_catalogue

OWNER = Owner(tenant="shop", project="spring")

CARD: dict[str, Any] = {
    "kind": "template",
    "variables": {"NAME": {"type": "text"}, "TINT": {"type": "colour", "default": "#204060"}},
    "timeline": {
        "tracks": [
            {"clips": [{"type": "colour", "colour": "{{TINT}}", "duration": 0.2}]},
            {"clips": [{"type": "text", "text": "Hello {{NAME}}", "duration": 0.2}]},
        ]
    },
    "resolution": "480p",
    "loudness": "off",
    "stills": False,
}


@dataclass(frozen=True)
class Shop:
    """A tenant with a folder, a worker and a catalogue, whose generations are made as soon as they are queued."""

    folder: Path
    worker: Worker
    catalogue: Catalogue
    orders: list[str] = field(default_factory=list)

    def add(self, document: dict[str, Any], terms: Terms) -> str:
        """Queue, as `flows.submit` does."""
        with self.catalogue.tenant(terms.tenant) as records:
            generation, _ = records.add(order_of(document, terms))
        self.orders.append(terms.slot or "")
        return generation.id

    def make(self, document: dict[str, Any], terms: Terms) -> str:
        """Queue and make."""
        id_ = self.add(document, terms)
        ledger = Ledger(self.catalogue, terms, id_)
        ledger.begin(document, "run")
        planned = plan(document, base=self.folder, worker=self.worker)
        ledger.planned(Forecast(planned, self.worker), {})
        ledger.saving(planned, {}, "here")
        report = render(document, base=self.folder, generation=f"{terms.tenant}/{id_}", worker=self.worker)
        ledger.done(report, 0)
        return id_

    def again(self, source: AnySource, **changes: Any) -> Regeneration:
        options = {"worker": self.worker, "queue": self.make, **changes}
        self.orders.clear()
        return regenerate(source, OWNER, self.catalogue, self.folder, **options)

    def rows(self, *lines: str, **fields: Any) -> FromRows:
        (self.folder / "rows.csv").write_text("\n".join(["NAME,TINT", *lines]))
        return FromRows(template=CARD, rows="rows.csv", **fields)


def standings(report: Regeneration) -> dict[str, tuple[str, ...]]:
    """For each slot, its standing and then its reasons or problems."""
    return {each.slot: (each.standing, *each.reasons, *each.problems) for each in report.verdicts}


def with_video(shop: Shop, make_clip: MakeClip) -> FromFolder:
    """A folder with a request beside its clip."""
    (shop.folder / "summer").mkdir()
    shutil.copyfile(make_clip(Clip(seconds=1, size=(160, 90))), shop.folder / "summer" / "a.mp4")
    video = {"kind": "mixer", "clips": ["a.mp4"], "resolution": "480p", "stills": False}
    (shop.folder / "summer" / "one.json").write_text(json.dumps(video))
    (shop.folder / "bad.json").write_text("{")
    return FromFolder(folder=".")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    """A worker with an empty store."""
    return make_worker(Settings(home=tmp_path_factory.mktemp("worker")))


@pytest.fixture
def shop(tmp_path: Path, worker: Worker) -> Iterator[Shop]:
    """A tenant with nothing in its catalogue."""
    catalogue = open_catalogue(new_catalogue(tmp_path))
    yield Shop(tmp_path, worker, catalogue)
    catalogue.close()
