"""From an asset's name to bytes of our own: one module for each kind of source, every fault named in the request's words.

source = locate("https://cdn.example/a.mp4", base, "clips[0].asset")
sha256, size = fetch(source, scratch / "0.mp4", "clips[0].asset")
"""

from reel.fetch.dispatch import fetch, require_source_allowed, unchanged
from reel.fetch.local_files import file_digest
from reel.fetch.memo import DigestMemo
from reel.fetch.roots import INSTEAD
from reel.fetch.source import AssetSource, BucketObject, KeptAsset, LocalFile, WebFile, locate

__all__ = [
    "INSTEAD",
    "AssetSource",
    "BucketObject",
    "DigestMemo",
    "KeptAsset",
    "LocalFile",
    "WebFile",
    "fetch",
    "file_digest",
    "locate",
    "require_source_allowed",
    "unchanged",
]
