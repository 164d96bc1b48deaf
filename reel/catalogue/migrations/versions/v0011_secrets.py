"""Secrets are encrypted; what a tenant may use, and where its assets may lie."""

import sqlalchemy as sa
from alembic import op

from reel.catalogue.resealing import reseal
from reel.catalogue.scope import EVERYONE, set_scope
from reel.catalogue.tables import metadata

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("limits", "file_roots", "s3_roots"):
        op.add_column("tenant", sa.Column(name, sa.JSON(), nullable=True))
    set_scope(op.get_bind(), EVERYONE)
    reseal(op.get_bind(), metadata.sorted_tables)
