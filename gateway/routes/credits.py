"""What a tenant has, what it spent, and what it may have in a month."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from gateway.access import Operator, Viewer
from gateway.desk import Desk, TheDesk
from gateway.routing import problem_responses, resource
from reel.catalogue import Tenant, credits_of, month_of
from reel.catalogue import Transfer as TransferRecord
from reel.control.tariff import tariff_of
from reel.errors import InvalidRequest
from reel.settings import settings
from reel.values import Value
from reel.words import nearest

router = resource("credits")

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most, the newest.")]


class Quota(Value):
    """What may be had in a calendar month (UTC), and what was."""

    used: float
    limit: float | None = Field(description="Null: any amount.")


class Account(Value):
    """What is in all accounts, in credits, and how the month stands."""

    on: bool = Field(description="Whether generations are paid for with credits here.")
    available: float
    reserved: float = Field(description="Put aside for what is queued or under way.")
    spent: float
    purchased: float = Field(description="In all, whatever became of it.")
    granted: float = Field(description="Given without money, in all.")
    month: dict[str, Quota] = Field(description="`minutes`, `bytes` and `pixels` of outputs, and `credits`.")


class Transfer(Value):
    """An amount that went from one account to another. None is ever changed."""

    id: str
    created: datetime
    credits: float
    debited: str = Field(description="The account that it was taken from.")
    credited: str = Field(description="The account that it went to.")
    reason: str = Field(
        description="purchase, grant, correction; of a generation reserve, estimate, charge, release, refund."
    )
    generation: str | None
    note: str


class Transfers(Value):
    """The newest transfers, newest first."""

    transfers: tuple[Transfer, ...]


class Grant(Value):
    """Credits that a tenant is given."""

    tenant: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    credits: float = Field(ge=-1e12, le=1e12, description="Below zero: taken back, as far as they are available.")
    free: bool = Field(False, description="Nobody has paid for them.")
    key: str | None = Field(None, min_length=1, max_length=255, description="Of the payment: the same one counts once.")
    note: str = Field("", max_length=1000)
    new_tenant: bool = Field(False, description="Make the tenant where there is none; otherwise that is refused.")


@router.get("")
def account(caller: Viewer, desk: TheDesk) -> Account:
    """What the tenant has, what is put aside, what it spent, and how much of the month's quotas is used."""
    month = month_of(desk.clock())
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        balances, used = records.balances(), records.used(month)
        spent, whose = records.spent(month), records.known_tenant()
    had = {"minutes": used.output_seconds / 60, "bytes": used.bytes, "pixels": used.pixels, "credits": spent}
    quotas = {name: Quota(used=round(amount, 6), limit=_limit(whose, name)) for name, amount in had.items()}
    return Account(on=tariff_of(settings()) is not None, month=quotas, **balances.model_dump())


@router.get("/transfers")
def transfers(
    caller: Viewer,
    desk: TheDesk,
    generation: Annotated[str | None, Query(max_length=255, description="Of this one alone.")] = None,
    limit: Limit = 100,
) -> Transfers:
    """Every movement of credits."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        found = records.transfers(generation=generation, limit=limit)
    return Transfers(transfers=tuple(map(_shown, found)))


@router.post("/grants", status_code=201, responses=problem_responses(402))
def grant(wanted: Grant, caller: Operator, desk: TheDesk, response: Response) -> Transfer:
    """Give a tenant credits. For whoever runs the installation, and its shop. Of a payment that counted before, the transfer of
    then, with `Idempotency-Replayed: true`."""
    with desk.catalogue.tenant(wanted.tenant) as records:
        if not wanted.new_tenant and records.known_tenant() is None:
            raise _no_tenant(wanted.tenant, desk)
        given, is_new = records.grant(wanted.credits, bought=not wanted.free, key=wanted.key, note=wanted.note)
    if not is_new:
        response.headers["Idempotency-Replayed"] = "true"
    return _shown(given)


def _no_tenant(name: str, desk: Desk) -> InvalidRequest:
    """What was paid would be nobody's: a name that is mistyped makes no tenant unseen."""
    with desk.catalogue.operator(only_reads=True) as everybody:
        near = nearest(name, [each.id for each in everybody.tenants()])
    remedy = f"did you mean `{near}`? " if near else ""
    return InvalidRequest.at("tenant", f"there is no tenant {name!r}", f"{remedy}`new_tenant` makes one")


def _limit(tenant: Tenant | None, name: str) -> float | None:
    return getattr(tenant, f"monthly_{name}", None)


def _shown(record: TransferRecord) -> Transfer:
    return Transfer(**record.model_dump(exclude={"tenant_id", "amount"}), credits=credits_of(record.amount))
