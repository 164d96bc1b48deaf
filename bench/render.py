"""Child of the bench: render `request.json` of a folder with the library; leaves `report.json` beside it."""

from __future__ import annotations

import sys
from pathlib import Path

from reel.api import render


def main(folder: Path) -> None:
    report = render((folder / "request.json").read_text(), worker=None)
    (folder / "report.json").write_text(report.model_dump_json())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
