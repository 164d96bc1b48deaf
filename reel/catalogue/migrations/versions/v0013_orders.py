"""What a tenant does with its generations: calls them off, removes them, orders them again; facts of assets, for estimates."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for name in ("called_off", "removed"):
        op.add_column("generation", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("generation", sa.Column("expected", sa.JSON(), nullable=True))
    op.add_column("generation", sa.Column("retry_of", sa.String(), nullable=True))
    op.add_column(
        "generation", sa.Column("delete_after_download", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("generation_removed", "generation", ["removed"])
    op.create_index("generation_newest", "generation", ["tenant_id", "created", "id"])
    op.add_column("asset", sa.Column("facts", sa.JSON(), nullable=True))
