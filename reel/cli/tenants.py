"""Commands for tenants: who there is, and what each may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.reading import AsJson, Debug
from reel.errors import InvalidRequest

if TYPE_CHECKING:
    from reel.catalogue import Monthly, Tenant

OF_A_MONTH = "in a calendar month; below 0: any number."

app = typer.Typer(no_args_is_help=True, help="Tenants, and what each may use.")


@app.command("list")
def list_tenants(as_json: AsJson = False, debug: Debug = False) -> None:
    """Show all tenants."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, opened.operator() as everybody:
            found = [tenant.model_dump(mode="json") for tenant in everybody.tenants()]
        records.table(found, _tenant_row, as_json=as_json)


@app.command("set")
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

        if concurrency is not None and concurrency < 0:
            raise InvalidRequest.at("--concurrency", f"{concurrency} is less than 0", "say 0 for any number")
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
