"""Credits as values: accounts, and transfers between two of them, which is what keeps the books balanced.

Amounts are whole millionths of a credit, so that sums are exact. Each transfer takes from one account what it gives to another
(double entry): all accounts of a tenant sum to zero, whatever was written and wherever a writer died.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, String
from sqlmodel import Field

from reel.catalogue.columns import Utc, Words
from reel.catalogue.names import new_id
from reel.catalogue.values import Owned, Shape

Account = Literal["purchased", "granted", "available", "reserved", "spent"]
"""`purchased` and `granted` are the installation's counter-accounts: below zero by what it has given out, for money or without.
The others are the tenant's, and never below zero."""
GRANTED_FROM: tuple[Account, ...] = ("purchased", "granted")
Reason = Literal["purchase", "grant", "correction", "reserve", "estimate", "charge", "release", "refund"]
"""Of a generation: `reserve` when it is queued, `estimate` when its plan is known and takes more or less, `charge` and
`release` (of what is left) when it is done, `refund` when it failed or was called off."""

MILLIONTHS = 1_000_000


def millionths(credits: float) -> int:
    """Credits as the books have them."""
    return round(credits * MILLIONTHS)


def credits_of(amount: int) -> float:
    """An amount of the books in credits, exact to the sixth digit."""
    return round(amount / MILLIONTHS, 6)


class AccountBalance(Owned):
    """What is in one account: the sum of all transfers to it, less those from it."""

    account: Account = Field(primary_key=True, sa_type=String)
    balance: int = Field(default=0, sa_type=BigInteger)


class NewTransfer(Shape):
    """An amount that goes from one account to another."""

    id: str = Field(default_factory=lambda: new_id("tr_"), primary_key=True)
    """One that names what it is for (a payment; a generation, attempt and reason) makes it happen once, however often it is
    asked for."""
    debited: Account = Field(sa_type=String)
    """The account that it is taken from."""
    credited: Account = Field(sa_type=String)
    amount: int = Field(sa_type=BigInteger)
    """Millionths of a credit, above zero."""
    reason: Reason = Field(sa_type=String)
    generation: str | None = None
    note: str = Field(default="", sa_type=Words)


class Transfer(NewTransfer, Owned):
    """A transfer that was made; none is ever changed or removed."""

    created: datetime = Field(sa_type=Utc)


class Balances(Shape):
    """All accounts of a tenant, in credits."""

    available: float = 0.0
    reserved: float = 0.0
    spent: float = 0.0
    purchased: float = 0.0
    """What it bought, in all."""
    granted: float = 0.0
    """What it was given, in all."""
