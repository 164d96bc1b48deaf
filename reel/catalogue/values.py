"""What the catalogue hands out and takes: frozen values, each of which is also the pattern of a table (see `tables`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ConfigDict
from sqlalchemy import JSON, BigInteger, String
from sqlmodel import Field, SQLModel

from reel.catalogue.columns import Secret, SecretAddresses, SecretWebhook, Utc, Words
from reel.catalogue.names import new_id
from reel.catalogue.status import Priority, Status
from reel.request.told import EventType

StepState = Literal["planned", "done", "failed"]
LetterState = Literal["open", "replayed", "dropped", "resolved"]
"""`resolved`: its generation was done after all, whoever retried it."""
EventState = Literal["pending", "delivered", "dead"]
SECRET_OVERLAP = timedelta(hours=24)
"""How long a replaced secret still signs, so that a receiver can change over without losing an event."""


class Shape(SQLModel):
    """An immutable value that refuses unknown fields. Times are in UTC and know it."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)  # type: ignore[assignment]


class Owned(Shape):
    """Something that belongs to a tenant."""

    tenant_id: str = Field(default="", primary_key=True)
    """Filled in by the scope in which it is written."""


class OfGeneration(Owned):
    """Something that belongs to a generation."""

    generation: str = Field(default="", primary_key=True)


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


class NewStepRecord(Shape):
    """A step of a plan, and how it went."""

    key: str = Field(primary_key=True)
    operation: str
    title: str = Field(sa_type=Words)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of processors, for as long as it was made, by whomever."""
    reused: bool = False
    bytes: int = Field(default=0, sa_type=BigInteger)
    worker: str | None = None
    state: StepState = Field(default="planned", sa_type=String)
    outputs: list[str] = Field(default_factory=list, sa_type=JSON)
    """Names of the published files that it makes."""


class StepRecord(NewStepRecord, OfGeneration):
    """A step of a generation."""


class NewStepDocument(Shape):
    """What a step's key stands for: the same for all generations that have it."""

    key: str = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_type=JSON)
    """Of its operation: fields, rules, tools."""


class StepDocument(NewStepDocument, Owned):
    """What the key of a tenant's step stands for."""


class NewOutputRecord(Shape):
    """A published file."""

    name: str = Field(primary_key=True)
    location: str
    """Where it is: a path or a URL without credentials."""
    bytes: int = Field(sa_type=BigInteger)
    sha256: str


class OutputRecord(NewOutputRecord, OfGeneration):
    """A published file of a generation."""

    fetched: datetime | None = Field(default=None, sa_type=Utc)
    """When it was first fetched whole; noted where its generation is removed after that, and nowhere else."""


class NewUsageRecord(Shape):
    """What a generation consumed and made."""

    rendered_seconds: float = 0.0
    """Wall clock of the steps that were made, not those reused."""
    cpu_seconds: float = 0.0
    output_seconds: float = 0.0
    """Length of all outputs."""
    bytes: int = Field(default=0, sa_type=BigInteger)
    """Size of all outputs."""
    pixels: int = Field(default=0, sa_type=BigInteger)
    """Of all frames of all videos."""


class UsageRecord(NewUsageRecord, OfGeneration):
    """What a generation consumed and made; kept when the generation itself is forgotten."""

    template: str | None = None
    template_version: int | None = None
    """What it was made from, as `Generation` has it."""
    created: datetime = Field(sa_type=Utc)


class NewDeadLetter(Shape):
    """A step that was given up on, with all that is needed to understand it and to try it again."""

    generation: str
    step_key: str | None = None
    operation: str | None = None
    title: str | None = Field(default=None, sa_type=Words)
    error_class: str
    problems: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    """Place, what and remedy of each `reel.errors.Problem`."""
    argv: list[str] | None = Field(default=None, sa_type=JSON)
    stderr_tail: str = Field(default="", sa_type=Words)
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class DeadLetter(NewDeadLetter, Owned):
    """A dead letter, and what became of it."""

    id: str = Field(primary_key=True)
    created: datetime = Field(sa_type=Utc)
    state: LetterState = Field(default="open", sa_type=String)
    replayed_as: str | None = None
    """Id of the generation that made up for it."""


REQUESTS = "ep_requests"
"""Id of the one endpoint of each tenant that stands for the webhooks that requests name for themselves."""


class Endpoint(Owned):
    """Where a tenant wants to hear of its generations."""

    id: str = Field(primary_key=True)
    url: str = Field(repr=False, sa_type=Secret)
    """Of the one for requests' own webhooks: empty, as each event has its own."""
    secret: str = Field(repr=False, sa_type=Secret)
    previous_secret: str | None = Field(default=None, repr=False, sa_type=Secret)
    rotated: datetime | None = Field(default=None, sa_type=Utc)
    events: list[str] | None = Field(default=None, sa_type=JSON)
    """Types of events to send; null: all."""
    created: datetime = Field(sa_type=Utc)
    disabled: datetime | None = Field(default=None, sa_type=Utc)

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """What to sign with: the secret, and for a day the one that it replaced."""
        if self.previous_secret and self.rotated and now < self.rotated + SECRET_OVERLAP:
            return self.secret, self.previous_secret
        return (self.secret,)


class WebhookEvent(Owned):
    """One message for one endpoint."""

    id: str = Field(primary_key=True)
    generation: str
    endpoint: str
    url: str | None = Field(default=None, repr=False, sa_type=Secret)
    """Where to, where that is the request's own webhook; null: the endpoint's."""
    host: str = ""
    """Of that URL: what is sent to one host waits for nothing that others are sent."""
    sequence: int
    """Counts the events of a generation, from 1."""
    type: EventType | Literal["webhook.test"] = Field(sa_type=String)
    payload: dict[str, Any] = Field(sa_type=JSON)
    created: datetime = Field(sa_type=Utc)
    attempts: int = 0
    next_at: datetime = Field(sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    delivered_at: datetime | None = Field(default=None, sa_type=Utc)
    state: EventState = Field(default="pending", sa_type=String)
    last_error: str | None = Field(default=None, sa_type=Words)
    tries: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """What came of each attempt, the oldest first: when (`at`), how long it took (`seconds`), the `error` or null."""
