"""How soon the gateway answers: orders at ten a second, looks at their status, and frames before rendering; the clock, and
processor time.

    python -m bench.gateway --seconds 20
    python -m bench.gateway --seconds 0 --frames 40      # frames alone
    python -m bench.gateway --seconds 20 --url http://127.0.0.1:4280 --key "$KEY"

Without an address, a gateway is started in a process of its own, on an SQLite catalogue in a temporary folder, and nobody is
where it looks for Prefect. Requests go out when they are due, whether the ones before were answered or not, so that a gateway
that falls behind is seen to. The orders are templates of a text, each of its own.

Frames are those of `bench.frames`, asked of a gateway with a preview process beside it, one after the other as somebody types
or looks about; the assets were read before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.frames import GOAL as FRAME_GOAL
from bench.frames import SCALE, document, make_assets, used
from bench.measure import tree
from bench.streams import memory
from tests.gateway.served import SECRET, Served, served
from tests.waiting import wait_for

ORDERS_A_SECOND, READS_A_SECOND = 10, 50
ORDER_GOAL, READ_GOAL = 0.150, 0.020


def order(number: int) -> dict[str, Any]:
    """A request that no other number's is."""
    text = {"type": "text", "text": f"Order {number}", "duration": 0.4}
    return {"request": {"kind": "template", "timeline": {"tracks": [{"clips": [text]}]}, "resolution": "480p",
                        "loudness": "off", "stills": False}}  # fmt: skip


async def paced(a_second: float, count: int, ask: Callable[[int], Awaitable[httpx.Response]]) -> list[float]:
    """How long each of so many took, sorted; they begin at an even pace."""
    began = time.perf_counter()

    async def one(number: int) -> float:
        due = began + number / a_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        answer = await ask(number)
        assert answer.is_success, answer.text
        return time.perf_counter() - due

    return sorted(await asyncio.gather(*(one(number) for number in range(count))))


def told(name: str, took: list[float], goal: float, processor: float | None) -> None:
    middle, late = statistics.median(took), took[int(len(took) * 0.95)]
    spent = "" if processor is None else f"; {processor / len(took) * 1000:.1f} ms of a processor each"
    print(f"{name}: median {middle * 1000:.0f} ms, p95 {late * 1000:.0f} ms (goal: {goal * 1000:.0f}), "
          f"last {took[-1] * 1000:.0f} ms{spent}")  # fmt: skip


async def measure(url: str, key: str, seconds: float, pid: int | None) -> None:
    def spent() -> float | None:
        return memory(pid)[1] if pid else None

    def between(before: float | None, after: float | None) -> float | None:
        return None if before is None or after is None else after - before

    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {key}"}, limits=limits, timeout=60
    ) as client:
        await paced(ORDERS_A_SECOND, 5, lambda number: client.post("/v1/generations", json=order(-number)))
        places: list[str] = []

        async def submit(number: int) -> httpx.Response:
            answer = await client.post("/v1/generations", json=order(number))
            places.append(answer.headers["location"])
            return answer

        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        before = spent()
        took = await paced(ORDERS_A_SECOND, int(ORDERS_A_SECOND * seconds), submit)
        told("orders", took, ORDER_GOAL, between(before, spent()))
        before = spent()
        took = await paced(
            READS_A_SECOND, int(READS_A_SECOND * seconds), lambda number: client.get(places[number % len(places)])
        )
        told("looks at a status", took, READ_GOAL, between(before, spent()))


@contextmanager
def previewing(home: Path, told: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process that shows a gateway's frames, for the length of a block."""
    environment = {**os.environ, "REEL_HOME": str(home), "REEL_SECRET": SECRET, **told}
    with (home / "preview.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deployments.preview"], env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def measure_frames(running: Served, preview: int, folder: Path, count: int) -> None:
    """Say how long frames take through HTTP: of a text that is being typed, of other moments, of the same again."""
    with running.client() as client:

        def asked(text: str, second: float) -> httpx.Response:
            wanted = {"request": document(folder, text), "at": second, "scale": SCALE}
            return client.post("/v1/frame", json=wanted)

        def spent() -> float:
            return sum(used(pid) for root in (running.process.pid, preview) for pid in tree(root))

        def measured(name: str, *asks: tuple[str, float]) -> None:
            before = spent()
            told(f"frames, {name}", sorted(took(*each) for each in asks), FRAME_GOAL, spent() - before)

        def took(text: str, second: float) -> float:
            began = time.perf_counter()
            answer = asked(text, second)
            assert answer.is_success, answer.text
            assert answer.content.startswith(b"\xff\xd8"), "no JPEG"
            return time.perf_counter() - began

        # Its first is also when it has read the assets, and is warm.
        wait_for(lambda: asked("Title", 3).is_success, "the first frame", tell=(folder / "preview.log").read_text)
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        measured("typed", *((f"Title {each}", 3) for each in range(count)))
        measured("elsewhere", *(("Title", 3 + each / 8) for each in range(1, count + 1)))
        measured("again", *[("Title", 3.0)] * count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--frames", type=int, default=0, help="how many of each sort; not of a gateway that runs")
    parser.add_argument("--url", help="of a gateway that runs")
    parser.add_argument("--key", default=os.environ.get("REEL_KEY", ""))
    given = parser.parse_args()
    if given.url:
        asyncio.run(measure(given.url, given.key, given.seconds, None))
        return
    rates = {f"REEL_GATEWAY_{name}": "1000000/second" for name in ("RATE_KEY", "RATE_ADDRESS", "RATE_ORDERS")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        roots = {"REEL_FILE_ROOTS": json.dumps([name])}
        with served(folder, **rates, **roots) as running:
            if given.seconds:
                asyncio.run(measure(running.url, running.key(), given.seconds, running.process.pid))
            if given.frames:
                make_assets(folder)
                with previewing(folder, roots) as preview:
                    measure_frames(running, preview.pid, folder, given.frames)


if __name__ == "__main__":
    main()
