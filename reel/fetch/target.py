"""The file that an asset is written to: whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reel.disk import disk_errors


@contextmanager
def written(to: Path, needed: int = 0) -> Iterator[IO[bytes]]:
    """The new file, open for writing; gone after an error. `needed` and errors: as `disk_errors` of its folder."""
    try:
        with disk_errors(to.parent, needed), to.open("wb") as target:
            yield target
    except BaseException:
        to.unlink(missing_ok=True)
        raise
