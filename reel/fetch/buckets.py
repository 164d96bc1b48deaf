"""Assets that are objects of S3 buckets. Credentials are the worker's own, so the settings say what may be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reel.disk import disk_errors, require_space
from reel.errors import BadMedia, InvalidRequest, Problem, ReelError
from reel.fetch.memo import DigestMemo, State
from reel.fetch.roots import ANYWHERE, INSTEAD, Roots
from reel.fetch.source import BucketObject
from reel.settings import settings

if TYPE_CHECKING:
    from reel.buckets import Bucket, Head


def fetch(
    source: BucketObject, to: Path, place: str, memo: DigestMemo | None = None, roots: Roots = ANYWHERE
) -> tuple[str, int]:
    """See `reel.fetch.fetch`. The bucket resumes downloads that break off."""
    with _named(place):
        bucket = bucket_of(source, place, roots)
        before = bucket.head(source.key)
        _check(source, before.bytes, place)
        require_space(to.parent, before.bytes)
        with disk_errors(to.parent, before.bytes):
            sha256, size = bucket.download(source.key, to, settings().max_asset_bytes)
        if memo and _state(bucket.head(source.key)) == _state(before):
            memo.remember(str(source), _state(before), sha256)
    return sha256, size


def unchanged(source: BucketObject, place: str, memo: DigestMemo, roots: Roots = ANYWHERE) -> str | None:
    """See `reel.fetch.unchanged`: one HEAD."""
    held = memo.recall(str(source))
    if held is None:
        return None
    with _named(place):
        found = bucket_of(source, place, roots).head(source.key)
    return held.sha256 if _state(found) == held.state else None


def bucket_of(source: BucketObject, place: str, roots: Roots = ANYWHERE) -> Bucket:
    """The bucket of an object that the settings and the tenant's `roots` allow to be read; else `InvalidRequest`."""
    from reel.buckets import Bucket  # boto3 is slow to import

    for allowed, said_by in ((settings().s3_roots, "REEL_S3_ROOTS"), (roots.buckets, roots.said_by)):
        if allowed is not None and not any(_is_below(source, root) for root in allowed):
            known = ", ".join(allowed) or f"none: {INSTEAD}"
            raise InvalidRequest.at(place, f"{source} is outside the buckets for assets", f"{said_by} allows {known}")
    return Bucket(source.bucket, settings().s3_endpoint, settings().s3_region)


def _is_below(source: BucketObject, root: str) -> bool:
    bucket, _, prefix = root.removeprefix("s3://").partition("/")
    prefix = prefix and prefix.rstrip("/") + "/"
    return source.bucket == bucket and source.key.startswith(prefix)


def _check(source: BucketObject, size: int, place: str) -> None:
    if size == 0:
        raise BadMedia.at(place, f"{source} is empty")
    if size > (most := settings().max_asset_bytes):
        what = f"{source} has {size:,} bytes, more than the {most:,} that are allowed"
        raise BadMedia.at(place, what, "REEL_MAX_ASSET_BYTES sets the limit")


def _state(found: Head) -> State:
    return found.etag, found.modified, found.bytes


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Has errors of the bucket name the field."""
    try:
        yield
    except ReelError as error:
        problems = [each if each.place == place else _moved(each, place) for each in error.problems]
        raise type(error)(*problems) from error


def _moved(problem: Problem, place: str) -> Problem:
    return Problem(place, f"{problem.place}: {problem.what}", problem.remedy)
