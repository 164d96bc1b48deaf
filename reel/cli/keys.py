"""Commands for API keys, with which a tenant's programs use the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import ForTenant
from reel.cli.reading import AsJson, Debug
from reel.errors import InvalidRequest

app = typer.Typer(no_args_is_help=True, help="API keys, with which a tenant's programs use the gateway.")

KeyId = Annotated[str, typer.Argument(metavar="ID", help="As `reel key list` shows it.")]
NEVER_SHOWN = {"mac", "tenant_id"}


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What you call it.")],
    tenant: ForTenant = "default",
    role: Annotated[
        str, typer.Option(help="viewer, member, owner; or operator, whose keys are the installation's.")
    ] = "member",
    scope: Annotated[
        list[str] | None, typer.Option(help="Good for this alone (`generations:read`); may be given several times.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Good for so many days; default: for ever.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make a key. It is shown this once."""
    with told(debug):
        from reel.catalogue import INSTALLATION, ROLES, NewApiKey
        from reel.cli import records
        from reel.control.keys import issue
        from reel.secrets import derived

        known = next((each for each in ROLES if each == role), None)
        if known is None:
            raise InvalidRequest.at("--role", f"there is no {role!r}", f"say {', '.join(ROLES)}")
        expires = datetime.now(UTC) + timedelta(days=days) if days else None
        new = NewApiKey(name=name, role=known, scopes=scope or None, expires=expires)
        whose = INSTALLATION if known == "operator" else tenant
        with records.catalogue() as opened, records.tenant(opened, whose, may_be_new=True) as theirs:
            issued = issue(theirs, new, derived("api-key"))
        _show(issued.record.model_dump(mode="json", exclude=NEVER_SHOWN), issued.key, as_json=as_json)


@app.command("list")
def list_keys(tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Show a tenant's keys, but for the keys themselves; those of operators with `--tenant -`."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            found = [key.model_dump(mode="json", exclude=NEVER_SHOWN) for key in theirs.api_keys()]
        records.table(found, _row, as_json=as_json)


@app.command("rotate")
def rotate(
    id_: KeyId,
    tenant: ForTenant = "default",
    hours: Annotated[float, typer.Option(min=0, help="How long the old one is good yet.")] = 24.0,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make a key in the place of another, and show it this once."""
    with told(debug):
        from reel.cli import records
        from reel.control import keys
        from reel.secrets import derived

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            issued = keys.rotate(theirs, id_, derived("api-key"), datetime.now(UTC), timedelta(hours=hours))
        _show(issued.record.model_dump(mode="json", exclude=NEVER_SHOWN), issued.key, as_json=as_json)


@app.command("revoke")
def revoke(id_: KeyId, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Refuse a key from now on."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            revoked = theirs.revoke_key(id_)
        records.fields(revoked.model_dump(mode="json", exclude=NEVER_SHOWN), as_json=as_json)


def _show(key: Mapping[str, Any], secret: str, *, as_json: bool) -> None:
    from reel.cli import records

    records.fields({**key, "key": secret}, as_json=as_json)


def _row(key: Mapping[str, Any]) -> dict[str, Any]:
    ended = "revoked" if key["revoked"] else f"until {key['expires'][:16]}" if key["expires"] else "good"
    return {
        "id": key["id"],
        "name": key["name"],
        "role": key["role"],
        "for": key["scopes"] or "all",
        "state": ended,
        "last used": (key["last_used"] or "never")[:16],
    }
