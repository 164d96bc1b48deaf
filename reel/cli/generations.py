"""Commands that show generations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import Limit, OfTenant
from reel.cli.reading import AsJson, Debug
from reel.errors import InvalidRequest

app = typer.Typer(no_args_is_help=True, help="Generations of all tenants.")


@app.command("list")
def list_generations(
    tenant: OfTenant = None,
    status: Annotated[str | None, typer.Option(help="In this status alone.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the newest generations."""
    with told(debug):
        from reel.catalogue import ENDED, LIVE
        from reel.cli import records

        known = next((each for each in (*LIVE, *ENDED) if each == status), None)
        if status and not known:
            raise InvalidRequest.at("--status", f"there is no {status!r}", f"say {', '.join((*LIVE, *ENDED))}")
        with records.catalogue() as opened:
            records.require_tenant(opened, tenant)
            with opened.operator() as everybody:
                found = everybody.find_generations(tenant=tenant, status=known, limit=limit)
        documents = [each.model_dump(mode="json", exclude={"report", "request"}) for each in found]
        records.table(documents, _generation_row, as_json=as_json)


@app.command("show")
def show_generation(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `reel generation list` shows it.")],
    tenant: OfTenant = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what is known of a generation: its history, steps and outputs."""
    with told(debug):
        from reel.cli import records
        from reel.store.addresses import lasting_address
        from reel.values import public_document

        with records.catalogue() as opened:
            with opened.operator() as everybody:
                found = everybody.find_generation(id_, tenant)
            with opened.tenant(found.tenant_id) as theirs:
                steps = [step.model_dump(mode="json") for step in theirs.steps(id_)]
                outputs = [
                    {**output.model_dump(mode="json"), "url": lasting_address(output.location)}
                    for output in theirs.outputs(id_)
                ]
        document = public_document(found.model_dump(mode="json"))
        if as_json:
            records.fields({**document, "steps": steps, "outputs": outputs}, as_json=True)
            return
        records.fields({**document, "report": None, "request": None}, as_json=False)
        if steps:
            records.table(steps, _step_row, as_json=False)
        if outputs:
            records.table(outputs, _output_row, as_json=False)


def _generation_row(generation: Mapping[str, Any]) -> dict[str, Any]:
    from reel.cli.records import age

    why = generation["error_class"]
    return {
        "id": generation["id"],
        "tenant": generation["tenant_id"],
        "kind": generation["kind"],
        "status": f"{generation['status']}: {why}" if why else generation["status"],
        "age": age(generation["created"]),
    }


def _step_row(step: Mapping[str, Any]) -> dict[str, Any]:
    made = "reused" if step["reused"] else step["state"]
    return {
        "operation": step["operation"],
        "step": step["title"],
        "state": made,
        "seconds": step["seconds"],
        "worker": step["worker"],
    }


def _output_row(output: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": output["name"], "bytes": output["bytes"], "location": output["url"] or output["location"]}
