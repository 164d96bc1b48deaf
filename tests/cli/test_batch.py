"""`reel batch` and `reel template`: kept in the catalogue, shown as one thing and row by row."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_cli import reel
from tests.shop import CARD


def test_a_batch_is_kept_shown_called_off_and_retried(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps(CARD))
    (tmp_path / "rows.csv").write_text("sku,NAME,TINT\nA,Ada,\nB,Bob,bleu\n")
    order = {"template": "card.json", "rows": "rows.csv", "id_column": "sku", "name": "Monday"}
    (tmp_path / "batch.json").write_text(json.dumps(order))
    result = reel("batch", "submit", tmp_path / "batch.json", "--tenant", "tables", "--key", "monday")
    assert result.exit_code == 2
    assert "rows: 1 waiting, 1 bad, 2 all" in result.stdout
    assert 'row 2, column "TINT": ' in result.stdout
    again = json.loads(
        reel("batch", "submit", tmp_path / "batch.json", "--tenant", "tables", "--key", "monday", "--json").stdout
    )
    (listed,) = json.loads(reel("batch", "list", "--tenant", "tables", "--json").stdout)
    assert (listed["id"], listed["name"]) == (again["id"], "Monday")
    lines = reel("batch", "status", again["id"], "--tenant", "tables", "--manifest").stdout.splitlines()
    assert [(line["row"], line["id"], line["status"]) for line in map(json.loads, lines)] == [
        (1, "A", "waiting"),
        (2, "B", "bad"),
    ]
    assert "0 generations were called off" in reel("batch", "cancel", again["id"], "--tenant", "tables").stdout
    assert (
        json.loads(reel("batch", "status", again["id"], "--tenant", "tables", "--json").stdout)["status"] == "cancelled"
    )
    assert "0 rows are ordered again" in reel("batch", "retry", again["id"], "--tenant", "tables").stdout
    assert reel("batch", "status", again["id"], "--tenant", "others").exit_code == 2


def test_a_template_is_kept_in_versions(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps(CARD))
    first = reel("template", "add", "card", tmp_path / "card.json", "--tenant", "t", "--publish", "--json")
    assert json.loads(first.stdout)["version"] == 1
    (tmp_path / "card.json").write_text(json.dumps({**CARD, "background": "#0000ff"}))
    reel("template", "add", "card", tmp_path / "card.json", "--tenant", "t", "--note", "blue")
    shown = json.loads(reel("template", "show", "card", "--tenant", "t", "--json").stdout)
    assert [(each["version"], each["published"] is None, each["note"]) for each in shown] == [
        (2, True, "blue"),
        (1, False, ""),
    ]
    assert json.loads(reel("template", "show", "card", "--tenant", "t", "--version", "1").stdout) == CARD
    reel("template", "publish", "card", "2", "--tenant", "t")
    reel("template", "retire", "card", "--version", "1", "--tenant", "t")
    table = reel("template", "show", "card", "--tenant", "t").stdout
    assert "published" in table
    assert "retired" in table
    (tmp_path / "card.json").write_text('{"kind": "mixer", "clips": ["a.mp4"]}')
    refused = reel("template", "add", "other", tmp_path / "card.json")
    assert refused.exit_code == 2
    assert "document.kind: is not `template`" in refused.stderr
