"""The record of truth: who asked for what, what became of it, and who is still to be told.

    with open_catalogue("sqlite:////var/lib/reelflow/catalogue.db").tenant("acme") as records:
        generation, new = records.add(NewGeneration(kind="mixer", request={...}, idempotency_key="order-17"))

Nobody else knows that there is a database. Import this where it is used: it brings SQLAlchemy along.
"""

from reel.catalogue.catalogue import Catalogue, open_catalogue, upgrade
from reel.catalogue.credentials import INSTALLATION, ROLES, ApiKey, NewApiKey, Role
from reel.catalogue.deliveries import Accepted, Delivery, GivenUp, Lane, Outcome, Retry
from reel.catalogue.documents import Described, Page
from reel.catalogue.generations import NoSuchGeneration
from reel.catalogue.keys import USE_EVERY
from reel.catalogue.live import PROGRESS, FeedEvent, FeedHead, Progressed
from reel.catalogue.managing import Listed
from reel.catalogue.measures import ASSET, CatalogueMeasures, Queue, Seconds
from reel.catalogue.operator import Operator
from reel.catalogue.paces import Paces
from reel.catalogue.records import Records
from reel.catalogue.status import ENDED, LIVE, Priority, Status
from reel.catalogue.values import (
    AssetRecord,
    DeadLetter,
    Endpoint,
    Generation,
    NewDeadLetter,
    NewGeneration,
    NewOutputRecord,
    NewStepDocument,
    NewStepRecord,
    NewUsageRecord,
    OutputRecord,
    Project,
    StepDocument,
    StepRecord,
    Tenant,
    UsageRecord,
    WebhookEvent,
)
from reel.catalogue.work import Processors
from reel.request.told import EventType

__all__ = [
    "ASSET",
    "ENDED",
    "INSTALLATION",
    "LIVE",
    "PROGRESS",
    "ROLES",
    "USE_EVERY",
    "Accepted",
    "ApiKey",
    "AssetRecord",
    "Catalogue",
    "CatalogueMeasures",
    "DeadLetter",
    "Delivery",
    "Described",
    "Endpoint",
    "EventType",
    "FeedEvent",
    "FeedHead",
    "Generation",
    "GivenUp",
    "Lane",
    "Listed",
    "NewApiKey",
    "NewDeadLetter",
    "NewGeneration",
    "NewOutputRecord",
    "NewStepDocument",
    "NewStepRecord",
    "NewUsageRecord",
    "NoSuchGeneration",
    "Operator",
    "Outcome",
    "OutputRecord",
    "Paces",
    "Page",
    "Priority",
    "Processors",
    "Progressed",
    "Project",
    "Queue",
    "Records",
    "Retry",
    "Role",
    "Seconds",
    "Status",
    "StepDocument",
    "StepRecord",
    "Tenant",
    "UsageRecord",
    "WebhookEvent",
    "open_catalogue",
    "upgrade",
]
