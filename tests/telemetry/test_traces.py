"""Spans: nothing where nobody listens, and whole where somebody does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

import pytest

from reel.telemetry.traces import ENDPOINT, set_up, span


def test_without_a_collector_nothing_is_set_up():
    assert set_up("reelflow", {}) is False
    assert set_up("reelflow", {ENDPOINT: ""}) is False


def test_a_collector_without_the_library_is_told(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    assert set_up("reelflow", {ENDPOINT: "http://127.0.0.1:4318"}) is False
    assert "no traces are sent" in caplog.text


@pytest.mark.parametrize("installed", [True, False])
def test_a_span_without_a_listener_changes_nothing(installed, monkeypatch):
    if not installed:
        monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with span("step", operation="encode", seconds=1.5):
        done = True
    assert done
    with pytest.raises(KeyError), span("step"):
        raise KeyError


PROGRAM = """
from reel.telemetry.traces import set_up, span
assert set_up("reelflow-test")
with span("generation", tenant="acme"):
    try:
        with span("step", operation="encode"):
            raise ValueError("broken")
    except ValueError:
        pass
"""


def test_a_collector_gets_the_spans_of_a_process_when_it_ends():
    pytest.importorskip("opentelemetry.sdk.trace")
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    messages = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")

    received: SimpleQueue[bytes] = SimpleQueue()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put(body if self.path == "/v1/traces" else b"")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {**os.environ, ENDPOINT: f"http://127.0.0.1:{server.server_port}"}
        environment["OTEL_EXPORTER_OTLP_COMPRESSION"] = "none"
        subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True)
        server.shutdown()
    message = messages.ExportTraceServiceRequest.FromString(received.get_nowait())
    (resource,) = message.resource_spans
    step, generation = [each for scope in resource.scope_spans for each in scope.spans]
    named = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert named["service.name"] == "reelflow-test"
    assert (generation.name, step.name) == ("generation", "step")
    assert step.parent_span_id == generation.span_id
    assert [(each.key, each.value.string_value) for each in step.attributes] == [("reelflow.operation", "encode")]
    assert step.status.code == 2  # STATUS_CODE_ERROR
    assert generation.status.code == 0
