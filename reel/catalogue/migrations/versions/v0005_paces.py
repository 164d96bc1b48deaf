"""How fast this installation is, by class of steps and of machine; and what generations were expected to take of processors."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

CLASS = ("quantity", "machine", "operation", "codec", "effort", "size")
SOMEBODY = "coalesce(current_setting('reel.tenant', true), '') <> ''"


def upgrade() -> None:
    for name in ("predicted_cpu_seconds", "predicted_cpu_seconds_p90", "cpu_seconds"):
        op.add_column("generation", sa.Column(name, sa.Float(), nullable=True))
    op.add_column("step", sa.Column("cpu_seconds", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "pace",
        *(sa.Column(name, sa.String(), nullable=False) for name in CLASS),
        sa.Column("observed", sa.JSON(), nullable=False),
        sa.Column("touched", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*CLASS),
    )
    op.create_index("pace_touched", "pace", ["touched"])
    if op.get_bind().dialect.name == "postgresql":
        # It is of the installation: every tenant's generations teach it and use it, and no row says whose they were. As of all
        # tables, nothing is seen where no tenant is said.
        op.execute("alter table pace enable row level security")
        op.execute("alter table pace force row level security")
        op.execute(f"create policy pace_of_all on pace using ({SOMEBODY}) with check ({SOMEBODY})")
