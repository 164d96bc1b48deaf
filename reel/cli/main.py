"""The commands. What is slow to import is imported by the command that needs it, so that `reel --help` is quick."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from reel import __version__
from reel.cli import doctor, operate, regenerate
from reel.cli.failures import exit_code_for, tell, told
from reel.cli.reading import AsJson, Debug, read_request_file
from reel.errors import ReelError

app = typer.Typer(
    help="Plan, render and probe video. Generations on many machines run as Prefect flows; see the README.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

UNRECORDED = """Not in the catalogue: `reel generation` does not list it, no webhook tells of
it, and its files stay until you remove them."""

RequestFile = Annotated[
    str,
    typer.Argument(metavar="REQUEST", help="A JSON file, or - for standard input. Its relative paths count from it."),
]


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


@app.command()
def render(
    request: RequestFile,
    as_json: AsJson = False,
    generation: Annotated[str | None, typer.Option(help="Name of the generation; default: a new one.")] = None,
    debug: Debug = False,
) -> None:
    """Make, verify and publish all that a request asks for, here and now; neither catalogue nor webhooks hear of it.

    Exit codes: 0 done, 2 invalid request, 3 bad media, 4 a lack of resources or a passing failure, 5 internal, 130 interrupted.
    """
    with told(debug):
        text, base = read_request_file(request)
        from reel.cli import show
        from reel.generate.render import render as render_request
        from reel.make.worker import this_worker

        worker = this_worker()  # what is wrong with a setting is said before a bar begins
        with show.bar(hidden=as_json) as listener:
            report = render_request(text, base=base, generation=generation, listener=listener, worker=worker)
        typer.echo(report.model_dump_json(indent=2)) if as_json else show.report(report)
        typer.secho(UNRECORDED, err=True)


@app.command()
def estimate(request: RequestFile, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show what a request would take that is not made yet: time, processors, bytes and cost, by what such steps took here."""
    with told(debug):
        text, base = read_request_file(request)
        from reel.cli import show
        from reel.generate.render import forecast as forecast_of
        from reel.make.worker import this_worker

        forecast = forecast_of(text, base=base, worker=this_worker())
        if as_json:
            show.json_document(forecast.expected.model_dump(mode="json"))
        else:
            show.estimate(forecast.expected)


@app.command()
def plan(request: RequestFile, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show the steps of a request, which of them are made already, and what the rest is expected to take."""
    with told(debug):
        text, base = read_request_file(request)
        from reel.cli import show
        from reel.generate.render import forecast as forecast_of
        from reel.make.worker import this_worker

        forecast = forecast_of(text, base=base, worker=this_worker())
        planned, made, expected = forecast.plan, forecast.present, forecast.expected
        if as_json:
            show.json_document(
                {
                    "estimate": expected.model_dump(mode="json"),
                    "made": sorted(made),
                    "plan": planned.model_dump(mode="json"),
                }
            )
        else:
            show.plan(planned, made, expected)


@app.command()
def probe(
    files: Annotated[list[Path], typer.Argument(help="Media files.")], as_json: AsJson = False, debug: Debug = False
) -> None:
    """Show what is known of media files."""
    with told(debug):
        from reel.cli import show
        from reel.fetch import LocalFile, file_digest
        from reel.packets.probe import probe as read_facts

        found, failures = [], []
        for file in files:
            try:
                sha256, _ = file_digest(LocalFile(file), str(file))
                found.append((file, read_facts(file, sha256, str(file))))
            except ReelError as error:
                tell(error)
                failures.append(error)
        if as_json:
            show.json_document([{"file": str(file), **facts.model_dump(mode="json")} for file, facts in found])
        elif found:
            show.facts(found)
        if failures:
            raise typer.Exit(max(map(exit_code_for, failures)))


@app.command()
def scenes(
    files: Annotated[list[str], typer.Argument(help="Videos: files, or what else an asset may be.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the scenes of videos: the clips that a mixer makes of one with `"split": "scenes"`. What was looked at is kept."""
    with told(debug):
        from reel.cli import show
        from reel.find.scene_analysis import scenes_in
        from reel.make.worker import this_worker

        found, failures = [], []
        for file in files:
            try:
                found.append((file, *scenes_in(file, Path.cwd(), this_worker())))
            except ReelError as error:
                tell(error)
                failures.append(error)
        if as_json:
            show.json_document([{"file": file, **scenes.document(facts.duration)} for file, facts, scenes in found])
        else:
            show.scenes(found)
        if failures:
            raise typer.Exit(max(map(exit_code_for, failures)))


@app.command()
def schema(
    kind: Annotated[str | None, typer.Argument(help="Of requests of this kind; default: of all.")] = None,
    debug: Debug = False,
) -> None:
    """Print the JSON Schema of requests."""
    with told(debug):
        from reel.kinds import json_schema

        typer.echo(json.dumps(json_schema(kind), indent=2))


app.command()(doctor.doctor)
app.command()(regenerate.regenerate)
app.command("dry-run")(regenerate.dry_run)
operate.register(app)
