"""API keys, and the web pages whose browsers may ask in a tenant's name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"


def upgrade() -> None:
    op.add_column("tenant", sa.Column("origins", sa.JSON(), nullable=True))
    op.create_table(
        "api_key",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=True),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mac", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.String(), nullable=True),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="api_key_tenant"),
        # A key is looked up before it is known whose it is.
        sa.UniqueConstraint("id", name="api_key_id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table api_key enable row level security")
        op.execute("alter table api_key force row level security")
        op.execute(f"create policy api_key_of_tenant on api_key using ({MINE}) with check ({MINE})")
