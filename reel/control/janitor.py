"""The janitor: removes what nobody needs any more, and never what a live generation refers to.

What may go is listed first, and the catalogue is asked again right before each small batch is removed. A generation that
takes to an artefact in the moment between the two finds it gone, and makes it again (`reel.retry.mended`).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from reel.catalogue import Catalogue, Generation, Status
from reel.control.cleaning import Cleaning, Removed, RetentionPolicy, note
from reel.control.outputs import shown_prefix
from reel.control.removals import BATCH, Folder, Gone, folders_of, gone_of, in_batches, summed
from reel.control.stores import Stores
from reel.errors import InvalidRequest
from reel.plan.operations import OPERATIONS
from reel.plan.operations.base import Retention
from reel.plan.shares import OPERATION as SHARES
from reel.store import KeptKey, sweep, tenant_prefix

MOST_LISTED = 100_000
"""Generations that a dry run looks at."""
UNCLAIMED = timedelta(days=1)
"""How long shares, and output folders that nobody stands for, are left alone."""
FINDINGS = frozenset({"facts", "beats", "offset", "scenes"})
"""Operations whose artefacts belong to an asset and not to a generation; each use makes them young again."""

OF_STEPS: Mapping[Retention, str] = {"intermediates": "artefacts of steps, and assets", "mezzanines": "mezzanines"}
"""What steps have made, by how long it is kept."""

RETENTION: Mapping[str, Retention] = {operation.kind: operation.retention for operation in OPERATIONS}
"""Of each operation; those of former versions, and assets, are as intermediates."""

UNBOUND = FINDINGS | {SHARES}
"""Operations whose keys no generation names."""


def clean(
    stores: Stores, catalogue: Catalogue, policy: RetentionPolicy, now: datetime, dry_run: bool = False
) -> Cleaning:
    """Remove what is past its time, and note that it was done; a dry run only says what would be removed.

    Safe at any time, and twice at once. Errors: those of the store and the catalogue; what was not removed then is at
    another time.
    """
    started = time.monotonic()
    round_ = _Round(stores, catalogue, policy, now, dry_run)
    kept = list(stores.store.keys())
    artefacts = round_.artefacts(kept)
    events = (round_.events(), round_.feed())
    forgotten = list(round_.generations())
    generations = summed("generations, with their outputs", forgotten)
    gone = {each.name for each in forgotten}
    folders = [folder for folder in round_.folders() if folder.prefix not in gone]
    orphans = summed("outputs of no generation", round_.orphans(folders))
    cleaning = Cleaning(
        dry_run=dry_run,
        at=now,
        seconds=round(time.monotonic() - started, 3),
        removed=(*artefacts, *events, round_.batches(), generations, orphans, round_.leftovers()),
        left={
            "artefacts": sum(key.bytes for key in kept) - sum(part.bytes for part in artefacts),
            "outputs": sum(folder.bytes for folder in folders) - orphans.bytes,
        },
    )
    if not dry_run:
        note(cleaning, stores.store.objects, stores.scratch)
    return cleaning


@dataclass(frozen=True)
class _Round:
    """One cleaning."""

    stores: Stores
    catalogue: Catalogue
    policy: RetentionPolicy
    now: datetime
    dry_run: bool

    def artefacts(self, kept: Sequence[KeptKey]) -> tuple[Removed, ...]:
        """Remove artefacts that are old enough; those of steps only where no generation refers to them."""
        old = [each for each in kept if each.modified < (self.now - self._retention(each.operation)).timestamp()]
        of_steps = [each for each in old if each.operation not in UNBOUND]
        others = (gone_of(each) for each in old if each.operation in UNBOUND and self._forget(each))
        return (
            *(summed(what, self._unreferred(kept, of_steps)) for kept, what in OF_STEPS.items()),
            summed("shares, facts and findings", others),
        )

    def _retention(self, operation: str) -> timedelta:
        if operation in FINDINGS:
            return self.policy.findings
        return UNCLAIMED if operation == SHARES else self._kept_for(_retention(operation))

    def _kept_for(self, retention: Retention) -> timedelta:
        return self.policy.mezzanines if retention == "mezzanines" else self.policy.intermediates

    def _unreferred(self, kept: Retention, of_steps: Sequence[KeptKey]) -> Iterator[Gone]:
        """Remove what steps have made, is kept for so long, and no generation refers to."""
        old, retention = [each for each in of_steps if _retention(each.operation) == kept], self._kept_for(kept)
        in_use = self._in_use(retention) if old else set()
        for batch in in_batches([each for each in old if each.key not in in_use]):
            in_use = self._in_use(retention, [each.key for each in batch])
            yield from (gone_of(each) for each in batch if each.key not in in_use and self._forget(each))

    def _in_use(self, retention: timedelta, among: Collection[str] | None = None) -> set[str]:
        with self.catalogue.operator() as everybody:
            return everybody.keys_in_use(self.now - retention, self.now - self.policy.failed, among)

    def _forget(self, listed: KeptKey) -> bool:
        """Remove what nobody has put or touched since it was listed; whether it was."""
        store = self.stores.store
        found = store.kept(listed.key, listed.operation)
        if found is None or found.modified > listed.modified:
            return False
        if not self.dry_run:
            store.forget(listed.key, listed.operation)
        return True

    def events(self) -> Removed:
        """Forget webhook events that are settled."""
        before = self.now - self.policy.events
        with self.catalogue.operator() as everybody:
            count = everybody.forgettable_events(before) if self.dry_run else everybody.forget_events(before)
        return Removed(what="webhook events", count=count)

    def batches(self) -> Removed:
        """Forget batches that ended before the outputs that are kept, and with them their rows."""
        count = 0
        if self.policy.outputs is not None:
            before = self.now - self.policy.outputs
            with self.catalogue.operator() as everybody:
                count = everybody.forgettable_batches(before) if self.dry_run else everybody.forget_batches(before)
        return Removed(what="batches", count=count)

    def feed(self) -> Removed:
        """Forget what live clients were told."""
        before = self.now - self.policy.feed
        with self.catalogue.operator() as everybody:
            count = everybody.forgettable_feed(before) if self.dry_run else everybody.forget_feed(before)
        return Removed(what="events for live clients", count=count)

    def generations(self) -> Iterator[Gone]:
        """Forget generations, and then remove their outputs: what is left if that fails belongs to nobody, and goes later."""
        yield from self._forgotten(("failed", "cancelled"), self.now - self.policy.failed)
        if self.policy.outputs is not None:
            yield from self._forgotten(("done",), self.now - self.policy.outputs)
        yield from self._removed()

    def _removed(self) -> Iterator[Gone]:
        """Forget what its tenants removed, and remove what was put after that."""
        with self.catalogue.operator() as everybody:
            look = everybody.removed if self.dry_run else everybody.forget_removed
            found = look(self.now - UNCLAIMED, MOST_LISTED)
        yield from (self._without_outputs(generation) for generation in found)

    def _forgotten(self, statuses: Sequence[Status], before: datetime) -> Iterator[Gone]:
        while True:
            with self.catalogue.operator() as everybody:
                look = everybody.forgettable if self.dry_run else everybody.forget_generations
                found = look(before, statuses, MOST_LISTED if self.dry_run else BATCH)
            yield from (self._without_outputs(generation) for generation in found)
            if self.dry_run or len(found) < BATCH:
                return

    def _without_outputs(self, generation: Generation) -> Gone:
        try:
            prefix = tenant_prefix(generation.tenant_id, generation.id)
        except InvalidRequest:
            return Gone(f"{generation.tenant_id}/{generation.id!r}")  # no folder can have that name
        return Gone(prefix, self._remove(prefix) + self._remove(shown_prefix(prefix)))

    def folders(self) -> Iterator[Folder]:
        """The output folders of all tenants; whatever else lies among the outputs is somebody else's."""
        with self.catalogue.operator() as everybody:
            tenants = everybody.tenants()
        for tenant in tenants:
            # `reel render --generation NAME` puts its report right there: then the folder is no tenant's.
            if self.stores.outputs.stat(f"{tenant.id}/report.json") is None:
                yield from folders_of(self.stores.outputs, tenant.id)

    def orphans(self, folders: Iterable[Folder]) -> Iterator[Gone]:
        """Remove outputs whose generation the catalogue does not know, or knows as failed or cancelled."""
        oldest = (self.now - UNCLAIMED).timestamp()
        old = sorted(folder for folder in folders if folder.modified < oldest)
        for tenant, theirs in groupby(old, key=lambda folder: folder.tenant):
            for batch in in_batches(list(theirs)):
                with self.catalogue.operator() as everybody:
                    known = everybody.statuses(tenant, [folder.generation for folder in batch])
                for folder in batch:
                    if known.get(folder.generation) in (None, "failed", "cancelled") and self._is_as_it_was(folder):
                        yield Gone(folder.prefix, self._remove(folder.prefix))

    def _is_as_it_was(self, folder: Folder) -> bool:
        return all(stat.modified <= folder.modified for stat in self.stores.outputs.list(folder.prefix))

    def _remove(self, prefix: str) -> int:
        """Remove outputs; how many bytes there were."""
        found = list(self.stores.outputs.list(prefix))
        if not self.dry_run:
            self.stores.outputs.delete(*(stat.name for stat in found))
        return sum(stat.bytes for stat in found)

    def leftovers(self) -> Removed:
        """Remove what dead processes left half put, half fetched or half made. A dry run does not look for it."""
        count = 0
        if not self.dry_run:
            count = sweep(self.stores.scratch) + self.stores.store.sweep() + self.stores.outputs.sweep()
        return Removed(what="leftovers of dead processes", count=count)


def _retention(operation: str) -> Retention:
    return RETENTION.get(operation, "intermediates")
