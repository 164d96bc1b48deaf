"""What is known of each published output, with an index of its words: FTS5 on SQLite, GIN on PostgreSQL."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)
NUMBERS = ("width", "height", "fps", "duration", "bytes", "bitrate", "loudness", "black")


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    _table(postgresql.TSVECTOR() if on_postgresql else sa.Text())
    for statement in POSTGRESQL if on_postgresql else SQLITE:
        op.execute(statement)


def _table(words: sa.types.TypeEngine[str]) -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "output_document",
        *(sa.Column(name, sa.Float(), nullable=True) for name in NUMBERS),
        sa.Column("number", number, sa.Identity(), nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("published", TIME, nullable=False),
        sa.Column("noted", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", words, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation"],
            ["generation.tenant_id", "generation.id"],
            name="output_document_generation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("tenant_id", "generation", "name", name="output_document_name"),
    )
    op.create_index("output_document_newest", "output_document", ["tenant_id", "published", "number", *NUMBERS])
    op.create_index("output_document_noted", "output_document", ["tenant_id", "noted", "number"])


# The tokenizer `ascii` takes all that is not ASCII for letters: words come ready, and it splits them at spaces alone.
# The text stays in the table (`content`); without columnsize, as relevance is ours and not BM25, which differs by database.
SQLITE = (
    "create virtual table output_words using fts5("
    "words, content='output_document', content_rowid='number', tokenize='ascii', columnsize=0)",
    "create trigger output_words_insert after insert on output_document begin"
    " insert into output_words (rowid, words) values (new.number, new.words); end",
    "create trigger output_words_delete after delete on output_document begin"
    " insert into output_words (output_words, rowid, words) values ('delete', old.number, old.words); end",
    "create trigger output_words_update after update of number, words on output_document begin"
    " insert into output_words (output_words, rowid, words) values ('delete', old.number, old.words);"
    " insert into output_words (rowid, words) values (new.number, new.words); end",
)

_MINE = "tenant_id = current_setting('reel.tenant', true) or current_setting('reel.tenant', true) = '*'"

POSTGRESQL = (
    "create index output_document_words on output_document using gin (words)",
    "alter table output_document enable row level security",
    "alter table output_document force row level security",
    f"create policy output_document_of_tenant on output_document using ({_MINE}) with check ({_MINE})",
)
