"""One object on its way into a file, whatever its connections do meanwhile."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from urllib3.exceptions import HTTPError

from reel.buckets.breaker import Breaker
from reel.buckets.client import patience
from reel.buckets.errors import WrongBytes, code_of, s3_errors
from reel.errors import BadMedia, Transient
from reel.patience import retry

BLOCK_BYTES = 1 << 20
"""How much is read at a time; a download that gets on by so much has not failed, however often it breaks off."""

BROKEN = (BotoCoreError, HTTPError, OSError)
"""What reading a body raises when the connection fails; botocore lets urllib3's errors and the system's own through."""


class Download:
    """One object on its way into a file."""

    def __init__(
        self, client: Any, breaker: Breaker, bucket: str, key: str, file: BinaryIO, most_bytes: int | None
    ) -> None:
        self.client = client
        self.breaker = breaker
        self.named = {"Bucket": bucket, "Key": key}
        self.place = f"s3://{bucket}/{key}"
        self.file = file
        self.most_bytes = most_bytes
        self.begun = self.before = 0
        self.begin()

    def begin(self) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.sha256 = hashlib.sha256()
        self.done = 0
        self.etag = ""
        self.begun += 1

    def run(self) -> tuple[str, int]:
        retry(self._go_on, patience(), count=self._counted)
        return self.sha256.hexdigest(), self.done

    def _counted(self, failures: float) -> float:
        """An attempt that got on counts as the first; but never fewer than those that had to begin anew."""
        return max(1 if self.done - self.before >= BLOCK_BYTES else failures, self.begun - 1)

    def _go_on(self) -> None:
        """Read on from where we are, to the end; `Transient` where that fails, `WrongBytes` where the whole is wrong."""
        self.before = self.done
        with self.breaker.guarded(), s3_errors(self.place, self.named["Bucket"]):
            answer = self._ask()
        if answer is None:
            self.begin()
            raise Transient.at(self.place, "was replaced while it was read")
        whole = self.done + answer["ContentLength"]
        self.etag = answer["ETag"]
        with closing(answer["Body"]) as body:
            if self.most_bytes is not None and whole > self.most_bytes:
                raise BadMedia.at(
                    self.place, f"has {whole:,} bytes, more than the {self.most_bytes:,} that are allowed"
                )
            if fault := self._read(body):
                raise Transient.at(self.place, f"its body broke off after {self.done:,} of {whole:,} bytes: {fault}")
        expected, found = answer["Metadata"].get("sha256"), self.sha256.hexdigest()
        if expected and expected != found:
            self.begin()
            raise WrongBytes.at(
                self.place, f"its bytes have the SHA-256 {found}, not {expected} as when they were stored"
            )

    def _ask(self) -> Any:
        """The object from here on; `None` where the rest of what we have cannot be had any more."""
        if not self.done:
            return self.client.get_object(**self.named)
        try:
            answer = self.client.get_object(**self.named, Range=f"bytes={self.done}-", IfMatch=self.etag)
        except ClientError as error:
            if code_of(error) in ("PreconditionFailed", "InvalidRange"):
                return None
            raise
        if answer.get("ContentRange", "").startswith(f"bytes {self.done}-"):
            return answer
        answer["Body"].close()
        return None

    def _read(self, body: Any) -> str:
        while True:
            try:
                block = body.read(BLOCK_BYTES)
            except BROKEN as error:
                return str(error) or type(error).__name__
            if not block:
                return ""
            self.file.write(block)
            self.sha256.update(block)
            self.done += len(block)
