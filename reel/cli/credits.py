"""Commands for credits: what tenants have, what they were given, and every transfer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import Limit
from reel.cli.reading import AsJson, Debug

app = typer.Typer(no_args_is_help=True, help="What tenants pay for generations with.")


@app.command("grant")
def grant(
    tenant: str,
    credits: Annotated[float, typer.Argument(help="How many; below zero (after --): taken back.")],
    free: Annotated[bool, typer.Option("--free", help="A present: nobody has paid for them.")] = False,
    key: Annotated[str | None, typer.Option(help="Of the payment: the same one counts once.")] = None,
    note: Annotated[str, typer.Option(help="For people: an invoice, a reason.")] = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Give a tenant credits."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant, may_be_new=True) as theirs:
            given, is_new = theirs.grant(credits, bought=not free, key=key, note=note)
            left = theirs.balances()
        if not is_new:
            said = f"Nothing was given now: {given.id!r} counted already, on {given.created:%Y-%m-%d at %H:%M} (UTC)."
            typer.secho(said, fg="yellow", err=True)
        document = {"tenant": tenant, "transfer": given.id, "is_new": is_new, **left.model_dump(mode="json")}
        records.fields(document, as_json=as_json)


@app.command("show")
def show_credits(tenant: str, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show what a tenant has, what is put aside, and what it spent."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            found = {"tenant": tenant, **theirs.balances().model_dump(mode="json")}
            found |= {"monthly_credits": theirs.tenant_as_it_is().monthly_credits}
        records.fields(found, as_json=as_json)


@app.command("ledger")
def ledger(
    tenant: str,
    generation: Annotated[str | None, typer.Option(help="Of this one alone.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show a tenant's transfers, newest first: each takes from one account what it gives to another."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            found = [each.model_dump(mode="json") for each in theirs.transfers(generation=generation, limit=limit)]
        records.table(found, _row, as_json=as_json)


def _row(transfer: Mapping[str, Any]) -> dict[str, Any]:
    from reel.catalogue import credits_of

    return {
        "when": transfer["created"][:19],
        "credits": f"{credits_of(transfer['amount']):.6f}",
        "from": transfer["debited"],
        "to": transfer["credited"],
        "why": transfer["reason"],
        "for": transfer["generation"] or transfer["note"] or transfer["id"],
    }
