"""Tenants, what they name, and what they ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlmodel import Field

from reel.catalogue.columns import SecretAddresses, SecretWebhook, Utc, Words
from reel.catalogue.names import new_id
from reel.catalogue.status import Priority, Status
from reel.catalogue.values.base import Owned, Shape


class Pace(Shape):
    """How the steps of a class went against their weights: see `reel.plan.pace.PaceKey`. Of no tenant."""

    quantity: str = Field(primary_key=True)
    machine: str = Field(primary_key=True)
    operation: str = Field(primary_key=True)
    codec: str = Field(primary_key=True)
    effort: str = Field(primary_key=True)
    size: str = Field(primary_key=True)
    observed: list[float] = Field(sa_type=JSON)
    """Oldest first."""
    touched: datetime = Field(sa_type=Utc)


class Tenant(Shape):
    """A customer, as far as sharing machines goes."""

    id: str = Field(primary_key=True)
    created: datetime = Field(sa_type=Utc)
    concurrency: int | None = None
    """How many generations may run at once; null: as many as there is room for."""
    weight: float = 1.0
    """Share of the machines while others wait too; see `queue_places`."""
    webhook_hosts: list[str] | None = Field(default=None, sa_type=JSON)
    """Hosts (`hooks.example`, `*.example`) that a request of its may name for a webhook of its own; null: none."""
    origins: list[str] | None = Field(default=None, sa_type=JSON)
    """Web pages (`https://shop.example`) whose browsers may ask the gateway in its name; null: none."""
    monthly_minutes: float | None = None
    """Of outputs, that it may be made in a calendar month (UTC); null: any number. So with the others."""
    monthly_bytes: int | None = Field(default=None, sa_type=BigInteger)
    monthly_pixels: int | None = Field(default=None, sa_type=BigInteger)
    """Of all frames of all videos."""
    monthly_credits: float | None = None
    """What it may spend, however much it has."""
    limits: dict[str, float] | None = Field(default=None, sa_type=JSON)
    """Bounds that are other than the installation's (`reel.limits`); null: none is."""
    file_roots: list[str] | None = Field(default=None, sa_type=JSON)
    """Folders that its assets may lie in, within the installation's; null: all of those."""
    s3_roots: list[str] | None = Field(default=None, sa_type=JSON)
    """`bucket` or `bucket/prefix/`, likewise."""


class Project(Owned):
    """A name under which a tenant keeps generations together, and assets in an order."""

    id: str = Field(primary_key=True)
    created: datetime = Field(sa_type=Utc)
    title: str = Field(default="", sa_type=Words)
    assets: list[str] = Field(default_factory=list, sa_type=JSON)
    """Ids of assets of the library."""
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Fields that requests have which draw on it, unless they say otherwise."""
    changed: datetime | None = Field(default=None, sa_type=Utc)
    removed: datetime | None = Field(default=None, sa_type=Utc)
    """Since when it is not listed; its generations stay."""


class AssetRecord(Owned):
    """An input file that was used at least once."""

    uri: str = Field(primary_key=True)
    """Its public name; one that carries credentials must be stripped of them."""
    sha256: str = Field(primary_key=True)
    bytes: int = Field(sa_type=BigInteger)
    facts: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What is known of it by reading it (`reel.media.MediaFacts`); null of those that were read before that was kept."""
    first_seen: datetime = Field(sa_type=Utc)
    last_seen: datetime = Field(sa_type=Utc)


class NewGeneration(Shape):
    """A request that is to become a generation."""

    id: str = Field(default_factory=new_id, primary_key=True)
    project: str = "default"
    kind: str
    request: dict[str, Any] = Field(sa_type=SecretAddresses)
    priority: Priority = Field(default="interactive", sa_type=String)
    slot: str | None = None
    """Which row or file of a set that is made again and again it stands for."""
    idempotency_key: str | None = None
    flow_run: str | None = None
    template: str | None = None
    """Id of the stored template that its request was made from; null: none."""
    template_version: int | None = None
    request_metadata: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """The request's own notes, which all of its events carry."""
    webhook: dict[str, Any] | None = Field(default=None, sa_type=SecretWebhook)
    """Where else its events go: `url`, and the types (`events`), null for all."""
    delete_after_download: bool = False
    """Whether it is removed once all of it was fetched."""
    expected: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What it was estimated to take when it was ordered (`reel.plan.estimate.Estimate`); null where that could not be said."""
    foretold_seconds: float = 0.0
    """Length of all outputs that it is to deliver, as far as that is known: put aside of a quota until it has ended."""
    foretold_bytes: int = Field(default=0, sa_type=BigInteger)
    """Size of all outputs, likewise."""
    foretold_pixels: int = Field(default=0, sa_type=BigInteger)
    """Of all frames of all videos, likewise."""
    limits: dict[str, float] | None = Field(default=None, sa_type=JSON)
    """Bounds that whoever ordered it has lowered (`reel.limits`); null: none."""
    retry_of: str | None = None
    """Id of the generation that it is another try of."""


class Generation(NewGeneration, Owned):
    """A request with its history."""

    status: Status = Field(default="queued", sa_type=String)
    queue_place: datetime = Field(sa_type=Utc)
    """Its place in the queue; see `queue_places`."""
    created: datetime = Field(sa_type=Utc)
    started: datetime | None = Field(default=None, sa_type=Utc)
    """When its latest attempt began."""
    ended: datetime | None = Field(default=None, sa_type=Utc)
    touched: datetime = Field(sa_type=Utc)
    """The last sign of life: a change of status, progress, a step."""
    attempts: int = 0
    killed_workers: int = 0
    called_off: datetime | None = Field(default=None, sa_type=Utc)
    """When its tenant called it off: nothing begins it again."""
    removed: datetime | None = Field(default=None, sa_type=Utc)
    """Since when it is there no more for its tenant; it is forgotten a while later."""
    plan_digest: str | None = None
    predicted_seconds: float | None = None
    seconds: float | None = None
    """What the delivered attempt took, wall clock."""
    predicted_cpu_seconds: float | None = None
    """Of processors, for the steps that the delivered attempt made: the median of what was expected."""
    predicted_cpu_seconds_p90: float | None = None
    cpu_seconds: float | None = None
    """What those steps took of them."""
    error_class: str | None = None
    error: str | None = Field(default=None, sa_type=Words)
    report: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    progress: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """How far its latest attempt is, or was at its end: see `live.Progressed`; null before its plan is known."""
