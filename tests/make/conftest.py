"""The fixtures that these tests ask for."""

from tests.shop import shop, worker

__all__ = ["shop", "worker"]
