"""Tables of tenants, generations, and what became of these."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint

from reel.catalogue import documents, values
from reel.catalogue.tables.keys import ROW, of_generation, of_tenant


class TenantRow(values.Tenant, table=True):
    __tablename__ = "tenant"
    model_config = ROW  # type: ignore[assignment]


class PaceRow(values.Pace, table=True):
    # Of the installation: what each tenant's generations teach, all others' estimates use.
    __tablename__ = "pace"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (Index("pace_touched", "touched"),)


class ProjectRow(values.Project, table=True):
    __tablename__ = "project"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_tenant("project"),)


class AssetRow(values.AssetRecord, table=True):
    __tablename__ = "asset"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_tenant("asset"),)


class GenerationRow(values.Generation, table=True):
    __tablename__ = "generation"
    model_config = ROW  # type: ignore[assignment]
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
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_generation("step"), Index("step_key", "tenant_id", "key"))


class StepDocumentRow(values.StepDocument, table=True):
    # Of the tenant, whichever generations share it: forgotten with the last of them.
    __tablename__ = "step_document"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_tenant("step_document"),)


class OutputRow(values.OutputRecord, table=True):
    __tablename__ = "output"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_generation("output"),)


class DocumentRow(documents.DocumentRecord, table=True):
    # What finds words in it is made by the migration, for each database its own way (`v0004_documents`).
    __tablename__ = "output_document"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_generation("output_document"),
        UniqueConstraint("tenant_id", "generation", "name", name="output_document_name"),
        # All that a query filters and orders by: documents are large, and are not read to be passed over.
        Index("output_document_newest", "tenant_id", "published", "number", *documents.Numbers.model_fields),
        Index("output_document_noted", "tenant_id", "noted", "number"),
    )


class UsageRow(values.UsageRecord, table=True):
    # No key to the generation: an account of what was used outlasts it.
    __tablename__ = "usage"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (
        of_tenant("usage"),
        Index("usage_created", "tenant_id", "created"),
        Index("usage_template", "tenant_id", "template"),
    )


class DeadLetterRow(values.DeadLetter, table=True):
    __tablename__ = "dead_letter"
    model_config = ROW  # type: ignore[assignment]
    __table_args__ = (of_generation("dead_letter"), Index("dead_letter_state", "tenant_id", "state"))
