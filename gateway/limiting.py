"""How much may be asked in a stretch of time, by key and by address; the one door to `limits`.

Told in headers by draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "key";q=600;w=60`, `RateLimit: "key";r=599;t=60`.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from gateway.problems import Refused
from gateway.settings import GatewaySettings

log = logging.getLogger("reel.gateway")


class Left(NamedTuple):
    """How much of a rate is left."""

    policy: str
    """`key`, `address` or `orders`."""
    most: int
    seconds: int
    """The stretch in which so much may be asked."""
    remaining: int
    reset: int
    """Seconds after which there is more."""

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.most};w={self.seconds}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset}',
        }


class Limiter:
    """Counts requests. Any thread may use it; several processes share what they count where `rate_store` is a Redis."""

    def __init__(self, settings: GatewaySettings) -> None:
        shared = settings.rate_store != "memory://"
        # Where Redis is away, each process counts by itself until it is back, rather than serve nobody.
        self._storage = storage_from_string(settings.rate_store, **({"wrap_exceptions": True} if shared else {}))
        self._window = SlidingWindowCounterRateLimiter(self._storage)
        self._alone = SlidingWindowCounterRateLimiter(storage_from_string("memory://"))
        self._rates = {
            "key": parse(settings.rate_key),
            "address": parse(settings.rate_address),
            "orders": parse(settings.rate_orders),
        }

    def take(self, policy: str, whose: str, cost: int = 1) -> Left:
        """Count a request; how much is left. Raises `Refused` (429) where it is too much."""
        rate = self._rates[policy]
        try:
            taken, left = self._taken(self._window, policy, rate, whose, cost)
        except Exception as error:  # noqa: BLE001 - whatever its client raises, wrapped or not: nobody is to pay for it
            log.warning("requests are counted by this process alone, as the shared count is away: %s", error)
            taken, left = self._taken(self._alone, policy, rate, whose, cost)
        if taken:
            return left
        what = f"more than {left.most} {'orders' if policy == 'orders' else 'requests'} in {left.seconds} s by this "
        headers = {**left.headers, "Retry-After": str(max(1, left.reset))}
        raise Refused(429, what + ("address" if policy == "address" else "key"), headers=headers)

    def _taken(
        self, window: SlidingWindowCounterRateLimiter, policy: str, rate: RateLimitItem, whose: str, cost: int
    ) -> tuple[bool, Left]:
        taken = window.hit(rate, policy, whose, cost=cost)
        reset, remaining = window.get_window_stats(rate, policy, whose)
        left = Left(policy, rate.amount, rate.get_expiry(), max(0, remaining), max(0, math.ceil(reset - time.time())))
        return taken, left


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or of IPv6 the /64 that a household or a machine has to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
