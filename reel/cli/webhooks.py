"""Commands for webhooks: where a tenant wants to hear of its generations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from reel.cli.failures import told
from reel.cli.options import ForTenant, Limit, OfTenant
from reel.cli.reading import AsJson, Debug

app = typer.Typer(no_args_is_help=True, help="Where tenants hear of their generations.")

EventState = Literal["pending", "delivered", "dead"]
"""As the catalogue has it, which is not read for `--help`."""
EndpointId = Annotated[str, typer.Argument(metavar="ID", help="As `reel webhook list` shows it.")]
SECRETS = {"secret", "previous_secret"}


@app.command("add")
def add(
    url: str,
    tenant: ForTenant = "default",
    event: Annotated[list[str] | None, typer.Option(help="Send this type alone; may be given several times.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Send a tenant's events to a URL from now on. The secret to verify them with is shown this once."""
    with told(debug):
        from reel.cli import records
        from reel.control.endpoints import add_endpoint

        with records.catalogue() as opened, records.tenant(opened, tenant, may_be_new=True) as theirs:
            made = add_endpoint(theirs, url, event)  # type: ignore[arg-type]
        records.fields(made.model_dump(mode="json", exclude={"previous_secret"}), as_json=as_json)


@app.command("list")
def list_endpoints(tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Show a tenant's endpoints."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            found = [_shown(endpoint.model_dump(mode="json", exclude=SECRETS)) for endpoint in theirs.endpoints()]
        records.table(found, _endpoint_row, as_json=as_json)


@app.command("disable")
def disable(id_: EndpointId, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Send nothing more, not even what waits."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            changed = theirs.disable_endpoint(id_)
        records.fields(_shown(changed.model_dump(mode="json", exclude=SECRETS)), as_json=as_json)


@app.command("enable")
def enable(id_: EndpointId, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Send again, beginning with what waits."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            changed = theirs.enable_endpoint(id_)
        records.fields(_shown(changed.model_dump(mode="json", exclude=SECRETS)), as_json=as_json)


@app.command("rotate")
def rotate(id_: EndpointId, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Make a new secret, and show it this once. The old one signs too for another day."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            changed = theirs.rotate_secret(id_)
        records.fields(changed.model_dump(mode="json", exclude={"previous_secret"}), as_json=as_json)


@app.command("events")
def events(generation: str, tenant: OfTenant = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show what was sent about a generation, or is to be."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened:
            with opened.operator() as everybody:
                owner = everybody.find_generation(generation, tenant).tenant_id
            with opened.tenant(owner) as theirs:
                found = [_shown(event.model_dump(mode="json")) for event in theirs.events(generation)]
        records.table(found, _event_row, as_json=as_json)


@app.command("deliveries")
def deliveries(
    id_: EndpointId,
    tenant: ForTenant = "default",
    state: Annotated[
        EventState | None, typer.Option(help="Those alone that wait, were taken, or were given up.")
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what an endpoint was sent, or is to be, the newest first."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant, only_reads=True) as theirs:
            found = [_shown(event.model_dump(mode="json")) for event in theirs.deliveries(id_, state, limit=limit)]
        records.table(found, _delivery_row, as_json=as_json)


@app.command("redeliver")
def redeliver(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="As `reel webhook deliveries ID` shows it.")],
    tenant: ForTenant = "default",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Have an event sent again, whatever became of it, under the same id. A worker does so within seconds."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            again = theirs.redeliver(event)
        records.fields(_shown(again.model_dump(mode="json", exclude={"payload", "tries"})), as_json=as_json)


@app.command("test")
def test(id_: EndpointId, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Post an event of type `webhook.test` now, and show what came of it. Exit code 4 where it was not taken."""
    with told(debug):
        from datetime import UTC, datetime

        from reel.catalogue import Accepted
        from reel.cli import records
        from reel.control import webhooks

        with records.catalogue() as opened, records.tenant(opened, tenant, only_reads=True) as theirs:
            endpoint = theirs.endpoint(id_)
        outcome, seconds = webhooks.try_out(endpoint, datetime.now(UTC))
        error = None if isinstance(outcome, Accepted) else outcome.error
        document = {"id": id_, "accepted": error is None, "error": error, "seconds": round(seconds, 3)}
        records.fields(document, as_json=as_json)
        if error is not None:
            raise typer.Exit(4)


def _shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """An endpoint or an event, its address without what is secret."""
    from reel.values import public_host

    return {**document, "url": document["url"] and public_host(document["url"])}


def _endpoint_row(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    sends = ", ".join(map(_short, endpoint["events"] or ())) or "all"
    return {
        "id": endpoint["id"],
        "url": endpoint["url"] or "each request's own",
        "events": "none, disabled" if endpoint["disabled"] else sends if endpoint["url"] else "what it asks for",
    }


def _event_row(event: Mapping[str, Any]) -> dict[str, Any]:
    from reel.cli.records import age

    return {
        "type": _short(event["type"]),
        "endpoint": event["endpoint"],
        "what became of it": _fate(event),
        "age": age(event["created"]),
    }


def _delivery_row(event: Mapping[str, Any]) -> dict[str, Any]:
    from reel.cli.records import age

    return {
        "event": event["id"],
        "type": _short(event["type"]),
        "what became of it": _fate(event),
        "age": age(event["created"]),
    }


def _fate(event: Mapping[str, Any]) -> str:
    tried = f" at attempt {event['attempts']}" if event["attempts"] else ""
    to = f" to {event['url']}" if event["url"] else ""  # a request's own, of which there are several
    why = f": {event['last_error']}" if event["last_error"] else ""
    return f"{event['state']}{tried}{to}{why}"


def _short(type_: str) -> str:
    return type_.removeprefix("generation.")
