"""Credits: granted by the operator, reserved for a generation, charged when it is done, given back when it is not.

What moves them for a generation is written in the transaction that changes its status (`Generations.add`, `move`), so neither
is without the other. All of it is asked of the books: a generation for which nothing was reserved costs nothing, whatever the
settings say by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, func, select, update

from reel.catalogue.money import (
    GRANTED_FROM,
    Account,
    Balances,
    NewTransfer,
    Reason,
    Transfer,
    credits_of,
    millionths,
)
from reel.catalogue.names import check_name
from reel.catalogue.scope import Scope
from reel.catalogue.tables import AccountRow, GenerationRow, TenantRow, TransferRow
from reel.errors import Exhausted, InvalidRequest

MOST_CREDITS = 1e12
"""In one grant, so that sums stay within 64 bits."""
BUY = "buy credits; `reel credits show` and GET /v1/credits tell what is left"


class Credits(Scope):
    """The part of a tenant's records that is about credits."""

    def grant(
        self, credits: float, *, bought: bool = True, key: str | None = None, note: str = ""
    ) -> tuple[Transfer, bool]:
        """Give credits; below zero: take back what is available. The same `key` (of a payment) gives them once. The transfer,
        and whether it was made now.

        Raises `InvalidRequest` for an amount of nothing, or a key that was used for another one; `Exhausted` where there is
        less to be taken back.
        """
        amount = millionths(credits) if abs(credits) <= MOST_CREDITS else 0
        if not amount:
            what = f"{credits} is nothing that can be given"
            raise InvalidRequest.at(
                "credits", what, f"from 0.000001 to {MOST_CREDITS:,.0f}, or below zero to take back"
            )
        source: Account = "purchased" if bought else "granted"
        own: Account = "available"
        debited, credited = (source, own) if amount > 0 else (own, source)
        reason: Reason = "correction" if amount < 0 else "purchase" if bought else "grant"
        new = NewTransfer(debited=debited, credited=credited, amount=abs(amount), reason=reason, note=note)
        if key is not None:
            new = new.model_copy(update={"id": check_name("key", key)})
        known = key is not None and self._session.exec(select(TransferRow).where(TransferRow.id == key)).first()
        if amount < 0 and not known and (left := self._balance("available")) < -amount:
            what = f"{credits_of(-amount)} credits are to be taken back, and {credits_of(left)} are available"
            raise Exhausted.at("credits", what, "take back no more than that; what is put aside comes back by itself")
        self._make_tenant(self._session.tenant)
        if not self._transferred([new]):
            return self._given_before(new), False
        return self.transfer(new.id), True

    def balances(self) -> Balances:
        """What is in all accounts."""
        found = {row.account: credits_of(row.balance) for row in self._session.exec(select(AccountRow))}
        return Balances(**{name: abs(balance) for name, balance in found.items()})

    def transfer(self, id_: str) -> Transfer:
        """Raises `InvalidRequest` where there is none of that id."""
        row = self._session.exec(select(TransferRow).where(TransferRow.id == id_)).first()
        if row is None:
            raise InvalidRequest.at("transfer", f"there is no {id_[:80]!r}")
        return Transfer.model_validate(row)

    def transfers(
        self, *, generation: str | None = None, since: datetime | None = None, limit: int = 100
    ) -> list[Transfer]:
        """The newest transfers, newest first."""
        query = select(TransferRow)
        if generation is not None:
            query = query.where(TransferRow.generation == generation)
        if since is not None:
            query = query.where(TransferRow.created >= since)
        newest = query.order_by(col(TransferRow.created).desc(), col(TransferRow.id).desc()).limit(limit)
        return [Transfer.model_validate(row) for row in self._session.exec(newest)]

    def spent(self, since: datetime) -> float:
        """What was charged since a moment, and what is put aside, in credits."""
        return credits_of(self._charged(since) + self._balance("reserved"))

    def usual_price(self, kind: str) -> int | None:
        """The most that any of the tenant's newest 20 generations of a kind cost; null where none cost anything."""
        of_it = (col(TransferRow.tenant_id) == GenerationRow.tenant_id) & (TransferRow.generation == GenerationRow.id)
        known = (GenerationRow.kind == kind, TransferRow.reason == "charge")
        newest = select(TransferRow.amount).where(of_it, *known).order_by(col(TransferRow.created).desc()).limit(20)
        return max(self._session.exec(newest), default=None)

    def _reserve(self, generation: str, attempt: int, amount: int) -> None:
        """Put an amount aside. Raises `Exhausted` where there is less, or the month's budget would be passed."""
        if amount <= 0:
            return
        budget = self._session.exec(select(TenantRow.monthly_credits)).one()
        if budget is not None and amount > (left := millionths(budget) - self._spent_this_month()):
            what = f"{credits_of(amount)} credits are needed, and {credits_of(max(0, left))} are left of the month's {budget}"
            raise Exhausted.at("credits", what, "wait for the next month, or have the budget raised")
        if not self._move_credits(generation, attempt, [("available", "reserved", amount, "reserve")]):
            what = f"{generation!r} was used for a generation that is forgotten by now"
            raise InvalidRequest.at("generation", what, "choose another id, or none")

    def _reserve_again(self, generation: str, attempt: int) -> None:
        """Of one that is tried again after it gave all back: what was put aside for it last."""
        if self._held(generation):
            return
        self._reserve(generation, attempt, self._last_reserved(generation))

    def _last_reserved(self, generation: str) -> int:
        """What was put aside for a generation when it was last queued; 0 where nothing was."""
        mine = (TransferRow.generation == generation, TransferRow.reason == "reserve")
        last = select(TransferRow.amount).where(*mine).order_by(col(TransferRow.created).desc()).limit(1)
        return self._session.exec(last).first() or 0

    def _reserve_rather(self, generation: str, attempt: int, amount: int) -> None:
        """Put aside so much in place of what is; only of a generation that is paid for. Raises `Exhausted`."""
        held = self._held(generation)
        if not held:
            return
        more = max(1, amount) - held
        accounts: tuple[Account, Account] = ("available", "reserved") if more > 0 else ("reserved", "available")
        self._move_credits(generation, attempt, [(*accounts, abs(more), "estimate")])

    def _settle(self, generation: str, attempt: int, charge: int | None) -> None:
        """Charge what it cost, but never more than was put aside, and give back the rest; null: all that was."""
        held = self._held(generation)
        charged = held if charge is None else min(held, max(0, charge))
        rest = held - charged
        self._move_credits(
            generation,
            attempt,
            [("reserved", "spent", charged, "charge"), ("reserved", "available", rest, "release")],
        )

    def _refund(self, generation: str, attempt: int) -> None:
        """Give back all that is put aside."""
        self._move_credits(generation, attempt, [("reserved", "available", self._held(generation), "refund")])

    def _held(self, generation: str) -> int:
        """What is put aside for a generation."""
        total = {}
        for side in ("credited", "debited"):
            mine = (TransferRow.generation == generation, getattr(TransferRow, side) == "reserved")
            total[side] = self._session.exec(select(func.coalesce(func.sum(TransferRow.amount), 0)).where(*mine)).one()
        return int(total["credited"] - total["debited"])

    def _spent_this_month(self) -> int:
        """What was charged since the month began, and what is put aside."""
        return self._charged(month_of(self._now())) + self._locked_balances()["reserved"]

    def _charged(self, since: datetime) -> int:
        charged = (TransferRow.credited == "spent", col(TransferRow.created) >= since)
        return int(self._session.exec(select(func.coalesce(func.sum(TransferRow.amount), 0)).where(*charged)).one())

    def _balance(self, account: Account) -> int:
        return self._session.exec(select(AccountRow.balance).where(AccountRow.account == account)).first() or 0

    def _move_credits(
        self, generation: str, attempt: int, moves: Sequence[tuple[Account, Account, int, Reason]]
    ) -> bool:
        return self._transferred(
            [
                # Named by what it is for: a second time it is the same transfer.
                NewTransfer(
                    id=f"{generation}.{attempt}.{reason}",
                    debited=debited,
                    credited=credited,
                    amount=amount,
                    reason=reason,
                    generation=generation,
                )
                for debited, credited, amount, reason in moves
                if amount
            ]
        )

    def _transferred(self, transfers: Sequence[NewTransfer]) -> bool:
        """Make transfers, all that have not been made before; whether any was made. Raises `Exhausted`."""
        if not transfers:
            return False
        balances = self._locked_balances()
        ids = [each.id for each in transfers]
        known = set(self._session.exec(select(TransferRow.id).where(col(TransferRow.id).in_(ids))))
        new = [each for each in transfers if each.id not in known]
        for each in new:
            if each.debited not in GRANTED_FROM and balances[each.debited] < each.amount:
                raise _short(each, balances[each.debited])
            balances[each.debited] -= each.amount
            balances[each.credited] += each.amount
            self._put(TransferRow, [{**each.model_dump(), "created": self._now()}], [])
        for account in {each.debited for each in new} | {each.credited for each in new}:
            this = col(AccountRow.account) == account
            self._session.exec(update(AccountRow).where(this).values(balance=balances[account]))
        return bool(new)

    def _locked_balances(self) -> dict[Account, int]:
        """All balances, until the transaction ends nobody else's to change. In one order, so that none waits for another."""
        names: tuple[Account, ...] = ("available", "granted", "purchased", "reserved", "spent")
        query = select(AccountRow).order_by(AccountRow.account).with_for_update()
        found = {row.account: row.balance for row in self._session.exec(query)}
        if len(found) < len(names):
            self._put(AccountRow, [{"account": name, "balance": 0} for name in names], [])
            found = {row.account: row.balance for row in self._session.exec(query)}
        return found

    def _given_before(self, new: NewTransfer) -> Transfer:
        before = self.transfer(new.id)
        if any(getattr(before, name) != getattr(new, name) for name in ("debited", "credited", "amount")):
            what = f"{new.id!r} was used for another grant, of {credits_of(before.amount)} credits"
            raise InvalidRequest.at("key", what, "use a new key for a new payment")
        return before


def month_of(moment: datetime) -> datetime:
    """When its calendar month began."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _short(wanted: NewTransfer, left: int) -> Exhausted:
    what = f"{credits_of(wanted.amount)} credits are needed, and {credits_of(left)} are available"
    return Exhausted.at("credits", what, BUY)
