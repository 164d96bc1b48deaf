"""From an asset's name to where it lies."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, unquote_to_bytes

from reel.errors import InvalidRequest
from reel.request.kept import stands_for_list
from reel.values import public_name

# A scheme of one letter is no scheme but a drive or a short name.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_BUCKET = re.compile(r"//([^/?#@:]+)/(.+)", re.DOTALL)


MOST_ENCODED = 4
"""Times that a key is decoded to look for `..`."""


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    path: Path
    """Absolute."""

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class WebFile:
    """What a web server gives."""

    url: str = field(repr=False)
    """As it was given; it may hold a signature or a password, so it is not to be shown."""

    def __str__(self) -> str:
        return public_name(self.url)


@dataclass(frozen=True)
class BucketObject:
    """An object of an S3 bucket."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class KeptAsset:
    """An asset of a tenant's library."""

    id: str

    def __str__(self) -> str:
        return f"asset:{self.id}"


AssetSource: TypeAlias = LocalFile | WebFile | BucketObject | KeptAsset
"""Where an asset lies."""


def locate(asset: str, base: Path, place: str = "asset") -> AssetSource:
    """What an asset's name stands for: a path relative to `base`, a `file:`, `https:`, `http:` or `s3:` URI, or `asset:ID`.

    Says nothing about whether it exists or may be read. `place` is the field that names it. Errors: `InvalidRequest`.
    """
    scheme, rest = "", asset
    if match := _SCHEME.fullmatch(asset):
        scheme, rest = match[1].lower(), match[2]
    if "\0" in asset:
        raise InvalidRequest.at(place, f"{asset!r} holds a NUL character, as no name can")
    match scheme:
        case "":
            return _local(asset, base, place)
        case "file":
            return _local(_path_of_uri(rest, asset, place), base, place)
        case "https" | "http":
            return WebFile(asset)
        case "s3":
            return _bucket_object(rest, asset, place)
        case "asset":
            return KeptAsset(rest)
    shown = public_name(asset)
    if stands_for_list(asset):
        raise InvalidRequest.at(place, f"{shown!r} is a list, and this is one asset", "name one, as asset:ID")
    remedy = f"known are paths, file:, https://, s3:// and asset:ID; a file of that name is ./{shown}"
    raise InvalidRequest.at(place, f"{shown!r} has the unknown scheme {scheme!r}", remedy)


def _local(path: str, base: Path, place: str) -> LocalFile:
    if not path:
        raise InvalidRequest.at(place, "names no file")
    if "\0" in path:
        raise InvalidRequest.at(place, f"{path!r} holds a NUL character, as no path can")
    return LocalFile((base / path).absolute())


def _bucket_object(rest: str, asset: str, place: str) -> BucketObject:
    found = _BUCKET.fullmatch(rest)
    if not found:
        raise InvalidRequest.at(place, f"{asset!r} names no object of a bucket", "write s3://bucket/key")
    if any(part in (".", "..") for part in re.split(r"[/\\]", _decoded(found[2]))):
        what = f"{asset!r} has a part that is . or .., which some servers take for another folder"
        raise InvalidRequest.at(place, what, "write the key itself")
    return BucketObject(found[1], found[2])


def _decoded(key: str) -> str:
    """A key as whoever decodes it would read it, however often it was encoded."""
    for _ in range(MOST_ENCODED):
        plain = unquote(key)
        if plain == key:
            break
        key = plain
    return key


def _path_of_uri(rest: str, asset: str, place: str) -> str:
    """The path of a `file:` URI (RFC 8089), relative ones allowed."""
    if any(char in rest for char in "?#"):
        raise InvalidRequest.at(place, f"{asset!r} holds ? or #", "in a file: URI write %3F and %23")
    if re.search(r"%(?![0-9A-Fa-f]{2})", rest):
        raise InvalidRequest.at(place, f"{asset!r} holds a % without two hex digits", "in a file: URI write %25")
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise InvalidRequest.at(place, f"{asset!r} is on another machine, {host!r}", "write file:///path")
        rest = slash + path
    return os.fsdecode(unquote_to_bytes(rest))
