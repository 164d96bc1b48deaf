"""From a document to what a database keeps of it for searching: words and numbers.

A word stands there twice: as it is, for words without a field, and with its field in front (`codec·hevc`). So a database
needs to know no fields, phrases hold within fields too, and all databases answer alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reel.search.document import OutputDocument
from reel.search.fields import METADATA
from reel.search.words import LONGEST_WORD, last_letters, words_of

BETWEEN = "·"
"""Between field and word; in no word, as it is no letter."""
BREAK = "¶"
"""Stands between texts, so that no phrase goes on from one to the next."""

MOST_WORDS, MOST_BYTES = 10_000, 500_000
"""Of one output; what is beyond them is not found. PostgreSQL's `tsvector` holds 16,383 positions and 1,048,575 bytes."""
MOST_TIMES = 255
"""How often one word counts: `tsvector` keeps no more of its positions."""

CODECS = {"h264": "h.264 avc", "hevc": "h265 h.265", "av1": "av01", "vp9": "vp09"}
"""What else codecs are called."""


def fielded(field: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Words as they stand in a field."""
    name = BETWEEN.join(words_of(field))[:LONGEST_WORD]
    return tuple(f"{name}{BETWEEN}{word}" for word in words)


def indexed_words(document: OutputDocument) -> tuple[str, ...]:
    """All that a document is found by, in order; what says most comes first, and is there whatever is cut off."""
    times: Counter[str] = Counter()
    kept: list[str] = []
    size = 0
    for word in _words(document):
        size += len(word.encode()) + 1
        if len(kept) >= MOST_WORDS or size > MOST_BYTES:
            break
        times[word] += 1
        if times[word] <= MOST_TIMES or word == BREAK:
            kept.append(word)
    return tuple(kept)


def _words(document: OutputDocument) -> Iterator[str]:
    for text, *names in _texts(document):
        for part in (words_of(text), *((letter,) for letter in last_letters(text))):
            yield from (*part, BREAK)
            for field in names:
                yield from (*fielded(field, part), BREAK)


def _texts(document: OutputDocument) -> Iterator[tuple[str, ...]]:
    """Each text with its fields."""
    yield document.name, "name"
    if document.slot:
        yield document.slot, "name"
    yield from ((tag, "tag") for tag in document.tags)
    yield document.project, "project"
    yield document.kind, "kind"
    yield document.container, "container"
    for codec in filter(None, (document.codec, document.sound_codec)):
        yield from ((name, "codec") for name in (codec, *CODECS.get(codec, "").split()))
    if document.sound is not None:
        yield "yes" if document.sound else "no", "sound"
    yield document.generation, "generation"
    yield from ((text, METADATA, path) for path, text in _leaves(METADATA, document.metadata))
    yield from ((text, "text") for text in document.texts)
    yield from ((name, "asset") for asset in document.assets for name in (asset.name, asset.title) if name)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The texts, numbers and truths of a JSON document, each with its path (`metadata.customer.name`)."""
    match value:
        case Mapping():
            for name, part in value.items():
                yield from _leaves(f"{path}.{name}", part)
        case list() | tuple():
            for part in value:
                yield from _leaves(path, part)
        case bool():
            yield path, "true" if value else "false"
        case None:
            return
        case _:
            yield path, str(value)


def numbers_of(document: OutputDocument) -> dict[str, float | None]:
    """The fields of numbers, by name."""
    return {
        "width": document.width,
        "height": document.height,
        "fps": document.fps,
        "duration": document.duration,
        "bytes": document.bytes,
        "bitrate": document.bitrate,
        "loudness": document.loudness,
        "black": document.measured.get("black_share"),
    }
