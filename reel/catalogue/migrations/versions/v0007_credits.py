"""Credits: accounts and the transfers between them; and what a tenant may use in a month."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"
FOR_EVER = "transfers of credits are never changed"

SQLITE = tuple(
    f"create trigger credit_transfer_no_{change} before {change} on credit_transfer begin"
    f" select raise(abort, '{FOR_EVER}'); end"
    for change in ("update", "delete")
)
POSTGRESQL = (
    "create function credit_transfer_stays() returns trigger language plpgsql as"
    f" $$ begin raise exception '{FOR_EVER}' using errcode = 'restrict_violation'; end $$",
    "create trigger credit_transfer_stays before update or delete on credit_transfer"
    " for each row execute function credit_transfer_stays()",
    *(
        statement
        for table in ("credit_account", "credit_transfer")
        for statement in (
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy {table}_of_tenant on {table} using ({MINE}) with check ({MINE})",
        )
    ),
)


def upgrade() -> None:
    for name, type_ in (
        ("monthly_minutes", sa.Float()),
        ("monthly_bytes", sa.BigInteger()),
        ("monthly_pixels", sa.BigInteger()),
        ("monthly_credits", sa.Float()),
    ):
        op.add_column("tenant", sa.Column(name, type_, nullable=True))
    op.add_column("usage", sa.Column("pixels", sa.BigInteger(), nullable=False, server_default="0"))
    _tables()
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "credit_account",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance >= 0 or account in ('purchased', 'granted')", name="credit_account_covered"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="credit_account_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "account"),
    )
    op.create_table(
        "credit_transfer",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("debited", sa.String(), nullable=False),
        sa.Column("credited", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0 and debited <> credited", name="credit_transfer_moves"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="credit_transfer_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("credit_transfer_generation", "credit_transfer", ["tenant_id", "generation"])
    op.create_index("credit_transfer_created", "credit_transfer", ["tenant_id", "created"])
