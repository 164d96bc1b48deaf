"""Requests in files, as what a worker elsewhere on this machine can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reel.fetch import LocalFile, locate
from reel.request import parse_request


def read_document(path: Path) -> dict[str, Any]:
    """The request in a JSON file, its relative paths made absolute from the file's folder.

    Raises `InvalidRequest` for what is no request, `OSError` for what cannot be read.
    """
    request = parse_request(path.read_text("utf-8"))
    document: dict[str, Any] = with_absolute_files(
        request.model_dump(mode="json", by_alias=True), path.resolve().parent
    )
    return document


def with_absolute_files(document: Any, base: Path) -> Any:
    """The document with every file as an absolute path: a worker has another working folder."""
    if isinstance(document, list):
        return [with_absolute_files(part, base) for part in document]
    if not isinstance(document, dict):
        return document
    return {
        name: _absolute(value, base) if name in ("asset", "soundtrack") else with_absolute_files(value, base)
        for name, value in document.items()
    }


def _absolute(asset: Any, base: Path) -> Any:
    source = locate(asset, base) if isinstance(asset, str) else None
    return str(source.path) if isinstance(source, LocalFile) else asset
