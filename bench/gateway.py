"""How soon the gateway answers: orders at ten a second, and looks at their status; the clock, and processor time.

    python -m bench.gateway --seconds 20
    python -m bench.gateway --seconds 20 --url http://127.0.0.1:4280 --key "$KEY"

Without an address, a gateway is started in a process of its own, on an SQLite catalogue in a temporary folder, and nobody is
where it looks for Prefect. Requests go out when they are due, whether the ones before were answered or not, so that a gateway
that falls behind is seen to. The orders are templates of a text, each of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from bench.streams import memory
from tests.gateway.served import served

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--url", help="of a gateway that runs")
    parser.add_argument("--key", default=os.environ.get("REEL_KEY", ""))
    given = parser.parse_args()
    if given.url:
        asyncio.run(measure(given.url, given.key, given.seconds, None))
        return
    rates = {f"REEL_GATEWAY_{name}": "1000000/second" for name in ("RATE_KEY", "RATE_ADDRESS", "RATE_ORDERS")}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), **rates) as running:
        asyncio.run(measure(running.url, running.key(), given.seconds, running.process.pid))


if __name__ == "__main__":
    main()
