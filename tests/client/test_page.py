"""What docs/client.md shows is done as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.making import CONTENT, NAME, made
from tests.gateway.served import Served, served

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text("utf-8")


def shown(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home")) as running, made(running.home):
        yield running


def run(server: Served, folder: Path, *command: str) -> str:
    environment = {**os.environ, "REEL_GATEWAY_URL": server.url, "REEL_API_KEY": server.key()}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=300, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_python(server: Served, tmp_path: Path) -> None:
    said = run(server, tmp_path, sys.executable, "-c", shown("python"))
    assert said.splitlines()[0].startswith("generation.queued")
    assert said.splitlines()[-1].startswith("generation.done")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {NAME: CONTENT}


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_javascript(server: Served, tmp_path: Path) -> None:
    with server.client() as api:
        card = {"type": "colour", "colour": "#1e3a5f", "duration": 2}
        request = {"kind": "template", "resolution": "360p", "timeline": {"tracks": [{"clips": [card]}]}}
        id_ = api.post("/v1/generations", json={"request": request}).json()["id"]
    asked = f"""
const {{REEL_GATEWAY_URL: url, REEL_API_KEY: key}} = process.env;
await follow(url, key, "{id_}", (type) => console.log(type));
console.log((await download(url, key, "{id_}", "{NAME}")).byteLength);
"""
    said = run(server, tmp_path, "node", "--input-type=module", "-e", shown("js") + asked).split()
    assert (said[0], said[-2], said[-1]) == ("generation.queued", "generation.done", str(len(CONTENT)))
