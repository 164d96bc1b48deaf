"""The `Idempotency-Key` of an order (draft-ietf-httpapi-idempotency-key-header-07).

The catalogue keeps the key with the generation: the same order again is answered with the same generation, another order with
the same key is a 422. While the first is being worked on the second is told to come again (409); where two gateways get them at
once, the second waits for the first's transaction, and is answered as one that came later.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Header

from gateway.problems import PlacedProblem, Refused

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Your own name for this order: the same one again returns the same generation, and orders nothing.",
    ),
]


def plain(key: str | None) -> str | None:
    """A key without the quotes that the draft writes around it. Raises `Refused` (422) for what is no key."""
    if key is None:
        return None
    bare = key[1:-1] if len(key) >= 2 and key.startswith('"') and key.endswith('"') else key
    if not bare.strip() or not bare.isascii() or not bare.isprintable():
        problem = PlacedProblem(place="Idempotency-Key", what="is no key", remedy="use 1 to 255 letters and digits")
        raise Refused(422, "Idempotency-Key: is no key", problem)
    return bare


class UnderWay:
    """Orders that this process works on, by tenant and key."""

    def __init__(self) -> None:
        self._held: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @contextmanager
    def only(self, tenant: str, key: str | None) -> Iterator[None]:
        """Be the only one with a key for the length of a block. Raises `Refused` (409)."""
        if key is None:
            yield
            return
        mine = (tenant, key)
        with self._lock:
            if mine in self._held:
                raise Refused(409, "an order with this key is being placed", headers={"Retry-After": "1"})
            self._held.add(mine)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(mine)
