"""Telling Prefect of what was ordered and called off: after the answer, in a thread of its own, from what the catalogue says.

What waits for a run is the catalogue's to know: so nothing is lost where this process dies, or Prefect is away, and several of
these threads, and workers beside them (`deployments.reconcile`), do no harm, as Prefect knows a run by its generation's id.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from reel.catalogue import Catalogue

log = logging.getLogger("reel.gateway")

LOOK_SECONDS = 10.0
"""How often it is looked for orders that nobody told of: of a gateway that died, or from when Prefect was away."""
MOST = 100
"""Orders that are given runs in one go."""
MOST_CALLED_OFF = 1000
"""Runs that wait to be ended while Prefect is away; of more, each ends by itself when it next asks the catalogue."""


class Starter:
    """Gives orders their runs, and ends runs that were called off."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._wake, self._over = threading.Event(), threading.Event()
        self._called_off: queue.Queue[str] = queue.Queue(MOST_CALLED_OFF)

    def ordered(self) -> None:
        """Orders were committed: look at once. Returns at once."""
        self._wake.set()

    def call_off(self, run: str) -> None:
        """A run is to end. Returns at once."""
        try:
            self._called_off.put_nowait(run)
        except queue.Full:
            log.warning("run %s is told to end by the catalogue alone", run)
        self._wake.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work for the length of a block."""
        thread = threading.Thread(target=self._run, name="starter", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._wake.set()
            thread.join(timeout=LOOK_SECONDS)

    def _run(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            try:
                while self.look() == MOST and not self._over.is_set():
                    pass
            except Exception as error:  # noqa: BLE001 - Prefect or the catalogue is away; whatever it is, it is looked again
                log.warning("orders get their runs later: %s", error)
                self._over.wait(1.0)  # orders that come meanwhile do not ask a server that is away each by itself
            self._wake.wait(LOOK_SECONDS)

    def look(self) -> int:
        """Tell Prefect of all that waits; how many orders there were. Errors: those of the catalogue and Prefect's client."""
        with self._catalogue.operator(only_reads=True) as everybody:
            waiting, batches = everybody.without_run(MOST), everybody.batches_without_run(MOST)
        if not waiting and not batches and self._called_off.empty():
            return 0
        # Here, because it brings in Prefect, which takes more time and memory than all the rest of the gateway.
        from flows.starting import call_off, start_all, start_batch

        started = start_all(waiting, self._catalogue) if waiting else 0
        for batch in batches:
            start_batch(batch, self._catalogue)
        while not self._called_off.empty():
            # Told first and forgotten then: where Prefect is away, it is told when it is back.
            call_off(self._called_off.queue[0])
            self._called_off.get_nowait()
        return len(waiting) if started else 0
