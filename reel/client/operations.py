"""What can be asked of the gateway: each operation of its OpenAPI document that the client has, with what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reel.client import models as m

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Operation(Generic[Answer]):
    """A request that can be made."""

    method: str
    path: str
    """With names in braces, as in the document."""
    answer: Any = None
    """The type that its JSON is read as; `bytes` as they are; null: nothing is answered."""
    repeatable: bool = False
    """Whether it may be sent again where nobody knows what became of it; so may whatever only reads or removes, anyway."""

    @property
    def may_repeat(self) -> bool:
        """Whether a second one changes nothing more."""
        return self.repeatable or self.method in ("GET", "HEAD", "DELETE")


KINDS: Operation[m.Kinds] = Operation("GET", "/v1/kinds", m.Kinds)
SCHEMA: Operation[dict[str, Any]] = Operation("GET", "/v1/kinds/{kind}", dict[str, Any])

ORDER: Operation[m.GenerationDetail] = Operation("POST", "/v1/generations", m.GenerationDetail, repeatable=True)
VALIDATE: Operation[m.Verdict] = Operation("POST", "/v1/generations/validate", m.Verdict, repeatable=True)
ESTIMATE: Operation[m.Estimate | None] = Operation(
    "POST", "/v1/generations/estimate", m.Estimate | None, repeatable=True
)
GENERATIONS: Operation[m.Generations] = Operation("GET", "/v1/generations", m.Generations)
GENERATION: Operation[m.GenerationDetail] = Operation("GET", "/v1/generations/{id}", m.GenerationDetail)
CANCEL: Operation[m.GenerationDetail] = Operation(
    "POST", "/v1/generations/{id}/cancel", m.GenerationDetail, repeatable=True
)
RETRY: Operation[m.GenerationDetail] = Operation(
    "POST", "/v1/generations/{id}/retry", m.GenerationDetail, repeatable=True
)
REMOVE: Operation[None] = Operation("DELETE", "/v1/generations/{id}")
LINK: Operation[m.OutputLink] = Operation("POST", "/v1/generations/{id}/links", m.OutputLink, repeatable=True)
OUTPUT: Operation[bytes] = Operation("GET", "/v1/generations/{id}/outputs/{name}", bytes)
ARCHIVE: Operation[bytes] = Operation("GET", "/v1/generations/{id}/outputs.zip", bytes)
EVENTS: Operation[bytes] = Operation("GET", "/v1/events", bytes)
EVENTS_OF: Operation[bytes] = Operation("GET", "/v1/generations/{id}/events", bytes)
FRAME: Operation[bytes] = Operation("POST", "/v1/frame", bytes, repeatable=True)
CONTACT_SHEET: Operation[bytes] = Operation("POST", "/v1/contact-sheet", bytes, repeatable=True)

ASSETS: Operation[m.Assets] = Operation("GET", "/v1/assets", m.Assets)
DEFAULTS: Operation[m.Assets] = Operation("GET", "/v1/assets/defaults", m.Assets)
FOLDERS: Operation[m.Folders] = Operation("GET", "/v1/assets/folders", m.Folders)
FETCH: Operation[m.Asset] = Operation("POST", "/v1/assets", m.Asset)
ASSET: Operation[m.Asset] = Operation("GET", "/v1/assets/{id}", m.Asset)
CHANGE_ASSET: Operation[m.Asset] = Operation("PATCH", "/v1/assets/{id}", m.Asset, repeatable=True)
REMOVE_ASSET: Operation[None] = Operation("DELETE", "/v1/assets/{id}")
THUMBNAIL: Operation[bytes] = Operation("GET", "/v1/assets/{id}/thumbnail", bytes)
BEGIN_UPLOAD: Operation[None] = Operation("POST", "/v1/uploads")
HOW_FAR: Operation[None] = Operation("HEAD", "/v1/uploads/{id}")
SEND: Operation[None] = Operation("PATCH", "/v1/uploads/{id}")
GIVE_UP: Operation[None] = Operation("DELETE", "/v1/uploads/{id}")

PROJECTS: Operation[m.Projects] = Operation("GET", "/v1/projects", m.Projects)
PROJECT: Operation[m.WholeProject] = Operation("GET", "/v1/projects/{id}", m.WholeProject)
MAKE_PROJECT: Operation[m.WholeProject] = Operation("POST", "/v1/projects", m.WholeProject)
CHANGE_PROJECT: Operation[m.WholeProject] = Operation("PATCH", "/v1/projects/{id}", m.WholeProject, repeatable=True)
REMOVE_PROJECT: Operation[None] = Operation("DELETE", "/v1/projects/{id}")

TEMPLATES: Operation[m.Templates] = Operation("GET", "/v1/templates", m.Templates)
TEMPLATE: Operation[m.WholeTemplate] = Operation("GET", "/v1/templates/{id}", m.WholeTemplate)
ADD_TEMPLATE: Operation[m.WholeTemplate] = Operation("POST", "/v1/templates", m.WholeTemplate)
ADD_VERSION: Operation[m.Version] = Operation("POST", "/v1/templates/{id}/versions", m.Version)
VERSION: Operation[m.WholeVersion] = Operation("GET", "/v1/templates/{id}/versions/{version}", m.WholeVersion)
PUBLISH: Operation[m.Version] = Operation(
    "POST", "/v1/templates/{id}/versions/{version}/publish", m.Version, repeatable=True
)
RETIRE_VERSION: Operation[m.Version] = Operation(
    "POST", "/v1/templates/{id}/versions/{version}/retire", m.Version, repeatable=True
)
RETIRE: Operation[m.Template] = Operation("POST", "/v1/templates/{id}/retire", m.Template, repeatable=True)
PREVIEW: Operation[m.Preview] = Operation(
    "POST", "/v1/templates/{id}/versions/{version}/preview", m.Preview, repeatable=True
)
TEMPLATE_USE: Operation[m.TemplateUse] = Operation("GET", "/v1/templates/{id}/usage", m.TemplateUse)

ADD_BATCH: Operation[m.Batch] = Operation("POST", "/v1/batches", m.Batch, repeatable=True)
BATCHES: Operation[m.Batches] = Operation("GET", "/v1/batches", m.Batches)
BATCH: Operation[m.Batch] = Operation("GET", "/v1/batches/{id}", m.Batch)
ROWS: Operation[m.Rows] = Operation("GET", "/v1/batches/{id}/rows", m.Rows)
MANIFEST: Operation[bytes] = Operation("GET", "/v1/batches/{id}/manifest", bytes)
RETRY_BATCH: Operation[m.Retried] = Operation("POST", "/v1/batches/{id}/retry", m.Retried, repeatable=True)
CANCEL_BATCH: Operation[m.CalledOff] = Operation("POST", "/v1/batches/{id}/cancel", m.CalledOff, repeatable=True)

WEBHOOKS: Operation[m.Webhooks] = Operation("GET", "/v1/webhooks", m.Webhooks)
ADD_WEBHOOK: Operation[m.WebhookWithSecret] = Operation("POST", "/v1/webhooks", m.WebhookWithSecret)
WEBHOOK: Operation[m.Webhook] = Operation("GET", "/v1/webhooks/{id}", m.Webhook)
REMOVE_WEBHOOK: Operation[None] = Operation("DELETE", "/v1/webhooks/{id}")
ROTATE: Operation[m.WebhookWithSecret] = Operation("POST", "/v1/webhooks/{id}/rotate", m.WebhookWithSecret)
DISABLE: Operation[m.Webhook] = Operation("POST", "/v1/webhooks/{id}/disable", m.Webhook, repeatable=True)
ENABLE: Operation[m.Webhook] = Operation("POST", "/v1/webhooks/{id}/enable", m.Webhook, repeatable=True)
TRY_WEBHOOK: Operation[m.Trial] = Operation("POST", "/v1/webhooks/{id}/test", m.Trial, repeatable=True)
DELIVERIES: Operation[m.Deliveries] = Operation("GET", "/v1/webhooks/{id}/deliveries", m.Deliveries)
REDELIVER: Operation[m.EventDelivery] = Operation(
    "POST", "/v1/webhooks/{id}/deliveries/{event}/redeliver", m.EventDelivery, repeatable=True
)

CREDITS: Operation[m.Account] = Operation("GET", "/v1/credits", m.Account)
TRANSFERS: Operation[m.Transfers] = Operation("GET", "/v1/credits/transfers", m.Transfers)
USAGE: Operation[m.Usage] = Operation("GET", "/v1/usage", m.Usage)
USAGE_CSV: Operation[bytes] = Operation("GET", "/v1/usage/csv", bytes)
