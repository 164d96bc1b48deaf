"""Requests as documents: read, written, and with every path complete, so that a worker elsewhere can read them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reel.errors import InvalidRequest
from reel.fetch import LocalFile, locate
from reel.kinds import parse_request
from reel.kinds.read import read_request
from reel.limits import USUAL, Limits
from reel.request import Request
from reel.request.filling import FILLED, Filled
from reel.request.kept import stands_for_list
from reel.request.read import Reading

_REMOTE = re.compile(r"((?:s3|https?)://[^/]*/?)(.*)", re.DOTALL | re.IGNORECASE)

RequestDocument = str | bytes | Mapping[str, Any] | Request | Reading


def reading_of(document: RequestDocument, limits: Limits = USUAL) -> Reading:
    """What JSON text or a mapping says, with all that is wrong with it so far; or a request as it is. Raises
    `InvalidRequest` where there is nothing that could be looked at any further."""
    if isinstance(document, Reading):
        return document
    return Reading(document) if isinstance(document, Request) else read_request(document, limits)


def as_document(document: RequestDocument) -> dict[str, Any]:
    """A request as what JSON holds, whatever is wrong with it. Raises `InvalidRequest` where it is no JSON object."""
    if isinstance(document, Reading):
        document = document.request
    if isinstance(document, Mapping):
        return dict(document)
    request = document if isinstance(document, Request) else parse_request(document)
    return request.model_dump(mode="json", by_alias=True)


def read_document(path: Path) -> dict[str, Any]:
    """The request in a JSON file, its relative paths made absolute from the file's folder.

    Raises `InvalidRequest` for what is no request, `OSError` for what cannot be read.
    """
    return complete(path.read_bytes(), str(path.resolve().parent))


def complete(document: RequestDocument, folder: str) -> dict[str, Any]:
    """A request in full, its relative paths counted from a folder: a path, or an address such as `s3://bucket/prefix`.

    Raises `InvalidRequest` for what is no request.
    """
    found = completed(document, folder)
    if isinstance(found, Reading):
        raise InvalidRequest(*found.problems)
    return found


def completed(document: RequestDocument, folder: str) -> dict[str, Any] | Reading:
    """As `complete`; of a request that something is wrong with, what can be read of it, its paths complete likewise.

    Raises `InvalidRequest` where there is nothing that could be looked at any further.
    """
    reading = reading_of(document)
    full: dict[str, Any] = _complete(reading.request.model_dump(mode="json", by_alias=True), folder)
    if not reading.problems:
        return full
    return replace(reading, request=type(reading.request).model_validate(full, context={FILLED: Filled(full)}))


def _complete(document: Any, folder: str) -> Any:
    if isinstance(document, list):
        return [_complete(part, folder) for part in document]
    if not isinstance(document, dict):
        return document
    return {name: _field(name, value, folder) for name, value in document.items()}


def _field(name: str, value: Any, folder: str) -> Any:
    if name in ("asset", "soundtrack") and isinstance(value, str):
        return complete_name(value, folder)
    # Whatever its user wrote there, it names no file of ours.
    return value if name == "metadata" else _complete(value, folder)


def complete_name(asset: str, folder: str) -> str:
    """An asset's name that means the same everywhere: relative paths counted from a folder. What names no asset stays as it is:
    it is told where it is read, under its field."""
    if stands_for_list(asset):
        return asset
    remote = _REMOTE.fullmatch(folder)
    try:
        source = locate(asset, Path("/" if remote else folder))
    except InvalidRequest:
        return asset
    if not remote:
        return str(source.path) if isinstance(source, LocalFile) else asset
    if not isinstance(source, LocalFile) or asset.startswith("/") or asset.lower().startswith("file:"):
        return asset
    return remote[1].rstrip("/") + "/" + posixpath.normpath(posixpath.join(remote[2], asset)).lstrip("/")


def folder_of(location: str, base: Path) -> str:
    """The folder in which a document lies: a path (relative ones count from `base`), or an address."""
    remote = _REMOTE.fullmatch(location)
    if remote:
        path = remote[2] if location.lower().startswith("s3") else re.split(r"[?#]", remote[2])[0]
        return remote[1].rstrip("/") + "/" + posixpath.dirname(path)
    source = locate(location, base, "source")
    return str(source.path.parent) if isinstance(source, LocalFile) else location
