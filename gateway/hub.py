"""Live events on their way to clients: the catalogue is read once for all of them, and what is new is kept in memory once.

    with hub.place("acme", key):
        await hub.ready()
        async for told in hub.follow("acme", None, after=17, key=key): ...       # null now and then: a heartbeat

A client that falls behind what is kept reads what it missed from the catalogue. All of this lives in one event loop; only the
catalogue is asked in threads.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from gateway.problems import Refused
from gateway.settings import GatewaySettings
from reel.control.feeding import LAST, CaughtUp, LiveFeed, Told
from reel.errors import ReelError

log = logging.getLogger("reel.gateway.live")

READ_SECONDS = 0.5
"""How often the catalogue is asked for what is new, while anybody listens."""
AWAY_SECONDS = 3.0
"""How long it is left alone after it failed, and how long a new stream waits for it."""
KEYS_SECONDS = 2.0
"""How often it is asked whether the keys are good with which streams were opened: one that was revoked ends its streams."""
MOST_RECENT = 2000
"""Events that are kept in memory: a minute of a busy installation, some megabytes."""


GoodKeys = Callable[[Collection[str]], set[str]]
"""Says which of some API keys are good. Errors: those of the catalogue."""


@dataclass(frozen=True)
class Limits:
    """What streams may take."""

    per_tenant: int
    in_all: int
    heartbeat_seconds: float
    life_seconds: float


def limits_of(settings: GatewaySettings) -> Limits:
    """Those that the settings name."""
    return Limits(
        per_tenant=settings.streams_per_tenant,
        in_all=settings.streams,
        heartbeat_seconds=settings.heartbeat_seconds,
        life_seconds=settings.stream_seconds,
    )


class Hub:
    """All live streams of this process."""

    def __init__(self, feed: LiveFeed, good_keys: GoodKeys, limits: Limits, read_seconds: float = READ_SECONDS) -> None:
        self.feed = feed
        self._good_keys = good_keys
        self.limits = limits
        self._read_seconds = read_seconds
        self._open: Counter[str] = Counter()
        self._keys: Counter[str] = Counter()
        self._ended_keys: set[str] = set()
        self._keys_asked = 0.0
        self._recent: list[Told] = []
        self._floor = self._head = 0
        self._news: dict[str, asyncio.Event] = {}
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._closing = False

    @property
    def open(self) -> int:
        """How many streams are open."""
        return self._open.total()

    def close(self) -> None:
        """End all streams, so that the server can stop; their clients come back, here or elsewhere."""
        self._closing = True
        self._wake()

    def _wake(self) -> None:
        for news in self._news.values():
            news.set()

    @contextmanager
    def place(self, tenant: str, key: str | None = None) -> Iterator[None]:
        """Room for one stream of a tenant, opened with an API key. Raises `Refused` where the tenant has enough of them, or all
        together."""
        if self._closing or self.open >= self.limits.in_all:
            raise Refused(503, "there is no room for another stream here", headers={"Retry-After": "5"})
        if self._open[tenant] >= self.limits.per_tenant:
            detail = (
                f"{self.limits.per_tenant} streams of yours are open: close one; /v1/events tells of all generations"
            )
            raise Refused(429, detail, headers={"Retry-After": "5"})
        self._open[tenant] += 1
        try:
            with self._kept(key):
                yield
        finally:
            self._open[tenant] -= 1
            if not self._open[tenant]:
                del self._open[tenant]
                self._news.pop(tenant, None)

    @contextmanager
    def _kept(self, key: str | None) -> Iterator[None]:
        """Have a key looked after for the length of a block."""
        if key is None:
            yield
            return
        self._keys[key] += 1
        try:
            yield
        finally:
            self._keys[key] -= 1
            if not self._keys[key]:
                del self._keys[key]
                self._ended_keys.discard(key)

    async def ready(self) -> None:
        """Wait until the catalogue is read. Raises `Refused` where it is away."""
        if self._reading is None or self._reading.done():
            self._ready = asyncio.Event()
            self._reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait_for(self._ready.wait(), AWAY_SECONDS)
        except TimeoutError:
            raise Refused(503, "the catalogue is away", headers={"Retry-After": "5"}) from None

    async def missed(self, tenant: str, seen: int, generation: str | None) -> CaughtUp:
        """See `LiveFeed.missed`."""
        return await asyncio.to_thread(self.feed.missed, tenant, seen, generation)

    async def follow(
        self, tenant: str, generation: str | None, after: int | None, key: str | None = None
    ) -> AsyncGenerator[Told | None]:
        """The events of a tenant, or of one generation, after a number; null: from now on. Null among them is a heartbeat.

        Ends when the generation has, when the API key is good no longer with which it was opened, and after some minutes.
        Errors: those of the catalogue.
        """
        now = asyncio.get_running_loop().time
        ends = now() + self.limits.life_seconds
        seen, behind = self._head if after is None else after, after is not None
        silent_until = now() + self.limits.heartbeat_seconds
        while now() < ends and not self._closing and key not in self._ended_keys:
            # Taken before anything is looked for: whatever comes from now on sets it.
            news = self._news.setdefault(tenant, asyncio.Event())
            if behind or seen < self._floor:
                caught = await self.missed(tenant, seen, generation)
                for told in caught.told:
                    yield told
                seen, behind = caught.seen, caught.more
                if caught.ended:
                    return
                continue
            fresh, seen = self._after(seen, tenant, generation), max(seen, self._head)
            for told in fresh:
                yield told
            if fresh and generation is not None and fresh[-1].type in LAST:
                return
            if not fresh:
                await _happens(news, min(silent_until, ends) - now())
            # What else happens to the tenant is not heard here: silence is that of this stream.
            if silent := not fresh and now() >= silent_until:
                yield None
            if fresh or silent:
                silent_until = now() + self.limits.heartbeat_seconds

    def _after(self, number: int, tenant: str, generation: str | None) -> list[Told]:
        first = bisect_right(self._recent, number, key=lambda told: told.number)
        return [
            told for told in self._recent[first:] if told.tenant == tenant and generation in (None, told.generation)
        ]

    async def _read(self) -> None:
        """Read the feed while anybody listens."""
        while self.open and not self._closing:
            try:
                await self._ask_keys()
                full = await self._read_once()
            except ReelError as error:
                log.warning("the feed could not be read: %s", error)
                await asyncio.sleep(AWAY_SECONDS)
            else:
                await asyncio.sleep(0 if full else self._read_seconds)

    async def _ask_keys(self) -> None:
        """Now and then, end the streams of keys that are good no longer."""
        now = asyncio.get_running_loop().time()
        if not self._keys or now < self._keys_asked + KEYS_SECONDS:
            return
        self._keys_asked, keys = now, set(self._keys)
        if ended := keys - await asyncio.to_thread(self._good_keys, keys):
            # Of those alone that are open yet: whoever closed meanwhile is not looked after any more.
            self._ended_keys |= ended & set(self._keys)
            self._wake()

    async def _read_once(self) -> bool:
        """Take in what is new; whether there is more."""
        if not self._ready.is_set():
            self._floor = self._head = await asyncio.to_thread(self.feed.head)
            self._recent.clear()
            self._ready.set()
            return False
        fresh = await asyncio.to_thread(self.feed.after, self._head)
        if not fresh:
            return False
        self._recent += fresh
        self._head = fresh[-1].number
        if forgotten := self._recent[:-MOST_RECENT]:
            self._floor = forgotten[-1].number
            del self._recent[: len(forgotten)]
        for tenant in {told.tenant for told in fresh}:
            if news := self._news.pop(tenant, None):
                news.set()
        return True


async def _happens(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), max(0.0, seconds))
