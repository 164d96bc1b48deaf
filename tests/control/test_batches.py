"""Batches: rows of a table become generations once each, whoever dies when; what is wrong is told by row and column."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import Batch, Catalogue, Counts, Generation, NewAsset, NewDeadLetter, Records, open_catalogue
from reel.control.advancing import advance
from reel.control.batches import cancel_batch, retry_batch, submit_batch
from reel.control.ledger import Ledger
from reel.control.manifests import manifest, shown
from reel.control.stores import this_library
from reel.environment import CLOSED, close_roots
from reel.errors import BadMedia, InvalidRequest, Problem
from reel.kinds import parse_request
from reel.request.batch import parse_batch
from reel.request.terms import Terms
from reel.settings import settings
from tests.catalogue.conftest import server, templates, url
from tests.fetch.conftest import configure
from tests.shop import CARD, Shop

__all__ = ["configure", "server", "templates", "url"]

TERMS = Terms(tenant="shop", project="spring", priority="batch")
SLIDES: dict[str, Any] = {"kind": "slideshow", "images": ["a.png", "b.png", "c.png"], "duration": 6}


def submitted(shop: Shop, rows: Any = "rows.csv", terms: Terms = TERMS, **fields: Any) -> Batch:
    order = parse_batch({"template": CARD, "rows": rows, **fields})
    return submit_batch(order, terms, shop.catalogue, shop.folder, shop.worker)[0]


def names(count: int) -> list[dict[str, Any]]:
    return [{"NAME": f"N{number}"} for number in range(1, count + 1)]


def advanced(shop: Shop, batch: Batch, **options: Any) -> Batch:
    return advance(batch.id, "shop", shop.catalogue, **options)


def counts(shop: Shop, batch: Batch) -> Counts:
    with shop.catalogue.tenant("shop") as records:
        return records.batch_counts(batch.id)


def generations(records: Records, batch: Batch) -> list[Generation | None]:
    """Those of the rows, in order."""
    return [(entry.generation and records.found(entry.generation)) or None for entry, _ in records.entries(batch.id)]


def end(shop: Shop, batch: Batch, status: str = "done", limit: int = 1000) -> None:
    """Let the generations that wait end so."""
    with shop.catalogue.tenant("shop") as records:
        for made in generations(records, batch):
            if made and made.status == "queued" and limit:
                limit -= 1
                for passed in ("fetching", "rendering", "saving") if status == "done" else ("fetching",):
                    records.move(made.id, passed)
                if status == "failed":
                    error = BadMedia.at("timeline.tracks[1].clips[0].text", "has no glyphs")
                    problems = [{"place": each.place, "what": each.what, "remedy": ""} for each in error.problems]
                    letter = NewDeadLetter(generation=made.id, error_class="bad media", problems=problems)
                    assert records.fail(error, letter)
                else:
                    assert records.move(made.id, status)  # type: ignore[arg-type]


def lines(shop: Shop, batch: Batch) -> list[dict[str, Any]]:
    return manifest(batch.id, "shop", shop.catalogue)


def test_a_table_of_the_library_is_named(shop: Shop, configure: Any, tmp_path: Path) -> None:
    """And the request beside it; relative paths count from the order then."""
    configure(library=tmp_path / "library")
    slides = {"kind": "slideshow", "images": ["x.png"], "duration": 2}
    rows, template = kept(shop, "picture\na.png\n", "text/csv"), kept(shop, json.dumps(slides), "application/json")
    batch = submitted(shop, rows, template=template, columns={"picture": "images[0]"})
    with shop.catalogue.tenant("shop") as records:
        ((entry, _),) = records.entries(batch.id)
    assert entry.request
    assert entry.request["images"][0]["asset"] == str(shop.folder / "a.png")


def test_a_row_that_names_what_its_tenant_may_not_is_bad(shop: Shop) -> None:
    (shop.folder / "theirs").mkdir()
    with shop.catalogue.operator() as everybody:
        everybody.set_tenant("shop", file_roots=[str(shop.folder / "theirs")])
    rows = [{"picture": "theirs/a.png"}, {"picture": "others/b.png"}, {"picture": "others/c.png", "size": "7p"}]
    slides = {"kind": "slideshow", "images": ["theirs/x.png"], "duration": 2}
    batch = submitted(shop, rows, template=slides, columns={"picture": "images[0]", "size": "resolution"})
    with shop.catalogue.tenant("shop") as records:
        good, bad, worse = [entry for entry, _ in records.entries(batch.id)]
    assert good.problems == []
    assert [each["place"] for each in bad.problems] == ['row 2, column "picture"']
    assert [each["place"] for each in worse.problems] == ['row 3, column "size"', 'row 3, column "picture"']


def test_a_row_without_a_value_is_told_what_its_table_can_do(shop: Shop) -> None:
    batch = submitted(shop, [{"TINT": "red"}])
    with shop.catalogue.tenant("shop") as records:
        ((entry, _),) = records.entries(batch.id)
    told = {
        "place": 'row 1, column "NAME"',
        "what": "{{NAME}} has no value",
        "remedy": "give it a value, or a default",
    }
    assert entry.problems == [told]


def kept(shop: Shop, data: str, media_type: str) -> str:
    """The name of an asset of the tenant's that is ready."""
    (shop.folder / "data").write_text(data)
    name, digest = f"shop/{media_type}", hashlib.sha256(data.encode()).hexdigest()
    this_library().put(name, shop.folder / "data", digest)
    with shop.catalogue.tenant("shop") as records:
        id_ = records.keep_asset(NewAsset(name="rows"), due=records.now()).id
        found = records.arrived(id_, name, len(data))
        told = {"state": "ready", "due": None, "sha256": digest, "media_type": media_type}
        assert records.looked_at(found, told) is not None
    return f"asset:{id_}"


EXCEL = 'title;sku;NAME\r\nGrün;A-1;Ada\r\n"a ""quoted""\r\nline";A-2;Bob\r\n'


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        ("\ufeff".encode() + EXCEL.encode(), None),  # "CSV UTF-8"
        (EXCEL.encode("windows-1252"), "windows-1252"),  # "CSV"
        (EXCEL.replace(";", "\t").encode("utf-16"), None),  # "Unicode text"
        (b"sep=;\r\n" + EXCEL.encode(), None),
    ],
)
def test_tables_as_excel_writes_them(shop: Shop, written: bytes, encoding: str | None) -> None:
    (shop.folder / "rows.csv").write_bytes(written)
    batch = submitted(shop, columns={"title": "metadata.title", "sku": "metadata.sku"}, encoding=encoding)
    advanced(shop, batch)
    with shop.catalogue.tenant("shop") as records:
        found = generations(records, batch)
    assert [made and (made.request["data"], made.request_metadata) for made in found] == [
        ({"NAME": "Ada"}, {"title": "Grün", "sku": "A-1"}),
        ({"NAME": "Bob"}, {"title": 'a "quoted"\r\nline', "sku": "A-2"}),
    ]


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl", "inline"])
def test_rows_as_json(shop: Shop, name: str) -> None:
    rows: list[dict[str, Any]] = [{"NAME": "Ada", "TINT": "#112233"}, {"NAME": "Bob", "TINT": None}]
    text = json.dumps(rows) if name == "rows.json" else "\n".join(map(json.dumps, rows))
    (shop.folder / name).write_text(text)
    batch = submitted(shop, rows if name == "inline" else name)
    advanced(shop, batch)
    with shop.catalogue.tenant("shop") as records:
        data = [entry.request and entry.request["data"] for entry, _ in records.entries(batch.id)]
    assert data == [{"NAME": "Ada", "TINT": "#112233"}, {"NAME": "Bob"}]


def test_any_kind_has_fields_of_columns(shop: Shop) -> None:
    (shop.folder / "rows.csv").write_text("photo,seconds,note\nfront.png,4.5,one\n,,two\nfront.png,long,three\n")
    columns = {"photo": "images[0].asset", "seconds": "duration", "note": "metadata.note"}
    batch = submitted(shop, template={**SLIDES, "images": [{"asset": "z.png"}, *SLIDES["images"][1:]]}, columns=columns)
    with shop.catalogue.tenant("shop") as records:
        first, second, third = (entry for entry, _ in records.entries(batch.id))
    assert first.request
    assert second.request
    folder = str(shop.folder.resolve())
    request = first.request
    assert (request["images"][0]["asset"], request["duration"]) == (f"{folder}/front.png", 4.5)
    assert (second.request["images"][0]["asset"], second.request["duration"]) == (f"{folder}/z.png", 6)
    parse_request(first.request)
    assert third.state == "bad"
    assert [problem["place"] for problem in third.problems] == ['row 3, column "seconds"']


def test_what_is_wrong_is_told_by_row_and_column_and_sinks_only_its_row(shop: Shop) -> None:
    rows = [{"NAME": "Ada"}, {"NAME": "x" * 501}, {"NAME": "Bob", "TINT": "bleu"}, {"NAMES": "Eve"}, {"NAME": "Dan"}]
    batch = advanced(shop, submitted(shop, rows))
    assert counts(shop, batch) == Counts(queued=2, bad=3)
    end(shop, batch, "failed", limit=1)
    end(shop, batch)
    assert advanced(shop, batch).status == "done"
    found = lines(shop, batch)
    assert [line["status"] for line in found] == ["failed", "bad", "bad", "bad", "done"]
    assert [[problem["place"] for problem in line["problems"]] for line in found] == [
        ['row 1, column "NAME"'],
        ['row 2, column "NAME"'],
        ['row 3, column "TINT"'],
        ['row 4, column "NAMES"'],
        [],
    ]


def test_failed_rows_are_ordered_again_and_no_others(shop: Shop) -> None:
    batch = advanced(shop, submitted(shop, names(3)))
    end(shop, batch, "failed", limit=1)
    end(shop, batch)
    assert advanced(shop, batch).status == "done"
    before = lines(shop, batch)
    assert retry_batch(batch.id, "shop", shop.catalogue) == 1
    advanced(shop, batch)
    end(shop, batch)
    ended = advanced(shop, batch)
    after = lines(shop, batch)
    assert ended.status == "done"
    assert [line["status"] for line in after] == ["done"] * 3
    assert [old["generation"] == new["generation"] for old, new in zip(before, after, strict=True)] == [
        False,
        True,
        True,
    ]
    assert (after[0]["attempt"], after[1]["attempt"]) == (1, 0)


def test_no_more_than_some_are_under_way_at_once(shop: Shop) -> None:
    batch = submitted(shop, names(7), ahead=3)
    for live in (3, 3, 1, 0):
        advanced(shop, batch)
        assert counts(shop, batch).live == live
        end(shop, batch)
    assert advanced(shop, batch).status == "done"


def test_ordering_stops_after_too_many_failed(shop: Shop) -> None:
    batch = submitted(shop, names(10), ahead=2, stop_after_failed_percent=20)
    advanced(shop, batch)
    end(shop, batch, "failed")
    assert advanced(shop, batch).status == "running"
    end(shop, batch, "failed", limit=1)
    stopped = advanced(shop, batch)
    assert (stopped.status, stopped.why) == ("stopped", "3 of 10 rows are bad or failed, more than 20 %")
    assert counts(shop, batch) == Counts(waiting=6, failed=3, queued=1)


def test_ordering_stops_at_the_cost_cap(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequest, match="cost_cap: is of no use, as no prices are set"):
        submitted(shop, names(5), cost_cap=1)
    monkeypatch.setenv("REEL_PRICE_PROCESSOR_SECOND", "1")
    settings.cache_clear()
    try:
        batch = submitted(shop, names(5), cost_cap=1)
        assert counts(shop, advanced(shop, batch)) == Counts(waiting=5)
        stopped = advanced(shop, batch, foretell=lambda _: 0.4)
        assert (stopped.status, stopped.expected_cost) == ("stopped", 0.8)
        assert shown(stopped, counts(shop, batch))["expected_cost"] == 0.8
        assert shown(submitted(shop, names(1)), Counts())["expected_cost"] is None
        assert stopped.why == "with row 3 it would cost 1.2, and the cap is 1"
        assert counts(shop, batch) == Counts(waiting=3, queued=2)
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_ordering_stops_where_there_are_no_more_credits(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REEL_CREDITS", "1")
    settings.cache_clear()
    try:
        with shop.catalogue.tenant("shop") as records:
            records.grant(2.5)
        batch = advanced(shop, submitted(shop, names(5)))
        assert batch.status == "stopped"
        assert "1.0 credits are needed, and 0.5 are available" in batch.why
        assert counts(shop, batch) == Counts(waiting=3, queued=2)
        with shop.catalogue.tenant("shop") as records:
            records.grant(10)
        retry_batch(batch.id, "shop", shop.catalogue)
        assert counts(shop, advanced(shop, batch)) == Counts(queued=5)
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_row_that_cannot_be_planned_is_bad(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def foretell(request: Any) -> float:
        if request["data"]["NAME"] == "N2":
            raise BadMedia.at("data.NAME", "is nothing")
        return 0.1

    monkeypatch.setenv("REEL_PRICE_PROCESSOR_SECOND", "1")
    settings.cache_clear()
    batch = advanced(shop, submitted(shop, names(3), cost_cap=9), foretell=foretell)
    monkeypatch.undo()
    settings.cache_clear()
    assert counts(shop, batch) == Counts(queued=2, bad=1)
    assert lines(shop, batch)[1]["problems"] == [{"place": 'row 2, column "NAME"', "what": "is nothing", "remedy": ""}]


def test_what_is_called_off_orders_nothing_more(shop: Shop) -> None:
    batch = advanced(shop, submitted(shop, names(5), ahead=3))
    assert len(cancel_batch(batch.id, "shop", shop.catalogue)) == 3
    assert advanced(shop, batch).status == "cancelled"
    assert counts(shop, batch) == Counts(waiting=2, cancelled=3)
    retry_batch(batch.id, "shop", shop.catalogue)
    advanced(shop, batch)
    assert counts(shop, batch) == Counts(waiting=2, queued=3)


def test_what_has_ended_is_done_though_nobody_has_looked_yet(shop: Shop) -> None:
    batch = advanced(shop, submitted(shop, names(2)))
    end(shop, batch)
    assert cancel_batch(batch.id, "shop", shop.catalogue) == []
    assert advanced(shop, batch).status == "done"


@pytest.mark.parametrize(
    ("rows", "ended", "fields"),
    [
        (2, "done", {}),
        (2, "failed", {}),
        (0, "", {}),
        (3, "failed", {"stop_after_failed_percent": 40}),
    ],
)
def test_how_a_batch_stands_is_told_before_who_orders_it_looks_again(
    shop: Shop, rows: int, ended: str, fields: dict[str, Any]
) -> None:
    batch = advanced(shop, submitted(shop, [*names(rows), {"NAME": 7}], **fields)) if rows else submitted(shop, [{}])
    end(shop, batch, ended)
    with shop.catalogue.tenant("shop") as records:
        told = shown(records.batch(batch.id), records.batch_counts(batch.id))
    noted = advanced(shop, batch)
    assert (told["percent"], told["status"], told["why"]) == (100.0, noted.status, noted.why)
    assert noted.status == ("stopped" if fields else "done")


def test_what_is_done_stays_done(shop: Shop) -> None:
    batch = submitted(shop, names(2))
    advanced(shop, batch)
    end(shop, batch)
    assert advanced(shop, batch).status == "done"
    assert cancel_batch(batch.id, "shop", shop.catalogue) == []
    assert advanced(shop, batch).status == "done"


def test_rows_name_no_files_where_whoever_takes_orders_in_allows_none(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CLOSED:  # so that what is set here is taken back
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    with monkeypatch.context() as patch:
        for name in CLOSED:
            patch.delenv(name, raising=False)
        close_roots()
        settings.cache_clear()
        rows = [{"photo": "/etc/passwd"}, {"photo": "s3://others/a.png"}, {"photo": "https://shop.example/a.png"}]
        batch = submitted(shop, rows, template=SLIDES, columns={"photo": "images[0].asset"})
    for name in CLOSED:
        monkeypatch.delenv(name)
    settings.cache_clear()
    assert [bool(line["problems"]) for line in lines(shop, batch)][:2] == [True, True]


def test_the_end_is_told_once_as_one_thing(shop: Shop) -> None:
    with shop.catalogue.tenant("shop") as records:
        records.add_endpoint("https://shop.example/hooks", ["batch.ended"])
    batch = advanced(shop, submitted(shop, [*names(2), {"NAME": 7}], name="catalogue"))
    end(shop, batch)
    advanced(shop, batch)
    ended = advanced(shop, batch)
    with shop.catalogue.tenant("shop") as records:
        (event,) = [event for made in generations(records, batch) if made for event in records.events(made.id)]
        told = shown(ended, records.batch_counts(batch.id))
    assert event.type == "batch.ended"
    batch_told = event.payload["data"]["batch"]
    assert (batch_told["name"], batch_told["status"], batch_told["rows"]["done"]) == ("catalogue", "done", 2)
    assert (told["percent"], told["rows"]["all"], told["rows"]["bad"]) == (100.0, 3, 1)


def test_a_key_stands_for_one_batch(shop: Shop) -> None:
    terms = TERMS.model_copy(update={"idempotency_key": "monday"})
    first = submitted(shop, names(2), terms)
    assert submitted(shop, names(2), terms) == first
    with pytest.raises(InvalidRequest, match="was used for another batch"):
        submitted(shop, names(3), terms)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rows": []}, "rows: is empty"),
        (
            {"columns": {"a": "values.NANE"}},
            r"columns\.a: 'values\.NANE' is not a variable .*did you mean `NAME`",
        ),
        ({"columns": {"a": "[0]"}}, r"columns\.a: '\[0\]' is no field"),
        (
            {"rows": [{"title": "Ada", "sku": "1"}], "columns": {"titel": "values.NAME", "gone": "metadata.a"}},
            r"^columns\.titel: 'titel' is no column of the table \(did you mean `title`\? there are: title, sku\)\n"
            r"columns\.gone: 'gone' is no column of the table \(there are: title, sku\)$",
        ),
        ({"rows": None, "table": "title;sku\nAda;1\n", "columns": {"titel": "values.NAME"}}, r"rows, column \"sku\""),
        # What is listed are variables, and not the columns that were said to be there.
        (
            {"rows": None, "table": "title;sku\nAda;1\n", "columns": {"title": "values.NAME"}},
            r"^rows, column \"sku\": is no variable of the template \(it has: NAME, TINT; name it in `columns`",
        ),
        (
            {"template": SLIDES, "rows": None, "table": "pic;sku\na.png;1\n", "columns": {"pic": "images[0].asset"}},
            r"^rows, column \"sku\": goes nowhere \(name it in `columns`",
        ),
        ({"template": SLIDES}, r"^columns: is missing"),
        ({"template": {"kind": "slide"}}, r"^template: is no request of a kind"),
        ({"template": {"name": "none"}}, "template: there is no template 'none'"),
        ({"ahead": 0}, "ahead"),
        ({"stop_after_failed_percent": 100}, "stop_after_failed_percent"),
        ({"cost_cup": 1}, "cost_cup: is not a field here"),
    ],
)
def test_what_is_no_batch_is_told_at_once(shop: Shop, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        submitted(shop, **{"rows": names(1), **fields})
    with shop.catalogue.tenant("shop") as records:
        assert records.batches() == []


def test_rows_of_a_stored_template_keep_its_version(shop: Shop) -> None:
    with shop.catalogue.tenant("shop") as records:
        template = records.add_template("card")
        records.publish("card", records.add_version("card", CARD).version)
    batch = submitted(shop, [{"headline": "Ada"}], template={"name": "card"}, columns={"headline": "values.NAME"})
    with shop.catalogue.tenant("shop") as records:
        records.publish("card", records.add_version("card", {**CARD, "background": "#0000ff"}).version)
    advanced(shop, batch)
    with shop.catalogue.tenant("shop") as records:
        (made,) = records.generations()
    assert (made.template, made.template_version, made.request["data"]) == (template.id, 1, {"NAME": "Ada"})


def test_what_fails_of_a_stored_template_is_told_by_its_columns(shop: Shop) -> None:
    said = {"type": "text", "text": "{{NAME}}", "duration": 0.2}
    tinted = {"type": "colour", "colour": "{{TINT}}", "duration": 0.2}
    both = {**CARD, "timeline": {"tracks": [{"clips": [tinted]}, {"clips": [said]}]}}
    with shop.catalogue.tenant("shop") as records:
        records.add_template("card")
        records.publish("card", records.add_version("card", both).version)
    batch = submitted(shop, [{"headline": "Ada"}], template={"name": "card"}, columns={"headline": "values.NAME"})
    advanced(shop, batch)
    with shop.catalogue.tenant("shop") as records:
        (made,) = records.generations()
    ledger = Ledger(shop.catalogue, TERMS, made.id)
    ledger.begin(made.request, "run")
    fields = ("timeline.tracks[1].clips[0].text", "timeline.tracks[0].clips[0].colour")
    ledger.failed(BadMedia(*(Problem(field, "has no glyphs") for field in fields)))
    places = [each["place"] for each in lines(shop, batch)[0]["problems"]]
    assert places == ['row 1, column "headline"', 'row 1, column "TINT"']


ROWS = 24

ORDERING = """
import sys
from pathlib import Path
from reel.catalogue import open_catalogue
from reel.control.advancing import advance
from reel.control.batches import submit_batch
from reel.control.stores import these_stores
from reel.request.batch import parse_batch
from reel.request.terms import Terms
import json
catalogue = open_catalogue(sys.argv[1])
order = parse_batch(json.loads(sys.argv[2]))
terms = Terms(tenant="shop", idempotency_key="the batch")
print("begun", flush=True)
batch, _ = submit_batch(order, terms, catalogue, Path.cwd(), these_stores())
advance(batch.id, "shop", catalogue)
print("ordered", flush=True)
"""


@pytest.mark.slow
def test_whoever_is_killed_while_it_orders_has_ordered_each_row_once(
    url: str,
) -> None:
    """By kill -9 at ever later moments, until one comes to its end."""
    rows, kills = names(ROWS), 0
    arguments = [sys.executable, "-c", ORDERING, url, json.dumps({"template": CARD, "rows": rows})]
    while True:
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env={**os.environ})
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        try:
            process.wait(timeout=0.02 + 0.1 * kills)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        said = process.communicate()[0]
        if process.returncode == 0:
            assert said == "ordered\n"
            break
        kills += 1
        check_nothing_twice(url)
    assert kills > 3
    assert len(check_nothing_twice(url)) == len(rows)


def check_nothing_twice(url: str) -> list[str]:
    """The generations of the batch: each of a row, and each row that is ordered with one."""
    catalogue: Catalogue = open_catalogue(url)
    with catalogue.tenant("shop") as records:
        batches, made = records.batches(), records.generations(limit=1000)
        entries = records.entries(batches[0].id) if batches else []
    catalogue.close()
    assert len(batches) <= 1
    assert [entry.number for entry, _ in entries] == ([*range(1, ROWS + 1)] if batches else [])
    ordered = [entry.generation for entry, _ in entries if entry.generation]
    assert sorted(ordered) == sorted(each.id for each in made)
    assert all((entry.state == "ordered") == (status is not None) for entry, status in entries)
    return ordered
