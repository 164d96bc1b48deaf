"""A worker: the store, the scratch folder and the room that steps share on one machine."""

from __future__ import annotations

import gc
import os
import platform
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from reel.analyse.build import librosa_id, scenedetect_id, scipy_id
from reel.control.allowed import Allowed
from reel.control.stores import Stores, open_stores
from reel.control.usable import require_usable
from reel.ffmpeg.build import build_id
from reel.images.build import images_id
from reel.make.source_frames import SourceFrames
from reel.packets.build import packets_id
from reel.plan.estimate import Basis, Prices
from reel.plan.operations.expected import Work
from reel.plan.pace import History
from reel.plan.step import Plan
from reel.retry import tried
from reel.settings import Settings, settings
from reel.shaka.build import packager_id
from reel.store import sweep
from reel.text.build import text_id
from reel.toolchain import Toolchain

LOOKUPS = 16
"""Questions to the store at a time."""
SWITCH_SECONDS = 0.0005
"""After how long a thread that wants Python's lock is given it."""


class Room:
    """Lets steps in as long as the machine has processors and memory for them.

    Memory is what parallel video runs out of first: a 4K source takes as much as ten small ones, so steps are admitted by
    what they hold, not by their number. A step that is too large for any company is let in alone. Light ones need not wait for
    those that fill the machine, only for each other.
    """

    def __init__(self, processors: int, memory_bytes: int) -> None:
        self.processors = processors
        self._free_processors: float = processors
        self._free_light = processors
        self._free_bytes = memory_bytes
        self._inside = 0
        self._waiting = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, work: Work) -> Iterator[Callable[[], None]]:
        """Hold room for one step; what is given leaves it before the end."""
        processors = 0 if work.is_light else min(work.processors, self.processors * work.most_of_machine)
        held = processors, int(work.is_light), work.memory_bytes
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: self._fits(*held))
            finally:
                self._waiting -= 1
            self._take(1, *held)
        with ExitStack() as stack:
            stack.callback(self._give_back, *held)
            yield stack.close

    @property
    def spare(self) -> int:
        """Processors that no step holds or waits for at this moment; at least one."""
        light = self.processors - self._free_light
        return 1 if self._waiting else max(1, int(self._free_processors) - light)

    def _give_back(self, processors: float, light: int, memory_bytes: int) -> None:
        with self._changed:
            self._take(-1, -processors, -light, -memory_bytes)
            self._changed.notify_all()

    def _fits(self, processors: float, light: int, memory_bytes: int) -> bool:
        alone = self._inside == 0
        free = processors <= self._free_processors and light <= self._free_light and memory_bytes <= self._free_bytes
        return alone or free

    def _take(self, inside: int, processors: float, light: int, memory_bytes: int) -> None:
        self._inside += inside
        self._free_processors -= processors
        self._free_light -= light
        self._free_bytes -= memory_bytes


class Cancel(threading.Event):
    """Calls off what one run does. Set too where that of the whole worker is."""

    def __init__(self, worker: threading.Event) -> None:
        super().__init__()
        self._worker = worker

    def is_set(self) -> bool:
        return super().is_set() or self._worker.is_set()


@dataclass(frozen=True, kw_only=True)
class Worker(Stores):
    """What performing a step needs of its machine."""

    memo: Path
    """Folder of remembered digests."""
    room: Room
    tools: Toolchain
    """Identities of all that makes bytes here; of each key, those are a part that can change what it names."""
    name: str = ""
    """Of the machine or worker, for records."""
    machine: str = ""
    """The class of machine that it is, for estimates: those of one class are taken to be equally fast."""
    tenant: str = "default"
    """On whose behalf assets are taken in."""
    source_frames: SourceFrames = field(default_factory=SourceFrames)
    """What proofs have read of sources."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set to end all work at once."""

    def for_run(self, tenant: str | None = None, allowed: Allowed | None = None) -> Worker:
        """The same worker with a `cancelled` of one run's own: what ends a run, a fault as well, leaves the next one alone. It
        is for a tenant, and what that is allowed to use; null: the same as before."""
        mine = self if allowed is None else replace(self, limits=allowed.limits, roots=allowed.roots)
        return replace(mine, cancelled=Cancel(self.cancelled), tenant=tenant or self.tenant)

    def made(self, plan: Plan) -> frozenset[str]:
        """Keys of a plan's steps that are in the store; asked for side by side, as each answer may take a while."""
        with ThreadPoolExecutor(LOOKUPS, "find") as threads:
            found = threads.map(lambda step: self.store.find(step.key, step.kind), plan.steps)
            return frozenset(artefact.key for artefact in found if artefact)


def basis_of(worker: Worker, history: History) -> Basis:
    """What estimates rest on at a worker, with what is known of how fast it is."""
    config = settings()
    prices = Prices(
        processor_second=config.price_processor_second,
        stored_gigabyte=config.price_stored_gigabyte,
    )
    return Basis(worker.room.processors, worker.machine, history, prices)


def tools_here() -> Toolchain:
    """The tools of this machine. Raises what passes where FFmpeg is asked for its version."""
    return Toolchain(
        ffmpeg=build_id(),
        pyav=packets_id(),
        opencv=cv2.__version__,
        numpy=np.__version__,
        pillow=images_id(),
        typst=text_id(),
        librosa=librosa_id(),
        scipy=scipy_id(),
        scenedetect=scenedetect_id(),
        packager=packager_id(),
    )


def _processor() -> str:
    """What the kernel calls a processor of this machine."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()


def make_worker(config: Settings) -> Worker:
    """A worker as the settings describe it; what dead processes left in its folders is swept away.

    Raises as `require_usable`, and what passes where FFmpeg is asked for its version.
    """
    require_usable(config)
    return _made(config)


def _made(config: Settings) -> Worker:
    # Steps run side by side, each with FFmpeg beside it: threads of OpenCV's own make no frame sooner, and cost a fifth more.
    cv2.setNumThreads(1)
    # While one thread imports a library or listens, the others want Python's lock for many small operations, and would wait for
    # 5 ms each time: a fifth of the time in which the files of a slideshow are read.
    sys.setswitchinterval(SWITCH_SECONDS)
    sweep(config.scratch_folder)
    stores = open_stores(config)
    sweep(stores.store.cache.incoming)
    sweep(stores.store.cache.users)
    # What lies in a bucket is swept by the janitor: a worker starts without asking another machine.
    for local in (stores.store.objects, stores.outputs):
        if local.local:
            local.sweep()
    return Worker(
        store=stores.store,
        outputs=stores.outputs,
        scratch=stores.scratch,
        limits=stores.limits,
        memo=config.home / "digests",
        room=Room(config.jobs, config.memory_bytes),
        tools=tools_here(),
        name=os.environ.get("PREFECT__WORKER_NAME") or socket.gethostname(),
        machine=config.worker_class or f"{_processor()}, {config.jobs} processors",
    )


@cache
def this_worker() -> Worker:
    """The worker of this process; all threads share its room. Errors: those of `require_usable` at once, the others of
    `make_worker` after as many tries as they are worth: nothing that a process is begun with is beyond a second try."""
    # What was imported stays: the garbage collector need not go through it in each full collection, and at the end of the
    # process, where that takes 0.07 s of a library's user and 0.35 s of a flow.
    gc.freeze()
    require_usable(settings())
    return tried(lambda: _made(settings()))
