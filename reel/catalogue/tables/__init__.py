"""The tables. Each is a value of `values` with its keys; rows are read and written, never changed in place."""

from sqlmodel import SQLModel

from reel.catalogue import values
from reel.catalogue.tables.access import AccountRow, ApiKeyRow, EndpointRow, EventRow, FeedHeadRow, FeedRow, TransferRow
from reel.catalogue.tables.library import (
    BatchRow,
    EntryRow,
    LibraryAssetRow,
    TemplateRow,
    TemplateVersionRow,
    UploadPartRow,
    UploadRow,
)
from reel.catalogue.tables.work import (
    AssetRow,
    DeadLetterRow,
    DocumentRow,
    GenerationRow,
    OutputRow,
    PaceRow,
    ProjectRow,
    StepDocumentRow,
    StepRow,
    TenantRow,
    UsageRow,
)

__all__ = [
    "OWNED",
    "AccountRow",
    "ApiKeyRow",
    "AssetRow",
    "BatchRow",
    "DeadLetterRow",
    "DocumentRow",
    "EndpointRow",
    "EntryRow",
    "EventRow",
    "FeedHeadRow",
    "FeedRow",
    "GenerationRow",
    "LibraryAssetRow",
    "OutputRow",
    "PaceRow",
    "ProjectRow",
    "StepDocumentRow",
    "StepRow",
    "TemplateRow",
    "TemplateVersionRow",
    "TenantRow",
    "TransferRow",
    "UploadPartRow",
    "UploadRow",
    "UsageRow",
    "metadata",
]

metadata = SQLModel.metadata

OWNED: tuple[type[values.Owned], ...] = (
    ProjectRow,
    AssetRow,
    LibraryAssetRow,
    UploadRow,
    UploadPartRow,
    GenerationRow,
    StepRow,
    StepDocumentRow,
    OutputRow,
    DocumentRow,
    UsageRow,
    AccountRow,
    TransferRow,
    TemplateRow,
    TemplateVersionRow,
    BatchRow,
    EntryRow,
    DeadLetterRow,
    EndpointRow,
    EventRow,
    ApiKeyRow,
    FeedRow,
)
"""All tables but `tenant`, `pace` and `feed_head`: what each scope filters and stamps."""
