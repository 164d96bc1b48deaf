"""What docs/gateway.md shows is done as it stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reel.catalogue import open_catalogue
from tests.gateway.served import Served, served
from tests.settings_table import GATEWAY

SHOWN = {
    language: re.findall(rf"^```{language}\n(.*?)^```$", GATEWAY.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    for language in ("sh", "python", "js")
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home")) as running:
        yield running


def run(server: Served, *command: str) -> str:
    environment = {**os.environ, "URL": server.url, "KEY": server.key()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_curl(server: Served) -> None:
    (shown,) = SHOWN["sh"]
    order = shown.partition("\n")[2]  # after the line that sets what is set here
    assert json.loads(run(server, "bash", "-euc", order))["status"] == "queued"


def test_python(server: Served, tmp_path: Path) -> None:
    """Nobody is there who would make it: it is called off as soon as it waits."""
    (shown,) = SHOWN["python"]
    catalogue = f"sqlite:///{server.home}/catalogue.db"
    ended = f"""
from reel.catalogue import open_catalogue
with open_catalogue({catalogue!r}).tenant("acme") as records:
    records.call_off(ordered.json()["id"])
"""
    before, loop, after = shown.partition("while (")
    said = run(server, sys.executable, "-c", before + ended + loop + after)
    assert re.fullmatch(r"True \d+(\.\d+)?\ncancelled \[\]\n", said)
    with open_catalogue(catalogue).tenant("acme") as records:
        assert records.of_key("order-18")


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_javascript(server: Served) -> None:
    (shown,) = SHOWN["js"]
    said = run(server, "node", "--input-type=module", "-e", shown).split()
    assert said[1] == "queued"
