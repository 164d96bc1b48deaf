"""Commands that look for published outputs, and hand them on to other systems."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import OfTenant
from reel.cli.reading import AsJson, Debug
from reel.errors import InvalidRequest

if TYPE_CHECKING:
    from reel.catalogue import Catalogue, Described, Operator, Records

After = Annotated[str | None, typer.Option(help="Go on after the output with this cursor.")]

COLUMNS = (
    *("tenant", "project", "generation", "name", "kind", "slot", "published", "duration", "width", "height"),
    *("frame_rate", "codec", "container", "sound", "loudness", "bytes", "bitrate", "tags", "location"),
)
"""Of CSV; they are added to at the end alone."""

FORMULAS = "=+-@\t\r"
"""What texts begin with that spreadsheets work out."""


def search(
    query: Annotated[str, typer.Argument(help="Such as: codec:hevc height>=1080 beach -draft; see docs/search.md.")],
    tenant: OfTenant = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the most relevant.")] = 20,
    after: After = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Find published outputs by words, phrases, fields and numbers."""
    with told(debug):
        from reel.cli import records

        if as_csv and as_json:
            raise InvalidRequest.at("--csv", "goes not with --json", "ask for one of them")
        with records.catalogue() as opened, _scope(opened, tenant) as scope:
            page = scope.search(query, limit, after)
        documents = [_whole(each) for each in page.found]
        if as_json:
            records.fields({"found": documents, "more": page.more}, as_json=True)
            return
        if as_csv:
            writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(_flat(document) for document in documents)
        else:
            records.table(documents, _row, as_json=False, none="nothing is found")
        if page.more:
            typer.secho(f"There is more: --after {page.found[-1].cursor}", err=True)


def export(
    tenant: OfTenant = None,
    since: Annotated[str | None, typer.Option(help="What was noted from then on: 36h, 7d, 2w, or 2026-11-01.")] = None,
    after: After = None,
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="A document on each line, instead of one list.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Only print the JSON Schema of a document.")] = False,
    debug: Debug = False,
) -> None:
    """Print a document of each published output, with addresses of its files, in the order in which they were noted."""
    with told(debug):
        from datetime import UTC, datetime

        from reel.cli import records
        from reel.control.exporting import ExportedOutput, all_pages, exported

        if schema:
            typer.echo(json.dumps(ExportedOutput.model_json_schema(mode="serialization"), indent=2))
            return
        moment = records.since(since) if since else None
        with records.catalogue() as opened:

            def page(cursor: str | None) -> Any:
                with _scope(opened, tenant) as scope:
                    return scope.export(moment, after=cursor)

            documents = (exported(each, datetime.now(UTC)) for each in all_pages(page, after))
            if json_lines:
                for document in documents:
                    typer.echo(document.model_dump_json())
            else:
                typer.echo(json.dumps([document.model_dump(mode="json") for document in documents], indent=2))


@contextmanager
def _scope(opened: Catalogue, tenant: str | None) -> Iterator[Records | Operator]:
    """One tenant's records, or everybody's."""
    from reel.cli import records

    with opened.operator() if tenant is None else records.tenant(opened, tenant) as scope:
        yield scope


def _whole(found: Described) -> dict[str, Any]:
    told_besides = found.model_dump(mode="json", exclude={"document", "tenant_id"})
    return {"tenant": found.tenant_id, **told_besides, **found.document}


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    location = document["files"][0]["location"] if document["files"] else ""
    row = {**document, "tags": " ".join(document["tags"]), "location": location}
    return {name: _cell(row.get(name)) for name in COLUMNS}


def _cell(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula (OWASP, CSV injection): such a text gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value[:1] in FORMULAS and value else value


def _what(document: Mapping[str, Any]) -> Iterator[str]:
    """Size, codec and length, as far as they are known."""
    if document["width"]:
        yield f"{document['width']}x{document['height']}"
    if document["codec"]:
        yield document["codec"]
    if document["duration"] is not None:
        yield f"{document['duration']:.2f} s"


def _row(document: Mapping[str, Any]) -> dict[str, Any]:
    from reel.cli.records import age

    return {
        "generation": document["generation"],
        "name": document["name"],
        "tenant": document["tenant"],
        "what": " ".join(_what(document)),
        "age": age(document["published"]),
    }
