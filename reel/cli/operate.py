"""Commands for whoever runs an installation: tenants, generations, usage, the catalogue, the janitor.

They work on the catalogue and the store that the settings name (`REEL_CATALOGUE`, `REEL_STORE`, `REEL_OUTPUTS`), and ask
neither Prefect nor a worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

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
    webhooks,
    why,
)
from reel.cli.failures import told
from reel.cli.options import OfTenant
from reel.cli.reading import AsJson, Debug
from reel.errors import InvalidRequest

if TYPE_CHECKING:
    from reel.catalogue import Monthly, Tenant

OF_A_MONTH = "in a calendar month; below 0: any number."

catalogues = typer.Typer(no_args_is_help=True, help="The catalogue's tables.")
tenants = typer.Typer(no_args_is_help=True, help="Tenants, and what each may use.")


def register(app: typer.Typer) -> None:
    """Add all commands to `reel`."""
    app.add_typer(catalogues, name="catalogue")
    app.add_typer(tenants, name="tenant")
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
    app.command()(search.search)
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


@tenants.command("list")
def list_tenants(as_json: AsJson = False, debug: Debug = False) -> None:
    """Show all tenants."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, opened.operator() as everybody:
            found = [tenant.model_dump(mode="json") for tenant in everybody.tenants()]
        records.table(found, _tenant_row, as_json=as_json)


@tenants.command("set")
def set_tenant(
    name: str,
    concurrency: Annotated[int | None, typer.Option(help="Most generations at once; 0: any number.")] = None,
    weight: Annotated[float | None, typer.Option(help="Its share of the machines while others wait too.")] = None,
    webhook_hosts: Annotated[
        str | None,
        typer.Option(help="Hosts that its requests may name for webhooks: a.example,*.b.example; empty: none."),
    ] = None,
    origins: Annotated[
        str | None,
        typer.Option(help="Web pages that may use the gateway in its name: https://shop.example; empty: none."),
    ] = None,
    monthly_minutes: Annotated[float | None, typer.Option(help=f"Of outputs, {OF_A_MONTH}")] = None,
    monthly_bytes: Annotated[float | None, typer.Option(help=f"Of outputs, {OF_A_MONTH}")] = None,
    monthly_pixels: Annotated[float | None, typer.Option(help=f"Of all frames, {OF_A_MONTH}")] = None,
    monthly_credits: Annotated[float | None, typer.Option(help=f"A budget, {OF_A_MONTH}")] = None,
    limit: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="A bound of its requests; NAME= for the usual one.")
    ] = None,
    file_root: Annotated[
        list[str] | None,
        typer.Option(help="A folder that its assets may lie in; `any` for all that are allowed, `none`."),
    ] = None,
    s3_root: Annotated[
        list[str] | None, typer.Option(metavar="BUCKET/PREFIX/", help="Where else they may lie; likewise.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say what a tenant may use, making it where it is new; what is not named stays as it is.

    With the first webhook hosts, the secret that signs what requests' own webhooks are sent is shown this once.
    """
    with told(debug):
        from reel.catalogue import Tenant
        from reel.cli import records

        with records.catalogue() as opened, opened.operator() as everybody:
            before = next((tenant for tenant in everybody.tenants() if tenant.id == name), None)
            known = before or Tenant(id=name, created=datetime.now(UTC))
            changed = everybody.set_tenant(
                name,
                concurrency=known.concurrency if concurrency is None else concurrency or None,
                weight=known.weight if weight is None else weight,
                webhook_hosts=known.webhook_hosts if webhook_hosts is None else _listed(webhook_hosts),
                origins=known.origins if origins is None else _listed(origins),
                monthly=quotas_of(before, (monthly_minutes, monthly_bytes, monthly_pixels, monthly_credits)),
                limits=_changed_limits(known.limits or {}, limit or ()),
                file_roots=known.file_roots if file_root is None else _roots(file_root),
                s3_roots=known.s3_roots if s3_root is None else _roots(s3_root),
            )
        document = changed.model_dump(mode="json")
        if changed.webhook_hosts:
            with records.catalogue() as opened, opened.tenant(name) as theirs:
                endpoint, new = theirs.endpoint_of_requests()
            document |= {"webhook_secret": endpoint.secret} if new else {}
        records.fields(document, as_json=as_json)


def quotas_of(before: Tenant | None, asked: Sequence[float | None]) -> Monthly:
    """What a tenant may have in a month: as it is, but for what is asked; below zero: any amount."""
    from reel.catalogue import Monthly

    now = [getattr(before, f"monthly_{name}", None) for name in Monthly._fields]
    found = [kept if new is None else None if new < 0 else new for kept, new in zip(now, asked, strict=True)]
    minutes, size, pixels, credits = found
    return Monthly(minutes, None if size is None else round(size), None if pixels is None else round(pixels), credits)


def _changed_limits(before: Mapping[str, float], given: Iterable[str]) -> dict[str, float]:
    """Limits with some set anew. Raises `InvalidRequest` for what is no `NAME=NUMBER`."""
    limits = dict(before)
    for each in given:
        name, sign, number = each.partition("=")
        limits.pop(name, None)
        try:
            limits |= {name: float(number)} if number or not sign else {}
        except ValueError:
            raise InvalidRequest.at("limit", f"{each[:80]!r} is no limit", "write clips=500") from None
    return limits


def _roots(given: Sequence[str]) -> list[str] | None:
    return None if [*given] == ["any"] else [root for root in given if root != "none"]


def _tenant_row(tenant: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tenant": tenant["id"],
        "at once": tenant["concurrency"] or "any",
        "weight": tenant["weight"],
        "webhook hosts": tenant["webhook_hosts"] or "none",
        "origins": tenant["origins"] or "none",
        "limits": ", ".join(f"{name}={most:g}" for name, most in (tenant["limits"] or {}).items()) or "usual",
        "since": tenant["created"][:10],
    }


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


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
        with records.catalogue() as opened, opened.tenant(tenant) as theirs:
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
