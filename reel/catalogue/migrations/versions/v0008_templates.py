"""Stored templates in versions, and of each generation and its usage what it was made from."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"


def upgrade() -> None:
    for table in ("generation", "usage"):
        op.add_column(table, sa.Column("template", sa.String(), nullable=True))
        op.add_column(table, sa.Column("template_version", sa.Integer(), nullable=True))
        op.create_index(f"{table}_template", table, ["tenant_id", "template"])
    _tables()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("template", "template_version"):
            op.execute(f"alter table {table} enable row level security")
            op.execute(f"alter table {table} force row level security")
            op.execute(f"create policy {table}_of_tenant on {table} using ({MINE}) with check ({MINE})")


def _tables() -> None:
    op.create_table(
        "template",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("retired", TIME, nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="template_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "name", name="template_name"),
    )
    op.create_table(
        "template_version",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("published", TIME, nullable=True),
        sa.Column("retired", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "template"], ["template.tenant_id", "template.id"], name="template_version_template"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "template", "version"),
    )
