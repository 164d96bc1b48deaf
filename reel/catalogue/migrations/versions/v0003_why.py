"""What the keys of steps stand for, and which outputs each step makes; a generation's place in the queue by its own name."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"


def upgrade() -> None:
    op.execute("alter table generation rename column turn to queue_place")
    op.add_column("step", sa.Column("outputs", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("step_key", "step", ["tenant_id", "key"])
    op.create_table(
        "step_document",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="step_document_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "key"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # As of all tables (v0001): no row is seen unless the tenant is said, not even by the owner.
        op.execute("alter table step_document enable row level security")
        op.execute("alter table step_document force row level security")
        op.execute(f"create policy step_document_of_tenant on step_document using ({MINE}) with check ({MINE})")
