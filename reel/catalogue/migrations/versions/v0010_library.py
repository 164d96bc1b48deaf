"""Libraries of assets, uploads under way, and projects that put assets in order."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

TIME = sa.DateTime(timezone=True)
MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"


def upgrade() -> None:
    _projects()
    _assets()
    _uploads()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("library_asset", "upload", "upload_part"):
            # As of all tables (v0001): no row is seen unless the tenant is said, not even by the owner.
            op.execute(f"alter table {table} enable row level security")
            op.execute(f"alter table {table} force row level security")
            op.execute(f"create policy {table}_of_tenant on {table} using ({MINE}) with check ({MINE})")


def _projects() -> None:
    op.add_column("project", sa.Column("title", sa.Text(), nullable=False, server_default=""))
    op.add_column("project", sa.Column("assets", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("project", sa.Column("settings", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("project", sa.Column("changed", TIME, nullable=True))
    op.add_column("project", sa.Column("removed", TIME, nullable=True))


def _assets() -> None:
    op.create_table(
        "library_asset",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("user_metadata", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("object", sa.String(), nullable=True),
        sa.Column("thumbnail", sa.String(), nullable=True),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("scanned", sa.Text(), nullable=True),
        sa.Column("created", TIME, nullable=False),
        sa.Column("changed", TIME, nullable=False),
        sa.Column("due", TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="library_asset_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("library_asset_created", "library_asset", ["tenant_id", "created", "id"])
    op.create_index("library_asset_folder", "library_asset", ["tenant_id", "folder", "name"])
    op.create_index("library_asset_sha256", "library_asset", ["tenant_id", "sha256"])
    op.create_index("library_asset_due", "library_asset", ["due"])


def _uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("protocol", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("rest", sa.BigInteger(), nullable=False),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("expires", TIME, nullable=False),
        sa.Column("claim", sa.String(), nullable=True),
        sa.Column("claimed_until", TIME, nullable=True),
        _of("upload", ["tenant_id", "asset"], "library_asset", ["tenant_id", "id"]),
        sa.PrimaryKeyConstraint("tenant_id", "asset"),
    )
    op.create_index("upload_expires", "upload", ["expires"])
    op.create_table(
        "upload_part",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        _of("upload_part", ["tenant_id", "asset"], "upload", ["tenant_id", "asset"]),
        sa.PrimaryKeyConstraint("tenant_id", "asset", "number"),
    )


def _of(table: str, columns: list[str], parent: str, keys: list[str]) -> sa.ForeignKeyConstraint:
    referred = [f"{parent}.{key}" for key in keys]
    return sa.ForeignKeyConstraint(columns, referred, name=f"{table}_{parent}", ondelete="CASCADE")
