"""Where requests of a set come from, what may not be read, and what a dry run answers to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from reel.control.sheets import column_of
from reel.errors import BadMedia, InvalidRequest
from reel.fetch import AssetSource, DigestMemo, local_files, unchanged
from reel.generate.dry_run import dry_run, dry_runs
from reel.generate.render import plan
from reel.request.batch import FromFolder, FromRows
from reel.settings import settings
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.s3 import CREDENTIALS, S3Server, s3_server
from tests.shop import CARD, OWNER, Shop, standings, with_video


def test_nothing_is_read_where_assets_may_not_lie(
    shop: Shop, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = with_video(shop, make_clip)
    allowed = settings().model_copy(update={"file_roots": (shop.folder / "other",)})
    monkeypatch.setattr(local_files, "settings", lambda: allowed)
    for forbidden in (source, shop.rows("Ada,")):
        with pytest.raises(InvalidRequest, match="outside the folders for assets"):
            shop.again(forbidden)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"template": "none.json"}, "source.template: .* does not exist"),
        (
            {"template": {"kind": "mixer", "clips": ["a.mp4"]}},
            "source.columns: is missing: nothing says where in a mixer",
        ),
        ({"template": {**CARD, "variables": {"NAME": {"type": "txt"}}}}, r"variables\.NAME\.type: "),
        ({"rows": "rows.dat"}, "source.format: rows.dat does not say it by its name"),
        ({"rows": "none.csv"}, "source.rows: .* does not exist"),
        ({"id_column": "sku"}, "id_column: 'sku' is no column"),
    ],
)
def test_a_source_that_cannot_be_read_is_told_at_once(shop: Shop, fields: dict[str, Any], said: str) -> None:
    with pytest.raises((InvalidRequest, BadMedia), match=said):
        shop.again(shop.rows("Ada,").model_copy(update=fields))


def test_rows_and_folders_may_be_in_a_bucket(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(tmp_path / "s3") as server:
        server.make_bucket("reel")
        for name, value in {**CREDENTIALS, "REEL_S3_ENDPOINT": server.endpoint}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        try:
            document = {**CARD, "data": {"NAME": "Ada"}}
            put(server, "sets/one.json", json.dumps(document))
            put(server, "card.json", json.dumps(CARD))
            put(server, "rows.jsonl", '\ufeff{"NAME": "Ada", "sku": "x"}\n{"NAME": 7, "sku": "y"}\n')
            folder = shop.again(FromFolder(folder="s3://reel/sets"), queue=shop.add)
            source = FromRows(template="s3://reel/card.json", rows="s3://reel/rows.jsonl", id_column="sku")
            rows = shop.again(source, queue=shop.add)
        finally:
            settings.cache_clear()
    assert standings(folder) == {"one": ("changed", "new")}
    assert standings(rows)["x"] == ("changed", "new")
    assert 'row 2, column "NAME": 7 is no text' in standings(rows)["y"][1]


def put(server: S3Server, key: str, text: str) -> None:
    server.client().put_object(Bucket="reel", Key=key, Body=text.encode())


def test_an_asset_is_looked_at_once_in_a_pass(
    shop: Shop, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looked: list[AssetSource] = []

    def look(source: AssetSource, place: str, memo: DigestMemo, *rest: Any) -> str | None:
        looked.append(source)
        return unchanged(source, place, memo, *rest)

    monkeypatch.setattr("reel.find.kept.unchanged", look)
    clip = str(make_clip(Clip(seconds=1, size=(160, 90))))
    for number in range(20):
        request = {"kind": "mixer", "clips": [clip, "none.mp4"], "seed": number}
        (tmp_path / f"{number}.json").write_text(json.dumps(request))
    report = shop.again(FromFolder(folder="."))
    assert len(looked) == 2
    assert report.counts == {"bad": 20}
    assert all("clips[1].asset: " in verdict.problems[0] for verdict in report.verdicts)


def test_a_dry_run_answers_and_renders_nothing(shop: Shop) -> None:
    document = {**CARD, "data": {"NAME": "a dry run"}}
    found = dry_run(document, worker=shop.worker)
    assert (found.valid, found.errors) == (True, ())
    assert found.resolved
    assert found.resolved["timeline"]["tracks"][1]["clips"][0]["text"] == "Hello a dry run"
    assert found.estimate
    assert found.estimate.steps > 0
    steps = plan(document, worker=shop.worker).steps
    assert not any(shop.worker.store.find(step.key, step.kind) for step in steps if step.kind == "join")
    wrong = dry_run(CARD, worker=shop.worker)
    assert not wrong.valid
    assert "timeline.tracks[1].clips[0].text: {{NAME}} has no value" in wrong.errors[0]
    lost = dry_run({"kind": "mixer", "clips": ["none.mp4"]}, base=shop.folder, worker=shop.worker)
    assert not lost.valid
    assert "clips[0].asset: " in lost.errors[0]
    assert lost.resolved
    assert lost.resolved["variants"] == 1
    answers = dict(dry_runs(shop.rows("Ada,", "Bob,redd"), OWNER, shop.catalogue, shop.folder, shop.worker))
    assert [answers[where].valid for where in ("row 1", "row 2")] == [True, False]


@pytest.mark.parametrize(
    ("encoding", "name", "begin", "between"),
    [("utf-16", "rows.txt", "", "\t"), ("utf-8-sig", "rows.csv", "sep=;\r\n", ";"), ("utf-8", "rows.csv", "", ",")],
)
def test_bad_rows_are_all_named_with_their_columns(
    encoding: str, name: str, begin: str, between: str, shop: Shop
) -> None:
    """Whatever stage they fail at: as cells, as values of variables, as fields, as files, as texts without room."""
    card = {
        "kind": "template",
        "variables": {
            "title": {},
            "SHOT": {"type": "asset"},
            "size": {"type": "number", "default": 60},
            "TINT": {"type": "colour", "default": "red"},
        },
        "timeline": {
            "tracks": [
                {"clips": [{"type": "image", "asset": "{{SHOT}}", "duration": 1}]},
                {
                    "clips": [
                        {
                            "type": "text",
                            "text": "For {{title}}",
                            "size": "{{size}}",
                            "smallest": 60,
                            "colour": "{{TINT}}",
                            "duration": 1,
                            "area": {"width": 0.4, "height": 0.1},
                        }
                    ]
                },
            ]
        },
        "resolution": "480p",
    }
    cv2.imwrite(str(shop.folder / "a.png"), np.zeros((36, 64, 3), np.uint8))
    lines = [
        ("title", "SHOT", "size", "TINT"),
        ("Ada", "a.png", "", "white"),
        ("Bob", "lost.png", "many", "whit"),
        ("", "", "", ""),
        ("Cy", "lost.png", "-3", "#fff"),
        ("x" * 200, "a.png", "", ""),
    ]
    text = begin + "".join(between.join(cells) + "\r\n" for cells in lines)
    (shop.folder / name).write_bytes(text.encode(encoding))
    source = FromRows(template=card, rows=name)
    answers = dict(dry_runs(source, OWNER, shop.catalogue, shop.folder, shop.worker))
    assert [answer.valid for answer in answers.values()] == [True, False, False, False]
    told = [[error.split(": ")[0] for error in answer.errors] for answer in answers.values()]
    assert told[1] == ['row 2, column "size"', 'row 2, column "TINT"', 'row 2, column "SHOT"']
    assert told[2] == ['row 3, column "size"', 'row 3, column "SHOT"']
    assert told[3] == ['row 4, column "title"']
    report = shop.again(source, queue=None)
    assert [verdict.problems for verdict in report.verdicts] == [answer.errors for answer in answers.values()]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("data.NAME", 'row 4, column "title"'),
        ("data.SIZE", 'row 4, column "size"'),
        ("outputs[0].name", 'row 4, column "size"'),
        ("outputs", 'row 4, column "size"'),
        ("timeline", "row 4, timeline"),
    ],
)
def test_a_fault_of_a_row_is_told_by_its_column_whether_or_not_the_row_has_it(place: str, told: str) -> None:
    used = {"data.NAME": ["title"], "data.SIZE": ["size"], "outputs[0].name": ["size"]}
    assert column_of(4, {"size": "x"}, used, place) == told
