"""When outputs were fetched, of generations that are removed once they all were."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("output", sa.Column("fetched", sa.DateTime(timezone=True), nullable=True))
