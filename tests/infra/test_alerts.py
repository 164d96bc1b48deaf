"""Alerts, from a measure to whoever is told: with the rules, the settings and the route that are shipped.

Prometheus and Alertmanager are no packages of Python; where they are not on PATH (Debian: prometheus, prometheus-alertmanager)
this is skipped. What the rules fire on, and after how long, is in infra/prometheus/rules.test.yaml.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from reel.errors import Transient
from reel.telemetry.measures import Measures
from reel.telemetry.metrics import serving
from tests.infra.files import INFRA, document
from tests.waiting import wait_for

PROMETHEUS = shutil.which("prometheus")
ALERTMANAGER = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Whoever is told of alerts: its address, and what it was told."""
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.extend(json.loads(self.rfile.read(int(self.headers["content-length"])))["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running(*command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def written(path: Path, content: Any) -> str:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return str(path)


def impatient_rules() -> dict[str, Any]:
    """The rules as they are shipped, but that nothing has to last."""
    (group,) = document("prometheus/rules.yaml")["groups"]
    return {"groups": [{**group, "rules": [{**rule, "for": "0s"} for rule in group["rules"]]}]}


@pytest.mark.skipif(not PROMETHEUS or not ALERTMANAGER, reason="prometheus and alertmanager are not installed")
def test_an_alert_reaches_its_receiver(tmp_path: Path) -> None:
    """The catalogue is away; then it is back, and nobody works."""
    answers: list[Measures] = []

    def read() -> Measures:
        if not answers:
            raise Transient.at("catalogue", "connection refused")
        return answers[0]

    with ExitStack() as held:
        exporter = held.enter_context(serving(0, read))
        address, told = held.enter_context(receiver())
        ports = free_port(), free_port()
        route = document("prometheus/alertmanager.yaml")
        route["route"] |= {"group_wait": "0s", "group_interval": "1s"}
        route["receivers"][0]["webhook_configs"][0]["url"] = address
        config = document("prometheus/prometheus.yaml")
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [written(tmp_path / "rules.yaml", impatient_rules())]
        config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{ports[0]}"]
        config["scrape_configs"] = [
            {"job_name": "reelflow", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}
        ]
        alertmanager = held.enter_context(
            running(
                str(ALERTMANAGER),
                f"--config.file={written(tmp_path / 'alertmanager.yaml', route)}",
                f"--storage.path={tmp_path / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{ports[0]}",
                "--cluster.listen-address=",
                log=tmp_path / "alertmanager.log",
            )
        )
        prometheus = held.enter_context(
            running(
                str(PROMETHEUS),
                f"--config.file={written(tmp_path / 'prometheus.yaml', config)}",
                f"--storage.tsdb.path={tmp_path / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{ports[1]}",
                "--rules.alert.resend-delay=1s",
                log=tmp_path / "prometheus.log",
            )
        )

        def delivered(name: str, status: str) -> dict[str, Any] | None:
            assert (alertmanager.poll(), prometheus.poll()) == (None, None), f"one has ended; see {tmp_path}"
            found = (each for each in told if (each["labels"]["alertname"], each["status"]) == (name, status))
            return next(found, None)

        unreadable = wait_for(lambda: delivered("ReelflowCatalogueUnreadable", "firing"), "word of the catalogue")
        assert unreadable["labels"]["severity"] == "critical"
        assert unreadable["annotations"]["runbook"] == "docs/errors.md#catalogue-unreadable"
        answers.append(Measures(workers_online={"reelflow": 0}))
        wait_for(lambda: delivered("ReelflowNoWorker", "firing"), "word of the workers")
        wait_for(lambda: delivered("ReelflowCatalogueUnreadable", "resolved"), "word that the catalogue is back")


def test_what_may_not_be_told_of_at_all_is_missed() -> None:
    """Alerts that compare what is not there with a number never fire."""
    expressions = {rule["alert"]: rule["expr"] for rule in document("prometheus/rules.yaml")["groups"][0]["rules"]}
    for alert, metric in (
        ("ReelflowExporterDown", "reelflow_exporter_ok"),
        ("ReelflowNoWorker", "reelflow_workers_online"),
        ("ReelflowJanitorLate", "reelflow_janitor_ended_timestamp_seconds"),
        ("ReelflowBackupLate", "reelflow_backup_ended_timestamp_seconds"),
    ):
        assert any(f"{absent}({metric}" in expressions[alert] for absent in ("absent", "absent_over_time")), alert


def test_the_tests_of_the_rules_know_them() -> None:
    tested = yaml.safe_load((INFRA / "prometheus" / "rules.test.yaml").read_text("utf-8"))["tests"]
    names = {each["alertname"] for test in tested for each in test["alert_rule_test"]}
    assert {"ReelflowJanitorLate", "ReelflowBackupLate"} <= names
    assert names <= {rule["alert"] for rule in document("prometheus/rules.yaml")["groups"][0]["rules"]}
