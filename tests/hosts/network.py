"""Hosts on one machine: each in a network of its own, where the system lets us make one, and reached by nothing but TCP."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

IP = shutil.which("ip") or ""
BLOCK_BYTES = 1 << 16


class Forwarder:
    """A TCP port that passes everything on to a port of this machine, `delay_seconds` later each way.

    It counts what goes through it: connections, and pieces of data sent by clients (with small requests: the requests).
    """

    def __init__(self, address: str, port: int, delay_seconds: float = 0.0) -> None:
        self.address, self.target, self.delay_seconds = address, port, delay_seconds
        self.connections = self.requests = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), name="forwarder", daemon=True)
        self._thread.start()
        assert started.wait(60), f"nobody listens at {address}"

    def close(self) -> None:
        """Cut all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, self.address, 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        with suppress(asyncio.CancelledError):
            await asyncio.gather(self._pass(reader, there_writer, count=True), self._pass(there_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, count: bool = False) -> None:
        """Read at once and write later, so that a delay costs no bandwidth."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._send(waiting, writer))
        data = b"-"
        while data:
            with suppress(OSError):
                data = b""
                data = await reader.read(BLOCK_BYTES)
            self.requests += count and bool(data)
            waiting.put_nowait((self._loop.time() + self.delay_seconds, data))
        await sending

    async def _send(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        writer.close()


@dataclass
class Place:
    """Where a host is: how commands get there, and how it reaches servers of this machine."""

    gateway: str
    """This machine's address, as seen from there."""
    enter: tuple[str, ...] = ()
    """What a command that is to run there begins with."""
    namespace: str = ""
    forwarders: list[Forwarder] = field(default_factory=list)

    def reach(self, port: int, delay_seconds: float = 0.0) -> Forwarder:
        """Make a server that listens on this machine's `127.0.0.1` reachable from there."""
        forwarder = Forwarder(self.gateway, port, delay_seconds)
        self.forwarders.append(forwarder)
        return forwarder


def can_make_networks() -> bool:
    """Whether we may make network namespaces: root may, outside of most containers."""
    if not IP or os.geteuid() != 0:
        return False
    name = f"reel-try-{secrets.token_hex(4)}"
    if subprocess.run([IP, "netns", "add", name], check=False, capture_output=True).returncode != 0:
        return False
    return subprocess.run([IP, "netns", "delete", name], check=False, capture_output=True).returncode == 0


@contextmanager
def places(number: int) -> Iterator[list[Place]]:
    """That many hosts that cannot see each other; plain processes of this machine where there can be no networks."""
    make: Callable[[], Place] = _network if can_make_networks() else lambda: Place("127.0.0.1")
    made: list[Place] = []
    try:
        for _ in range(number):
            made.append(make())
        yield made
    finally:
        for place in made:
            for forwarder in place.forwarders:
                forwarder.close()
            if place.namespace:
                _ip("netns", "delete", place.namespace)


def _network() -> Place:
    """A network namespace joined to this machine by one cable, with nothing beyond it."""
    mark = secrets.token_hex(3)
    name, near, far = f"reel-{mark}", f"rn{mark}", f"rf{mark}"
    net = f"10.{64 + secrets.randbelow(128)}.{secrets.randbelow(256)}.{4 * secrets.randbelow(64)}"
    base, last = net.rsplit(".", 1)
    gateway, address = f"{base}.{int(last) + 1}", f"{base}.{int(last) + 2}"
    _ip("netns", "add", name)
    _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
    _ip("address", "add", f"{gateway}/30", "dev", near)
    _ip("link", "set", near, "up")
    for command in (f"address add {address}/30 dev {far}", f"link set {far} up", "link set lo up"):
        _ip("-n", name, *command.split())
    return Place(gateway, (IP, "netns", "exec", name), name)


def _ip(*arguments: str) -> None:
    subprocess.run([IP, *arguments], check=True, capture_output=True)
