"""The origins that tenants name, looked at now and then rather than with each request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock

from reel.catalogue import Catalogue

KEPT_SECONDS = 15.0
"""After so long a change is seen."""


Named = Mapping[str, frozenset[str]]
"""By tenant."""


class Origins:
    """Which pages may ask in whose name. Any thread may use it."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], float] = time.monotonic) -> None:
        self._catalogue, self._clock, self._lock = catalogue, clock, Lock()
        self._known: Named = {}
        self._looked: float | None = None

    def named(self) -> Named:
        """Those of all tenants that name any. Errors: those of the catalogue."""
        with self._lock:
            if self._looked is None or self._clock() - self._looked >= KEPT_SECONDS:
                with self._catalogue.operator(only_reads=True) as everybody:
                    tenants = everybody.tenants()
                self._known = {tenant.id: frozenset(tenant.origins) for tenant in tenants if tenant.origins}
                self._looked = self._clock()
            return self._known
