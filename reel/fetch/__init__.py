"""From an asset's URI to bytes of our own: one module for each scheme, every fault named in the request's words."""

from reel.fetch.local_files import digest, fetch, resolve
from reel.fetch.memo import DigestMemo

__all__ = ["DigestMemo", "digest", "fetch", "resolve"]
