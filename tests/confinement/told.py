"""A reader that does what it is told: `answer` runs the order's code, in the child."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO


def answer(order: dict[str, Any], files: Sequence[int], out: BinaryIO) -> None:
    exec(order["code"], {"files": files, "out": out, "order": order})
