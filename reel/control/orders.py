"""Orders: what the catalogue is told of a request before anything is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from reel.catalogue import Generation, MadeFrom, NewGeneration, Records
from reel.control.naming import settled, written_out
from reel.control.tariff import put_aside, tariff_of
from reel.kinds.read import metadata_of, webhook_of
from reel.plan.amounts import Amounts
from reel.plan.estimate import Estimate
from reel.request.terms import Terms
from reel.settings import settings
from reel.web import Hosts, check_url


def order_of(
    request: Mapping[str, Any], terms: Terms, made_from: MadeFrom | None = None, **known: Any
) -> NewGeneration:
    """What the catalogue is told of a request at first, with the stored template that it was `made_from`; `known` are its `id`,
    `flow_run` and what else is known, if they are."""
    webhook = webhook_of(request)
    made = made_from.model_dump() if made_from else {}
    return NewGeneration(
        project=terms.project,
        kind=str(request.get("kind", "")),
        request=dict(request),
        priority=terms.priority,
        slot=terms.slot,
        idempotency_key=terms.idempotency_key,
        request_metadata=metadata_of(request) or None,
        limits=terms.limits or None,
        webhook=None if webhook is None else webhook.model_dump(mode="json"),
        **made,
        **known,
    )


def foretold(amounts: Amounts) -> dict[str, Any]:
    """What is to be delivered, by the names that the catalogue has for it."""
    return {f"foretold_{name}": amount for name, amount in amounts._asdict().items()}


def terms_of(generation: Generation) -> Terms:
    """The terms that a generation was queued under."""
    return Terms(
        tenant=generation.tenant_id,
        project=generation.project,
        priority=generation.priority,
        idempotency_key=generation.idempotency_key,
        generation=generation.id,
        limits=generation.limits,
        slot=generation.slot,
    )


def ordered(records: Records, order: NewGeneration, asked: datetime | None = None) -> tuple[Generation, bool]:
    """Queue an order, as `Records.add`; what its tenant may not ask for is refused. Where credits are on, what it is expected
    to cost is put aside; of quotas, what it is expected to deliver. Raises `InvalidRequest`, of which one is `Exhausted`."""
    # What was ordered stands, whatever has become of its assets since.
    look = written_out if records.of_key(order.idempotency_key) else settled
    order = order.model_copy(update={"request": look(order.request, records)})
    if order.webhook:
        tenant = records.tenant()
        check_url(order.webhook["url"], "webhook.url", hosts_of(tenant.id, tenant.webhook_hosts or ()))
    expected = Estimate.model_validate(order.expected) if order.expected else None
    if expected is None:
        order = order.model_copy(update=records.usual_amounts(order.kind))
    reserve = put_aside(tariff_of(settings()), order.kind, records.usual_price, expected)
    return records.add(order, asked, reserve)


def hosts_of(tenant: str, names: Collection[str] | None) -> Hosts | None:
    """The hosts that requests of a tenant may name for their webhooks, and what says so; null: any."""
    return None if names is None else Hosts(names, f"`reel tenant set {tenant} --webhook-hosts`")
