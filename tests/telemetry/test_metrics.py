"""Measures, as Prometheus gets them over HTTP."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from reel.errors import Transient
from reel.telemetry.families import families
from reel.telemetry.measures import MOST_TENANTS, OTHER, Count, Disk, Load, Measures, Steps, Waiting, Webhooks, busiest
from reel.telemetry.metrics import names, serving, serving_load

MEASURES = Measures(
    window_seconds=600,
    recommended_at_once=6,
    waiting=(Waiting("acme", "batch", 150, 90.5), Waiting("beta", "interactive", 1, 2)),
    live=(Count("acme", "queued", 150), Count("acme", "rendering", 2)),
    ended=(Count("acme", "done", 40), Count("acme", "failed", 2, "bad media"), Count("beta", "failed", 1, "internal")),
    steps=(Steps("encode", 30, 10, 2.0, 5.0, 9.5), Steps("join", 0, 10)),
    output_bytes={"acme": 10**12},
    estimate_error_ratio=0.12,
    cpu_estimate_error_ratio=0.08,
    cpu_estimate_cover_ratio=0.91,
    webhooks=Webhooks(3, 12.5, 1),
    dead_letters={"internal": 2},
    store_bytes={"artefacts": 5 * 10**9},
    disks=(Disk("/var/lib/reelflow", 10, 100),),
    workers_online={"reelflow": 0},
    janitor_ended=1.8e9,
    backup_ended=1.7e9,
)

EXPECTED = """
reelflow_exporter_ok 1.0
reelflow_queue_depth{priority="batch",tenant="acme"} 150.0
reelflow_queue_depth{priority="interactive",tenant="beta"} 1.0
reelflow_queue_oldest_seconds{priority="batch",tenant="acme"} 90.5
reelflow_queue_oldest_seconds{priority="interactive",tenant="beta"} 2.0
reelflow_generations{status="queued",tenant="acme"} 150.0
reelflow_generations{status="rendering",tenant="acme"} 2.0
reelflow_generations_ended{error_class="",status="done",tenant="acme"} 40.0
reelflow_generations_ended{error_class="bad media",status="failed",tenant="acme"} 2.0
reelflow_generations_ended{error_class="internal",status="failed",tenant="beta"} 1.0
reelflow_output_bytes{tenant="acme"} 1e+12
reelflow_recommended_at_once 6.0
reelflow_window_seconds 600.0
reelflow_estimate_error_ratio 0.12
reelflow_cpu_estimate_error_ratio 0.08
reelflow_cpu_estimate_cover_ratio 0.91
reelflow_steps{operation="encode",source="made"} 30.0
reelflow_steps{operation="encode",source="reused"} 10.0
reelflow_steps{operation="join",source="made"} 0.0
reelflow_steps{operation="join",source="reused"} 10.0
reelflow_step_seconds{operation="encode",quantile="0.5"} 2.0
reelflow_step_seconds{operation="encode",quantile="0.95"} 5.0
reelflow_step_seconds{operation="encode",quantile="0.99"} 9.5
reelflow_cache_hit_ratio 0.4
reelflow_webhooks_pending 3.0
reelflow_webhooks_oldest_seconds 12.5
reelflow_webhooks_dead 1.0
reelflow_dead_letters_open{error_class="internal"} 2.0
reelflow_store_bytes{kind="artefacts"} 5e+09
reelflow_disk_free_bytes{folder="/var/lib/reelflow"} 10.0
reelflow_disk_total_bytes{folder="/var/lib/reelflow"} 100.0
reelflow_workers_online{pool="reelflow"} 0.0
reelflow_janitor_ended_timestamp_seconds 1.8e+09
reelflow_backup_ended_timestamp_seconds 1.7e+09
"""


LOAD = Load(worker="one", runs=2, steps=5, processors=8, cpu_seconds=12.5, memory_bytes=10**9, sandbox="full")

EXPECTED_LOAD = """
reelflow_worker_cpu_seconds_total{worker="one"} 12.5
reelflow_worker_processors{worker="one"} 8.0
reelflow_worker_memory_bytes{worker="one"} 1e+09
reelflow_worker_runs{worker="one"} 2.0
reelflow_worker_steps{worker="one"} 5.0
reelflow_worker_sandbox{level="full",worker="one"} 1.0
"""


def text_of(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read().decode()


def samples_at(port: int) -> dict[str, float]:
    """All samples without labels."""
    families = text_string_to_metric_families(text_of(port))
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def samples_of(measures: Measures) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families(measures)
        for sample in family.samples
    }


def test_all_measures_are_served():
    with serving(0, lambda: MEASURES) as port:
        lines = [line for line in text_of(port).splitlines() if not line.startswith("#")]
    assert lines == EXPECTED.split("\n")[1:-1]


def test_what_a_worker_uses_is_served():
    with serving_load(0, lambda: LOAD) as port:
        lines = [line for line in text_of(port).splitlines() if not line.startswith("#")]
    assert lines == EXPECTED_LOAD.split("\n")[1:-1]


def test_measures_are_read_anew_for_each_request():
    counts = iter([1, 2])
    with serving(0, lambda: replace(MEASURES, webhooks=Webhooks(next(counts)))) as port:
        assert [samples_at(port)["reelflow_webhooks_pending"] for _ in range(2)] == [1, 2]


def test_records_that_cannot_be_read_are_told_and_do_not_end_it(caplog):
    answers = iter([Transient.at("catalogue", "connection refused"), MEASURES])

    def read():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with serving(0, read) as port:
        assert samples_at(port) == {"reelflow_exporter_ok": 0}
        assert samples_at(port)["reelflow_exporter_ok"] == 1
    assert "connection refused" in caplog.text


def test_the_port_is_free_again_afterwards():
    with serving(0, Measures) as port:
        pass
    with serving(port, Measures) as again:
        assert again == port


def test_what_was_never_measured_has_no_sample():
    told = {labels[0] for labels in samples_of(Measures())}
    assert not told & {"reelflow_cache_hit_ratio", "reelflow_estimate_error_ratio", "reelflow_workers_online"}
    assert not told & {"reelflow_janitor_ended_timestamp_seconds", "reelflow_backup_ended_timestamp_seconds"}


def test_names_are_those_that_are_served():
    assert names() == set(re.findall(r"^reelflow_\w+", EXPECTED + EXPECTED_LOAD, re.MULTILINE))


@pytest.mark.parametrize(
    ("loads", "most", "own"),
    [
        ({}, 2, set()),
        ({"a": 1, "b": 2}, 2, {"a", "b"}),
        ({"a": 1, "b": 2, "c": 3}, 2, {"b", "c"}),
        ({"c": 1, "b": 1, "a": 1}, 2, {"a", "b"}),
        ({"a": 0}, 2, {"a"}),
    ],
)
def test_the_busiest_tenants_have_labels_of_their_own(loads, most, own):
    measures = Measures(ended=tuple(Count(tenant, "done", count) for tenant, count in loads.items()))
    assert busiest(measures, most) == own


@given(st.dictionaries(st.text("abc-", min_size=1) | st.just(OTHER), st.integers(1, 9), max_size=120))
def test_tenants_are_bounded_and_nothing_is_lost(loads):
    measures = Measures(
        waiting=tuple(Waiting(tenant, "batch", count, float(count)) for tenant, count in loads.items()),
        live=tuple(Count(tenant, "queued", count) for tenant, count in loads.items()),
        output_bytes=loads,
    )
    samples = samples_of(measures)
    for name in ("reelflow_queue_depth", "reelflow_generations", "reelflow_output_bytes"):
        values = {labels: value for labels, value in samples.items() if labels[0] == name}
        assert len(values) <= MOST_TENANTS + 1
        assert sum(values.values()) == sum(loads.values())
    oldest = [value for labels, value in samples.items() if labels[0] == "reelflow_queue_oldest_seconds"]
    assert max(oldest, default=0) == max(loads.values(), default=0)
