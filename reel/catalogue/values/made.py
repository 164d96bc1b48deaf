"""What became of a generation: its steps, outputs, usage and dead letters."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, String
from sqlmodel import Field

from reel.catalogue.columns import Utc, Words
from reel.catalogue.values.base import OfGeneration, Owned, Shape

StepState = Literal["planned", "done", "failed"]
LetterState = Literal["open", "replayed", "dropped", "resolved"]
"""`resolved`: its generation was done after all, whoever retried it."""


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
