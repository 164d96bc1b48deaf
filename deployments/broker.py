"""How Prefect's server on one machine hands events on (`PREFECT_SERVER_EVENTS_MESSAGING_BROKER`): in memory, as by default, but
what nobody reads afterwards is not kept.

Events are how task runs get known, how artifacts are told of and how heartbeats are heard; all that takes place as they come.
Kept, they were nine tenths of what a run left in the database, and most of what is written just after its end.
"""

from __future__ import annotations

from typing import Any

from prefect.server.utilities.messaging import Message, MessageHandler
from prefect.server.utilities.messaging.memory import Consumer as MemoryConsumer
from prefect.server.utilities.messaging.memory import Publisher, break_topic, ephemeral_subscription

from flows.following import EVENT as PROGRESS

__all__ = ["Consumer", "Publisher", "break_topic", "ephemeral_subscription"]

KEEPER = "event-persister"
"""What Prefect names the group that writes events down."""
PASSING = ("prefect.task-run.", "prefect.artifact", "prefect.flow-run.heartbeat", PROGRESS)
"""How the names of events begin that are there for whoever listens. Task runs and artifacts have tables of their own."""


class Consumer(MemoryConsumer):
    """Hands all events on, and to whoever keeps them those that are worth it."""

    def __init__(self, topic: str, group: str = "", **options: Any) -> None:
        super().__init__(topic, **options)
        self._keeps = group == KEEPER

    async def run(self, handler: MessageHandler) -> None:
        """Hand on until cancelled."""
        await super().run(_only_lasting(handler) if self._keeps else handler)


def _only_lasting(handler: MessageHandler) -> MessageHandler:
    async def handle(message: Message) -> None:
        if not str(message.attributes.get("event", "")).startswith(PASSING):
            await handler(message)

    return handle
