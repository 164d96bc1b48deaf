"""A gateway in a process of its own, and a client of it with an owner's key."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deployments.startup import free_port
from reel.catalogue import NewApiKey, open_catalogue
from reel.control.keys import issue
from reel.secrets import hkdf_sha256
from tests.waiting import wait_for

SECRET = "0123456789abcdef" * 4


@dataclass(frozen=True)
class Served:
    """One that runs."""

    process: subprocess.Popen[bytes]
    url: str
    home: Path

    def key(self, tenant: str = "acme", role: str = "owner") -> str:
        """A new key."""
        pepper = hkdf_sha256(SECRET.encode(), b"reelflow installation secret", b"api-key")
        catalogue = open_catalogue(f"sqlite:///{self.home}/catalogue.db")
        with catalogue.tenant(tenant) as records:
            key = issue(records, NewApiKey.model_validate({"name": "test", "role": role}), pepper).key
        catalogue.close()
        return key

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key()}"}, timeout=60)


@contextmanager
def served(home: Path, **told: str) -> Iterator[Served]:
    """Serve for the length of a block, with these variables besides."""
    port = int(told.get("REEL_GATEWAY_PORT", 0)) or free_port(0)
    usual = {
        "REEL_HOME": str(home),
        "REEL_SECRET": SECRET,
        "REEL_GATEWAY_PORT": str(port),
        # Whoever waits looks twenty times a second, for longer on a slow machine.
        "REEL_GATEWAY_RATE_KEY": "100000/minute",
        "REEL_GATEWAY_RATE_ADDRESS": "100000/minute",
        # Nobody is there: orders wait.
        "PREFECT_API_URL": f"http://127.0.0.1:{free_port(0)}/api",
    }
    with (home / "log").open("wb") as log:
        environment = {**os.environ, **usual, **told}
        process = subprocess.Popen([sys.executable, "-m", "gateway"], env=environment, stdout=log, stderr=log)
    made = Served(process, f"http://127.0.0.1:{port}", home)
    try:
        wait_for(lambda: _answers(made), "the gateway", tell=(home / "log").read_text)
        yield made
    finally:
        process.kill()
        process.wait()


def _answers(made: Served) -> bool:
    assert made.process.poll() is None, "it has ended"
    try:
        return httpx.get(f"{made.url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
