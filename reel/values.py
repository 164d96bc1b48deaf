"""The base of all values: frozen, strict about unknown fields, hashable, and the same text on every machine."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. Two values with equal fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, without what was computed of the original and kept with it (`cached_property`): of the copy it may be
        another."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(copied).model_fields.keys():
            del copied.__dict__[name]
        return copied


def is_none(value: object) -> bool:
    """Whether a field says nothing: fields that came later are then left out of documents (`exclude_if`), and keys of before
    stay what they are."""
    return value is None


def is_first(number: int) -> bool:
    """Whether a number that is raised has not been raised yet: such ones that came later are left out likewise."""
    return number == 1


def is_empty(value: object) -> bool:
    """As `is_none`, for lists and texts that may be empty."""
    return not value


def is_off(value: object) -> bool:
    """The same of what is off unless somebody asks for it."""
    return value is False


def is_zero(value: object) -> bool:
    """The same of a number of things that there are rarely."""
    return value == 0


def canonical(document: Any) -> bytes:
    """The one JSON text of a document: sorted keys, no white space, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(document: Any) -> str:
    """SHA-256, in hex, of a document's canonical text."""
    return hashlib.sha256(canonical(document)).hexdigest()


_WEB_NAME = re.compile(r"(https?:/+|(?!s3:|file:)[a-z][a-z0-9+.-]{1,20}://)(?:[^/?#]*@)?([^?#]*)", re.IGNORECASE)
"""Of the web, or of another scheme that somebody may take for it; in names of objects and files `?` and `#` are letters."""


WEBHOOK = "webhook"
"""The field of requests whose address is secret but for its host."""
_HOST = re.compile(r"(https?:/+)(?:[^/?#]*@)?([^/?#]*)", re.IGNORECASE)


def public_host(address: str) -> str:
    """Of a web address what may be shown where its path is secret too; any other text as it is."""
    found = _HOST.match(address)
    return f"{found[1]}{found[2]}/" if found else address


def public_name(asset: str) -> str:
    """An asset's name that may be shown: a web address without password, query and fragment, as signatures are secrets;
    any other name as it is."""
    found = _WEB_NAME.match(asset)
    return found[1] + found[2] if found else asset


def public_document(document: Any) -> Any:
    """A JSON document with every text that is a web address as `public_name` shows it, and of a webhook's the host alone: paths
    of many are secret."""
    return with_addresses(document, lambda address, shown: shown)


def texts_of(document: Any) -> Iterator[str]:
    """All texts of a JSON document, names of fields aside."""
    if isinstance(document, Mapping | list | tuple):
        for part in document.values() if isinstance(document, Mapping) else document:
            yield from texts_of(part)
    elif isinstance(document, str):
        yield document


def with_texts(document: Any, change: Callable[[str], str]) -> Any:
    """A JSON document with every text, names of fields aside, as `change` makes it."""
    if isinstance(document, Mapping):
        return {name: with_texts(part, change) for name, part in document.items()}
    if isinstance(document, list | tuple):
        return [with_texts(part, change) for part in document]
    return change(document) if isinstance(document, str) else document


def with_addresses(document: Any, change: Callable[[str, str], str], place: str = "") -> Any:
    """A JSON document, with every address that is secret in part replaced by what `change` makes of it and of what may be shown
    of it. `place` is the field that the document stands in."""
    if isinstance(document, dict):
        return {
            name: with_addresses(part, change, WEBHOOK if place == WEBHOOK else name) for name, part in document.items()
        }
    if isinstance(document, list | tuple):
        return [with_addresses(part, change, place) for part in document]
    if not isinstance(document, str):
        return document
    shown = public_host(document) if place == WEBHOOK else public_name(document)
    return document if shown == document else change(document, shown)
