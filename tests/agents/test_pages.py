"""What agents read, and what docs/agents.md shows, is done as it stands there."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from deployments.startup import free_port
from tests.fetch.conftest import configure
from tests.gateway.making import CONTENT, made
from tests.gateway.served import SECRET, Served, served

__all__ = ["configure"]

ROOT = Path(__file__).parents[2]
PAGE, SKILL = ROOT / "docs" / "agents.md", ROOT / "docs" / "skill" / "SKILL.md"
TOOLS = {
    "kinds",
    "schema",
    "templates",
    "validate",
    "estimate",
    "frame",
    "contact_sheet",
    "submit",
    "status",
    "cancel",
    "outputs",
}

NOT_OF_SKILLS = {"cancel"}
"""Its name says all."""


def shown(text: str, language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return found


def run(server: Served, *command: str, **told: str) -> str:
    environment = {**os.environ, "URL": server.url, "KEY": server.key(), **told}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_llms_txt_and_its_example(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        answer = httpx.get(f"{server.url}/llms.txt")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.text.startswith("# Reelflow\n\n> ")
        said = run(server, "bash", "-euc", shown(answer.text, "sh"))
        verdict, end = json.JSONDecoder().raw_decode(said)
        assert (verdict["valid"], json.loads(said[end:])["status"]) == (True, "queued")
        paths = httpx.get(f"{server.url}/v1/openapi.json").json()["paths"]
    for method, path in re.findall(r"(GET|POST) (/[^`\s]+)", answer.text):
        assert method.lower() in paths[path], (method, path)


def test_texts_name_tools_that_there_are() -> None:
    for text in (PAGE.read_text("utf-8"), SKILL.read_text("utf-8"), (ROOT / "gateway" / "llms.txt").read_text("utf-8")):
        words = set(re.findall(r"\b[a-z_]+\b", text))
        assert words | {"cancel"} >= TOOLS
    assert SKILL.read_text("utf-8").startswith("---\nname: reelflow\ndescription: ")


def test_an_order_that_is_told_by_webhook(tmp_path: Path, configure) -> None:
    port, own = free_port(0), free_port(0)
    near = {"REEL_PRIVATE_NETWORKS": "true", "REEL_WEB_PORTS": json.dumps([80, 443, port])}
    url = f"http://127.0.0.1:{own}"
    with served(tmp_path, REEL_GATEWAY_PORT=str(own), REEL_GATEWAY_URL=url, **near) as server:
        # Those of who sends webhooks, which is this process.
        configure(home=tmp_path, gateway_url=url, secret=SECRET, private_networks=True, web_ports=[80, 443, port])
        with made(tmp_path):
            said = run(server, sys.executable, "-c", shown(PAGE.read_text("utf-8"), "python"), PORT=str(port))
        type_, _, urls = said.partition(" ")
        (at,) = ast.literal_eval(urls)
        assert type_ == "generation.done"
        assert httpx.get(at).content == CONTENT
