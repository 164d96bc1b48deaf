"""Traces by OpenTelemetry, where its SDK is installed and told where to send them; else nothing, at no cost.

    set_up("reelflow-worker")            # once a process
    with span("step", operation="encode"):
        ...

Where to: OpenTelemetry's own variables, of which `OTEL_EXPORTER_OTLP_ENDPOINT` must be set. The SDK is not among our
dependencies: `pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http`. Once it is set up, Prefect's own spans
of flows and tasks go the same way, and ours lie within them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

log = logging.getLogger(__name__)

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def set_up(service: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send this process's spans to the collector that the environment names; whether there is one.

    `service` is the name under which they appear, unless `OTEL_SERVICE_NAME` says another. What has not been sent when
    the process ends is sent then, for a few seconds at most.
    """
    if not environment.get(ENDPOINT):
        return False
    try:
        trace = import_module("opentelemetry.trace")
        sdk = import_module("opentelemetry.sdk.trace")
        batching = import_module("opentelemetry.sdk.trace.export")
        resources = import_module("opentelemetry.sdk.resources")
        exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        log.warning("%s is set, but no traces are sent: %s", ENDPOINT, error)
        return False
    named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": service}
    provider = sdk.TracerProvider(resource=resources.Resource.create(named))
    provider.add_span_processor(batching.BatchSpanProcessor(exporter.OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[None]:
    """A span for the length of a block; an exception marks it as failed. Attributes are told as `reelflow.<name>`."""
    tracer = _tracer()
    if tracer is None:
        yield
        return
    told = {f"reelflow.{key}": value for key, value in attributes.items()}
    with tracer.start_as_current_span(name, attributes=told):
        yield


def _tracer() -> Any | None:
    """OpenTelemetry's; null where not even its API is installed. Without an SDK, its spans do nothing."""
    try:
        return import_module("opentelemetry.trace").get_tracer("reelflow")
    except ImportError:
        return None
