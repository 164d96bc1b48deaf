"""Assets of a request that are no media, and are read as they are: subtitles, and keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from reel.request.ladders import LadderOutput
from reel.values import Value


class Document(Value):
    """A file that is no media."""

    role: Literal["subtitles", "key"]
    asset: str
    encoding: str | None = None
    """Of its text, where that is said."""


def documents_of(place: str, ladder: LadderOutput) -> Iterator[tuple[str, Document]]:
    """The documents of a ladder, each under the field that names it."""
    for number, text in enumerate(ladder.listed_subtitles):
        if text.asset is not None:
            document = Document(role="subtitles", asset=text.asset, encoding=text.encoding)
            yield f"{place}.subtitles[{number}].asset", document
    if ladder.encryption:
        yield f"{place}.encryption.key", Document(role="key", asset=ladder.encryption.key)
