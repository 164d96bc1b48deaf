"""How the installation does: tenants, the queue, how long things take, whether promises are kept, and what is to come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import Field

from gateway.access import Operator
from gateway.desk import TheDesk
from gateway.pages.rendering import page
from gateway.pages.routing import asked_for, pages
from gateway.routes.forecast import ahead, objective
from gateway.sessions import PAGES
from reel.catalogue import LIVE, CatalogueMeasures, Tenant
from reel.control.forecasting import MOST
from reel.control.service_level import Went, burn_rates, by, went
from reel.values import Value

router = pages("operator")

HERE = f"{PAGES}/operator"
BURN_HOURS = (1, 6, 24)
WINDOWS = {1: "the last hour", 24: "the last day", 168: "the last week", 672: "the last four weeks"}


class Wanted(Value):
    """What is shown."""

    hours: int = Field(24, ge=1, le=672, description="That are looked back upon.")
    per_worker: int = Field(2, ge=1, le=1000)
    with_workers: int | None = Field(None, ge=1, le=MOST)


def _wanted(request: Request) -> Wanted:
    return asked_for(Wanted, request)


@dataclass(frozen=True)
class TenantLine:
    """One tenant's line."""

    name: str
    tenant: Tenant
    queued: int
    under_way: int
    went: Went | None
    bytes: int
    spent: float


@router.get("")
def installation(caller: Operator, desk: TheDesk, wanted: Annotated[Wanted, Depends(_wanted)]) -> Response:
    """All of it, over some hours."""
    now = desk.clock()
    since = now - timedelta(hours=wanted.hours)
    with desk.catalogue.operator(only_reads=True) as everybody:
        measures, tenants = everybody.measures(since), everybody.tenants()
        spent = everybody.spent_by_tenant(since)
        courses = everybody.courses(min(since, now - timedelta(hours=max(BURN_HOURS))))
    recent = [course for course in courses if course.ended is None or course.ended >= since]
    of_tenants = by(recent, "tenant")
    return page(
        "operator.html.j2",
        caller,
        here=HERE,
        wanted=wanted,
        windows=WINDOWS,
        measures=measures,
        whole=went(recent),
        kinds={
            name: found for name, found in by(recent, "kind").items() if found.done or found.failed or found.refused
        },
        tenants=[_line(each, measures, of_tenants, spent.get(each.id, 0.0)) for each in tenants],
        objective=objective(),
        burning=burn_rates(courses, objective(), now, *BURN_HOURS),
        ahead=ahead(caller, desk, wanted.per_worker, wanted.with_workers),
    )


def _line(tenant: Tenant, measures: CatalogueMeasures, found: dict[str, Went], spent: float) -> TenantLine:
    live: Counter[str] = Counter()
    for (name, status), count in measures.generations.items():
        if name == tenant.id and status in LIVE:
            live["queued" if status == "queued" else "under way"] += count
    size = measures.bytes_published.get(tenant.id, 0)
    return TenantLine(tenant.id, tenant, live["queued"], live["under way"], found.get(tenant.id), size, spent)
