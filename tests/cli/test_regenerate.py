"""`reel regenerate --dry-run` and `reel dry-run`: verdicts and answers without Prefect, and nothing rendered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import reel

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_dry_regeneration_of_the_example_says_what_is_new() -> None:
    result = reel("regenerate", EXAMPLES / "cards" / "source.json", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "A-101" in result.stdout
    assert "3 changed; nothing queued, as this was a dry run" in " ".join(result.stdout.split())
    report = json.loads(reel("regenerate", EXAMPLES / "cards" / "source.json", "--dry-run", "--json").stdout)
    assert [(each["slot"], each["where"], each["reasons"]) for each in report["verdicts"]] == [
        ("A-100", "row 1", ["new"]),
        ("A-101", "row 2", ["new"]),
        ("A-102", "row 3", ["new"]),
    ]


@pytest.mark.parametrize(
    ("arguments", "feed", "said"),
    [
        (["-"], '{"from": "project"}', "--dry-run: is missing: generations are queued by Prefect, not here"),
        (["-", "--dry-run"], "{", "source: is not JSON"),
        (["-", "--dry-run"], '{"from": "sheet"}', "source.from: 'sheet' is no source of requests"),
        (["-", "--dry-run", "--tenant", "A B"], '{"from": "project"}', "terms.tenant: "),
    ],
)
def test_a_wrong_source_is_told(arguments: list[str], feed: str, said: str) -> None:
    result = reel("regenerate", *arguments, feed=feed)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_bad_row_is_named_and_is_no_success(tmp_path: Path) -> None:
    source = {"from": "rows", "template": str(EXAMPLES / "cards" / "template.json"), "rows": "rows.csv"}
    (tmp_path / "source.json").write_text(json.dumps(source))
    (tmp_path / "rows.csv").write_text("NAME,PRICE\nCup,9\nTeapot,dear\n")
    result = reel("regenerate", tmp_path / "source.json", "--dry-run", "--json")
    assert result.exit_code == 2
    good, bad = json.loads(result.stdout)["verdicts"]
    assert (good["standing"], bad["standing"], bad["where"]) == ("changed", "bad", "row 2")
    assert bad["problems"] == ["row 2, column \"PRICE\": 'dear' is not a number (write it as 3 or 3.5)"]
    lines = [json.loads(line) for line in reel("dry-run", tmp_path / "source.json").stdout.splitlines()]
    assert [(line["where"], line["valid"]) for line in lines] == [("row 1", True), ("row 2", False)]


def test_a_dry_run_of_a_request_resolves_its_placeholders() -> None:
    result = reel("dry-run", EXAMPLES / "template.json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert set(answer) == {"valid", "errors", "warnings", "found", "resolved", "estimate"}
    assert answer["resolved"]["timeline"]["tracks"][2]["clips"][0]["text"] == "Hello Ada 👋"
    refused = reel("dry-run", EXAMPLES / "cards" / "template.json")
    assert refused.exit_code == 2
    assert "data.NAME" in json.loads(refused.stdout)["errors"][0]


@pytest.mark.parametrize(
    ("feed", "said"), [("[1,2]", "is not a JSON object"), ("null", "is not a JSON object"), ("", "is not JSON")]
)
def test_what_is_no_request_is_told_as_by_render(feed: str, said: str) -> None:
    dry, rendered = reel("dry-run", "-", feed=feed), reel("render", "-", feed=feed)
    assert f"request: {said}" in dry.stderr
    assert (dry.exit_code, dry.stderr) == (rendered.exit_code, rendered.stderr)


def test_a_dry_run_of_a_table_without_rows_says_so(tmp_path: Path) -> None:
    source = {"from": "rows", "template": str(EXAMPLES / "cards" / "template.json"), "rows": "rows.csv"}
    (tmp_path / "source.json").write_text(json.dumps(source))
    (tmp_path / "rows.csv").write_text("NAME,PRICE\n")
    result = reel("dry-run", tmp_path / "source.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "the source names no request" in result.stderr
