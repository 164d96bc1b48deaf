"""Functions that tests run apart."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reel.errors import BadMedia, Problem, Resource


@dataclass(frozen=True)
class Found:
    number: int
    pictures: dict[int, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    path: Path
    first: int = 0


def everything(place: str) -> Any:
    first, second = np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([[1.5], [np.inf]], "<f4")
    found = Found(3, {7: first, 5: second})
    return [None, True, 2, 2.5, "text\n", b"bytes\n", (1, [2]), {"a": (1,), 3: first[:, ::-1]}, found, np.float64(0.5)]


def texts(parts: list[Part], path: Path) -> list[str]:
    return [each.read_text() for each in (path, *(part.path for part in parts))]


def copied(path: Path, output: Path) -> int:
    output.write_text(path.read_text())
    return os.getpid()


def peeks(path: Path, other: str) -> str:
    return Path(other).read_text()


def writes(path: Path, other: str) -> None:
    Path(other).write_text("written")


def wrong(place: str) -> None:
    raise BadMedia(Problem(place, "is wrong", "mend it"), Problem("elsewhere", "too"))


def lacks(place: str) -> None:
    raise Resource.at(place, "lacks time")


def crashes(place: str) -> None:
    ctypes.string_at(0)


def swells(place: str) -> None:
    bytearray(1 << 60)


def mistakes(place: str) -> None:
    raise KeyError("oops")


def in_two_threads(seconds: float) -> None:
    """Keep a processor busy for so long, in each of two threads."""

    def burn() -> None:
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    threads = [threading.Thread(target=burn) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
