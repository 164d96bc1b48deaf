"""The tables. Each is a value of `values` with its keys; rows are read and written, never changed in place."""

from __future__ import annotations

from pydantic import ConfigDict
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from reel.catalogue import assets, batch_values, credentials, documents, live, money, stored, values

metadata = SQLModel.metadata

_ROW = ConfigDict(frozen=False, extra="ignore")
"""SQLAlchemy fills a row field by field."""


def _of_tenant(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=f"{table}_tenant")


def _of_generation(table: str) -> ForeignKeyConstraint:
    """With the tenant in the key: nothing can belong to another tenant's generation, whatever the code does."""
    parent = ["generation.tenant_id", "generation.id"]
    return ForeignKeyConstraint(["tenant_id", "generation"], parent, name=f"{table}_generation", ondelete="CASCADE")


def _of(table: str, columns: list[str], parent: str, keys: list[str]) -> ForeignKeyConstraint:
    """It ends with what it belongs to."""
    referred = [f"{parent}.{key}" for key in keys]
    return ForeignKeyConstraint(columns, referred, name=f"{table}_{parent}", ondelete="CASCADE")


class TenantRow(values.Tenant, table=True):
    __tablename__ = "tenant"
    model_config = _ROW  # type: ignore[assignment]


class PaceRow(values.Pace, table=True):
    # Of the installation: what each tenant's generations teach, all others' estimates use.
    __tablename__ = "pace"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (Index("pace_touched", "touched"),)


class ProjectRow(values.Project, table=True):
    __tablename__ = "project"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_tenant("project"),)


class AssetRow(values.AssetRecord, table=True):
    __tablename__ = "asset"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_tenant("asset"),)


class LibraryAssetRow(assets.LibraryAsset, table=True):
    __tablename__ = "library_asset"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_tenant("library_asset"),
        Index("library_asset_created", "tenant_id", "created", "id"),
        Index("library_asset_folder", "tenant_id", "folder", "name"),
        Index("library_asset_sha256", "tenant_id", "sha256"),
        Index("library_asset_due", "due"),
    )


class UploadRow(assets.Upload, table=True):
    __tablename__ = "upload"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of("upload", ["tenant_id", "asset"], "library_asset", ["tenant_id", "id"]),
        Index("upload_expires", "expires"),
    )


class UploadPartRow(assets.UploadPart, table=True):
    __tablename__ = "upload_part"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of("upload_part", ["tenant_id", "asset"], "upload", ["tenant_id", "asset"]),)


class GenerationRow(values.Generation, table=True):
    __tablename__ = "generation"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "project"], ["project.tenant_id", "project.id"], name="generation_project"),
        UniqueConstraint("tenant_id", "idempotency_key", name="generation_idempotency"),
        Index("generation_queue", "status", "priority", "queue_place"),
        Index("generation_ended", "ended"),
        Index("generation_slot", "tenant_id", "project", "slot", "ended"),
        Index("generation_created", "tenant_id", "created"),
        Index("generation_newest", "tenant_id", "created", "id"),
        Index("generation_removed", "removed"),
        Index("generation_template", "tenant_id", "template"),
    )


class StepRow(values.StepRecord, table=True):
    __tablename__ = "step"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_generation("step"), Index("step_key", "tenant_id", "key"))


class StepDocumentRow(values.StepDocument, table=True):
    # Of the tenant, whichever generations share it: forgotten with the last of them.
    __tablename__ = "step_document"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_tenant("step_document"),)


class OutputRow(values.OutputRecord, table=True):
    __tablename__ = "output"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_generation("output"),)


class DocumentRow(documents.DocumentRecord, table=True):
    # What finds words in it is made by the migration, for each database its own way (`v0004_documents`).
    __tablename__ = "output_document"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_generation("output_document"),
        UniqueConstraint("tenant_id", "generation", "name", name="output_document_name"),
        # All that a query filters and orders by: documents are large, and are not read to be passed over.
        Index("output_document_newest", "tenant_id", "published", "number", *documents.Numbers.model_fields),
        Index("output_document_noted", "tenant_id", "noted", "number"),
    )


class UsageRow(values.UsageRecord, table=True):
    # No key to the generation: an account of what was used outlasts it.
    __tablename__ = "usage"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_tenant("usage"),
        Index("usage_created", "tenant_id", "created"),
        Index("usage_template", "tenant_id", "template"),
    )


class AccountRow(money.AccountBalance, table=True):
    __tablename__ = "credit_account"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_tenant("credit_account"),
        # Whatever the code does: what a tenant does not have, it cannot spend.
        CheckConstraint("balance >= 0 or account in ('purchased', 'granted')", name="credit_account_covered"),
    )


class TransferRow(money.Transfer, table=True):
    # No key to the generation: the books outlast it. Triggers keep rows as they are (`v0007_credits`).
    __tablename__ = "credit_transfer"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_tenant("credit_transfer"),
        CheckConstraint("amount > 0 and debited <> credited", name="credit_transfer_moves"),
        Index("credit_transfer_generation", "tenant_id", "generation"),
        Index("credit_transfer_created", "tenant_id", "created"),
    )


class TemplateRow(stored.StoredTemplate, table=True):
    __tablename__ = "template"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_tenant("template"), UniqueConstraint("tenant_id", "name", name="template_name"))


class TemplateVersionRow(stored.TemplateVersion, table=True):
    __tablename__ = "template_version"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "template"], ["template.tenant_id", "template.id"], name="template_version_template"
        ),
    )


class BatchRow(batch_values.Batch, table=True):
    __tablename__ = "batch"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_tenant("batch"),
        UniqueConstraint("tenant_id", "idempotency_key", name="batch_idempotency"),
        Index("batch_status", "status", "touched"),
        Index("batch_created", "tenant_id", "created"),
    )


class EntryRow(batch_values.Entry, table=True):
    # No key to the generation: what became of a row outlasts it.
    __tablename__ = "batch_row"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "batch"], ["batch.tenant_id", "batch.id"], name="batch_row_batch", ondelete="CASCADE"
        ),
        Index("batch_row_state", "tenant_id", "batch", "state", "number"),
        Index("batch_row_generation", "tenant_id", "generation"),
    )


class DeadLetterRow(values.DeadLetter, table=True):
    __tablename__ = "dead_letter"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_generation("dead_letter"), Index("dead_letter_state", "tenant_id", "state"))


class ApiKeyRow(credentials.ApiKey, table=True):
    # Looked up before it is known whose it is.
    __tablename__ = "api_key"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_tenant("api_key"), UniqueConstraint("id", name="api_key_id"))


class EndpointRow(values.Endpoint, table=True):
    __tablename__ = "webhook_endpoint"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (_of_tenant("webhook_endpoint"),)


class EventRow(values.WebhookEvent, table=True):
    __tablename__ = "webhook_event"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_generation("webhook_event"),
        ForeignKeyConstraint(
            ["tenant_id", "endpoint"],
            ["webhook_endpoint.tenant_id", "webhook_endpoint.id"],
            name="webhook_event_endpoint",
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "endpoint", "generation", "sequence", name="webhook_event_order"),
        Index("webhook_event_due", "state", "next_at"),
        Index("webhook_event_sequence", "tenant_id", "generation", "sequence"),
    )


class FeedRow(live.FeedEvent, table=True):
    # Numbered once it is committed, so nobody who reads by number misses any (`feed`).
    __tablename__ = "feed"
    model_config = _ROW  # type: ignore[assignment]
    __table_args__ = (
        _of_tenant("feed"),
        _of_generation("feed"),
        UniqueConstraint("number", name="feed_number"),
        Index("feed_place", "tenant_id", "number"),
        Index("feed_type", "tenant_id", "generation", "type"),
        Index("feed_created", "created"),
    )


class FeedHeadRow(live.FeedHead, table=True):
    # Of the installation: the feed of all tenants is one.
    __tablename__ = "feed_head"
    model_config = _ROW  # type: ignore[assignment]


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
