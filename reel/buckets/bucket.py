"""A bucket, and what can be done with the objects in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from reel.buckets.breaker import Breaker, breaker_of
from reel.buckets.client import client_of, patience
from reel.buckets.download import BROKEN, Download
from reel.buckets.errors import code_of, s3_errors
from reel.buckets.heads import NO_HEADERS, Head, Headers, given
from reel.buckets.upload import Upload, upload_file
from reel.errors import InvalidRequest, Transient
from reel.patience import retry

MOST_COPY_BYTES = 5 << 30
"""Largest object that S3 copies in one request (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)."""
MOST_DELETES = 1000
"""Most keys in one request to delete (same page)."""
MOST_LINK_SECONDS = 7 * 24 * 3600
"""Longest life of a presigned link (S3's limit for Signature Version 4)."""


Rule = Mapping[str, Any]
"""A lifecycle rule as S3 writes it (docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html)."""


@dataclass(frozen=True)
class Bucket:
    """One bucket; equal buckets are the same. All methods may be called from any thread and after a fork.

    Errors of all: `Resource` that names the bucket and what to set where it is not there, may not be used or cannot be found;
    `Transient` where trying again may help; `InvalidRequest` for a name that no bucket can have.
    """

    name: str
    endpoint: str | None = None
    """Address of the server, such as `https://minio.example:9000`; `None` for AWS."""
    region: str | None = None
    """`None`: what boto3 finds, else `us-east-1`, as other servers than AWS do not mind."""

    def uri(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}"

    def put_file(self, key: str, path: Path, sha256: str, headers: Headers = NO_HEADERS) -> None:
        """Keep the file's bytes under the key, over what was there: all of them or nothing.

        `sha256` (hex) is the digest that the bytes are to have: it is checked here over what is sent, and by the server over
        what arrives (of a large file part by part). Errors: `Internal` where the file is another by now; `OSError` of reading.
        """
        fields = {"Bucket": self.name, "Key": key, "Metadata": {"sha256": sha256}, **headers.fields()}
        self.ask(key, lambda client: upload_file(client, path, sha256, fields))

    def download(self, key: str, to: Path, most_bytes: int | None = None) -> tuple[str, int]:
        """Write the object to the new file `to`; its SHA-256 in hex and its size. After an error there is no `to`.

        A body that breaks off is resumed by range, as long as the object is still the same one, else begun again. Errors:
        `NoSuchKey`; `BadMedia` for more than `most_bytes`; `Transient` where the bytes are not those that `put_file` sent;
        `OSError` of writing.
        """
        try:
            with s3_errors(self.uri(key), self.name), to.open("wb") as file:
                return Download(self.client, self._breaker, self.name, key, file, most_bytes).run()
        except BaseException:
            to.unlink(missing_ok=True)
            raise

    def part(self, key: str, start: int, size: int) -> bytes:
        """At most `size` bytes of the object from `start` on. Errors: `NoSuchKey`."""

        def read(client: Any) -> bytes:
            try:
                answer = client.get_object(Bucket=self.name, Key=key, Range=f"bytes={start}-{start + size - 1}")
            except ClientError as error:
                if code_of(error) == "InvalidRange":
                    return b""
                raise
            with closing(answer["Body"]) as body:
                try:
                    return bytes(body.read())
                except BROKEN as error:
                    raise Transient.at(self.uri(key), f"its body broke off: {error}") from error

        found: bytes = self.ask(key, read)
        return found

    def head(self, key: str) -> Head:
        """Errors: `NoSuchKey`, also where the bucket is missing, as S3 does not tell these apart here."""
        found = self.ask(key, lambda client: client.head_object(Bucket=self.name, Key=key))
        return Head(
            key=key,
            bytes=found["ContentLength"],
            modified=found["LastModified"].timestamp(),
            etag=found["ETag"],
            sha256=found["Metadata"].get("sha256", ""),
            storage_class=found.get("StorageClass", ""),
            restore=found.get("Restore", ""),
            headers=Headers(
                found.get("ContentType", ""), found.get("CacheControl", ""), found.get("ContentDisposition", "")
            ),
        )

    def list(self, prefix: str = "") -> Iterator[Head]:
        """All objects whose keys begin so, ordered by the bytes of their keys."""
        with s3_errors(self.uri(prefix), self.name):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
            for found in (each for page in pages for each in page.get("Contents", ())):
                modified, tier = found["LastModified"].timestamp(), found.get("StorageClass", "")
                yield Head(found["Key"], found["Size"], modified, found["ETag"], storage_class=tier)

    def delete(self, *keys: str) -> None:
        """Remove objects; harmless where there are none."""
        for start in range(0, len(keys), MOST_DELETES):
            self.ask(keys[start], partial(_delete, self.name, keys[start : start + MOST_DELETES]))

    def copy(self, source: Bucket, found: Head, key: str, headers: Headers | None = None) -> None:
        """Copy the object that `source.head` found, from any bucket of the same server; its bytes do not pass through here.
        Without `headers` it keeps its own. An object may be copied to itself, to change its class or its headers.

        Errors: `NoSuchKey` of the source; `Transient` where it was replaced meanwhile.
        """
        extra = {
            "Metadata": given(sha256=found.sha256),
            "MetadataDirective": "REPLACE",
            "CopySourceIfMatch": found.etag,
        }
        extra |= (found.headers if headers is None else headers).fields()
        origin = {"Bucket": source.name, "Key": found.key}
        config = TransferConfig(multipart_threshold=MOST_COPY_BYTES, multipart_chunksize=1 << 30)
        # Without patience: what was replaced once is not what it was however often we ask.
        with s3_errors(self.uri(key), self.name):
            self.client.copy(origin, self.name, key, ExtraArgs=extra, Config=config)

    def restore(self, key: str, days: int, speed: str) -> None:
        """Ask for an archived object to be made readable for so many days; harmless where somebody has asked before.

        Errors: `NoSuchKey`; `Resource` where the object is in no archive, or the server has none.
        """
        self.ask(key, partial(_restore, self.name, key, days, speed))

    def presigned_get(self, key: str, seconds: int, disposition: str = "") -> str:
        """A link that anyone can read the object by for so long, at most a week; made here, nothing is asked. It answers with
        that `Content-Disposition`; empty: with the object's own."""
        if not 1 <= seconds <= MOST_LINK_SECONDS:
            raise InvalidRequest.at(
                "seconds", f"{seconds} is not within 1 to {MOST_LINK_SECONDS}", "a link lives a week at most"
            )
        with s3_errors(self.uri(key), self.name):
            named = {"Bucket": self.name, "Key": key, **given(ResponseContentDisposition=disposition)}
            link: str = self.client.generate_presigned_url("get_object", Params=named, ExpiresIn=seconds)
        return link

    def uploads(self, prefix: str = "") -> Iterator[Upload]:
        """The unfinished uploads in parts: those under way, and what killed processes left, which costs until it is aborted."""
        with s3_errors(self.uri(prefix), self.name):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.name, Prefix=prefix)
            for found in (each for page in pages for each in page.get("Uploads", ())):
                yield Upload(found["Key"], found["UploadId"], found["Initiated"].timestamp())

    def abort(self, upload: Upload) -> None:
        """Remove an unfinished upload with its parts; harmless where there is none."""
        self.ask(upload.key, partial(_abort, self.name, upload))

    def lifecycle(self) -> Sequence[Rule]:
        """The bucket's lifecycle rules, as S3 writes them. Errors: `Resource` where the server has no such thing."""
        found: Sequence[Rule] = self.ask("", partial(_lifecycle, self.name))
        return found

    def set_lifecycle(self, rules: Sequence[Rule]) -> None:
        """Give the bucket these lifecycle rules, of which there must be one, in place of those that it has."""
        # Never DELETE: a server that passes over what it does not know (Swift) takes that for one of the bucket itself.
        named = {"Bucket": self.name, "LifecycleConfiguration": {"Rules": list(rules)}, "ChecksumAlgorithm": "SHA256"}
        self.ask("", lambda client: client.put_bucket_lifecycle_configuration(**named))

    def ask(self, key: str, call: Callable[[Any], Any]) -> Any:
        """What the call answers; repeated for some time while the server fails, with its errors in our words."""

        def ask() -> Any:
            with self._breaker.guarded(), s3_errors(self.uri(key), self.name):
                return call(self.client)

        return retry(ask, patience())

    @property
    def _breaker(self) -> Breaker:
        return breaker_of(f"{self.uri()} at {self.endpoint or 'AWS'}")

    @property
    def client(self) -> Any:
        """boto3's, for this package."""
        return client_of(self.endpoint, self.region)


def _delete(bucket: str, keys: Sequence[str], client: Any) -> None:
    if len(keys) == 1:  # what every server knows
        client.delete_object(Bucket=bucket, Key=keys[0])
        return
    named = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
    answer = client.delete_objects(Bucket=bucket, Delete=named, ChecksumAlgorithm="SHA256")
    for fault in answer.get("Errors", ()):
        raise ClientError({"Error": fault}, "DeleteObjects")


def _abort(bucket: str, upload: Upload, client: Any) -> None:
    try:
        client.abort_multipart_upload(Bucket=bucket, Key=upload.key, UploadId=upload.id)
    except ClientError as error:
        if code_of(error) != "NoSuchUpload":
            raise


def _lifecycle(bucket: str, client: Any) -> Sequence[Rule]:
    try:
        answer = client.get_bucket_lifecycle_configuration(Bucket=bucket)
    except ClientError as error:
        if code_of(error) != "NoSuchLifecycleConfiguration":
            raise
        return []
    if "Rules" not in answer:  # it has passed over the question, and listed the bucket
        unknown = {"Code": "NotImplemented", "Message": "it knows no lifecycle rules"}
        raise ClientError({"Error": unknown}, "GetBucketLifecycleConfiguration")
    rules: Sequence[Rule] = answer["Rules"]
    return rules


def _restore(bucket: str, key: str, days: int, speed: str, client: Any) -> None:
    asked = {"Days": days, "GlacierJobParameters": {"Tier": speed}}
    try:
        client.restore_object(Bucket=bucket, Key=key, RestoreRequest=asked)
    except ClientError as error:
        if code_of(error) != "RestoreAlreadyInProgress":
            raise
