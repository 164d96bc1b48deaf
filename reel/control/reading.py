"""Documents that are named instead of given: requests and tables, wherever an asset may be.

shelf = Shelf("acme", catalogue, base, stores)
with shelf.fetched("asset:ast_0a1b...", "source.rows") as path: ...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reel.catalogue import Catalogue, LibraryAsset
from reel.control.naming import why_not
from reel.control.stores import Stores, this_library
from reel.errors import BadMedia, InvalidRequest
from reel.fetch import KeptAsset, fetch, locate
from reel.request.read import read_json
from reel.store import workspace

MOST_DOCUMENT_BYTES = 4 << 20
"""Of a request. Prefect's server takes half a megabyte of parameters."""
MOST_KEPT_BYTES = 16_000_000
"""Of a document of the library: as much as a table may have that stands in its order."""


@dataclass(frozen=True)
class Shelf:
    """Where a tenant's documents are read from. Errors of all: `ReelError` under `place`, the field that names one."""

    tenant: str
    catalogue: Catalogue
    base: Path
    """What relative paths count from."""
    stores: Stores

    def json_object(self, location: str, place: str) -> dict[str, Any]:
        """The request in a file."""
        with self.fetched(location, place) as path:
            _require_few(path.stat().st_size, MOST_DOCUMENT_BYTES, place, "a request")
            text = path.read_bytes()
        return dict(read_json(text, place, '{"kind": "template", ...}'))

    @contextmanager
    def fetched(self, location: str, place: str) -> Iterator[Path]:
        """A copy of a document, which may be anywhere that an asset may be."""
        with workspace(self.stores.scratch) as scratch:
            path = scratch / "document"
            if kept := self.kept(location, place):
                _take_out(kept, path, place)
            else:
                fetch(locate(location, self.base, place), path, place, roots=self.stores.roots)
            yield path

    def kept(self, location: str, place: str) -> LibraryAsset | None:
        """The asset of the tenant's library that is named; null where none of a library is."""
        source = locate(location, self.base, place)
        if not isinstance(source, KeptAsset):
            return None
        with self.catalogue.tenant(self.tenant, only_reads=True) as records:
            found = records.library_assets([source.id]).get(source.id)
        if problem := why_not(found, source.id, place):
            raise InvalidRequest(problem)
        return found


def _take_out(kept: LibraryAsset, to: Path, place: str) -> None:
    _require_few(kept.bytes or 0, MOST_KEPT_BYTES, place, "a document of the library")
    if this_library().stat(str(kept.object)) is None:
        raise BadMedia.at(place, f"the bytes of asset {kept.id} are not in the library any more", "upload it again")
    this_library().get(str(kept.object), to)


def _require_few(size: int, most: int, place: str, what: str) -> None:
    if size > most:
        raise InvalidRequest.at(place, f"has {size:,} bytes, and {what} at most {most:,}")
