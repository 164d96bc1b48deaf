"""The record of truth: who asked for what, what became of it, and who is still to be told.

    with open_catalogue("sqlite:////var/lib/reelflow/catalogue.db").tenant("acme") as records:
        generation, new = records.add(NewGeneration(kind="mixer", request={...}, idempotency_key="order-17"))

Nobody else knows that there is a database. Import this where it is used: it brings SQLAlchemy along.
"""

from reel.catalogue.assets import AssetState, LibraryAsset, NewAsset, Upload, UploadPart
from reel.catalogue.batch_values import Batch, BatchStatus, Counts, Entry, NewBatch, NewEntry
from reel.catalogue.batches import of_problems
from reel.catalogue.catalogue import Catalogue, open_catalogue, upgrade
from reel.catalogue.credentials import INSTALLATION, ROLES, ApiKey, NewApiKey, Role
from reel.catalogue.credits import month_of
from reel.catalogue.deliveries import Accepted, Delivery, GivenUp, Lane, Outcome, Retry
from reel.catalogue.documents import Described, Page
from reel.catalogue.generations import NoSuchGeneration
from reel.catalogue.keys import USE_EVERY
from reel.catalogue.library import NoSuchAsset, NoSuchUpload, UploadBusy, UploadExpired, WrongOffset
from reel.catalogue.live import PROGRESS, FeedEvent, FeedHead, Progressed
from reel.catalogue.managing import Listed
from reel.catalogue.measures import ASSET, CatalogueMeasures, Queue, Seconds
from reel.catalogue.money import Balances, Transfer, credits_of, millionths
from reel.catalogue.names import new_id
from reel.catalogue.operator import Monthly, Operator
from reel.catalogue.paces import Paces
from reel.catalogue.projects import NoSuchProject
from reel.catalogue.quotas import Used
from reel.catalogue.records import Records
from reel.catalogue.status import ENDED, LIVE, Priority, Status
from reel.catalogue.stored import MadeFrom, StoredTemplate, TemplateVersion, VersionUsage, Which
from reel.catalogue.values import (
    AssetRecord,
    DeadLetter,
    Endpoint,
    EventState,
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
    "AssetState",
    "Balances",
    "Batch",
    "BatchStatus",
    "Catalogue",
    "CatalogueMeasures",
    "Counts",
    "DeadLetter",
    "Delivery",
    "Described",
    "Endpoint",
    "Entry",
    "EventState",
    "EventType",
    "FeedEvent",
    "FeedHead",
    "Generation",
    "GivenUp",
    "Lane",
    "LibraryAsset",
    "Listed",
    "MadeFrom",
    "Monthly",
    "NewApiKey",
    "NewAsset",
    "NewBatch",
    "NewDeadLetter",
    "NewEntry",
    "NewGeneration",
    "NewOutputRecord",
    "NewStepDocument",
    "NewStepRecord",
    "NewUsageRecord",
    "NoSuchAsset",
    "NoSuchGeneration",
    "NoSuchProject",
    "NoSuchUpload",
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
    "StoredTemplate",
    "TemplateVersion",
    "Tenant",
    "Transfer",
    "Upload",
    "UploadBusy",
    "UploadExpired",
    "UploadPart",
    "UsageRecord",
    "Used",
    "VersionUsage",
    "WebhookEvent",
    "Which",
    "WrongOffset",
    "credits_of",
    "millionths",
    "month_of",
    "new_id",
    "of_problems",
    "open_catalogue",
    "upgrade",
]
