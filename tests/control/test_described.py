"""Published outputs are known to the catalogue from the moment they are done, built again from reports, and exported."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import Catalogue, Described, Records
from reel.catalogue.tables import DocumentRow, GenerationRow
from reel.control.cleaning import RetentionPolicy
from reel.control.exporting import ExportedOutput, all_pages, exported
from reel.control.indexing import build_documents
from reel.control.janitor import clean
from reel.errors import Transient
from reel.patience import Policy
from reel.request.terms import Terms
from tests.control.test_told import bucket, delivered_at, order
from tests.shop import Shop
from tests.store.conftest import FarObjects

__all__ = ["bucket"]

NOTES = {"order": "A-1047", "tags": ["beach", "Été"], "page": "https://shop.example/a?id=3#top"}
CARD: dict[str, Any] = {
    "kind": "template",
    "resolution": "480p",
    "metadata": NOTES,
    "timeline": {
        "tracks": [
            {"clips": [{"type": "colour", "colour": "#204060", "duration": 0.5}]},
            {"clips": [{"type": "text", "text": "Café {{NAME}}", "duration": 0.2}]},
        ]
    },
    "variables": {"NAME": {"type": "text", "default": "東京"}},
}
TERMS = Terms(tenant="acme", project="spring", slot="row 1")


def found(catalogue: Catalogue, query: str, tenant: str = "acme") -> list[Described]:
    with catalogue.tenant(tenant) as records:
        return list(records.search(query).found)


def test_what_is_made_is_found_by_what_it_is(shop: Shop) -> None:
    """A generation as it is made: the facts of its file, what it shows, and what its request says of itself."""
    id_ = shop.make(CARD, TERMS)
    (known,) = found(shop.catalogue, "")
    for query in (
        "cafe 東京",
        "codec:h264 codec:aac container:mp4",
        "height:854 width:480 fps:30 duration:0.5 bytes>1k bitrate>10k sound:no",
        "metadata.order:a-1047 tag:ete project:spring name:row kind:template",
    ):
        assert [each.generation for each in found(shop.catalogue, query)] == [id_], query
    document = known.document
    video = next(file for file in document["files"] if file["role"] == "video")
    assert Path(video["location"]).stat().st_size == video["bytes"] == document["bytes"]
    assert document["bitrate"] == pytest.approx(video["bytes"] * 8 / 0.5)
    assert (document["texts"], document["tags"], document["metadata"]) == (["Café 東京"], ["beach", "Été"], NOTES)
    assert {file["role"] for file in document["files"]} == {"video", "poster", "sprite", "storyboard"}
    report = json.loads(Path(shop.worker.outputs.where(f"acme/{id_}/report.json")).read_text())
    assert report["request"]["metadata"] == NOTES, "as it was given, whatever it looks like"


def test_a_retry_writes_all_of_it_or_nothing(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, move = order(catalogue), Records.move

    def fails(records: Records, *_: Any, **__: Any) -> bool:
        assert len(records.search("").found) == 1
        raise Transient.at("catalogue", "went away")

    monkeypatch.setattr("reel.control.ledger._patience", lambda: Policy((0.0,), retries={}))
    monkeypatch.setattr(Records, "move", fails)
    with pytest.raises(Transient):
        ledger.done(delivered_at("/out"), 0)
    assert found(catalogue, "") == []
    monkeypatch.setattr(Records, "move", move)
    ledger.done(delivered_at("/out"), 0)
    first = found(catalogue, "")
    ledger.done(delivered_at("/elsewhere"), 0)
    assert found(catalogue, "") == first
    assert len(first) == 1


def forgetful(shop: Shop) -> None:
    """As a catalogue of an older version is: it has no documents."""
    with shop.catalogue.operator() as everybody:
        everybody._session.exec(DocumentRow.__table__.delete())  # type: ignore[attr-defined]


@pytest.mark.parametrize("report_in", ["catalogue", "outputs", "far outputs", "nowhere"])
def test_documents_are_built_again(shop: Shop, report_in: str) -> None:
    id_ = shop.make(CARD, TERMS)
    (before,) = found(shop.catalogue, "東京")
    forgetful(shop)
    outputs = shop.worker.outputs
    if report_in == "far outputs":
        outputs = FarObjects(Path(outputs.where("x")).parent)
    stores = type("Stores", (), {"outputs": outputs, "scratch": shop.worker.scratch})()
    if report_in != "catalogue":
        with shop.catalogue.operator() as everybody:
            everybody._session.exec(GenerationRow.__table__.update().values(report=None))  # type: ignore[attr-defined]
    if report_in == "nowhere":
        outputs.delete(f"acme/{id_}/report.json")
    built = build_documents(shop.catalogue, stores)
    if report_in == "nowhere":
        assert (built.outputs, built.first_without) == (0, (f"acme/{id_}",))
        return
    assert (built.generations, built.outputs, built.without_report) == (1, 1, 0)
    (after,) = found(shop.catalogue, "東京")
    assert after.document == before.document
    assert abs(after.published - before.published) < timedelta(seconds=1)
    assert after.noted > before.noted
    assert build_documents(shop.catalogue, stores, "others").generations == 0


def test_what_the_janitor_removes_is_found_no_more(shop: Shop) -> None:
    shop.make(CARD, TERMS)
    shop.make(CARD, TERMS.model_copy(update={"slot": None}))
    policy = RetentionPolicy(outputs=timedelta(0))
    clean(shop.worker, shop.catalogue, policy, datetime.now(UTC) + timedelta(seconds=1))
    (kept,) = found(shop.catalogue, "東京")
    assert kept.document["slot"] == "row 1", "what fills a slot stays"


def exports(catalogue: Catalogue, after: str | None = None) -> list[ExportedOutput]:
    def page(cursor: str | None) -> Any:
        with catalogue.tenant("acme") as records:
            return records.export(limit=2, after=cursor)

    now = datetime(2026, 3, 2, tzinfo=UTC)
    return [exported(each, now) for each in all_pages(page, after)]


def test_exports_have_addresses_that_work(catalogue: Catalogue, clock: Any, bucket: str) -> None:
    for number in range(5):
        order(catalogue, terms=TERMS.model_copy(update={"slot": f"row {number}"})).done(delivered_at(bucket), 0)
        clock.now += timedelta(minutes=1)
    all_ = exports(catalogue)
    assert [each.slot for each in all_] == [f"row {number}" for number in range(5)]
    assert [each.noted for each in all_] == sorted(each.noted for each in all_)
    # Addresses are signed anew each time, with the second of that.
    assert [each.slot for each in exports(catalogue, all_[1].cursor)] == [each.slot for each in all_[2:]]
    poster = next(file for file in all_[0].files if file.role == "poster")
    with urllib.request.urlopen(poster.url) as answer:
        assert answer.read() == b"a video of no account"
    assert poster.content_type == "image/jpeg"
    assert poster.expires == datetime(2026, 3, 3, tzinfo=UTC)
    assert ExportedOutput.model_validate_json(all_[0].model_dump_json()) == all_[0]
