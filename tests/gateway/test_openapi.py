"""The OpenAPI document is true: schemathesis, with all its checks, finds nothing that answers otherwise than it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.gateway.served import served
from tests.waiting import PATIENCE_SECONDS

CONFIG = Path(__file__).with_name("schemathesis.toml")
MANY = {f"REEL_GATEWAY_RATE_{which}": "1000000/second" for which in ("KEY", "ADDRESS", "ORDERS")}
SHORT = {"REEL_GATEWAY_STREAM_SECONDS": "1"}
"""Each case of a stream is heard to its end."""


def tried(home: Path, *options: str) -> int:
    """Hold a gateway against its document; how many cases there were."""
    with served(home, **MANY, **SHORT) as running:
        # Made with the first question, which takes long where much else goes on: schemathesis waits ten seconds for it.
        httpx.get(f"{running.url}/v1/openapi.json", timeout=PATIENCE_SECONDS).raise_for_status()
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", "--checks", "all"]
        command += ["--request-timeout", str(PATIENCE_SECONDS)]
        shown = ["--header", f"Authorization: Bearer {running.key()}", f"{running.url}/v1/openapi.json"]
        done = subprocess.run([*command, *options, *shown], capture_output=True, text=True, check=False, cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated", done.stdout)
    assert found, done.stdout
    return int(found[1])


def test_a_few_cases_of_each_operation(tmp_path: Path) -> None:
    assert tried(tmp_path, "--phases", "coverage,fuzzing", "--max-examples", "1", "--seed", "1") > 300


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_thousand_cases(tmp_path: Path) -> None:
    assert tried(tmp_path, "--max-examples", "50") >= 2000


def test_the_document_is_of_3_1_and_names_errors_by_their_type(as_) -> None:
    document = as_(None).get("/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                types = set(answer.get("content", {}))
                assert int(status) < 400 or types == {"application/problem+json"}, (method, path, status)
    assert "HTTPValidationError" not in json.dumps(document)
