"""Sets of requests made again: what changed is told and queued, what did not costs nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import OutputRecord
from reel.control.ledger import Ledger
from reel.errors import Internal
from reel.fetch import local_files
from reel.generate.regenerate import followed, keep, kept, regenerate, unended
from reel.plan.operations import Compose
from reel.report.regeneration import regeneration_headline, regeneration_markdown
from reel.request.batch import FromProject, Owner
from reel.request.terms import Terms
from tests.clips import Clip, make
from tests.conftest import MakeClip
from tests.shop import CARD, Shop, standings, with_video


def test_rows_are_made_once_and_then_only_what_changed(shop: Shop) -> None:
    rows = ("Ada,", "Bob,", "Cy,#ff0000")
    first = shop.again(shop.rows(*rows))
    assert standings(first) == dict.fromkeys("123", ("changed", "new"))
    assert [verdict.queued for verdict in first.verdicts] == [True] * 3
    again = shop.again(shop.rows(*rows))
    assert standings(again) == dict.fromkeys("123", ("unchanged",))
    assert [verdict.generation for verdict in again.verdicts] == [verdict.generation for verdict in first.verdicts]
    edited = shop.again(shop.rows("Ada,", "Eve,", "Cy,#ff0000"))
    assert shop.orders == ["2"]
    assert standings(edited)["2"] == (
        "changed",
        "request changed: data.NAME, timeline.tracks[1].clips[0].text",
    )
    assert regeneration_headline(edited).startswith("3 requests in ")
    assert regeneration_headline(edited).endswith(": 2 unchanged, 1 changed; 1 queued")
    assert "| 2 | row 2 | changed | request changed: data.NAME" in regeneration_markdown(edited)


def test_one_bad_row_sinks_only_itself(shop: Shop) -> None:
    report = shop.again(shop.rows("Ada,", "Bob,redd", "Cy,,x", "Di,"))
    assert shop.orders == ["1", "4"]
    assert standings(report)["2"][:1] == ("bad",)
    assert "row 2, column \"TINT\": 'redd' is not a colour" in standings(report)["2"][1]
    assert "row 3: has 3 cells, and the header 2" in standings(report)["3"][1]
    assert {verdict.where for verdict in report.verdicts if verdict.standing == "bad"} == {"row 2", "row 3"}


def test_a_folder_is_read_with_its_folders_and_an_asset_that_changed_is_named(shop: Shop, make_clip: MakeClip) -> None:
    source = with_video(shop, make_clip)
    first = standings(shop.again(source))
    assert first["summer/one"] == ("changed", "new")
    assert first["bad"][0] == "bad"
    assert "request: is not JSON" in first["bad"][1]
    assert standings(shop.again(source))["summer/one"] == ("unchanged",)
    make(Clip(seconds=1, size=(160, 90), rate="25"), shop.folder / "summer" / "a.mp4")
    assert standings(shop.again(source))["summer/one"] == ("changed", "asset changed: clips[0].asset")
    assert standings(shop.again(source))["summer/one"] == ("unchanged",)


def test_what_is_remembered_is_neither_fetched_nor_read(
    shop: Shop, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file is not trusted to stay as it is in the moment after it was written.
    monkeypatch.setattr(local_files, "RACY_SECONDS", 0.0)
    source = with_video(shop, make_clip)
    shop.again(source)
    (sha256,) = {found.key for found in shop.worker.store.keys("asset")} & _used(shop)
    shop.worker.store.forget(sha256, "asset")

    def refuse(source: Any, to: Path, *_: Any) -> Any:
        if source.path.suffix == ".mp4":
            raise Internal.at("asset", "was fetched")
        return real(source, to, *_)

    real = local_files.fetch
    monkeypatch.setattr(local_files, "fetch", refuse)
    assert standings(shop.again(source))["summer/one"] == ("unchanged",)


def _used(shop: Shop) -> set[str]:
    with shop.catalogue.tenant("shop") as records:
        (generation,) = records.generations(status="done")
    assert generation.report
    return set(generation.report["assets"].values())


def test_a_project_is_made_again_from_its_own_requests(shop: Shop) -> None:
    shop.again(shop.rows("Ada,", "Bob,"))
    shop.make({**CARD, "data": {"NAME": "nobody"}}, Terms(tenant="shop", project="spring"))
    assert standings(shop.again(FromProject())) == dict.fromkeys("12", ("unchanged",))
    assert not regenerate(
        FromProject(), Owner(tenant="other", project="spring"), shop.catalogue, shop.folder, shop.worker, None
    ).verdicts


def test_outputs_that_are_gone_are_made_again(shop: Shop) -> None:
    source = shop.rows("Ada,", "Bob,")
    first = shop.again(source)
    (output,) = outputs(shop, first.verdicts[1].generation)
    Path(output.location).unlink()
    again = shop.again(source)
    assert standings(again) == {"1": ("unchanged",), "2": ("changed", "outputs missing: template.mp4")}
    assert standings(shop.again(source))["2"] == ("unchanged",)
    (output,) = outputs(shop, again.verdicts[1].generation)
    Path(output.location).write_bytes(b"half")
    assert standings(shop.again(source, queue=None))["2"] == ("changed", "outputs missing: template.mp4")


def outputs(shop: Shop, generation: str | None) -> list[OutputRecord]:
    with shop.catalogue.tenant("shop") as records:
        return records.outputs(generation or "")


def test_other_tools_and_other_rules_are_told_apart(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    source = shop.rows("Ada,")
    shop.again(source)
    other = replace(shop.worker, tools=shop.worker.tools.model_copy(update={"typst": "99", "librosa": "99"}))
    why = f"toolchain changed: typst {shop.worker.tools.typst} -> 99"
    assert standings(shop.again(source, worker=other, queue=None))["1"] == ("changed", why)
    monkeypatch.setattr(Compose, "rules", Compose.rules + 1)
    assert standings(shop.again(source, queue=None))["1"] == (
        "changed",
        f"rules changed: compose {Compose.rules - 1} -> {Compose.rules}",
    )


def test_what_is_under_way_is_left_alone_and_what_failed_is_tried_again(shop: Shop) -> None:
    source = shop.rows("Ada,")
    waiting = shop.again(source, queue=shop.add).verdicts[0]
    assert standings(shop.again(source, queue=shop.add))["1"] == ("under way",)
    assert shop.orders == []
    ledger = Ledger(shop.catalogue, Terms(tenant="shop"), waiting.generation or "")
    ledger.failed(Internal.at("step", "broke"))
    again = shop.again(source)
    assert standings(again)["1"] == ("changed", "latest failed")
    assert again.verdicts[0].generation != waiting.generation
    assert standings(shop.again(source))["1"] == ("unchanged",)
    edited = shop.rows("Eve,")
    called_off = shop.again(edited, queue=shop.add).verdicts[0]
    Ledger(shop.catalogue, Terms(tenant="shop"), called_off.generation or "").cancelled()
    assert standings(shop.again(FromProject()))["1"] == ("unchanged",)
    assert standings(shop.again(edited))["1"][0] == "changed"


def test_a_slot_that_was_only_ever_called_off_is_told(shop: Shop) -> None:
    generation = shop.again(shop.rows("Ada,"), queue=shop.add).verdicts[0].generation
    Ledger(shop.catalogue, Terms(tenant="shop"), generation or "").cancelled()
    assert standings(shop.again(FromProject()))["1"][0] == "bad"
    assert standings(shop.again(shop.rows("Ada,"), queue=None))["1"] == ("changed", "new")


def test_a_limit_leaves_the_rest_for_the_next_time(shop: Shop) -> None:
    source = shop.rows("Ada,", "Bob,", "Cy,")
    report = shop.again(source, queue=shop.add, limit=2)
    assert [verdict.queued for verdict in report.verdicts] == [True, True, False]
    assert standings(report) == dict.fromkeys("123", ("changed", "new"))
    shop.again(source, queue=shop.add, limit=2)
    assert shop.orders == ["3"]


def test_a_pass_that_dies_is_begun_again_and_queues_nothing_twice(shop: Shop) -> None:
    source = shop.rows(*(f"{name}," for name in "abcdefgh"))

    def mortal(document: dict[str, Any], terms: Terms) -> str:
        if len(shop.orders) == 3:
            raise KeyboardInterrupt
        return shop.add(document, terms)

    with pytest.raises(KeyboardInterrupt):
        shop.again(source, queue=mortal)
    queued = [*shop.orders]
    report = shop.again(source, queue=shop.add)
    assert sorted(queued + shop.orders) == sorted("12345678")
    assert [verdict.standing for verdict in report.verdicts] == ["under way"] * 3 + ["changed"] * 5


def test_two_passes_at_once_queue_one_generation(shop: Shop) -> None:
    """Both judge before either has queued."""
    source = shop.rows("Ada,")
    orders: list[tuple[dict[str, Any], Terms]] = []

    def note(document: dict[str, Any], terms: Terms) -> str:
        orders.append((document, terms))
        return ""

    shop.again(source, queue=note)
    shop.again(source, queue=note)
    assert len({shop.add(*order) for order in orders}) == 1
    assert orders[0][1].priority == "regeneration"


def test_a_report_is_put_aside_and_followed_to_the_end(shop: Shop) -> None:
    report = shop.again(shop.rows("Ada,", "Bob,"), queue=shop.add)
    assert kept("run", shop.worker) is None
    keep("run", report, shop.worker)
    assert kept("run", shop.worker) == report
    assert len(unended(report)) == 2
    Ledger(shop.catalogue, Terms(tenant="shop"), unended(report)[0]).cancelled()
    later = followed(report, shop.catalogue)
    assert [verdict.outcome for verdict in later.verdicts] == ["cancelled", None]
    keep("run", later, shop.worker)
    assert kept("run", shop.worker) == later
