"""Objects in a bucket of any S3, below one prefix: the store that several machines share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reel.buckets import Bucket, Head, Headers, NoSuchKey, WrongBytes
from reel.disk import disk_errors
from reel.settings import settings
from reel.store import scratch
from reel.store.content_types import content_type
from reel.store.copying import copy_through_file
from reel.store.headers import cache_control, disposition
from reel.store.objects import NoSuchObject, ObjectStat, ObjectStore, Speed, check_object_name, check_prefix
from reel.store.tiers import USUAL, Availability, Tiers, availability


class S3Objects:
    """An `ObjectStore` in a bucket, below `prefix` (`""` or `a/b/`); any number of machines may share it.

    `tiers` tells the storage class of what is put. Errors: `InvalidRequest` for a prefix that is none.
    """

    local = False

    def __init__(self, bucket: Bucket, prefix: str = "", tiers: Tiers = USUAL) -> None:
        self.bucket = bucket
        self.prefix = check_prefix(prefix)
        self.tiers = tiers

    def put(self, name: str, path: Path, sha256: str, *, consume: bool = False) -> None:
        """See `ObjectStore.put`. The server checks the digest; the object gets the headers of its name."""
        key = self.key(name)
        with disk_errors(path.parent):
            self.bucket.put_file(key, path, sha256, self.headers(name, path.stat().st_size))
            if consume:
                path.unlink()

    def get(self, name: str, to: Path) -> None:
        """See `ObjectStore.get`. The bytes are checked against the digest that was put with them."""
        with _named(name), disk_errors(to.parent):
            self.bucket.download(self.key(name), to)

    def part(self, name: str, start: int, size: int) -> bytes:
        """See `ObjectStore.part`."""
        with _named(name):
            return self.bucket.part(self.key(name), start, size)

    def local_path(self, name: str) -> Path | None:
        """See `ObjectStore.local_path`: nothing is on this machine."""
        check_object_name(name)
        return None

    def stat(self, name: str) -> ObjectStat | None:
        """See `ObjectStore.stat`."""
        try:
            found = self.bucket.head(self.key(name))
        except NoSuchKey:
            return None
        return _stat(name, found)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """See `ObjectStore.list`."""
        for found in self.bucket.list(self.prefix + check_prefix(prefix)):
            yield _stat(found.key.removeprefix(self.prefix), found)

    def delete(self, *names: str) -> None:
        """See `ObjectStore.delete`."""
        self.bucket.delete(*map(self.key, names))

    def copy_from(self, other: ObjectStore, name_there: str, name: str, sha256: str) -> None:
        """See `ObjectStore.copy_from`. Between buckets of one server no bytes come this way."""
        key = self.key(name)
        if isinstance(other, S3Objects) and other.bucket.endpoint == self.bucket.endpoint:
            there = other.key(name_there)
            with _named(name_there):
                found = other.bucket.head(there)
                if found.sha256 == sha256:
                    self.bucket.copy(other.bucket, found, key, self.headers(name, found.bytes))
                    return
        copy_through_file(other, name_there, self, name, sha256, settings().scratch_folder)

    def where(self, name: str) -> str:
        """See `ObjectStore.where`."""
        return self.bucket.uri(self.key(name))

    def url(self, name: str, seconds: int, *, download: bool = False) -> str:
        """See `ObjectStore.url`: a presigned link, for at most a week."""
        said = disposition(name, download=True) if download else ""
        return self.bucket.presigned_get(self.key(name), seconds, said)

    def move(self, name: str, tier: str) -> None:
        """See `ObjectStore.move`: a copy onto itself, by the server."""
        with _named(name):
            found = self.bucket.head(self.key(name))
            if found.storage_class != tier:
                self.bucket.copy(self.bucket, found, found.key, found.headers._replace(storage_class=tier))

    def restore(self, name: str, days: int, speed: Speed = "Standard") -> Availability:
        """See `ObjectStore.restore`. Of what is restored already, the days are counted anew."""
        with _named(name):
            before = _stat(name, self.bucket.head(self.key(name))).availability
            if before in ("ready", "restoring"):
                return before
            self.bucket.restore(self.key(name), days, speed)
            return _stat(name, self.bucket.head(self.key(name))).availability

    def sweep(self) -> int:
        """Abort the uploads in parts that dead processes left; how many there were. Those of the last day are left alone."""
        oldest = time.time() - scratch.STRANGER_SECONDS
        left = [upload for upload in self.bucket.uploads(self.prefix) if upload.started < oldest]
        for upload in left:
            self.bucket.abort(upload)
        return len(left)

    def key(self, name: str) -> str:
        """What the bucket calls an object. Raises `InvalidRequest` for a name that is none."""
        return check_object_name(self.prefix + check_object_name(name))

    def headers(self, name: str, size: int) -> Headers:
        """What an object of that name is put with."""
        return Headers(content_type(name), cache_control(name), disposition(name), self.tiers.of(name, size))


def _stat(name: str, found: Head) -> ObjectStat:
    # Some servers name the usual class, and some only others.
    tier = "" if found.storage_class == "STANDARD" else found.storage_class
    return ObjectStat(name, found.bytes, found.modified, tier, availability(tier, found.restore))


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say of what is missing or damaged that it can be made again, and what it is called here."""
    try:
        yield
    except NoSuchKey as error:
        raise NoSuchObject.at(name, f"is not there: {error}") from error
    except WrongBytes as error:
        raise NoSuchObject.at(name, f"is damaged: {error}") from error
