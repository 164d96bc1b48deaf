"""A small installation: one Prefect server, one S3 server, one PostgreSQL, and hosts that share nothing else.

It is spoken to as its users do: by Prefect's API over HTTP, by S3 and by the catalogue.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deployments import processes
from deployments.surroundings import ROOT
from reel.catalogue import Catalogue, open_catalogue, upgrade
from tests.hosts.host import Host
from tests.hosts.network import Place, places
from tests.postgres import postgres
from tests.s3 import CREDENTIALS, S3Server, s3_server
from tests.waiting import wait_for

BUCKET = "reel"
PATIENCE_SECONDS = 240.0
END = ("COMPLETED", "FAILED", "CANCELLED")
"""A crashed run is not at its end: it is taken up again."""


@dataclass
class Cluster:
    """The servers, and the hosts that there are."""

    folder: Path
    api: httpx.Client
    s3: S3Server
    catalogue: Catalogue
    hosts: list[Host]

    def put_asset(self, path: Path) -> str:
        """Put a file where all hosts can read it; its address."""
        key = f"media/{path.name}"
        self.s3.client().upload_file(str(path), BUCKET, key)
        return f"s3://{BUCKET}/{key}"

    def trigger(self, request: Mapping[str, Any], terms: Mapping[str, Any] | None = None) -> str:
        """A run of the deployment of the request's kind; its id."""
        kind = request["kind"]
        deployment = self._get(f"/deployments/name/{kind}/{kind}")["id"]
        parameters = {"request": dict(request), **({"terms": dict(terms)} if terms else {})}
        # With a key, as the server may have made the run and not have told us.
        order = {"parameters": parameters, "idempotency_key": secrets.token_hex(8)}
        return str(self._post(f"/deployments/{deployment}/create_flow_run", order)["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """A flow run as the server knows it."""
        found: dict[str, Any] = self._get(f"/flow_runs/{run_id}")
        return found

    def end_of(self, run_id: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The run when it has ended for good."""

        def ended() -> dict[str, Any] | None:
            run = self.run(run_id)
            return run if run["state_type"] in END else None

        found: dict[str, Any] = wait_for(ended, f"the end of run {run_id}", seconds)
        return found

    def shares_of(self, run_id: str) -> list[dict[str, Any]]:
        """The child runs of a run."""
        runs = self._post("/flow_runs/filter", {"flow_runs": {"parent_task_run_id": {"is_null_": False}}})
        parents = {task["id"] for task in self._post("/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})}
        return [run for run in runs if run["parent_task_run_id"] in parents]

    def tasks(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """The task runs of flow runs."""
        found: list[dict[str, Any]] = []
        while page := self._post(
            "/task_runs/filter", {"flow_runs": {"id": {"any_": list(runs)}}, "offset": len(found)}
        ):
            found += page
        return found

    def table(self, artifact: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a table in the UI."""
        rows: list[dict[str, Any]] = json.loads(artifact["data"])
        return rows

    def from_here(self, url: str) -> str:
        """A link that a host made: hosts reach the S3 server by an address of their own, which is this machine."""
        assert any(url.startswith(host.environment["REEL_S3_ENDPOINT"]) for host in self.hosts), url
        return url

    def online(self) -> set[str]:
        """Names of the workers that the server takes for alive."""
        workers = self._post("/work_pools/reelflow/workers/filter", {})
        return {worker["name"] for worker in workers if worker["status"] == "ONLINE"}

    def artifacts(self, run_id: str) -> dict[str, Any]:
        """What the UI shows of a run, by key."""
        found = self._post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run_id]}}})
        return {artifact["key"]: artifact for artifact in found if artifact["key"]}

    def objects(self, prefix: str) -> list[str]:
        """Names in the bucket."""
        pages = self.s3.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def read(self, key: str) -> bytes:
        body: bytes = self.s3.client().get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def report(self, generation: str, tenant: str = "default") -> dict[str, Any]:
        """The published report of a generation."""
        document: dict[str, Any] = json.loads(self.read(f"outputs/{tenant}/{generation}/report.json"))
        return document

    def _get(self, path: str) -> Any:
        return self._answer(self.api.build_request("GET", path))

    def _post(self, path: str, document: Mapping[str, Any]) -> Any:
        return self._answer(self.api.build_request("POST", path, json=dict(document)))

    def _answer(self, request: httpx.Request) -> Any:
        """What the server answers; asked again while its SQLite is locked, as Prefect's own client does.

        Two workers are more than SQLite is for: on a busy machine it may be locked for a minute.
        """

        def ask() -> httpx.Response | None:
            try:
                answer = self.api.send(request)
            except httpx.TransportError:
                return None
            return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

        answer: httpx.Response = wait_for(ask, "an answer of the server")
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def cluster(folder: Path, names: Sequence[str], **settings: str) -> Iterator[Cluster]:
    """Servers and hosts that are not started yet; `settings` are more environment variables of all hosts."""
    with ExitStack() as held:
        there = held.enter_context(places(len(names)))
        s3 = held.enter_context(s3_server(folder / "s3"))
        s3.make_bucket(BUCKET)
        database = held.enter_context(postgres())
        url = database.url(database.make_database())
        upgrade(url)
        catalogue = open_catalogue(url)
        held.callback(catalogue.close)
        home = held.enter_context(tempfile.TemporaryDirectory(prefix="reel-prefect-", dir=_memory()))
        port = held.enter_context(_prefect(Path(home)))
        api = held.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=20))
        hosts = [
            Host(name, folder / name, place, _environment(folder / name, place, s3, url, port, settings))
            for name, place in zip(names, there, strict=True)
        ]
        for host in hosts:
            host.folder.mkdir()
            held.callback(host.stop)
        yield Cluster(folder, api, s3, catalogue, hosts)


def _environment(
    folder: Path, place: Place, s3: S3Server, catalogue: str, prefect: int, settings: Mapping[str, str]
) -> dict[str, str]:
    """What a host's worker is told. Nothing of it names a folder of another host."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "REEL_", "AWS_"))}
    s3_port = int(s3.endpoint.rsplit(":", 1)[1])
    delay = float(settings.get("DELAY_SECONDS", "0"))
    return {
        **clean,
        **CREDENTIALS,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "PYTHONPATH": str(ROOT),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://{place.gateway}:{place.reach(prefect).port}/api",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "1",
        "REEL_HOME": str(folder / "home"),
        "REEL_SCRATCH": str(folder / "scratch"),
        "REEL_STORE": f"s3://{BUCKET}/store",
        "REEL_OUTPUTS": f"s3://{BUCKET}/outputs",
        "REEL_CATALOGUE": catalogue,
        "REEL_S3_ENDPOINT": f"http://{place.gateway}:{place.reach(s3_port, delay).port}",
        **settings,
    }


def _memory() -> Path | None:
    """Where files are held in memory, if anywhere: the server's SQLite syncs after every write."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


@contextmanager
def _prefect(folder: Path) -> Iterator[int]:
    """A Prefect server with pool, queues, automations and deployments; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mark = secrets.token_hex(8)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "REEL_"))}
    environment = {
        **clean,
        processes.MARK: mark,
        "PYTHONPATH": str(ROOT),
        "PREFECT_HOME": str(folder),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
        "REEL_HOME": str(folder / "reel"),
    }
    serve = [sys.executable, "-m", "deployments.server", "--host", "127.0.0.1", "--port", str(port)]
    try:
        processes.start_process(serve, environment, folder / "server.log", tied=True)
        prepare = [sys.executable, "-m", "deployments.setup"]
        done = subprocess.run(prepare, env=environment, capture_output=True, text=True, check=False, timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr
        yield port
    finally:
        processes.end(mark, [])
