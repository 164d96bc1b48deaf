"""How fast this installation is: what all tenants' generations have taught, for the estimates of all."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import col, select

from reel.catalogue.scope import Scope
from reel.catalogue.tables import PaceRow
from reel.plan.pace import History, PaceKey, remembered

MOST_CLASSES = 2000
"""That a history is read of: the ones that were last made. An installation has some dozens for each class of machine."""


class Paces(Scope):
    """The part of any scope that remembers what steps took."""

    def history(self) -> History:
        """What is known of how fast this installation is."""
        query = select(PaceRow).order_by(col(PaceRow.touched).desc()).limit(MOST_CLASSES)
        return History({_key(row): tuple(row.observed) for row in self._session.exec(query)})

    def learn(self, lessons: Mapping[PaceKey, float]) -> None:
        """Add one observation to each class."""
        now = self._now()
        # Rows are made first, so that they can be locked: two generations that end at once both count. In one order, so that
        # they do not wait for each other.
        keys = sorted(lessons)
        self._put(PaceRow, [{**key._asdict(), "observed": [], "touched": now} for key in keys], [])
        for key in keys:
            found = self._session.exec(select(PaceRow).filter_by(**key._asdict()).with_for_update()).one()
            observed = remembered(found.observed, [lessons[key]])
            self._put(PaceRow, [{**key._asdict(), "observed": observed, "touched": now}], ["observed", "touched"])


def _key(row: PaceRow) -> PaceKey:
    return PaceKey(*(getattr(row, name) for name in PaceKey._fields))
