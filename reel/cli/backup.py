"""Commands about backups of the catalogue and of the list of outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from reel.cli.failures import told
from reel.cli.reading import AsJson, Debug

app = typer.Typer(no_args_is_help=True, help="Backups of the catalogue and of the list of outputs.")

Id = Annotated[str, typer.Argument(metavar="[BACKUP]", help="Its id; default: the newest.")]

SecretLost = Annotated[
    bool,
    typer.Option(
        "--secret-lost",
        help="Restore although REEL_SECRET is another than that of the backup: what it has encrypted is never read again.",
    ),
]


@app.command("make")
def make(as_json: AsJson = False, debug: Debug = False) -> None:
    """Back up now. The deployment `backup` does so every night."""
    with told(debug):
        from datetime import UTC, datetime

        from reel.cli import records
        from reel.control.backups import make_backup
        from reel.control.stores import these_backups, these_stores
        from reel.settings import settings

        stores, config = these_stores(), settings()
        with records.catalogue() as opened:
            made = make_backup(
                opened, stores.outputs, these_backups(), stores.scratch, datetime.now(UTC), config.keep_backups
            )
        records.fields(made.model_dump(mode="json") if as_json else _row(made.model_dump(mode="json")), as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False, debug: Debug = False) -> None:
    """Show all backups, the newest first."""
    with told(debug):
        from reel.cli import records
        from reel.control.backups import all_backups
        from reel.control.stores import these_backups
        from reel.settings import settings

        found = all_backups(these_backups(), settings().scratch_folder)
        records.table([each.model_dump(mode="json") for each in found], _row, as_json=as_json)


@app.command("restore")
def restore(backup: Id = "", secret_lost: SecretLost = False, as_json: AsJson = False, debug: Debug = False) -> None:
    """Fill an empty catalogue (REEL_CATALOGUE) with a backup's records; one that holds any is refused."""
    with told(debug):
        from reel.cli import records
        from reel.control.backups import find_backup, restore_catalogue
        from reel.control.stores import these_backups
        from reel.settings import settings

        backups, scratch = these_backups(), settings().scratch_folder
        found = find_backup(backups, scratch, backup)
        with records.catalogue() as opened:
            rows = restore_catalogue(found, backups, opened, scratch, secret_lost)
        records.fields({"backup": found.id, **rows}, as_json=as_json)


@app.command("verify")
def verify(backup: Id = "", as_json: AsJson = False, debug: Debug = False) -> None:
    """Look whether a backup is whole, and for all outputs that it lists; exit code 4 where it is damaged, or where an output
    is missing or of another size."""
    with told(debug):
        from reel.cli import records
        from reel.control.backups import find_backup, verify_backup
        from reel.control.stores import these_backups, these_stores
        from reel.settings import settings

        backups, scratch = these_backups(), settings().scratch_folder
        found = find_backup(backups, scratch, backup)
        verified = verify_backup(found, backups, these_stores().outputs, scratch)
        records.fields(verified.model_dump(mode="json"), as_json=as_json)
    if verified.missing or verified.changed:
        raise typer.Exit(4)


def _row(backup: Mapping[str, Any]) -> dict[str, Any]:
    from reel.cli.records import age

    return {
        "id": backup["id"],
        "age": age(backup["at"]),
        "generations": backup["rows"].get("generation", 0),
        "outputs": backup["outputs"],
        "bytes of outputs": f"{backup['output_bytes']:,}",
    }
