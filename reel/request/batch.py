"""Where the requests of a set that is made again and again come from. One model per source, told apart by `from`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from reel.errors import InvalidRequest
from reel.request.read import under, validated
from reel.request.spreadsheets import HALF, is_half
from reel.request.terms import Name
from reel.values import Value
from reel.words import did_you_mean, shortened


class FromProject(Value):
    """What fills the slots of the project now: of each slot the newest request that was not called off."""

    from_: Literal["project"] = Field("project", alias="from", title="From")


class FromFolder(Value):
    """A folder of request documents (`*.json`), and all folders in it; each file is a slot, named after it."""

    from_: Literal["folder"] = Field("folder", alias="from", title="From")
    folder: str = Field(
        min_length=1,
        max_length=4096,
        description="A path or s3://bucket/prefix. Relative paths in a document count from its own folder.",
        examples=["/srv/requests", "s3://shop/requests"],
    )


Format = Literal["csv", "jsonl", "json"]
Encoding = Literal[
    "utf-8", "utf-16", "windows-1250", "windows-1251", "windows-1252", "iso-8859-1", "iso-8859-2", "iso-8859-15",
    "mac-roman", "shift_jis", "gb18030", "big5", "euc-kr",
]  # fmt: skip

MOST_INLINE_ROWS = 10_000
MOST_TABLE_CHARACTERS = 16_000_000


class Rows(Value):
    """A request, and a table with what is different of one video in each row."""

    template: str | dict[str, Any] = Field(
        description="A request of any kind, or where it lies (a path, s3:// or https://), or of a stored template"
        ' `{"name": "card", "version": "latest"}`. It holds for all rows.',
        examples=["/srv/card.json"],
    )
    rows: Annotated[str, Field(min_length=1, max_length=4096)] | tuple[dict[str, Any], ...] | None = Field(
        None,
        max_length=MOST_INLINE_ROWS,
        description="CSV, JSON Lines or JSON, as spreadsheets and programs write them: a path, s3:// or https://, or `asset:ID`"
        " of the library; or the rows themselves, as objects.",
        examples=["/srv/products.csv"],
    )
    table: str | None = Field(
        None, max_length=MOST_TABLE_CHARACTERS, description="In place of `rows`: the text of a table itself."
    )
    format: Format | None = Field(
        None,
        description="Null: by the name, .csv, .tsv, .txt, .jsonl, .ndjson or .json, also of an asset; of a `table`: CSV.",
    )
    encoding: Encoding | None = Field(
        None, description="Of CSV and JSON Lines; null: what the byte-order mark says, else UTF-8."
    )
    columns: dict[str, str] = Field(
        {},
        description="Where the values of a column go: `values.NAME` of a template, or any field (`clips[0].asset`,"
        " `metadata.sku`). Columns of a template that are not named here go to the variable of their name.",
        examples=[{"title": "values.headline", "sku": "metadata.sku"}],
    )
    id_column: str | None = Field(
        None, min_length=1, description="The column that names a row's slot; null: the row's number, from 1."
    )
    other_columns: Literal["refuse", "ignore"] = Field(
        "refuse", description="What becomes of columns that are no variable of the template, and go nowhere else."
    )

    @field_validator("rows")
    @classmethod
    def _texts(cls, rows: Any) -> Any:
        # Of a table only what names it: its rows are told of one by one.
        objects = () if isinstance(rows, str) or rows is None else rows
        if half := [str(number) for number, row in enumerate(objects, start=1) if is_half(row)]:
            raise ValueError(f"{HALF[0]} in row {shortened(', '.join(half), 80)}: {HALF[1]}")
        return rows

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.rows is None) == (self.table is None):
            raise ValueError("needs either `rows` or a `table`")
        return self


class FromRows(Rows):
    """A request for each row of a table."""

    from_: Literal["rows"] = Field("rows", alias="from", title="From")


class BatchOrder(Rows):
    """A request for each row of a table, ordered as one."""

    name: str = Field("", max_length=255, description="For people.")
    cost_cap: float | None = Field(
        None, gt=0, description="Nothing more is ordered when what is ordered is expected to cost more; null: no cap."
    )
    stop_after_failed_percent: float | None = Field(
        None, ge=0, lt=100, description="Nothing more is ordered when more of all rows than that are bad or failed."
    )
    ahead: int = Field(
        100, ge=1, le=10_000, description="How many of its generations may be queued or under way at once."
    )


AnySource = FromProject | FromFolder | FromRows
Source: TypeAlias = Annotated[AnySource, Field(discriminator="from_")]

SOURCES: Mapping[str, type[AnySource]] = {"project": FromProject, "folder": FromFolder, "rows": FromRows}
"""The model of each source."""


class Owner(Value):
    """On whose behalf a set is made again."""

    tenant: Name = Field("default", description="To whom it belongs. Nothing crosses from one tenant to another.")
    project: Name = Field("default", description="Which of the tenant's projects the slots are of.")


def parse_source(document: Mapping[str, Any] | AnySource) -> AnySource:
    """The source that a mapping describes. Raises `InvalidRequest` with all that is wrong, under `source`."""
    if isinstance(document, AnySource):
        return document
    kind = document.get("from")
    if not isinstance(kind, str) or kind not in SOURCES:
        given = "is missing" if kind is None else f"{kind!r} is no source of requests"
        raise InvalidRequest.at(
            "source.from", given, did_you_mean(str(kind), SOURCES, f"use one of: {', '.join(SOURCES)}")
        )
    return under("source", lambda: validated(SOURCES[kind], document))


def parse_batch(document: Mapping[str, Any] | BatchOrder) -> BatchOrder:
    """The order of a batch that a mapping describes. Raises `InvalidRequest` with all that is wrong."""
    return document if isinstance(document, BatchOrder) else validated(BatchOrder, document)


def parse_owner(document: Mapping[str, Any] | Owner | None) -> Owner:
    """The owner that a mapping describes; null stands for the defaults. Raises `InvalidRequest` as `parse_source`."""
    return document if isinstance(document, Owner) else under("terms", lambda: validated(Owner, document or {}))
