"""What whoever asks wants to be told, and where: no part of what is made, so in no key of any step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from reel.values import Value, canonical, public_host

EventType = Literal[
    "generation.queued",
    "generation.started",
    "generation.progress",
    "generation.done",
    "generation.failed",
    "generation.cancelled",
    "batch.ended",
]

LiveType = EventType | Literal["generation.rendering", "generation.saving"]
"""What live clients are told of a generation: what webhooks are, and two of its statuses more."""

MOST_METADATA_BYTES = 4096
"""Of the JSON text, in UTF-8: every event of the generation carries it."""
MOST_METADATA_DEPTH = 5
"""Objects and lists within each other, the outermost included."""


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if _depth(metadata) > MOST_METADATA_DEPTH:
        raise ValueError(f"is nested more than {MOST_METADATA_DEPTH} deep: keep names and numbers of your own here")
    try:
        size = len(canonical(metadata))
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError(
            "holds what JSON cannot: use texts, finite numbers, true, false, null, lists, objects"
        ) from None
    if size > MOST_METADATA_BYTES:
        raise ValueError(f"has {size:,} bytes as JSON, and {MOST_METADATA_BYTES:,} are the most")
    return metadata


def _depth(value: Any) -> int:
    """How deep objects and lists lie within each other; stops counting where it is too deep."""
    depth, level = 0, [value]
    while level and depth <= MOST_METADATA_DEPTH:
        inside: list[Any] = []
        for each in level:
            if isinstance(each, Mapping):
                inside += each.values()
            elif isinstance(each, list | tuple):
                inside += each
            else:
                continue
            inside.append(None)  # what is empty is a level too
        depth += bool(inside)
        level = inside
    return depth


Metadata = Annotated[dict[str, Any], AfterValidator(_small)]


def web_address(url: str) -> str:
    """The URL itself. Raises `ValueError`, in words, where it is no address of the web."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, a port that is no number
        good = False
    if not good or any(character <= " " or character == "\\" for character in url):
        raise ValueError(f"{public_host(url)[:200]!r} is no address of the web: give one like https://a.example/b")
    return url


class Webhook(Value):
    """Where this request's events go, besides the tenant's own endpoints."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(web_address)] = Field(
        description="Its host must be one that the tenant's record allows.", examples=["https://shop.example/hooks"]
    )
    events: tuple[EventType, ...] | None = Field(None, min_length=1, description="Types of events; null: all.")

    @property
    def host(self) -> str:
        """The host, in small letters."""
        return (urlsplit(self.url).hostname or "").rstrip(".")
