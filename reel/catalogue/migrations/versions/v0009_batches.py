"""Batches, and their rows."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TIME = sa.DateTime(timezone=True)
MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"


def upgrade() -> None:
    _batch()
    _rows()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("batch", "batch_row"):
            op.execute(f"alter table {table} enable row level security")
            op.execute(f"alter table {table} force row level security")
            op.execute(f"create policy {table}_of_tenant on {table} using ({MINE}) with check ({MINE})")


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("used", sa.JSON(), nullable=False),
        sa.Column("cost_cap", sa.Float(), nullable=True),
        sa.Column("stop_after_failed_percent", sa.Float(), nullable=True),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("expected_cost", sa.Float(), nullable=False),
        sa.Column("flow_run", sa.String(), nullable=True),
        sa.Column("created", TIME, nullable=False),
        sa.Column("touched", TIME, nullable=False),
        sa.Column("ended", TIME, nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="batch_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "idempotency_key", name="batch_idempotency"),
    )
    op.create_index("batch_status", "batch", ["status", "touched"])
    op.create_index("batch_created", "batch", ["tenant_id", "created"])


def _rows() -> None:
    op.create_table(
        "batch_row",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=True),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("generation", sa.String(), nullable=True),
        sa.Column("expected_cost", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch"], ["batch.tenant_id", "batch.id"], name="batch_row_batch", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "batch", "number"),
    )
    op.create_index("batch_row_state", "batch_row", ["tenant_id", "batch", "state", "number"])
    op.create_index("batch_row_generation", "batch_row", ["tenant_id", "generation"])
