"""One file on its way into a bucket, in one piece or in parts; what fails leaves nothing there."""

from __future__ import annotations

import base64
import hashlib
import os
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from reel.buckets.errors import HARMED, code_of
from reel.errors import Internal

PART_BYTES = 16 << 20
"""A file of more bytes is sent in parts of so many; no more than `PARTS_AT_ONCE` of them are held in memory."""
PARTS_AT_ONCE = 4
MOST_PARTS = 10_000
"""S3's own limit (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)."""


class Upload(NamedTuple):
    """An upload in parts that was begun and neither completed nor aborted."""

    key: str
    id: str
    started: float
    """In seconds since 1970."""


def upload_file(client: Any, path: Path, sha256: str, fields: Mapping[str, Any]) -> None:
    """Put the file; `fields` are those of `put_object` that say where and how. See `Bucket.put_file`."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > PART_BYTES:
            _send_in_parts(client, file, part_bytes(size), sha256, fields)
        else:
            body = file.read()
            checksum = hashlib.sha256(body)
            _check(fields, checksum.hexdigest(), sha256)
            sent(client.put_object, **fields, Body=body, ChecksumSHA256=_base64(checksum.digest()))


def _send_in_parts(client: Any, file: BinaryIO, part_bytes: int, sha256: str, fields: Mapping[str, Any]) -> None:
    answer = client.create_multipart_upload(**fields, ChecksumAlgorithm="SHA256")
    upload = {"Bucket": fields["Bucket"], "Key": fields["Key"], "UploadId": answer["UploadId"]}
    completed = False
    try:
        parts = _send_parts(client, file, part_bytes, sha256, upload)
        _complete(client, parts, sha256, upload)
        completed = True
    finally:
        if not completed:
            # What made us fail is the news; what cannot be aborted now is left to the janitor.
            with suppress(Exception):
                client.abort_multipart_upload(**upload)


def _send_parts(
    client: Any, file: BinaryIO, part_bytes: int, sha256: str, upload: Mapping[str, str]
) -> list[dict[str, Any]]:
    def send_part(number: int, body: bytes) -> dict[str, Any]:
        checksum = _base64(hashlib.sha256(body).digest())
        answer = sent(client.upload_part, **upload, PartNumber=number, Body=body, ChecksumSHA256=checksum)
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}

    whole = hashlib.sha256()
    under_way: deque[Future[dict[str, Any]]] = deque()
    parts: list[dict[str, Any]] = []
    with ThreadPoolExecutor(PARTS_AT_ONCE, thread_name_prefix="s3-part") as pool:
        while body := file.read(part_bytes):
            whole.update(body)
            under_way.append(pool.submit(send_part, len(parts) + len(under_way) + 1, body))
            if len(under_way) == PARTS_AT_ONCE:
                parts.append(under_way.popleft().result())
        parts.extend(future.result() for future in under_way)
    _check(upload, whole.hexdigest(), sha256)
    return parts


def _complete(client: Any, parts: list[dict[str, Any]], sha256: str, upload: Mapping[str, str]) -> None:
    try:
        client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    except ClientError as error:
        # The answer to a first attempt may have been lost after all was done.
        if code_of(error) != "NoSuchUpload":
            raise
        found = client.head_object(Bucket=upload["Bucket"], Key=upload["Key"])
        if found["Metadata"].get("sha256") != sha256:
            raise


def sent(send: Callable[..., Any], **fields: Any) -> Any:
    """The answer to a request; one whose body was harmed on the way is sent a second time."""
    try:
        return send(**fields)
    except ClientError as error:
        if code_of(error) not in HARMED:
            raise
    return send(**fields)


def _check(fields: Mapping[str, Any], found: str, expected: str) -> None:
    if found != expected:
        place = f"s3://{fields['Bucket']}/{fields['Key']}"
        raise Internal.at(
            place, f"the file's SHA-256 is {found}, not {expected}: it changed before or while it was stored"
        )


def part_bytes(size: int) -> int:
    """Bytes of a part such that a file of that size has no more parts than S3 takes."""
    return max(PART_BYTES, -(-size // MOST_PARTS))


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
