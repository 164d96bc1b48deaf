"""All tables as they were at first, and on PostgreSQL the policies that keep tenants apart."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)

OWNERS = {
    "tenant": "id",
    "project": "tenant_id",
    "asset": "tenant_id",
    "generation": "tenant_id",
    "step": "tenant_id",
    "output": "tenant_id",
    "usage": "tenant_id",
    "dead_letter": "tenant_id",
    "webhook_endpoint": "tenant_id",
    "webhook_event": "tenant_id",
}
"""The column of each table that names its tenant."""


def upgrade() -> None:
    _tables()
    if op.get_bind().dialect.name == "postgresql":
        for table, owner in OWNERS.items():
            _keep_tenants_apart(table, owner)


def _keep_tenants_apart(table: str, owner: str) -> None:
    # An unset variable is null at first and '' later in the same connection: both equal no name. FORCE: for the owner too.
    mine = f"{owner} = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy {table}_of_tenant on {table} using ({mine}) with check ({mine})")


def _tables() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "asset",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("last_seen", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="asset_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "uri", "sha256"),
    )
    op.create_table(
        "project",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="project_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "usage",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("rendered_seconds", sa.Float(), nullable=False),
        sa.Column("cpu_seconds", sa.Float(), nullable=False),
        sa.Column("output_seconds", sa.Float(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="usage_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "generation"),
    )
    op.create_index("usage_created", "usage", ["tenant_id", "created"])
    op.create_table(
        "webhook_endpoint",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("previous_secret", sa.String(), nullable=True),
        sa.Column("rotated", TIME, nullable=True),
        sa.Column("events", sa.JSON(), nullable=True),
        sa.Column("created", TIME, nullable=False),
        sa.Column("disabled", TIME, nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="webhook_endpoint_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "generation",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("flow_run", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("turn", TIME, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("started", TIME, nullable=True),
        sa.Column("ended", TIME, nullable=True),
        sa.Column("touched", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("killed_workers", sa.Integer(), nullable=False),
        sa.Column("plan_digest", sa.String(), nullable=True),
        sa.Column("predicted_seconds", sa.Float(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("error_class", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project"], ["project.tenant_id", "project.id"], name="generation_project"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "idempotency_key", name="generation_idempotency"),
    )
    op.create_index("generation_created", "generation", ["tenant_id", "created"])
    op.create_index("generation_ended", "generation", ["ended"])
    op.create_index("generation_queue", "generation", ["status", "priority", "turn"])
    op.create_index("generation_slot", "generation", ["tenant_id", "project", "slot", "ended"])
    op.create_table(
        "dead_letter",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("step_key", sa.String(), nullable=True),
        sa.Column("operation", sa.String(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("error_class", sa.String(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("argv", sa.JSON(), nullable=True),
        sa.Column("stderr_tail", sa.Text(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("replayed_as", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation"],
            ["generation.tenant_id", "generation.id"],
            name="dead_letter_generation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("dead_letter_state", "dead_letter", ["tenant_id", "state"])
    op.create_table(
        "output",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation"],
            ["generation.tenant_id", "generation.id"],
            name="output_generation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "generation", "name"),
    )
    op.create_table(
        "step",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("reused", sa.Boolean(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation"],
            ["generation.tenant_id", "generation.id"],
            name="step_generation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "generation", "key"),
    )
    op.create_table(
        "webhook_event",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", TIME, nullable=False),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("delivered_at", TIME, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "endpoint"],
            ["webhook_endpoint.tenant_id", "webhook_endpoint.id"],
            name="webhook_event_endpoint",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation"],
            ["generation.tenant_id", "generation.id"],
            name="webhook_event_generation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "endpoint", "generation", "sequence", name="webhook_event_order"),
    )
    op.create_index("webhook_event_due", "webhook_event", ["state", "next_at"])
    op.create_index("webhook_event_sequence", "webhook_event", ["tenant_id", "generation", "sequence"])
