"""`reel doctor`: whether this machine can make anything, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import typer

from reel.cli.failures import told
from reel.cli.reading import AsJson, Debug

UNUSABLE = 4
"""Exit code, as for a lack of resources."""


def doctor(as_json: AsJson = False, debug: Debug = False) -> None:
    """Look at FFmpeg and its encoders, Shaka Packager, the sandbox, disks, fonts, stores, Prefect and clocks.

    Exit code 4 where one of them is no use.
    """
    with told(debug):
        from reel.cli import records
        from reel.make.doctor import examine
        from reel.settings import settings

        found = [asdict(finding) for finding in examine(settings())]
        records.table(
            found, lambda each: {"": each["state"], "what": each["name"], "found": _found(each)}, as_json=as_json
        )
        if any(each["state"] == "bad" for each in found):
            raise typer.Exit(UNUSABLE)


def _found(finding: Mapping[str, str]) -> str:
    return finding["what"] + (f" ({finding['remedy']})" if finding["remedy"] else "")
