"""Commands for dead letters: what was given up on."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.options import Limit, OfTenant
from reel.cli.reading import AsJson, Debug

app = typer.Typer(no_args_is_help=True, help="What was given up on: look into it, try it again, or drop it.")

Letter = Annotated[str, typer.Argument(metavar="ID", help="As `reel dead list` shows it.")]


@app.command("list")
def list_letters(
    tenant: OfTenant = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that were replayed or dropped.")] = False,
    limit: Limit = 20,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the newest dead letters that are open."""
    with told(debug):
        from reel.cli import records

        state = None if every else "open"
        with records.catalogue() as opened:
            records.require_tenant(opened, tenant)
            with opened.operator() as everybody:
                letters = everybody.find_dead_letters(tenant=tenant, state=state, limit=limit)  # type: ignore[arg-type]
        found = [
            {**letter.model_dump(mode="json"), "what": "; ".join(_by_place(letter.problems, letter.title))}
            for letter in letters
        ]
        records.table(found, _row, as_json=as_json)


@app.command("show")
def show_letter(
    id_: Letter,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for its pictures: what was asked for beside what was made.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show all that is known of a failure: where, what, the command as a line for a shell, and the end of its output."""
    with told(debug):
        from reel.cli import records
        from reel.control.dead_letters import dead_letter

        with records.catalogue() as opened:
            letter = dead_letter(opened, id_)
        document = letter.model_dump(mode="json")
        held = letter.inputs.get("pictures", [])
        for number, picture in enumerate(held if pictures else ()):
            (pictures or Path()).joinpath(f"{id_}-{number}.jpg").write_bytes(base64.b64decode(picture))
        if not as_json:
            document["pictures"] = len(held) or None
            problems = [f"{each['place']}: {each['what']} {_remedy(each)}".strip() for each in letter.problems]
            document["problems"] = "; ".join(problems)
            document["argv"] = shlex.join(letter.argv or ())
            document["inputs"] = letter.inputs.get("steps")
            document["stderr_tail"] = f"\n{letter.stderr_tail}" if letter.stderr_tail else None
        records.fields(document, as_json=as_json)


@app.command("replay")
def replay_letter(id_: Letter, as_json: AsJson = False, debug: Debug = False) -> None:
    """Queue the request again. A worker starts it within a minute, from what is in the store."""
    with told(debug):
        from reel.cli import records
        from reel.control.dead_letters import replay

        with records.catalogue() as opened:
            new = replay(opened, id_)
        records.fields({"generation": new.id, "tenant": new.tenant_id, "status": new.status}, as_json=as_json)


@app.command("drop")
def drop_letter(id_: Letter, as_json: AsJson = False, debug: Debug = False) -> None:
    """Close a dead letter for good."""
    with told(debug):
        from reel.cli import records
        from reel.control.dead_letters import dead_letter, drop

        with records.catalogue() as opened:
            drop(opened, id_)
            letter = dead_letter(opened, id_)
        records.fields({"dead_letter": id_, "state": letter.state}, as_json=as_json)


def _row(letter: Mapping[str, Any]) -> dict[str, Any]:
    from reel.cli.records import age

    state = "" if letter["state"] == "open" else f" ({letter['state']})"
    where = f"{letter['title']}: " if letter["title"] else ""
    return {
        "id": letter["id"],
        "tenant": letter["tenant_id"],
        "what": f"{letter['error_class']}{state}: {where}{letter['what']}",
        "age": age(letter["created"]),
    }


def _by_place(problems: Sequence[Mapping[str, str]], title: str | None) -> Iterator[str]:
    """What is wrong, once each, after the fields that it is wrong with, but for the step's own `title`."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        places.setdefault(problem["what"], []).append(problem["place"])
    for what, where in places.items():
        named = ", ".join(place for place in where if place not in ("", title))
        yield f"{named}: {what}" if named else what


def _remedy(problem: dict[str, str]) -> str:
    return f"({problem['remedy']})" if problem.get("remedy") else ""
