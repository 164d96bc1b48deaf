"""Published outputs for other systems: one document each, with addresses of its files, in an order that does not change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from reel.catalogue import Described, Page
from reel.control.telling import ADDRESS_LIFE
from reel.search import OutputDocument
from reel.search.document import DocumentFile
from reel.store import address_of
from reel.store.content_types import content_type


class ExportedFile(DocumentFile):
    """A published file, with an address to read it by."""

    content_type: str
    url: str
    expires: datetime | None
    """Until when the address can be used; null: for as long as the file is there."""


class ExportedOutput(OutputDocument):
    """One published output, as it is exported: all fields are always there. Its form has the version of its document."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    format: Literal["reelflow.output"] = "reelflow.output"
    tenant: str
    published: datetime
    """When its generation was done."""
    noted: datetime
    """When this document was written: again, where it was built again."""
    cursor: str
    """What `--after` takes to go on behind this one."""
    files: tuple[ExportedFile, ...]


def exported(described: Described, now: datetime) -> ExportedOutput:
    """A document for export. Errors: those of signing, where the store's credentials are missing."""
    document = OutputDocument.model_validate(described.document)
    return ExportedOutput(
        **{name: getattr(document, name) for name in OutputDocument.model_fields if name != "files"},
        tenant=described.tenant_id,
        published=described.published,
        noted=described.noted,
        cursor=described.cursor,
        files=tuple(_addressed(file, now) for file in document.files),
    )


def _addressed(file: DocumentFile, now: datetime) -> ExportedFile:
    url, expires = address_of(file.location, int(ADDRESS_LIFE.total_seconds()))
    return ExportedFile(
        **dict(file), content_type=content_type(file.name), url=url, expires=now + ADDRESS_LIFE if expires else None
    )


def all_pages(page: Callable[[str | None], Page], after: str | None = None) -> Iterator[Described]:
    """All that an answer holds, page by page: `page` gets the cursor after which it begins."""
    while True:
        found = page(after)
        yield from found.found
        if not found.more:
            return
        after = found.found[-1].cursor
