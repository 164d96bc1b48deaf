"""A thousand open event streams: the gateway's memory and processor time, and how long after its commit progress comes.

    python -m bench.streams --streams 1000 --seconds 30

A gateway is started in a process of its own, on an SQLite catalogue in a temporary folder. Ten tenants have a tenth of the
streams each; twice a second the progress of a generation is committed, of the tenants in turn, and each client of its tenant
notes when it came.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from reel.catalogue import Catalogue, NewGeneration, Progressed, open_catalogue
from tests.gateway.served import Served, served

TENANTS = 10
EVERY_SECONDS = 0.5
GOAL_BYTES, GOAL_SECONDS = 300e6, 1.0


@dataclass
class Heard:
    """What clients have received: when, by generation and percentage."""

    came: dict[tuple[str, float], list[float]] = field(default_factory=lambda: defaultdict(list))
    open: int = 0


async def listen(running: Served, key: str, heard: Heard) -> None:
    """Follow a tenant's events for ever, as sparingly as a client can."""
    place = urlsplit(running.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(f"GET /v1/events HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    status = await reader.readline()
    assert status.startswith(b"HTTP/1.1 200"), status
    heard.open += 1
    while line := await reader.readline():
        if line.startswith(b"data: "):
            data = json.loads(line[6:])["data"]
            if "percent" in data:
                heard.came[data["generation"], data["percent"]].append(time.time())


def commit(catalogue: Catalogue, tenant: str, id_: str, percent: float) -> float:
    """Keep how far a generation is; when that was done."""
    with catalogue.tenant(tenant) as records:
        records.progress(id_, Progressed(percent=percent, eta_seconds=9.0, percents={"variant-001": percent}))
    return time.time()


def memory(pid: int) -> tuple[float, float]:
    """Resident bytes of a process, and its processor seconds."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    resident = int(next(line for line in rollup.splitlines() if line.startswith("Rss")).split()[1]) * 1024
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return resident, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(running: Served, streams: int, seconds: float) -> None:
    catalogue = open_catalogue(f"sqlite:///{running.home}/catalogue.db")
    tenants = [f"tenant-{number}" for number in range(TENANTS)]
    generations = {}
    for tenant in tenants:
        with catalogue.tenant(tenant) as records:
            generations[tenant] = records.add(NewGeneration(kind="mixer", request={}))[0].id
            records.move(generations[tenant], "fetching")
    keys = {tenant: running.key(tenant, "viewer") for tenant in tenants}
    idle, _ = memory(running.process.pid)
    heard, clients = Heard(), []
    for number in range(streams):
        clients.append(asyncio.create_task(listen(running, keys[tenants[number % TENANTS]], heard)))
        await asyncio.sleep(0.005)
    while heard.open < streams:
        await asyncio.sleep(0.1)
        for client in clients:
            if client.done():
                client.result()
    opened, before = memory(running.process.pid)
    committed: dict[tuple[str, float], float] = {}
    began, step = time.time(), 0
    while time.time() < began + seconds:
        tenant, step = tenants[step % TENANTS], step + 1
        place = generations[tenant], float(step)
        committed[place] = await asyncio.to_thread(commit, catalogue, tenant, *place)
        await asyncio.sleep(EVERY_SECONDS)
    await asyncio.sleep(2)
    busy, after = memory(running.process.pid)
    waits = sorted(when - committed[place] for place in committed for when in heard.came[place])
    expected = len(committed) * streams // TENANTS
    report(streams, (idle, opened, busy), (after - before) / (seconds + 2), waits, expected)
    for client in clients:
        client.cancel()


def report(
    streams: int, bytes_: tuple[float, float, float], processor: float, waits: list[float], expected: int
) -> None:
    idle, opened, busy = (each / 1e6 for each in bytes_)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"memory: {idle:.0f} MB before, {opened:.0f} MB with {streams} streams, {busy:.0f} MB at the end "
          f"(goal: {GOAL_BYTES / 1e6:.0f}); {(opened - idle) * 1000 / streams:.0f} kB each")  # fmt: skip
    print(f"processor: {processor * 100:.1f} % of one")
    print(f"events: {len(waits)} of {expected} came")
    print(f"after the commit: median {statistics.median(waits):.2f} s, 99 % within {waits[int(len(waits) * 0.99)]:.2f} s, "
          f"last {waits[-1]:.2f} s (goal: {GOAL_SECONDS:.0f})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30)
    told = parser.parse_args()
    many = {f"REEL_GATEWAY_RATE_{which}": "1000000/second" for which in ("KEY", "ADDRESS")}
    room = {"REEL_GATEWAY_STREAMS_PER_TENANT": str(told.streams), "REEL_GATEWAY_STREAMS": str(told.streams + 10)}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), **many, **room) as running:
        asyncio.run(measure(running, told.streams, told.seconds))


if __name__ == "__main__":
    main()
