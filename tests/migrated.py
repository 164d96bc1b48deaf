"""New catalogues for tests, copied from one that was made once: all revisions one after another take a quarter of a second."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from reel.catalogue import open_catalogue


def new_catalogue(folder: Path) -> str:
    """The URL of a catalogue in a folder, with our tables and nothing in them."""
    file = folder / "catalogue.db"
    file.touch(0o600)
    file.write_bytes(_empty())
    return f"sqlite:///{file}"


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.db")
        open_catalogue(f"sqlite:///{file}").close()
        return file.read_bytes()
