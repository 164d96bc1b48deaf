"""Tables of what tenants keep: assets and uploads, stored templates, batches."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint

from reel.catalogue import assets, batch_values, stored
from reel.catalogue.tables.keys import ROW, of, of_tenant


class LibraryAssetRow(assets.LibraryAsset, table=True):
    __tablename__ = "library_asset"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_tenant("library_asset"),
        Index("library_asset_created", "tenant_id", "created", "id"),
        Index("library_asset_folder", "tenant_id", "folder", "name"),
        Index("library_asset_sha256", "tenant_id", "sha256"),
        Index("library_asset_due", "due"),
    )


class UploadRow(assets.Upload, table=True):
    __tablename__ = "upload"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of("upload", ["tenant_id", "asset"], "library_asset", ["tenant_id", "id"]),
        Index("upload_expires", "expires"),
    )


class UploadPartRow(assets.UploadPart, table=True):
    __tablename__ = "upload_part"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of("upload_part", ["tenant_id", "asset"], "upload", ["tenant_id", "asset"]),)


class TemplateRow(stored.StoredTemplate, table=True):
    __tablename__ = "template"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_tenant("template"), UniqueConstraint("tenant_id", "name", name="template_name"))


class TemplateVersionRow(stored.TemplateVersion, table=True):
    __tablename__ = "template_version"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "template"], ["template.tenant_id", "template.id"], name="template_version_template"
        ),
    )


class BatchRow(batch_values.Batch, table=True):
    __tablename__ = "batch"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_tenant("batch"),
        UniqueConstraint("tenant_id", "idempotency_key", name="batch_idempotency"),
        Index("batch_status", "status", "touched"),
        Index("batch_created", "tenant_id", "created"),
    )


class EntryRow(batch_values.Entry, table=True):
    # No key to the generation: what became of a row outlasts it.
    __tablename__ = "batch_row"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "batch"], ["batch.tenant_id", "batch.id"], name="batch_row_batch", ondelete="CASCADE"
        ),
        Index("batch_row_state", "tenant_id", "batch", "state", "number"),
        Index("batch_row_generation", "tenant_id", "generation"),
    )
