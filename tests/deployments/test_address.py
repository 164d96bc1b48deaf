"""Which Prefect server commands talk to: the one that is named, else the embedded stack's, else none."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from deployments import processes, stack, surroundings

FOUND = """
from deployments.address import find_server
find_server()
from prefect.client.orchestration import get_client
print(get_client(sync_client=True).api_url)
"""
COMMANDS = {
    "submit": ["card.json"],
    "automations": ["on-done", "mixer", "mine/mine"],
    "setup": ["--no-automations"],
    "worker": [],
    "exporter": [],
}
"""All that talk to a server and start none, with arguments that are right."""


def python(folder: Path, *arguments: str, **named: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a home of its own."""
    homes = {"PREFECT_HOME": str(folder), "REEL_HOME": str(folder / "reel"), "PYTHONPATH": str(surroundings.ROOT)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env={**homes, **named}, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_without_a_server_a_command_says_what_to_set_and_does_nothing(tmp_path: Path, name: str) -> None:
    clip = {"type": "colour", "colour": "gold", "duration": 1}
    card = {"kind": "template", "timeline": {"tracks": [{"clips": [clip]}]}}
    (tmp_path / "card.json").write_text(json.dumps(card))
    said = python(tmp_path, "-m", f"deployments.{name}", *COMMANDS[name])
    assert said.returncode == 1
    assert said.stderr.splitlines() == [
        "No Prefect server is known: set PREFECT_API_URL (http://127.0.0.1:4200/api), or start one by `make up`."
    ]
    assert not [*tmp_path.rglob("catalogue.db")], "nothing was ordered"


def test_the_embedded_stack_of_the_same_home_is_found_and_one_that_is_named_goes_before(tmp_path: Path) -> None:
    mark = secrets.token_hex(8)
    environment = {**os.environ, processes.MARK: mark}
    ours = [processes.start_process(["sleep", "600"], environment, tmp_path / "log", tied=True) for _ in range(2)]
    server, worker = ours
    (tmp_path / "stack.json").write_text(json.dumps(asdict(stack.Stack(mark, 4321, server, worker))))
    try:
        assert python(tmp_path, "-c", FOUND).stdout == "http://127.0.0.1:4321/api/\n"
        named = python(tmp_path, "-c", FOUND, PREFECT_API_URL="http://prefect.example/api")
        assert named.stdout == "http://prefect.example/api/\n"
    finally:
        processes.end(mark, ours)
