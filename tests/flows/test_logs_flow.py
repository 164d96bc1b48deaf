"""A real flow run with `infra/logging.yml`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from deployments import surroundings
from deployments.stack import Stack
from deployments.surroundings import ROOT

PROGRAM = """
import logging
from prefect import flow, get_run_logger, task
from reel.telemetry.logs import bound

@task
def step():
    get_run_logger().info("a task speaks")
    logging.getLogger("reel.make").info("the core speaks")

@flow
def generation():
    with bound(generation="g1", tenant="acme"):
        get_run_logger().info("first line\\nsecond line")
        step.submit().result()

generation()
"""


def test_a_flow_run_writes_json_lines_with_its_ids(prefect_stack: Stack, tmp_path: Path) -> None:
    environment = {
        **surroundings.environment(prefect_stack.port, prefect_stack.mark),
        "PREFECT_LOGGING_SETTINGS_PATH": str(ROOT / "infra" / "logging.yml"),
    }
    program = tmp_path / "program.py"  # Prefect reads a flow's source
    program.write_text(PROGRAM)
    ran = subprocess.run([sys.executable, program], env=environment, check=True, capture_output=True, text=True)
    lines = {line["message"]: line for line in map(json.loads, ran.stderr.splitlines())}
    assert not ran.stdout
    flow, task, core = (lines[each] for each in ("first line\nsecond line", "a task speaks", "the core speaks"))
    for line in (flow, task, core):
        assert (line["generation"], line["tenant"], line["level"]) == ("g1", "acme", "info")
    assert flow["flow_run_id"] == task["flow_run_id"]
    assert task["task_run_id"]
    assert core["logger"] == "reel.make"
