"""Prefect's server on SQLite: who writes waits for whoever writes, and what nobody reads is not kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prefect.server.utilities.messaging.memory import Cache

from deployments.broker import Consumer, Publisher
from deployments.server import WritersInTurn


async def two_that_read_and_then_write(config: Any) -> int:
    """As two requests at once: the first has read, and the second one writes, as far as it may, before the first does."""
    engine = await config.engine()
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE seen (who TEXT)"))
    read = asyncio.Event()

    async def write(who: str, meanwhile: asyncio.Event | None) -> None:
        async with await config.session(engine) as session, config.begin_transaction(session):
            await session.execute(sa.text("SELECT count(*) FROM seen"))
            if meanwhile:
                meanwhile.set()
                await asyncio.sleep(0.3)  # so that the other one has written where nothing keeps it from that
            await session.execute(sa.text(f"INSERT INTO seen VALUES ('{who}')"))

    async def second() -> None:
        await read.wait()
        await write("second", None)

    await asyncio.gather(write("first", read), second())
    async with engine.connect() as connection:
        (rows,) = (await connection.execute(sa.text("SELECT count(*) FROM seen"))).one()
    await engine.dispose()
    return int(rows)


def test_who_has_read_may_write_though_others_want_to(tmp_path: Path) -> None:
    config = WritersInTurn(connection_url=f"sqlite+aiosqlite:///{tmp_path}/prefect.db")
    assert asyncio.run(two_that_read_and_then_write(config)) == 2


EVENTS = {
    "prefect.task-run.Completed": False,
    "prefect.artifact.created": False,
    "prefect.artifact-collection.updated": False,
    "prefect.flow-run.heartbeat": False,
    "reelflow.generation.progress": False,
    "prefect.flow-run.Completed": True,
    "prefect.worker.started": True,
    "theirs.something": True,
}
"""Whether an event is kept, by its name."""


@pytest.mark.parametrize(
    ("group", "heard"),
    [
        ("event-persister", [name for name, kept in EVENTS.items() if kept]),
        ("task-run-recorder", [*EVENTS]),
        ("reactive-triggers", [*EVENTS]),
    ],
)
def test_events_are_heard_by_all_and_those_are_kept_that_somebody_reads(group: str, heard: list[str]) -> None:
    async def told() -> list[str]:
        names: list[str] = []
        over = asyncio.Event()

        async def handle(message: Any) -> None:
            names.append(message.attributes["event"])
            if message.attributes["event"] == [*EVENTS][-1]:
                over.set()

        consumer = Consumer(group, group=group, concurrency=1)
        running = asyncio.create_task(consumer.run(handle))
        async with Publisher(group, Cache()) as publisher:
            for name in EVENTS:
                await publisher.publish_data(b"{}", {"event": name})
        await over.wait()
        running.cancel()
        await consumer.cleanup()
        return names

    assert asyncio.run(told()) == heard
