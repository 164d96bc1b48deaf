"""The feed that live clients follow, how far generations are, and what came of each attempt to deliver a webhook."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"
SOMEBODY = "coalesce(current_setting('reel.tenant', true), '') <> ''"
EVERYBODY = "current_setting('reel.tenant', true) = '*'"


def upgrade() -> None:
    op.add_column("generation", sa.Column("progress", sa.JSON(), nullable=True))
    op.add_column("webhook_event", sa.Column("tries", sa.JSON(), nullable=False, server_default="[]"))
    _feed()
    op.create_table(
        "feed_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("feed", "feed_head"):
            op.execute(f"alter table {table} enable row level security")
            op.execute(f"alter table {table} force row level security")
        op.execute(f"create policy feed_of_tenant on feed using ({MINE}) with check ({MINE})")
        # It is of the installation: any tenant may see how far the feed has come, and none may move it.
        op.execute(f"create policy feed_head_seen on feed_head for select using ({SOMEBODY})")
        op.execute(f"create policy feed_head_moved on feed_head using ({EVERYBODY}) with check ({EVERYBODY})")


def _feed() -> None:
    op.create_table(
        "feed",
        sa.Column("key", NUMBER, sa.Identity(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="feed_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation"],
            ["generation.tenant_id", "generation.id"],
            name="feed_generation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("number", name="feed_number"),
    )
    op.create_index("feed_place", "feed", ["tenant_id", "number"])
    op.create_index("feed_type", "feed", ["tenant_id", "generation", "type"])
    op.create_index("feed_created", "feed", ["created"])
