"""Why something was made again."""

from __future__ import annotations

from typing import Annotated

import typer

from reel.cli.failures import told
from reel.cli.options import ForTenant
from reel.cli.reading import AsJson, Debug


def why(
    asked: Annotated[
        str, typer.Argument(metavar="KEY|OUTPUT", help="A step's key or its begin; an output: NAME or GENERATION/NAME.")
    ],
    tenant: ForTenant = "default",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say why a step or an output was made: what differs from what was last made for the same place, down to the root cause."""
    with told(debug):
        from reel.cli import records, show
        from reel.control.why import why as why_made
        from reel.plan.why import named

        with records.catalogue() as opened, records.tenant(opened, tenant) as theirs:
            found = why_made(asked, theirs)
        if as_json:
            show.json_document(found.model_dump(mode="json"))
            return
        against = f"held against {found.since}" if found.since else "nothing was done before in its place"
        had = "found in the store" if found.reused else "made"
        lines = [f"{named(found.operation, found.title)}: {had} for generation {found.generation}; {against}"]
        lines += [f"  {line}" for line in found.said] or ["  nothing differs: it was there already"]
        for line in lines:
            show.console.print(line, soft_wrap=True, markup=False, highlight=False)
