"""What a server is asked and how it answers, as Prometheus metrics; no tenant is named in them.

meter = Meter()
with meter.stream():
    ...
meter.text()
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from reel.telemetry.metrics import serving_registry

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Between which latencies are counted: around what is promised, 20 ms for a status and 150 ms for an order."""


class Meter:
    """Counts answers of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._latency = Histogram(
            "reelflow_gateway_request_seconds",
            "From a request's head to the end of its answer, by route; streams are not among them.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "reelflow_gateway_refusals",
            "Requests that were refused, by the status.",
            ("status",),
            registry=self._registry,
        )
        self._streams = Gauge("reelflow_gateway_open_streams", "Event streams and WebSockets.", registry=self._registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is the pattern that was matched, not the path."""
        self._latency.labels(method, route, str(status)).observe(seconds)
        if 400 <= status < 500:
            self._refused.labels(str(status)).inc()

    def stream(self) -> AbstractContextManager[None]:
        """Count a stream as open for the length of a block."""
        return self._open()

    @contextmanager
    def _open(self) -> Iterator[None]:
        self._streams.inc()
        try:
            yield
        finally:
            self._streams.dec()

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    def serving(self, port: int, address: str) -> AbstractContextManager[int]:
        """Answer `GET /metrics` from a thread for the length of a block; the port."""
        return serving_registry(port, self._registry, address)
