"""Measures as Prometheus metrics over HTTP; see `families` for what they say.

    with serving(9470, read_measures):
        ...                              # http://127.0.0.1:9470/metrics

They are read when Prometheus asks, so nothing is stale and nothing runs in between. docs/watch.md tells what each one means.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from reel.errors import ReelError
from reel.telemetry.families import families, families_of_load, ok
from reel.telemetry.measures import Load, Measures

log = logging.getLogger(__name__)

Read = Callable[[], Measures]


def serving(port: int, read: Read, address: str = "127.0.0.1") -> AbstractContextManager[int]:
    """Answer `GET /metrics` from a thread for the length of a block; the port, which is a free one where `port` is 0.

    `read` is called for each request, from several threads. Where it raises a `ReelError` the answer says
    `reelflow_exporter_ok 0` and nothing else. The names of tenants are in the answer: keep it off public networks.
    """
    return _serving(port, MeasuresCollector(read), address)


def serving_load(port: int, read: Callable[[], Load], address: str = "127.0.0.1") -> AbstractContextManager[int]:
    """As `serving`, of what one worker uses."""
    return _serving(port, LoadCollector(read), address)


def _serving(port: int, collector: Collector, address: str) -> AbstractContextManager[int]:
    registry = CollectorRegistry()
    registry.register(collector)
    return serving_registry(port, registry, address)


@contextmanager
def serving_registry(port: int, registry: CollectorRegistry, address: str) -> Iterator[int]:
    """Answer `GET /metrics` from a thread for the length of a block; the port."""
    server, thread = start_http_server(port, address, registry)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class MeasuresCollector(Collector):
    """Reads the measures whenever it is asked."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """All metrics of this moment."""
        try:
            measures = self._read()
        except ReelError:
            log.exception("the measures could not be read")
            yield ok(False)
            return
        yield ok(True)
        yield from families(measures)


class LoadCollector(Collector):
    """Reads what a worker uses whenever it is asked."""

    def __init__(self, read: Callable[[], Load]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """All metrics of this moment."""
        return families_of_load(self._read())


def names() -> frozenset[str]:
    """The names of all metrics."""
    told = (ok(True), *families(Measures()), *families_of_load(Load("", 0, 0, 0, 0.0, 0)))
    return frozenset(f"{family.name}_total" if family.type == "counter" else family.name for family in told)
