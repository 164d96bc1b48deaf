"""Where the requests of a set that is made again and again come from. One model per source, told apart by `from`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from reel.errors import InvalidRequest
from reel.request.read import under, validated
from reel.request.terms import Name
from reel.values import Value
from reel.words import did_you_mean


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


class FromRows(Value):
    """A template, and a table with the data of one video in each row."""

    from_: Literal["rows"] = Field("rows", alias="from", title="From")
    template: str | dict[str, Any] = Field(
        description="A template request, or where it lies: a path, s3:// or https://. Its `data` holds for all rows.",
        examples=["/srv/card.json"],
    )
    rows: str = Field(
        min_length=1,
        max_length=4096,
        description="CSV or JSON Lines, as spreadsheets write them: a path, s3:// or https://. Columns are named as variables.",
        examples=["/srv/products.csv"],
    )
    format: Literal["csv", "jsonl"] | None = Field(
        None, description="Null: by the name, .csv, .tsv, .txt, .jsonl or .ndjson."
    )
    id_column: str | None = Field(
        None, min_length=1, description="The column that names a row's slot; null: the row's number, from 1."
    )
    other_columns: Literal["refuse", "ignore"] = Field(
        "refuse", description="What becomes of columns that are no variable of the template."
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


def parse_owner(document: Mapping[str, Any] | Owner | None) -> Owner:
    """The owner that a mapping describes; null stands for the defaults. Raises `InvalidRequest` as `parse_source`."""
    return document if isinstance(document, Owner) else under("terms", lambda: validated(Owner, document or {}))
