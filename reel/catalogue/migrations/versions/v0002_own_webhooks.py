"""Webhooks that requests name for themselves, the hosts that they may name, and metadata that events carry."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("tenant", sa.Column("webhook_hosts", sa.JSON(), nullable=True))
    op.add_column("generation", sa.Column("request_metadata", sa.JSON(), nullable=True))
    op.add_column("generation", sa.Column("webhook", sa.JSON(), nullable=True))
    op.add_column("webhook_event", sa.Column("url", sa.String(), nullable=True))
    op.add_column("webhook_event", sa.Column("host", sa.String(), nullable=False, server_default=""))
