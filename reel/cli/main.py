"""The commands. What is slow to import is imported by the command that needs it, so that `reel --help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from reel import __version__
from reel.cli.failures import told

app = typer.Typer(
    help="Plan, render and probe video. Generations on many machines run as Prefect flows; see the README.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

RequestFile = Annotated[
    str,
    typer.Argument(metavar="REQUEST", help="A JSON file, or - for standard input. Its relative paths count from it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def main() -> None:
    """The entry point of the `reel` command."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reel {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def read_request(file: str) -> tuple[str, Path]:
    """The text of a request, and the folder that its relative paths count from."""
    if file == "-":
        return sys.stdin.read(), Path.cwd()
    path = Path(file)
    try:
        return path.read_text("utf-8"), path.resolve().parent
    except (OSError, UnicodeDecodeError) as error:
        typer.secho(f"{file}: cannot be read: {error}", fg="red", err=True)
        raise typer.Exit(2) from None


@app.command()
def render(
    request: RequestFile,
    as_json: AsJson = False,
    generation: Annotated[str | None, typer.Option(help="Name of the generation; default: a new one.")] = None,
) -> None:
    """Make, verify and publish all that a request asks for."""
    text, base = read_request(request)
    with told():
        from reel.cli import show
        from reel.perform.render import render as render_request

        with show.bar(hidden=as_json) as listener:
            report = render_request(text, base=base, generation=generation, listener=listener)
    typer.echo(report.model_dump_json(indent=2)) if as_json else show.report(report)


@app.command()
def plan(request: RequestFile, as_json: AsJson = False) -> None:
    """Show the steps of a request, which of them are made already, and what the rest is expected to take."""
    text, base = read_request(request)
    with told():
        from reel.cli import show
        from reel.perform.render import plan as plan_request
        from reel.perform.worker import this_worker
        from reel.plan.estimate import estimate

        worker = this_worker()
        planned = plan_request(text, base=base, worker=worker)
        made = {step.key for step in planned.steps if worker.store.find(step.key, step.kind)}
        expected = estimate(planned, made, worker.room.processors)
    if as_json:
        typer.echo(planned.model_dump_json(indent=2))
    else:
        show.plan(planned, made, expected)


@app.command()
def probe(files: Annotated[list[Path], typer.Argument(help="Media files.")], as_json: AsJson = False) -> None:
    """Show what is known of media files."""
    from reel.cli import show
    from reel.errors import ReelError
    from reel.fetch import digest
    from reel.packets.probe import probe as read_facts

    facts, failures = [], []
    for file in files:
        try:
            sha256, _ = digest(file, str(file))
            facts.append((file, read_facts(file, sha256, str(file))))
        except ReelError as error:
            failures.append(error)
    if as_json:
        typer.echo("[" + ",\n".join(found.model_dump_json(indent=2) for _, found in facts) + "]")
    elif facts:
        show.facts(facts)
    with told():
        for failure in failures[:-1]:
            typer.secho(str(failure), fg="red", err=True)
        if failures:
            raise failures[-1]


@app.command()
def schema() -> None:
    """Print the JSON Schema of requests."""
    import json

    from reel.request import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
