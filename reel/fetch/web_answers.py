"""What a web server's answer says of an asset: what is wrong with it, how large it is, what tells its content apart."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from reel.errors import BadMedia, ReelError, Transient
from reel.fetch.memo import State
from reel.settings import settings
from reel.web import Answer

SURE_SECONDS = 60.0
"""`Last-Modified` counts whole seconds; only where it is so much older than the answer does it tell every change
(RFC 9110, section 8.8.2.2)."""

_PASSING = (408, 425, 429)
"""Statuses below 500 that a repetition may heal: timeout, too early, too many requests."""
_WORDS = {
    401: ("asks for a password", "put a signed URL here"),
    403: ("may not be read", "sign the URL anew, or let it be read; signatures expire"),
    404: ("does not exist", "check the address"),
    410: ("does not exist any more", "name another asset"),
}
_NO_MEDIA = ("text/html", "application/xhtml+xml", "application/json", "application/problem+json")


def refuse(answer: Answer, place: str) -> None:
    """Raise what is wrong with the answer to a plain GET before its body is read: `BadMedia` or `Transient`."""
    if answer.status != 200:
        raise _refusal(answer, place)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _NO_MEDIA:
        what = f"{answer.url} is no media but {kind}, such as a page to log in or an error"
        raise BadMedia.at(place, what, "give an address that leads to the file itself")
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity", "aws-chunked"):
        what = f"{answer.url} is sent compressed ({coding}), though it was asked for as it is"
        raise BadMedia.at(place, what, "have the server send it without Content-Encoding")
    if (size := content_bytes(answer)) is not None:
        check_size(size, answer.url, place)


def check_size(size: int, name: str, place: str) -> None:
    """`BadMedia` for more bytes than an asset may have, and for none."""
    if size == 0:
        raise BadMedia.at(place, f"{name} is empty")
    if size > (most := settings().max_asset_bytes):
        what = f"{name} has {size:,} bytes or more, beyond the {most:,} that are allowed"
        raise BadMedia.at(place, what, "REEL_MAX_ASSET_BYTES sets the limit")


def content_bytes(answer: Answer) -> int | None:
    """How large the whole is; `None` where the server does not say."""
    length = answer.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else None


def state_of(answer: Answer) -> State | None:
    """What tells this content from any other that its address may have; `None` where nothing does for sure.

    An entity tag if it is a strong one (weak ones also stand for other bytes), else the time of the last change.
    """
    tag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
    if tag.startswith('"'):
        return tag, None, content_bytes(answer)
    return (None, modified, content_bytes(answer)) if _is_sure(modified, answer.headers.get("date", "")) else None


def _is_sure(modified: str, date: str) -> bool:
    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(modified)).total_seconds() >= SURE_SECONDS
    except (ValueError, TypeError):
        return False


def _refusal(answer: Answer, place: str) -> ReelError:
    what, remedy = _WORDS.get(answer.status, ("was not given", ""))
    told = f"{answer.url} {what}: the server answers {answer.status}"
    if answer.status in _PASSING or answer.status >= 500:
        wait = answer.headers.get("retry-after", "")
        later = f"; it asks to wait {wait} s" if wait.isascii() and wait.isdecimal() else ""
        return Transient.at(place, told + later, "try again later")
    return BadMedia.at(place, told, remedy or "check the address")
