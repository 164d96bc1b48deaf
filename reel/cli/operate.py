"""Commands for whoever runs an installation: all groups of them, the catalogue, usage, the janitor.

They work on the catalogue and the store that the settings name (`REEL_CATALOGUE`, `REEL_STORE`, `REEL_OUTPUTS`), and ask
neither Prefect nor a worker.
"""

from __future__ import annotations

from typing import Annotated

import typer

from reel.cli import (
    agents,
    backup,
    batch,
    credits,
    dead,
    generations,
    keys,
    search,
    secrets,
    storage,
    template,
    tenants,
    webhooks,
    why,
)
from reel.cli.failures import told
from reel.cli.options import OfTenant
from reel.cli.reading import AsJson, Debug

catalogues = typer.Typer(no_args_is_help=True, help="The catalogue's tables.")


def register(app: typer.Typer) -> None:
    """Add all commands to `reel`."""
    app.add_typer(catalogues, name="catalogue")
    app.add_typer(tenants.app, name="tenant")
    app.add_typer(generations.app, name="generation")
    app.add_typer(dead.app, name="dead")
    app.add_typer(webhooks.app, name="webhook")
    app.add_typer(keys.app, name="key")
    app.add_typer(secrets.app, name="secrets")
    app.add_typer(storage.app, name="storage")
    app.add_typer(backup.app, name="backup")
    app.add_typer(credits.app, name="credits")
    app.add_typer(template.app, name="template")
    app.add_typer(batch.app, name="batch")
    app.command()(usage)
    app.command()(why.why)
    app.command()(janitor)
    # A query may begin with what it leaves out: `-draft`.
    app.command(context_settings={"ignore_unknown_options": True})(search.search)
    app.command()(agents.mcp)
    app.command()(search.export)


@catalogues.command("upgrade")
def upgrade(debug: Debug = False) -> None:
    """Bring the tables to this version: as their owner, after a backup, while no worker runs."""
    with told(debug):
        from reel.catalogue import upgrade as upgrade_tables
        from reel.settings import settings

        upgrade_tables(settings().catalogue_url)
        typer.echo("The tables are those of this version.")


@catalogues.command("check")
def check(as_json: AsJson = False, debug: Debug = False) -> None:
    """Open the catalogue as a worker does, and count what is in it. An SQLite file is made or upgraded by that."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, opened.operator() as everybody:
            found = {"tenants": len(everybody.tenants()), "live_generations": len(everybody.live())}
        records.fields({"catalogue": "good", **found}, as_json=as_json)


@catalogues.command("index")
def index(tenant: OfTenant = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """Build again what `reel search` and `reel export` know of published outputs, from the reports of their generations."""
    with told(debug):
        from reel.cli import records
        from reel.control.indexing import build_documents
        from reel.control.stores import these_stores

        with records.catalogue() as opened:
            built = build_documents(opened, these_stores(), tenant)
        records.fields(built.model_dump(mode="json"), as_json=as_json)


def usage(
    tenant: str,
    since: Annotated[str, typer.Option(help="From when on: 36h, 7d, 2w, or 2026-11-01.")] = "30d",
    csv: Annotated[bool, typer.Option("--csv", help="A line for each generation, as CSV.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what a tenant used: seconds of rendering and of processors, seconds, bytes and pixels of outputs."""
    with told(debug):
        from reel.cli import records

        moment = records.since(since)
        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            if csv:
                from reel.control.usage import usage_csv

                typer.echo(usage_csv(theirs.usage(moment)), nl=False)
                return
            used = theirs.used(moment).model_dump(mode="json")
        records.fields({"tenant": tenant, "since": moment.isoformat(timespec="seconds"), **used}, as_json=as_json)


def janitor(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Remove now what is past its time. The deployment `janitor` does so every hour."""
    with told(debug):
        from datetime import UTC, datetime

        from reel.cli import records
        from reel.control.cleaning import policy_of
        from reel.control.janitor import clean
        from reel.control.stores import these_stores
        from reel.settings import settings

        with records.catalogue() as opened:
            done = clean(these_stores(), opened, policy_of(settings()), datetime.now(UTC), dry_run)
        document = done.model_dump(mode="json")
        if as_json:
            records.fields(document, as_json=True)
        else:
            records.table(document["removed"], dict, as_json=False)
            records.fields({f"{kind} left": f"{size:,} bytes" for kind, size in done.left.items()}, as_json=False)
