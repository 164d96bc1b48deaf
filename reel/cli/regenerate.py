"""The commands about sets of requests, and about requests that nobody asked to make yet."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.reading import AsJson, Debug, read_request_file
from reel.errors import InvalidRequest

SourceFile = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="A JSON file, or - for standard input. Its relative paths count from it."),
]
Tenant = Annotated[str, typer.Option(help="To whom the project belongs.")]
Project = Annotated[str, typer.Option(help="Whose slots are meant.")]


def regenerate(
    source: SourceFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what changed, and why.")] = False,
    tenant: Tenant = "default",
    project: Project = "default",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Plan a set of requests again, and say which would be made again and why. It is queued by the deployment `regenerate`.

    Exit codes as of `render`; 2 where a request of the set is bad.
    """
    with told(debug):
        if not dry_run:
            remedy = "add --dry-run, or trigger the deployment `regenerate` with this source"
            raise InvalidRequest.at("--dry-run", "is missing: generations are queued by Prefect, not here", remedy)
        text, base = read_request_file(source)
        from reel.cli import show
        from reel.control.ledger import this_catalogue
        from reel.generate.regenerate import regenerate as judge_all
        from reel.make.worker import this_worker
        from reel.request.batch import parse_owner, parse_source

        owner = parse_owner({"tenant": tenant, "project": project})
        chosen = parse_source(_document(text, "source", '{"from": "rows", ...}'))
        report = judge_all(chosen, owner, this_catalogue(), base, this_worker(), queue=None)
        show.json_document(report.model_dump(mode="json")) if as_json else show.regeneration(report)
        if report.counts["bad"]:
            raise typer.Exit(2)


def dry_run(
    request: Annotated[
        str, typer.Argument(metavar="REQUEST", help="A JSON file with a request or a source of them, or -.")
    ],
    tenant: Tenant = "default",
    project: Project = "default",
    debug: Debug = False,
) -> None:
    """Check and plan without rendering: `{valid, errors, warnings, resolved, estimate}`, of a source a line for each request.

    Exit codes: 0 all valid, 2 not.
    """
    with told(debug):
        text, base = read_request_file(request)
        document = _document(text, "request", '{"kind": "mixer", ...}')
        from reel.cli import show
        from reel.generate.dry_run import dry_run as answer
        from reel.generate.dry_run import dry_runs
        from reel.make.worker import this_worker

        if "from" not in document:
            found = answer(document, base=base, worker=this_worker())
            show.json_document(found.model_dump(mode="json"))
            raise typer.Exit(0 if found.valid else 2)
        from reel.control.ledger import this_catalogue
        from reel.request.batch import parse_owner, parse_source

        owner = parse_owner({"tenant": tenant, "project": project})
        count, valid = 0, True
        for where, each in dry_runs(parse_source(document), owner, this_catalogue(), base, this_worker()):
            typer.echo(json.dumps({"where": where, **each.model_dump(mode="json")}, ensure_ascii=False))
            count, valid = count + 1, valid and each.valid
        if count == 0:
            typer.echo("the source names no request: nothing was looked at", err=True)
        raise typer.Exit(0 if valid else 2)


def _document(text: bytes, place: str, begin: str) -> dict[str, Any]:
    from reel.request.read import read_json

    return dict(read_json(text, place, begin))
