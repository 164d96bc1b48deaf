"""Commands for the installation's secret, with which what is secret in the catalogue is encrypted."""

from __future__ import annotations

from typing import Annotated

import typer

from reel.cli.failures import told
from reel.cli.reading import AsJson, Debug

app = typer.Typer(no_args_is_help=True, help="The installation's secret.")


@app.command("rotate")
def rotate(
    forget: Annotated[
        bool, typer.Option(help="Keep no older secret: of the file in the home; settings are yours to change.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make a new secret and encrypt anew with it what is in the catalogue; older ones still open what they have sealed.

    Where REEL_SECRET or REEL_SECRET_FILE says what it is, put a new one first there, then run this. With --forget no new one is
    made.
    """
    with told(debug):
        from reel import secrets
        from reel.cli import records

        place = "" if forget else secrets.rotate()
        with records.catalogue() as opened:
            sealed = opened.reseal()
        place = secrets.forget_older() if forget else place
        records.fields(
            {"secret": place, "encrypted_anew": sealed, "secrets": len(secrets.all_secrets())}, as_json=as_json
        )
