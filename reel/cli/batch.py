"""Commands for batches: a table as one order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import ForTenant, Limit
from reel.cli.reading import AsJson, Debug, read_request_file

if TYPE_CHECKING:
    from reel.catalogue import Catalogue

app = typer.Typer(no_args_is_help=True, help="Tables as one order, a generation for each row.")

BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="As `reel batch submit` shows it.")]


@app.command("submit")
def submit(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="A JSON file, or -. Its relative paths count from it.")],
    tenant: ForTenant = "default",
    project: Annotated[str, typer.Option(help="Which of the tenant's projects it counts to.")] = "default",
    key: Annotated[str | None, typer.Option(help="The same key stands for the same batch.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Keep a batch; a worker begins to order it within a minute. What is wrong with rows is told at once.

    Exit codes: 0 all rows are good, 2 some or all are not.
    """
    with told(debug):
        text, base = read_request_file(order)
        from reel.cli import records
        from reel.control.batches import submit_batch
        from reel.control.stores import these_stores
        from reel.request.batch import parse_batch
        from reel.request.read import parse_terms, read_json

        asked = parse_batch(read_json(text, "batch", '{"template": {...}, "rows": "rows.csv"}'))
        agreed = parse_terms({"tenant": tenant, "project": project, "priority": "batch", "idempotency_key": key})
        with records.catalogue() as opened:
            new = not records.is_known(opened, tenant)
            made, _ = submit_batch(asked, agreed, opened, base, these_stores())
            if new:
                records.tell_new(opened, tenant)
            bad = _tell(made.id, tenant, opened, as_json=as_json)
        if bad:
            raise typer.Exit(2)


@app.command("status")
def status(
    id_: BatchId,
    tenant: ForTenant = "default",
    manifest: Annotated[bool, typer.Option("--manifest", help="A line of JSON for each row.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show how a batch stands, as one thing; or what became of each row."""
    with told(debug):
        from reel.cli import records
        from reel.control.manifests import whole_manifest

        with records.catalogue() as opened:
            records.require_tenant(opened, tenant)
            if not manifest:
                _tell(id_, tenant, opened, as_json=as_json)
                return
            for line in whole_manifest(id_, tenant, opened):
                typer.echo(json.dumps(line, ensure_ascii=False))


@app.command("list")
def list_batches(
    tenant: ForTenant = "default", limit: Limit = 20, as_json: AsJson = False, debug: Debug = False
) -> None:
    """Show the newest batches."""
    with told(debug):
        from reel.cli import records
        from reel.control.manifests import shown

        with records.catalogue() as opened, records.tenant(opened, tenant, only_reads=True) as theirs:
            found = [shown(batch, theirs.batch_counts(batch.id)) for batch in theirs.batches(limit=limit)]
        records.table(found, _row, as_json=as_json)


@app.command("retry")
def retry(id_: BatchId, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Have failed and cancelled rows ordered again, and go on with what waits. A worker does so within a minute."""
    with told(debug):
        from reel.cli import records, show
        from reel.control.batches import retry_batch

        with records.catalogue() as opened:
            records.require_tenant(opened, tenant)
            again = retry_batch(id_, tenant, opened)
        said = f"{again} row{'s are' if again != 1 else ' is'} ordered again."
        show.json_document({"rows": again}) if as_json else typer.echo(said)


@app.command("cancel")
def cancel(id_: BatchId, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Order nothing more, and call off what is queued or under way."""
    with told(debug):
        from reel.cli import records, show
        from reel.control.batches import cancel_batch

        with records.catalogue() as opened:
            records.require_tenant(opened, tenant)
            called_off = [generation.id for generation in cancel_batch(id_, tenant, opened)]
        said = f"{len(called_off)} generation{'s were' if len(called_off) != 1 else ' was'} called off."
        show.json_document({"generations": called_off}) if as_json else typer.echo(said)


def _tell(id_: str, tenant: str, opened: Catalogue, *, as_json: bool) -> int:
    """Show a batch, and what is wrong with its rows; how many are bad."""
    from reel.cli import records
    from reel.control.manifests import shown, whole_manifest

    with records.tenant(opened, tenant, only_reads=True) as theirs:
        counts = theirs.batch_counts(id_)
        document = shown(theirs.batch(id_), counts)
    problems = (
        [each for line in whole_manifest(id_, tenant, opened) for each in line["problems"]] if counts.wrong else []
    )
    if as_json:
        records.fields({**document, "problems": problems}, as_json=True)
    else:
        rows = ", ".join(f"{count:,} {name}" for name, count in document["rows"].items() if count)
        records.fields({**document, "rows": rows}, as_json=False)
        for each in problems:
            typer.echo(f"{each['place']}: {each['what']}" + (f" ({each['remedy']})" if each["remedy"] else ""))
    return counts.bad


def _row(batch: Mapping[str, Any]) -> dict[str, Any]:
    from reel.cli.records import age

    return {
        "id": batch["id"],
        "name": batch["name"],
        "status": batch["status"],
        "rows": batch["rows"]["all"],
        "ended": f"{batch['percent']:g} %",
        "age": age(batch["created"]),
    }
