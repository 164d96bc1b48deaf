"""Assets that tenants keep: values for the catalogue, and what is still to come of their bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, String
from sqlmodel import Field

from reel.catalogue.columns import Utc, Words
from reel.catalogue.names import new_id
from reel.catalogue.values import Owned, Shape

AssetState = Literal["uploading", "quarantined", "ready", "refused"]
"""`uploading`: its bytes are still to come. `quarantined`: they are there, and nobody uses them before they were looked at.
`refused`: they are no use, and gone."""
UploadProtocol = Literal["tus", "multipart"]

PREFIX = "ast_"


class NewAsset(Shape):
    """Something that a tenant wants to keep."""

    id: str = Field(default_factory=lambda: new_id(PREFIX), primary_key=True)
    name: str
    folder: str = ""
    """A list of assets by name, like `summer/2026`; empty: in none."""
    user_metadata: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Its owner's own notes."""
    source: str | None = Field(default=None, sa_type=Words)
    """The address that it is still to be fetched from; with its signature, so it is shown to nobody and forgotten then."""


class LibraryAsset(NewAsset, Owned):
    """An asset of a tenant's library."""

    state: AssetState = Field(default="uploading", sa_type=String)
    bytes: int | None = Field(default=None, sa_type=BigInteger)
    sha256: str | None = None
    media_type: str | None = None
    """By its content; null before it was looked at."""
    facts: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What planning knows of it (`reel.media.MediaFacts`), without the times of its key frames; null of what is no media."""
    object: str | None = None
    """Name of its bytes in the library's store; several assets of the same bytes share them."""
    thumbnail: str | None = None
    """Name of a small JPEG there."""
    problems: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    """Why it is refused, or has not been looked at yet: place, what and remedy of each `reel.errors.Problem`."""
    scanned: str | None = Field(default=None, sa_type=Words)
    """What the malware scanner said; null where nothing was scanned."""
    created: datetime = Field(sa_type=Utc)
    changed: datetime = Field(sa_type=Utc)
    due: datetime | None = Field(default=None, sa_type=Utc)
    """When somebody is to look at it, again where somebody does already; null: nobody is."""
    attempts: int = 0
    """How often somebody began to: what tells the latest from others that were thought dead."""


class Upload(Owned):
    """Bytes of an asset that come in pieces."""

    asset: str = Field(primary_key=True)
    protocol: UploadProtocol = Field(sa_type=String)
    bytes: int = Field(sa_type=BigInteger)
    """How many there are to be."""
    received: int = Field(default=0, sa_type=BigInteger)
    handle: str = Field(default="", sa_type=Words)
    """S3's id of the upload in parts; empty in a folder."""
    rest: int = Field(default=0, sa_type=BigInteger)
    """How many of those received are too few for a part of S3's yet, and lie beside the others."""
    part_bytes: int = Field(default=0, sa_type=BigInteger)
    expires: datetime = Field(sa_type=Utc)
    claim: str | None = None
    """Who writes at present."""
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)


class UploadPart(Owned):
    """A part of an upload that S3 has."""

    asset: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 1."""
    etag: str
    bytes: int = Field(sa_type=BigInteger)
