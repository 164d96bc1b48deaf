"""What the gateway answers. Written by `python -m tests.gateway.client_models` from its OpenAPI document.

What its fields mean is told there. What a newer gateway says besides is passed over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """The base of all."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Health(Answer):
    """How it is."""

    status: Literal["ok"] = "ok"


class Key(Answer):
    """A key as it is known."""

    id: str
    name: str
    role: Literal["viewer", "member", "owner", "operator"]
    scopes: tuple[str, ...] | None
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    replaced_by: str | None
    last_used: datetime | None


class Keys(Answer):
    """All keys of the tenant."""

    keys: tuple[Key, ...]


class IssuedKey(Answer):
    """A key that was just made."""

    id: str
    name: str
    role: Literal["viewer", "member", "owner", "operator"]
    scopes: tuple[str, ...] | None
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    replaced_by: str | None
    last_used: datetime | None
    key: str


class Kind(Answer):
    """A kind."""

    kind: str
    about: str


class Kinds(Answer):
    """All kinds."""

    kinds: tuple[Kind, ...]


class Estimate(Answer):
    """What making it takes: the median, and what nine of ten such orders stay under (`p90`)."""

    seconds: float
    seconds_p90: float
    cpu_seconds: float
    cpu_seconds_p90: float
    bytes: int
    bytes_p90: int
    cost: float | None = None
    cost_p90: float | None = None
    steps: int
    learnt: float = 0.0


class Progress(Answer):
    """How far it is."""

    percent: float = 0.0
    eta_seconds: float | None = None
    steps: int = 0
    steps_done: int = 0
    steps_reused: int = 0
    doing: str = ""
    percents: dict[str, float] = {}


class Output(Answer):
    """A published file."""

    name: str
    role: str
    bytes: int
    sha256: str
    url: str
    expires: datetime | None


class PlacedProblem(Answer):
    """One thing that is wrong."""

    place: str
    what: str
    remedy: str = ""


class ProblemDocument(Answer):
    """What all answers of an error look like (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str
    problems: tuple[PlacedProblem, ...] = ()


class Step(Answer):
    """A step of its making."""

    title: str
    operation: str
    state: str
    seconds: float
    reused: bool
    bytes: int
    outputs: tuple[str, ...]


class GenerationDetail(Answer):
    """A generation."""

    id: str
    kind: str
    title: str
    project: str
    status: str
    priority: Literal["interactive", "batch", "regeneration"]
    slot: str | None
    metadata: dict[str, Any]
    created: datetime
    started: datetime | None
    ended: datetime | None
    percent: float
    place: int | None
    attempts: int
    template: str | None
    template_version: int | None
    retry_of: str | None
    idempotency_key: str | None
    delete_after_download: bool
    estimate: Estimate | None
    progress: Progress
    outputs: tuple[Output, ...]
    error: ProblemDocument | None
    request: dict[str, Any]
    steps: tuple[Step, ...] | None = None
    report: dict[str, Any] | None = None


class GenerationSummary(Answer):
    """A generation in a list."""

    id: str
    kind: str
    title: str
    project: str
    status: str
    priority: Literal["interactive", "batch", "regeneration"]
    slot: str | None
    metadata: dict[str, Any]
    created: datetime
    started: datetime | None
    ended: datetime | None
    percent: float


class Generations(Answer):
    """A part of a list."""

    generations: tuple[GenerationSummary, ...]
    after: str | None


class Verdict(Answer):
    """What can be said of a request before its assets are read."""

    valid: bool
    errors: tuple[PlacedProblem, ...]
    warnings: tuple[str, ...]
    unknown: tuple[str, ...]
    resolved: dict[str, Any] | None
    estimate: Estimate | None


class Ticket(Answer):
    """What opens streams in place of a key: `?ticket=`."""

    ticket: str
    expires: datetime


class Quota(Answer):
    """What may be had in a calendar month (UTC), and what was."""

    used: float
    limit: float | None


class Account(Answer):
    """What is in all accounts, in credits, and how the month stands."""

    on: bool
    available: float
    reserved: float
    spent: float
    purchased: float
    granted: float
    month: dict[str, Quota]


class Transfer(Answer):
    """An amount that went from one account to another. None is ever changed."""

    id: str
    created: datetime
    credits: float
    debited: str
    credited: str
    reason: str
    generation: str | None
    note: str


class Transfers(Answer):
    """The newest transfers, newest first."""

    transfers: tuple[Transfer, ...]


class Usage(Answer):
    """What all generations used that were done since a moment."""

    since: datetime
    output_seconds: float
    bytes: int
    pixels: int
    cpu_seconds: float
    rendered_seconds: float


class Template(Answer):
    """A template."""

    id: str
    name: str
    description: str
    created: datetime
    retired: datetime | None


class Templates(Answer):
    """All templates by name."""

    templates: tuple[Template, ...]


class Variable(Answer):
    """What a template leaves open."""

    type: str = "text"
    choices: tuple[str, ...] = ()
    max_length: int = 500
    default: str | float | bool | None = None
    description: str = ""


class Version(Answer):
    """A version. Its document never changes."""

    version: int
    note: str
    created: datetime
    published: datetime | None
    retired: datetime | None
    variables: dict[str, Variable]


class WholeTemplate(Answer):
    """A template with its versions, the newest first."""

    id: str
    name: str
    description: str
    created: datetime
    retired: datetime | None
    versions: tuple[Version, ...]


class WholeVersion(Answer):
    """A version with its document."""

    version: int
    note: str
    created: datetime
    published: datetime | None
    retired: datetime | None
    variables: dict[str, Variable]
    document: dict[str, Any]


class Preview(Answer):
    """What would be made."""

    request: dict[str, Any]


class VersionUse(Answer):
    """What was made from a version, and what that used."""

    version: int
    generations: int
    output_seconds: float
    bytes: int
    pixels: int
    cpu_seconds: float
    rendered_seconds: float


class TemplateUse(Answer):
    """What was made from each version, the newest first."""

    versions: tuple[VersionUse, ...]


class RowCounts(Answer):
    """How the rows stand."""

    waiting: int
    bad: int
    queued: int
    running: int
    done: int
    failed: int
    cancelled: int
    forgotten: int
    all: int


class Batch(Answer):
    """A batch, as one thing."""

    id: str
    name: str
    project: str
    priority: str
    status: str
    why: str
    percent: float
    rows: RowCounts
    template: str | None
    template_version: int | None
    cost_cap: float | None
    expected_cost: float | None
    stop_after_failed_percent: float | None
    ahead: int
    idempotency_key: str | None
    created: datetime
    touched: datetime
    ended: datetime | None


class Batches(Answer):
    """The newest batches, newest first."""

    batches: tuple[Batch, ...]


class RowOutput(Answer):
    """A published file."""

    name: str
    bytes: int
    sha256: str
    url: str
    expires: datetime | None


class Row(Answer):
    """What became of a row."""

    row: int
    id: str | None
    status: str
    attempt: int
    generation: str | None
    outputs: tuple[RowOutput, ...]
    problems: tuple[PlacedProblem, ...]


class Rows(Answer):
    """Rows in order."""

    rows: tuple[Row, ...]
    after: int | None


class Retried(Answer):
    """What is ordered again."""

    rows: int


class CalledOff(Answer):
    """What was called off."""

    generations: tuple[str, ...]


class Asset(Answer):
    """An asset that you keep, or one that is always there."""

    id: str
    use: str
    name: str
    folder: str = ""
    state: Literal["uploading", "quarantined", "ready", "refused"]
    bytes: int | None = None
    sha256: str | None = None
    type: str | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    has_sound: bool = False
    warnings: tuple[str, ...] = ()
    thumbnail: str | None = None
    problems: tuple[PlacedProblem, ...] = ()
    metadata: dict[str, Any] = {}
    created: datetime | None = None
    changed: datetime | None = None


class Assets(Answer):
    """A part of a list."""

    assets: tuple[Asset, ...]
    after: str | None = None


class FolderOfAssets(Answer):
    """A folder."""

    name: str
    use: str
    assets: int


class Folders(Answer):
    """All folders, by name."""

    folders: tuple[FolderOfAssets, ...]


class Parts(Answer):
    """How an asset is to be cut."""

    asset: Asset
    part_bytes: int
    parts: int


class PartLink(Answer):
    """Where a part is to be PUT."""

    part: int
    url: str


class Links(Answer):
    """Where parts are to be PUT."""

    links: tuple[PartLink, ...]
    seconds: int = 3600


class ProjectSummary(Answer):
    """A project in a list."""

    id: str
    use: str
    title: str
    assets: int
    created: datetime
    changed: datetime | None


class Projects(Answer):
    """All projects, by name."""

    projects: tuple[ProjectSummary, ...]


class ProjectGeneration(Answer):
    """A generation of a project."""

    id: str
    kind: str
    status: str
    created: datetime
    ended: datetime | None


class WholeProject(Answer):
    """A project."""

    id: str
    use: str
    title: str
    assets: tuple[Asset, ...]
    settings: dict[str, Any]
    generations: tuple[ProjectGeneration, ...]
    created: datetime
    changed: datetime | None


class OutputLink(Answer):
    """A link that anybody who has it can read by."""

    url: str
    expires: datetime


class Webhook(Answer):
    """An endpoint as it is known."""

    id: str
    url: str | None
    events: tuple[str, ...] | None
    created: datetime
    rotated: datetime | None
    disabled: datetime | None


class Webhooks(Answer):
    """All endpoints of the tenant."""

    webhooks: tuple[Webhook, ...]


class WebhookWithSecret(Answer):
    """An endpoint with what its events are verified with."""

    id: str
    url: str | None
    events: tuple[str, ...] | None
    created: datetime
    rotated: datetime | None
    disabled: datetime | None
    secret: str


class Trial(Answer):
    """What became of an event that tells of nothing."""

    accepted: bool
    error: str | None
    seconds: float


class Attempt(Answer):
    """One attempt to deliver an event."""

    at: datetime
    seconds: float
    error: str | None


class EventDelivery(Answer):
    """An event on its way to an endpoint."""

    id: str
    type: str
    generation: str
    state: Literal["pending", "delivered", "dead"]
    created: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    attempts: tuple[Attempt, ...]
    payload: dict[str, Any]


class Deliveries(Answer):
    """A part of a list."""

    deliveries: tuple[EventDelivery, ...]
    after: str | None


class HourAhead(Answer):
    """An hour to come; the first is the one that it is."""

    begin: datetime
    orders: float
    workers: int
    queue: float


class Forecast(Answer):
    """What is expected."""

    workers: int
    at_once: int
    queued: int
    under_way: int
    usual_seconds: float
    history_hours: int
    hours: tuple[HourAhead, ...]
