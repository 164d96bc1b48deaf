"""Objects in a bucket of any S3, below one prefix: the store that several machines share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reel.buckets import Bucket, NoSuchKey, WrongBytes
from reel.disk import disk_errors
from reel.errors import InvalidRequest
from reel.settings import settings
from reel.store import scratch
from reel.store.content_types import content_type
from reel.store.copying import copy_through_file
from reel.store.objects import NoSuchObject, ObjectStat, ObjectStore, check_object_name, check_prefix

SMALLEST_TIERED_BYTES = 128 << 10
"""Smaller objects stay in the bucket's own class: the colder ones bill them as if they had this size
(docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html)."""
ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Classes whose objects cannot be read until somebody has asked for them hours before."""


class S3Objects:
    """An `ObjectStore` in a bucket, below `prefix` (`""` or `a/b/`); any number of machines may share it.

    `tier` is the storage class of what is put, such as `STANDARD_IA`; empty for the bucket's own. Errors: `InvalidRequest` for
    a prefix that is none and for a class that cannot be read at once.
    """

    local = False

    def __init__(self, bucket: Bucket, prefix: str = "", tier: str = "") -> None:
        if tier in ARCHIVES:
            raise InvalidRequest.at(
                tier, "holds objects that cannot be read at once", "choose a class such as STANDARD_IA"
            )
        self.bucket = bucket
        self.prefix = check_prefix(prefix)
        self.tier = tier

    def put(self, name: str, path: Path, sha256: str, *, consume: bool = False) -> None:
        """See `ObjectStore.put`. The server checks the digest; the object gets the content type of its name."""
        key = self._key(name)
        with disk_errors(path.parent):
            tier = self._tier(path.stat().st_size)
            self.bucket.put_file(key, path, sha256, content_type(name), tier)
            if consume:
                path.unlink()

    def get(self, name: str, to: Path) -> None:
        """See `ObjectStore.get`. The bytes are checked against the digest that was put with them."""
        with _named(name), disk_errors(to.parent):
            self.bucket.download(self._key(name), to)

    def local_path(self, name: str) -> Path | None:
        """See `ObjectStore.local_path`: nothing is on this machine."""
        check_object_name(name)
        return None

    def stat(self, name: str) -> ObjectStat | None:
        """See `ObjectStore.stat`."""
        try:
            found = self.bucket.head(self._key(name))
        except NoSuchKey:
            return None
        return ObjectStat(name, found.bytes, found.modified)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """See `ObjectStore.list`."""
        for found in self.bucket.list(self.prefix + check_prefix(prefix)):
            yield ObjectStat(found.key.removeprefix(self.prefix), found.bytes, found.modified)

    def delete(self, *names: str) -> None:
        """See `ObjectStore.delete`."""
        self.bucket.delete(*map(self._key, names))

    def copy_from(self, other: ObjectStore, name_there: str, name: str, sha256: str) -> None:
        """See `ObjectStore.copy_from`. Between buckets of one server no bytes come this way."""
        key = self._key(name)
        if isinstance(other, S3Objects) and other.bucket.endpoint == self.bucket.endpoint:
            there = other._key(name_there)
            with _named(name_there):
                found = other.bucket.head(there)
                if found.sha256 == sha256:
                    self.bucket.copy(other.bucket, found, key, content_type(name), self._tier(found.bytes))
                    return
        copy_through_file(other, name_there, self, name, sha256, settings().scratch_folder)

    def where(self, name: str) -> str:
        """See `ObjectStore.where`."""
        return self.bucket.uri(self._key(name))

    def url(self, name: str, seconds: int) -> str:
        """See `ObjectStore.url`: a presigned link, for at most a week."""
        return self.bucket.presigned_get(self._key(name), seconds)

    def sweep(self) -> int:
        """Abort the uploads in parts that dead processes left; how many there were. Those of the last day are left alone."""
        oldest = time.time() - scratch.STRANGER_SECONDS
        left = [upload for upload in self.bucket.uploads(self.prefix) if upload.started < oldest]
        for upload in left:
            self.bucket.abort(upload)
        return len(left)

    def _key(self, name: str) -> str:
        return check_object_name(self.prefix + check_object_name(name))

    def _tier(self, size: int) -> str:
        return self.tier if size >= SMALLEST_TIERED_BYTES else ""


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say of what is missing or damaged that it can be made again, and what it is called here."""
    try:
        yield
    except NoSuchKey as error:
        raise NoSuchObject.at(name, f"is not there: {error}") from error
    except WrongBytes as error:
        raise NoSuchObject.at(name, f"is damaged: {error}") from error
