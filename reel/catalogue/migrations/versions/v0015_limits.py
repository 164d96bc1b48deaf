"""Bounds that whoever ordered a generation has lowered: a run that is made anew has them too."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("generation", sa.Column("limits", sa.JSON(), nullable=True))
