"""A worker for machines that come and go: `python -m deployments.worker --pool reelflow --limit 2`.

It is Prefect's process worker with what production needs of it:

- The first SIGTERM (or Ctrl-C) drains it: no new runs, those under way go on to their end. After `--drain-seconds`, or
  at a second signal, they are ended and given back, and another worker goes on from what is in the store.
- When it dies, its runs die with it (`flows.kind`), so that none goes on unseen. When it starts again, those count as
  crashed at once.
- Beside its runs it looks after what dead ones left, after queued generations and after webhooks (`deployments.upkeep`).
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from deployments import confined
from deployments.address import find_server
from deployments.automations import HEARTBEAT_SECONDS
from deployments.draining import DrainingWorker
from deployments.load import telling
from deployments.priority import runs_at_once
from deployments.recovery import end_lost_runs
from deployments.stack import POOL, configured
from deployments.upkeep import keep_up
from deployments.watch import END_SECONDS, end_cancelled, end_unwatched, signalled
from flows.kind import WORKER_PID
from reel.settings import settings
from reel.store import sweep

POLL_SECONDS = 0.2
WORKER_HEARTBEAT_SECONDS = 10
"""How often a worker says that it lives. Prefect's server takes it for gone after three times as long."""


async def serve(worker: DrainingWorker, drain_seconds: float, health: bool) -> None:
    """Run a worker until it is told to stop, and let it drain."""
    await end_lost_runs(worker.name)
    loop = asyncio.get_running_loop()
    told, hurried = asyncio.Event(), asyncio.Event()

    def tell() -> None:
        (hurried if told.is_set() else told).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    keeping = asyncio.create_task(
        keep_up(partial(once_set_up, worker, end_cancelled), partial(once_set_up, worker, end_unwatched))
    )
    warming = asyncio.create_task(warm_up())
    working = asyncio.create_task(worker.start(with_healthcheck=health))
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        worker.draining = True
        print(f"draining: {len(worker.processes)} runs under way", flush=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(_idle(worker, hurried), drain_seconds)
        await _give_back(worker)
        working.cancel()
    keeping.cancel()
    warming.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def once_set_up(worker: DrainingWorker, look: Callable[[DrainingWorker], Awaitable[None]]) -> None:
    """Have a look for which a worker asks its server: before it is set up it has no client, and nothing to look after."""
    if worker.is_setup:
        await look(worker)


async def warm_up() -> None:
    """Have compiled what the first run with music would wait for: in a new container nothing is yet."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "reel.analyse.warm", str(os.getpid()))
    await process.wait()


async def _idle(worker: DrainingWorker, hurried: asyncio.Event) -> None:
    """Returns when nothing is under way, or nobody wants to wait for that."""
    while worker.processes and not hurried.is_set():
        await asyncio.sleep(POLL_SECONDS)


async def _give_back(worker: DrainingWorker) -> None:
    """End the runs under way. They tell that they were given back, end as crashed, and another worker takes them up."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in [pid for pid in worker.processes.values() if pid]:
            signalled(pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(_idle(worker, asyncio.Event()), END_SECONDS)


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Nobody else on this machine has that name: two would take each other's runs for lost."""
    folder = settings().home / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"A worker named {name!r} runs already; give this one another --name")
        yield


def main(arguments: Sequence[str] | None = None) -> None:
    config = configured()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", default=POOL)
    parser.add_argument("--queue", action="append", help="take runs of this queue alone; may be given several times")
    parser.add_argument("--name", default=socket.gethostname(), help="unique among all workers, and lasting")
    parser.add_argument("--limit", type=int, default=runs_at_once(config.jobs), help="most runs at a time")
    parser.add_argument("--drain-seconds", type=float, default=900.0, help="how long runs under way may go on")
    parser.add_argument("--health", action="store_true", help="answer on :8080/health while it looks for runs")
    options = parser.parse_args(arguments)
    find_server()
    confined.begin()
    # Runs share this machine's memory; its processors the kernel shares out well by itself.
    os.environ["REEL_MEMORY_BYTES"] = str(config.memory_bytes // options.limit)
    os.environ[WORKER_PID] = str(os.getpid())
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", str(HEARTBEAT_SECONDS))
    worker = DrainingWorker(
        options.pool,
        options.queue,
        options.name,
        limit=options.limit,
        heartbeat_interval_seconds=WORKER_HEARTBEAT_SECONDS,
    )
    # What its runs of another life left: those of this one come and go in processes of their own.
    sweep(config.scratch_folder)
    with only_one(options.name), telling(worker, config):
        asyncio.run(serve(worker, options.drain_seconds, options.health))


if __name__ == "__main__":
    main()
