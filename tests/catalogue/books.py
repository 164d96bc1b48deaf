"""The books of a tenant, by sums of their rows alone."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import select

from reel.catalogue import ENDED, Records
from reel.catalogue.money import GRANTED_FROM
from reel.catalogue.tables import AccountRow, TransferRow


def wrong_books(records: Records) -> Iterator[str]:
    """What does not hold that must at any moment."""
    accounts = {row.account: row.balance for row in records._session.exec(select(AccountRow))}
    transfers = list(records._session.exec(select(TransferRow)))
    live = {each.id for each in records.generations(limit=10_000) if each.status not in ENDED}
    sums = dict.fromkeys(accounts, 0)
    held: dict[str, int] = {}
    for each in transfers:
        sums[each.debited] -= each.amount
        sums[each.credited] += each.amount
        if each.generation:
            sign = (each.credited == "reserved") - (each.debited == "reserved")
            held[each.generation] = held.get(each.generation, 0) + sign * each.amount
    if sum(accounts.values()):
        yield f"all accounts come to {sum(accounts.values())}: {accounts}"
    if accounts != sums:
        yield f"the accounts are {accounts}, and the transfers to them come to {sums}"
    if below := [name for name, balance in accounts.items() if balance < 0 and name not in GRANTED_FROM]:
        yield f"below zero: {below}"
    if accounts.get("reserved", 0) != sum(held.values()):
        yield f"{accounts.get('reserved', 0)} are put aside, and for generations {sum(held.values())}"
    if kept := {id_ for id_, amount in held.items() if amount} - live:
        yield f"put aside for what has ended: {sorted(kept)}"
