"""What the catalogue hands out and takes: frozen values, each of which is also the pattern of a table (see `tables`)."""

from reel.catalogue.values.base import OfGeneration, Owned, Shape
from reel.catalogue.values.hooks import MOST_SECRETS, REQUESTS, SECRET_OVERLAP, Endpoint, EventState, WebhookEvent
from reel.catalogue.values.made import (
    DeadLetter,
    LetterState,
    NewDeadLetter,
    NewOutputRecord,
    NewStepDocument,
    NewStepRecord,
    NewUsageRecord,
    OutputRecord,
    StepDocument,
    StepRecord,
    StepState,
    UsageRecord,
)
from reel.catalogue.values.orders import AssetRecord, Generation, NewGeneration, Pace, Project, Tenant

__all__ = [
    "MOST_SECRETS",
    "REQUESTS",
    "SECRET_OVERLAP",
    "AssetRecord",
    "DeadLetter",
    "Endpoint",
    "EventState",
    "Generation",
    "LetterState",
    "NewDeadLetter",
    "NewGeneration",
    "NewOutputRecord",
    "NewStepDocument",
    "NewStepRecord",
    "NewUsageRecord",
    "OfGeneration",
    "OutputRecord",
    "Owned",
    "Pace",
    "Project",
    "Shape",
    "StepDocument",
    "StepRecord",
    "StepState",
    "Tenant",
    "UsageRecord",
    "WebhookEvent",
]
