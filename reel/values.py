"""The base of all values: frozen, strict about unknown fields, hashable, and the same text on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. Two values with equal fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def canonical(document: Any) -> bytes:
    """The one JSON text of a document: sorted keys, no white space, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(document: Any) -> str:
    """SHA-256, in hex, of a document's canonical text."""
    return hashlib.sha256(canonical(document)).hexdigest()
