"""What a generation is to deliver, by which quotas are put aside for it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    for name, type_ in (("seconds", sa.Float()), ("bytes", sa.BigInteger()), ("pixels", sa.BigInteger())):
        op.add_column("generation", sa.Column(f"foretold_{name}", type_, nullable=False, server_default="0"))
