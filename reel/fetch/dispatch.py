"""Taking an asset from wherever it lies: one module for each kind of source."""

from __future__ import annotations

from pathlib import Path

from reel.errors import InvalidRequest
from reel.fetch import local_files
from reel.fetch.memo import DigestMemo
from reel.fetch.roots import ANYWHERE, Roots
from reel.fetch.source import AssetSource, BucketObject, KeptAsset, LocalFile, WebFile


def fetch(
    source: AssetSource, to: Path, place: str, memo: DigestMemo | None = None, roots: Roots = ANYWHERE
) -> tuple[str, int]:
    """Write the asset's bytes to the new file `to`; their SHA-256 in hex and their number.

    `place` is where the request names it, such as `clips[2].asset`. After an error there is no `to`. What identifies the
    content without reading it is remembered with the digest in `memo`. `roots` are where it may lie. Errors: `BadMedia` for
    what is missing, forbidden, empty, too large or no media; `InvalidRequest` for what the settings do not allow; `Resource`
    where the disk of `to` has no room; `Transient`.
    """
    match source:
        case LocalFile():
            return local_files.fetch(source, to, place, memo, roots)
        case WebFile():
            from reel.fetch import web_files

            return web_files.fetch(source, to, place, memo)
        case BucketObject():
            from reel.fetch import buckets

            return buckets.fetch(source, to, place, memo, roots)
        case KeptAsset():
            raise _kept(source, place)


def unchanged(source: AssetSource, place: str, memo: DigestMemo, roots: Roots = ANYWHERE) -> str | None:
    """The SHA-256 of an asset that was fetched before and has not changed since, without fetching it; else `None`.

    A file is looked at, a server is asked. Errors: as `fetch`.
    """
    match source:
        case LocalFile():
            return local_files.unchanged(source, place, memo, roots)
        case WebFile():
            from reel.fetch import web_files

            return web_files.unchanged(source, place, memo)
        case BucketObject():
            from reel.fetch import buckets

            return buckets.unchanged(source, place, memo, roots)
        case KeptAsset():
            raise _kept(source, place)


def require_source_allowed(source: AssetSource, place: str, roots: Roots = ANYWHERE) -> None:
    """`InvalidRequest` where the settings do not allow to read there, for those who list a folder; `fetch` sees to itself."""
    match source:
        case LocalFile():
            local_files.require_root(source.path, source.path, place, roots)
        case BucketObject():
            from reel.fetch import buckets

            buckets.bucket_of(source, place, roots)
        case WebFile():
            raise InvalidRequest.at(
                place, f"{source} has no folders to look through", "name a path, or s3://bucket/prefix"
            )
        case KeptAsset():
            raise _kept(source, place)


def _kept(source: KeptAsset, place: str) -> InvalidRequest:
    """Whose library it is of, only those know who work for a tenant."""
    return InvalidRequest.at(place, f"{source} is of a tenant's library, and no document", "name a path or an address")
