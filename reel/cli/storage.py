"""Commands about where outputs lie: into an archive and back, their addresses, and the rules of buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import OfTenant
from reel.cli.reading import AsJson, Debug
from reel.errors import InvalidRequest

if TYPE_CHECKING:
    from reel.catalogue import Generation as DeliveredGeneration
    from reel.control.archiving import Holdings
    from reel.store import ObjectStore

app = typer.Typer(no_args_is_help=True, help="Where outputs lie: archives, addresses, rules of buckets.")

Generation = Annotated[str, typer.Argument(metavar="GENERATION", help="Its id.")]
SPEEDS = ("Bulk", "Standard", "Expedited")


@app.command("show")
def show(generation: Generation, tenant: OfTenant = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show the storage class of each output of a generation, and whether it can be read."""
    with told(debug):
        from reel.cli import records
        from reel.control.archiving import delivered, holdings
        from reel.control.stores import these_stores

        with records.catalogue() as opened:
            found = delivered(opened, generation, tenant)
        _tell(holdings(these_stores().outputs, found), as_json=as_json)


@app.command("archive")
def archive(generation: Generation, tenant: OfTenant = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """Move a generation's videos and sound into the cold storage class (REEL_TIER_COLD)."""
    with told(debug):
        from reel.cli import records
        from reel.control import archiving
        from reel.control.stores import these_stores, tier_of
        from reel.settings import settings

        outputs = _with_classes(these_stores().outputs)
        tier = tier_of(settings(), "cold")
        with records.catalogue() as opened:
            found = archiving.delivered(opened, generation, tenant)
        _tell(archiving.archive(outputs, found, tier), as_json=as_json)


@app.command("restore")
def restore(
    generation: Generation,
    tenant: OfTenant = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it can be read; default: REEL_RESTORE_DAYS.")
    ] = None,
    speed: Annotated[str, typer.Option(help=f"{', '.join(SPEEDS)}: within 48, 12 and hardly an hour.")] = "Standard",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Ask for what is archived of a generation to be readable; again later, it tells what is by now."""
    with told(debug):
        from reel.cli import records
        from reel.control import archiving
        from reel.control.stores import these_stores
        from reel.settings import settings

        if speed not in SPEEDS:
            raise InvalidRequest.at("--speed", f"there is no {speed!r}", f"say {', '.join(SPEEDS)}")
        outputs = _with_classes(these_stores().outputs)
        kept = archiving.restore_days(settings(), days)
        with records.catalogue() as opened:
            found = archiving.delivered(opened, generation, tenant)
        restored = archiving.restore(outputs, found, kept, speed)  # type: ignore[arg-type]
        _tell(restored, as_json=as_json)


@app.command("url")
def url(
    generation: Generation,
    name: Annotated[str, typer.Argument(help="Of the output: variant-001.mp4.")],
    tenant: OfTenant = None,
    seconds: Annotated[int, typer.Option(min=1, max=604_800, help="How long a signed address holds.")] = 86_400,
    download: Annotated[bool, typer.Option("--download", help="A browser saves it instead of showing it.")] = False,
    debug: Debug = False,
) -> None:
    """Print an address to read an output by."""
    with told(debug):
        from reel.cli import records
        from reel.store import address_of

        with records.catalogue() as opened:
            with opened.operator() as everybody:
                found = everybody.find_generation(generation, tenant)
            with opened.tenant(found.tenant_id) as theirs:
                known = {output.name: output.location for output in theirs.outputs(generation)}
        if name not in known:  # such as the report, which the catalogue has as a document
            known |= _lying(found)
        if name not in known:
            raise InvalidRequest.at(
                "NAME", f"there is no output {name!r}", f"say one of {', '.join(sorted(known)[:10])}"
            )
        typer.echo(address_of(known[name], seconds, download=download).url)


@app.command("cookies")
def cookies(
    generation: Generation,
    tenant: OfTenant = None,
    seconds: Annotated[int, typer.Option(min=1, help="How long they hold.")] = 86_400,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print CloudFront cookies that open all outputs of a generation, as a player of its packages needs them."""
    with told(debug):
        from reel.cli import records
        from reel.store import tenant_prefix
        from reel.store.addresses import cookies_for

        with records.catalogue() as opened, opened.operator() as everybody:
            found = everybody.find_generation(generation, tenant)
        signed = cookies_for(tenant_prefix(found.tenant_id, found.id), seconds)
        if as_json:
            records.fields(signed, as_json=True)
        else:
            typer.echo("\n".join(f"Set-Cookie: {key}={value}; Secure; HttpOnly" for key, value in signed.items()))


@app.command("lifecycle")
def lifecycle(
    apply: Annotated[bool, typer.Option("--apply/--check", help="Write the rules, or only compare them.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Hold the lifecycle rules of our buckets against those that the settings ask for; exit code 4 where they differ."""
    with told(debug):
        from reel.cli import records
        from reel.control.stores import these_stores
        from reel.control.tier_rules import apply_rules, check_rules
        from reel.settings import settings

        if apply:
            apply_rules(these_stores(), settings())
        found = check_rules(these_stores(), settings())
        rows = {where: "; ".join(faults) or "as it should be" for where, faults in found.items()}
        records.fields(found if as_json else rows, as_json=as_json)
    if any(found.values()):
        raise typer.Exit(4)


def _lying(generation: DeliveredGeneration) -> dict[str, str]:
    """Where all lies that `reel storage show` lists, by name."""
    from reel.control.archiving import holdings
    from reel.control.stores import these_stores
    from reel.store import tenant_prefix

    outputs, prefix = these_stores().outputs, tenant_prefix(generation.tenant_id, generation.id)
    return {each.name: outputs.where(prefix + each.name) for each in holdings(outputs, generation).outputs}


def _with_classes(outputs: ObjectStore) -> ObjectStore:
    """A store of which anything can be archived. Raises `InvalidRequest` for a folder: nothing of it would be moved."""
    from reel.store import LocalObjects

    if isinstance(outputs, LocalObjects):
        raise InvalidRequest.at("REEL_OUTPUTS", "is a folder, and has no storage classes", "name a bucket: s3://...")
    return outputs


def _tell(holdings: Holdings, *, as_json: bool) -> None:
    from reel.cli import records

    document = holdings.model_dump(mode="json")
    if as_json:
        records.fields(document, as_json=True)
        return
    records.table(document["outputs"], _row, as_json=False)
    records.fields({"status": document["status"]}, as_json=False)


def _row(output: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "output": output["name"],
        "bytes": f"{output['bytes']:,}",
        "class": output["tier"] or "usual",
        "can be read": {"ready": "yes", "restored": "for some days"}.get(
            output["availability"], output["availability"]
        ),
    }
