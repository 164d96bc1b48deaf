"""What of a file is sent, by the headers of a request: all, parts, or nothing because it is known (RFC 9110, 13 and 14).

decide("GET", {"range": "bytes=0-499"}, file)        # Decision(206, (range(0, 500),))
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

MOST_RANGES = 16
"""More of them in one request, or ones that overlap so that more is sent than there is, get the whole file (14.2)."""
MOST_LETTERS = 2000
_SPEC = re.compile(r"[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*", re.ASCII)
_TAG = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


@dataclass(frozen=True)
class Facts:
    """What is known of a file."""

    etag: str
    """With its quotes; strong."""
    modified: datetime
    bytes: int

    @property
    def last_modified(self) -> str:
        return format_datetime(self.modified.astimezone(UTC).replace(microsecond=0), usegmt=True)


@dataclass(frozen=True)
class Decision:
    """The status, and which bytes are sent, in which order."""

    status: int
    ranges: tuple[range, ...] = ()


def decide(method: str, headers: Mapping[str, str], facts: Facts) -> Decision:
    """What to answer to GET or HEAD, in the order of RFC 9110, 13.2.2. Names of headers are in small letters."""
    if _fails(headers, facts):
        return Decision(412)
    if _is_known(headers, facts):
        return Decision(304)
    whole = Decision(200, (range(facts.bytes),))
    # A range of HEAD has no meaning (14.2).
    if method != "GET" or "range" not in headers or not _still_holds(headers.get("if-range"), facts):
        return whole
    found = _ranges(headers["range"], facts.bytes)
    if found is None:
        return whole
    return Decision(206, found) if found else Decision(416)


def _fails(headers: Mapping[str, str], facts: Facts) -> bool:
    """`If-Match`, else `If-Unmodified-Since`."""
    if (tags := headers.get("if-match")) is not None:
        return tags.strip() != "*" and (False, facts.etag) not in _tags(tags)
    since = _moment(headers.get("if-unmodified-since"))
    return since is not None and facts.modified.replace(microsecond=0) > since


def _is_known(headers: Mapping[str, str], facts: Facts) -> bool:
    """`If-None-Match`, compared weakly, else `If-Modified-Since`."""
    if (tags := headers.get("if-none-match")) is not None:
        return tags.strip() == "*" or facts.etag in {tag for _, tag in _tags(tags)}
    since = _moment(headers.get("if-modified-since"))
    return since is not None and facts.modified.replace(microsecond=0) <= since


def _still_holds(if_range: str | None, facts: Facts) -> bool:
    """Whether what a client has a part of is what is here: the same strong tag, or the very same date."""
    if if_range is None:
        return True
    if '"' in if_range:
        return if_range.strip() == facts.etag
    return if_range.strip() == facts.last_modified


def _ranges(text: str, size: int) -> tuple[range, ...] | None:
    """The ranges that there are; none where all begin after the end; null where the header is to be passed over."""
    unit, equals, specs = text.partition("=")
    if unit.strip().lower() != "bytes" or not equals or len(text) > MOST_LETTERS:
        return None
    parts = [part for part in specs.split(",") if part.strip()]
    if not parts or len(parts) > MOST_RANGES:
        return None
    found = []
    for part in parts:
        matched = _SPEC.fullmatch(part)
        if matched is None:
            return None
        first, last, suffix = matched.groups()
        if last and int(last) < int(first):
            return None
        start = max(0, size - int(suffix)) if suffix else int(first)
        end = size if suffix or not last else min(size, int(last) + 1)
        if start < end:
            found.append(range(start, end))
    return tuple(found) if sum(map(len, found)) <= size else None


def _tags(text: str) -> list[tuple[bool, str]]:
    """Tags of a list, each with whether it is weak."""
    return [(bool(weak), tag) for weak, tag in _TAG.findall(text)]


def _moment(text: str | None) -> datetime | None:
    """The moment of a header; null where it is none, which counts as if it were not there (13.1.3)."""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
