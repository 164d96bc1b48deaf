"""`reel search`, `reel export` and `reel catalogue index`, on a catalogue of their own."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reel.catalogue import Catalogue, NewGeneration, NewUsageRecord, open_catalogue
from reel.cli import show
from reel.search import documents_of
from reel.search.fields import NAMES
from reel.settings import settings
from tests.cli.test_operate import home, reel, said
from tests.report.reports import report

__all__ = ["home"]

PAGE = Path(__file__).parents[2] / "docs" / "search.md"


@pytest.fixture
def filled() -> Iterator[Catalogue]:
    """Two tenants with a generation of two outputs each, from an hour ago."""
    opened = open_catalogue(settings().catalogue_url, lambda: datetime.now(UTC) - timedelta(hours=1))
    for tenant, notes in (("acme", {"tags": ["beach"], "title": '=1+1, "Café"'}), ("other", {})):
        with opened.tenant(tenant) as records:
            generation, _ = records.add(NewGeneration(kind="mixer", request={}))
            documents = documents_of(report(2), generation.id, "spring", f"=row of {tenant}", notes)
            records.delivered(generation.id, [], NewUsageRecord(), {}, 1.0, documents)
    yield opened
    opened.close()


@pytest.mark.usefixtures("filled")
def test_what_is_found_is_shown_in_three_forms() -> None:
    assert len(said("search", "kind:mixer")["found"]) == 4
    assert len(said("search", "-beach")["found"]) == 2
    page = said("search", "CAFÉ height>=854", "--tenant", "acme", "--limit", 1)
    (first,) = page["found"]
    assert (first["tenant"], first["name"], first["tags"], page["more"]) == ("acme", "variant-001", ["beach"], True)
    rest = said("search", "CAFÉ height>=854", "--tenant", "acme", "--after", first["cursor"])
    assert ([each["name"] for each in rest["found"]], rest["more"]) == (["variant-002"], False)
    shown = reel("search", "cafe", "--limit", 1)
    assert first["generation"] in shown.stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(show.console, "width", 80)
        lines = reel("search", "cafe").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(first["generation"] in line and "variant-00" in line for line in lines) == 2, "whole, for copying"
    (cursor,) = re.findall(r"--after (\S+)", shown.stderr)
    assert "variant-002" in reel("search", "cafe", "--after", cursor).stdout
    assert reel("search", "nowhere").stdout.strip() == "nothing is found"
    rows = list(csv.DictReader(io.StringIO(reel("search", "cafe", "--csv").stdout)))
    assert [(row["name"], row["width"], row["sound"]) for row in rows] == [
        ("variant-001", "480", "True"),
        ("variant-002", "480", "True"),
    ]
    assert rows[0]["slot"] == "'=row of acme", "no spreadsheet works it out"
    assert rows[0]["location"] == "/outputs/g/variant-001.mp4"
    reel("tenant", "set", "nobody")
    assert reel("search", "row", "--tenant", "nobody", "--csv").stdout.count("\n") == 1


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("heigth:3",), "query: there is no field 'heigth' (did you mean `height`?)"),
        (("a", "--after", "nonsense"), "after: is no cursor of this question"),
        (("a", "--csv", "--json"), "ask for one of them"),
        (("a", "--tenant", "A B"), "tenant: 'A B' is no tenant's name"),
    ],
)
def test_what_cannot_be_asked_says_why(arguments: tuple[str, ...], what: str) -> None:
    asked = reel("search", *arguments)
    assert (asked.exit_code, what in asked.stderr) == (2, True), asked.stderr


@pytest.mark.usefixtures("filled")
def test_an_export_is_lines_of_one_schema() -> None:
    lines = [json.loads(line) for line in reel("export", "--since", "2h", "--json-lines").stdout.splitlines()]
    assert len(lines) == 4
    schema = json.loads(reel("export", "--schema").stdout)
    for line in lines:
        assert set(line) == set(schema["properties"]) == set(schema["required"])
        assert (line["format"], line["version"]) == ("reelflow.output", 1)
    assert lines[0]["metadata"]["title"] == '=1+1, "Café"'
    assert lines[0]["files"][0]["url"] == "file:///outputs/g/variant-001.mp4"
    after = reel("export", "--after", lines[1]["cursor"]).stdout
    assert json.loads(after) == lines[2:]
    assert json.loads(reel("export", "--since", "0.5h").stdout) == []
    assert {line["tenant"] for line in json.loads(reel("export", "--tenant", "other").stdout)} == {"other"}


def test_documents_are_built_again(filled: Catalogue) -> None:
    with filled.tenant("acme") as records:
        (generation,) = records.generations()
        made = report(3).model_dump(mode="json")
        records.delivered(generation.id, [], NewUsageRecord(), made, 1.0)
        for status in ("fetching", "saving", "done"):
            records.move(generation.id, status)
    assert said("search", "", "--tenant", "acme")["found"] == []
    built = said("catalogue", "index")
    assert (built["generations"], built["outputs"], built["without_report"]) == (1, 3, 0)
    assert len(said("search", "kind:mixer", "--tenant", "acme")["found"]) == 3


def test_the_page_names_every_field_and_its_queries_can_be_asked() -> None:
    from reel.search import parse_query

    page = PAGE.read_text("utf-8")
    cells = re.findall(r"^\| ([^|]*) \|", page.partition("### Fields")[2].partition("## Export")[0], re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`([a-z]+)`", cell)} == set(NAMES)
    examples = re.findall(r"reel search '([^']*)'", page)
    assert len(examples) == 3
    for example in examples:
        assert parse_query(example).clauses
