"""Documents that are named instead of given: requests and tables, wherever an asset may be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reel.control.stores import Stores
from reel.errors import InvalidRequest
from reel.fetch import fetch, locate
from reel.request.read import read_json
from reel.store import workspace

MOST_DOCUMENT_BYTES = 4 << 20
"""Of a request. Prefect's server takes half a megabyte of parameters."""


def json_object(location: str, place: str, base: Path, stores: Stores) -> dict[str, Any]:
    """The request in a file; relative paths count from `base`. Raises `ReelError` under `place`."""
    with fetched(location, place, base, stores) as path:
        size = path.stat().st_size
        if size > MOST_DOCUMENT_BYTES:
            raise InvalidRequest.at(place, f"has {size:,} bytes, and a request at most {MOST_DOCUMENT_BYTES:,}")
        text = path.read_bytes()
    return dict(read_json(text, place, '{"kind": "template", ...}'))


@contextmanager
def fetched(location: str, place: str, base: Path, stores: Stores) -> Iterator[Path]:
    """A copy of a document, which may be anywhere that an asset may be."""
    with workspace(stores.scratch) as scratch:
        fetch(locate(location, base, place), scratch / "document", place, roots=stores.roots)
        yield scratch / "document"
