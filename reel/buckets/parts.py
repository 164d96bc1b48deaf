"""An upload in parts that several processes go on with, one after another, or whoever is given links to its parts.

Of what `Bucket.put_file` sends, one process knows all from the begin; here nobody does.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from reel.buckets.bucket import Bucket
from reel.buckets.errors import code_of, s3_errors
from reel.buckets.heads import Headers
from reel.buckets.upload import PART_BYTES, Upload, part_bytes, sent

LEAST_PART_BYTES = 5 << 20
"""Of all parts but the last (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)."""

__all__ = ["LEAST_PART_BYTES", "PART_BYTES", "Part", "begin", "complete", "link", "listed", "part_bytes", "put"]


class Part(NamedTuple):
    """A part that the server has."""

    number: int
    """From 1."""
    etag: str
    bytes: int


def begin(bucket: Bucket, key: str, headers: Headers) -> Upload:
    """Begin an upload. Errors of all: as of `Bucket`."""
    fields = {"Bucket": bucket.name, "Key": key, **headers.fields()}
    answer = bucket.ask(key, lambda client: client.create_multipart_upload(**fields))
    return Upload(key, answer["UploadId"], time.time())


def put(bucket: Bucket, upload: Upload, number: int, body: bytes) -> Part:
    """Send a part, in place of one of that number. The server checks what arrives by its MD5, which every server knows."""
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    fields = {**_named(bucket, upload), "PartNumber": number, "Body": body, "ContentMD5": md5}
    answer = bucket.ask(upload.key, lambda client: sent(client.upload_part, **fields))
    return Part(number, answer["ETag"], len(body))


def link(bucket: Bucket, upload: Upload, number: int, seconds: int) -> str:
    """A link that anyone may PUT a part by for so long; made here, nothing is asked."""
    with s3_errors(bucket.uri(upload.key), bucket.name):
        fields = {**_named(bucket, upload), "PartNumber": number}
        made: str = bucket.client.generate_presigned_url("upload_part", Params=fields, ExpiresIn=seconds)
    return made


def listed(bucket: Bucket, upload: Upload) -> list[Part]:
    """The parts that the server has, in order. Errors: `Transient` where there is no such upload."""
    with s3_errors(bucket.uri(upload.key), bucket.name):
        pages = bucket.client.get_paginator("list_parts").paginate(**_named(bucket, upload))
        found = [part for page in pages for part in page.get("Parts", ())]
    return [Part(part["PartNumber"], part["ETag"], part["Size"]) for part in found]


def complete(bucket: Bucket, upload: Upload, parts: Sequence[Part]) -> None:
    """Make the object of its parts; harmless where that was done before. Errors: `Transient` where there is no such upload."""
    document = {"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]}

    def ask(client: Any) -> None:
        try:
            client.complete_multipart_upload(**_named(bucket, upload), MultipartUpload=document)
        except ClientError as error:
            # The answer to a first attempt may have been lost after all was done.
            if code_of(error) != "NoSuchUpload" or not _is_there(client, bucket, upload, parts):
                raise

    bucket.ask(upload.key, ask)


def _is_there(client: Any, bucket: Bucket, upload: Upload, parts: Sequence[Part]) -> bool:
    try:
        found = client.head_object(Bucket=bucket.name, Key=upload.key)
    except ClientError:
        return False
    return bool(found["ContentLength"] == sum(part.bytes for part in parts))


def _named(bucket: Bucket, upload: Upload) -> dict[str, str]:
    return {"Bucket": bucket.name, "Key": upload.key, "UploadId": upload.id}
