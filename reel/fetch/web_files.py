"""Assets that web servers give: downloaded, resumed where the connection breaks, and not again while they are the same."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from reel.disk import require_space
from reel.errors import Transient
from reel.fetch.memo import DigestMemo, State
from reel.fetch.source import WebFile
from reel.fetch.target import written
from reel.fetch.web_answers import check_size, content_bytes, refuse, state_of
from reel.patience import Policy, retry
from reel.settings import settings
from reel.web import Answer, Broken, get

DELAYS = (0.0, 1.0, 4.0)
"""Seconds before each new attempt at a download that broke off and gets on no further."""
PROGRESS_BYTES = 1 << 20
"""An attempt that got further by so much counts as the first."""

_SIGNING = re.compile(
    r"x-(amz|goog)-.*|awsaccesskeyid|googleaccessid|key-pair-id|signature|expires|policy", re.IGNORECASE
)
"""Parameters that sign a link of S3, Google Cloud Storage or CloudFront, and say nothing of what it leads to."""
_AZURE_SIGNING = re.compile(r"sig|se|sp|sv|sr|st|ss|srt|spr|sip|sdd|ske|sks|skt|skv|skoid|sktid", re.IGNORECASE)
"""Those of Azure Storage; so short that they are taken for such only beside `sig`."""


def fetch(source: WebFile, to: Path, place: str, memo: DigestMemo | None = None) -> tuple[str, int]:
    """See `reel.fetch.fetch`."""
    until = time.monotonic() + settings().fetch_seconds
    with written(to) as target:
        download = _Download(source, target, to.parent, place)

        def attempt() -> None:
            with get(source.url, place, download.headers(), until) as answer:
                download.take(answer)

        retry(attempt, _patience(), count=download.counted)
    sha256 = download.sha256.hexdigest()
    if memo and download.state:
        memo.remember(_memo_name(source), download.state, sha256)
    return sha256, download.size


def _patience() -> Policy:
    return Policy(DELAYS, retries={Transient: settings().retries_web}, seconds=settings().fetch_seconds)


def unchanged(source: WebFile, place: str, memo: DigestMemo) -> str | None:
    """See `reel.fetch.unchanged`: a conditional GET, as a signed link may allow no HEAD."""
    held = memo.recall(_memo_name(source))
    if held is None:
        return None
    tag, modified, _ = held.state
    headers = {"If-None-Match": str(tag)} if tag else {"If-Modified-Since": str(modified)}
    with get(source.url, place, headers, time.monotonic() + settings().fetch_seconds) as answer:
        if answer.status == 304:
            return held.sha256
        refuse(answer, place)
        return held.sha256 if state_of(answer) == held.state else None


class _Download:
    """What has come so far of one asset, over one answer or several."""

    def __init__(self, source: WebFile, target: IO[bytes], folder: Path, place: str) -> None:
        self._source, self._target, self._folder, self._place = source, target, folder, place
        self._total: int | None = None
        self._resumable = False
        self.state: State | None = None
        self.sha256 = hashlib.sha256()
        self.size = self._furthest = 0

    def headers(self) -> Mapping[str, str]:
        """What asks for the rest, if it is still the rest of the same; or, with none, for all of it."""
        if not (self.size and self._resumable and self.state):
            return {}
        tag, modified, _ = self.state
        return {"Range": f"bytes={self.size}-", "If-Range": str(tag or modified)}

    def take(self, answer: Answer) -> None:
        """Take in what comes of an answer. Errors: those of `refuse`; `Broken` where it is not all, to be asked again."""
        if self.size and answer.status in (206, 416):
            self._go_on(answer)
        else:
            refuse(answer, self._place)
            self._begin(answer)
        for block in answer.blocks():
            self._target.write(block)
            self.sha256.update(block)
            self.size += len(block)
            check_size(self.size, answer.url, self._place)
            require_space(self._folder, len(block))
        check_size(self.size, answer.url, self._place)
        if self._total not in (None, self.size):
            raise Broken.at(self._place, f"{answer.url} ended after {self.size:,} of {self._total:,} bytes")

    def counted(self, failures: float) -> float:
        """For how many the failures so far count, see `retry`."""
        if not self.size:
            # Whoever retries a task that has nothing yet knows better than we do when to begin again.
            return math.inf
        got_on = self.size >= self._furthest + PROGRESS_BYTES
        self._furthest = max(self._furthest, self.size)
        return 1 if got_on else failures

    def _begin(self, answer: Answer) -> None:
        self._total, self.state, self._resumable = content_bytes(answer), state_of(answer), True
        require_space(self._folder, self._total or 0)
        self._target.seek(0)
        self._target.truncate()
        self.sha256, self.size = hashlib.sha256(), 0

    def _go_on(self, answer: Answer) -> None:
        """Make sure that an answer holds the rest that was asked for; if not, all is asked for anew."""
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("content-range", ""))
        right = answer.status == 206 and found and int(found[1]) == self.size
        if not right or (found and self._total is not None and found[2] not in ("*", str(self._total))):
            self._resumable = False
            raise Broken.at(self._place, f"{answer.url} could not be resumed after {self.size:,} bytes")


def _memo_name(source: WebFile) -> str:
    """The address without its signature: a link that is signed anew leads to the same content. The server is asked anyway."""
    address, _, query = source.url.partition("#")[0].partition("?")
    parts = query.split("&")
    names = [part.partition("=")[0] for part in parts]
    azure = "sig" in names
    kept = [
        part
        for part, name in zip(parts, names, strict=True)
        if not (_SIGNING.fullmatch(name) or (azure and _AZURE_SIGNING.fullmatch(name)))
    ]
    return f"{address}?{'&'.join(kept)}"
