"""Commands for stored templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import ForTenant
from reel.cli.reading import AsJson, Debug, read_request_file

app = typer.Typer(no_args_is_help=True, help="Templates that orders name instead of bringing them along.")

Name = Annotated[str, typer.Argument(metavar="TEMPLATE", help="Its name, or its id.")]
Number = Annotated[int, typer.Argument(metavar="VERSION", help="As `reel template show` has it.")]


@app.command("add")
def add(
    name: Name,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A request of kind `template`, or -.")],
    note: Annotated[str, typer.Option(help="What is new.")] = "",
    publish: Annotated[bool, typer.Option("--publish", help="Let orders name it at once.")] = False,
    tenant: ForTenant = "default",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Keep a template, or the next version of one. Paths in it must be complete."""
    with told(debug):
        text, _ = read_request_file(file)
        from reel.cli import records
        from reel.control.templates import store
        from reel.request.read import read_json

        document = read_json(text, "template", '{"kind": "template", ...}')
        with records.catalogue() as opened, records.tenant(opened, tenant, may_be_new=True) as theirs:
            made = store(theirs, name, document, note=note, publish=publish)
        records.fields(made.model_dump(mode="json", exclude={"document", "tenant_id"}), as_json=as_json)


@app.command("list")
def list_templates(tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False) -> None:
    """Show all templates."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant, only_reads=True) as theirs:
            found = [each.model_dump(mode="json", exclude={"tenant_id"}) for each in theirs.templates()]
        records.table(found, _template_row, as_json=as_json)


@app.command("show")
def show_template(
    name: Name,
    version: Annotated[int | None, typer.Option(help="Print this version's document.")] = None,
    tenant: ForTenant = "default",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show a template's versions, and what was made from each; or the document of one."""
    with told(debug):
        from reel.cli import records

        with records.catalogue() as opened, records.tenant(opened, tenant, only_reads=True) as theirs:
            if version is not None:
                typer.echo(json.dumps(theirs.template_version(name, version).document, indent=2, ensure_ascii=False))
                return
            used = {each.version: each for each in theirs.template_usage(name)}
            found = [
                {
                    **each.model_dump(mode="json", exclude={"document", "tenant_id", "template"}),
                    "made": used[each.version].generations if each.version in used else 0,
                }
                for each in theirs.template_versions(name)
            ]
        records.table(found, _row, as_json=as_json)


@app.command("publish")
def publish_version(
    name: Name, version: Number, tenant: ForTenant = "default", as_json: AsJson = False, debug: Debug = False
) -> None:
    """Let orders name a version."""
    with told(debug):
        from reel.cli import records, show

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            theirs.publish(name, version)
        said = f"Version {version} of {name} is published."
        show.json_document({"template": name, "published": version}) if as_json else typer.echo(said)


@app.command("retire")
def retire(
    name: Name,
    version: Annotated[int | None, typer.Option(help="This one alone.")] = None,
    tenant: ForTenant = "default",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Let nothing new be made from a template, or from one of its versions."""
    with told(debug):
        from reel.cli import records, show

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            theirs.retire(name, version)
        said = f"{name} is retired." if version is None else f"Version {version} of {name} is retired."
        show.json_document({"template": name, "retired": version or "all"}) if as_json else typer.echo(said)


def _template_row(template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": template["id"],
        "name": template["name"],
        "description": template["description"],
        "state": "retired" if template["retired"] else "",
        "since": template["created"][:10],
    }


def _row(version: Mapping[str, Any]) -> dict[str, Any]:
    state = "retired" if version["retired"] else "published" if version["published"] else "draft"
    return {
        "version": version["version"],
        "state": state,
        "made": version["made"],
        "note": version["note"],
        "since": version["created"][:10],
    }
