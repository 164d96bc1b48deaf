"""How a request names sound tracks and subtitles of its master, and marks chapters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from reel.errors import Problem
from reel.request.parts import Seconds
from reel.request.rules import Ruled

Language = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35),
    Field(description="A tag of RFC 5646: `en`, `pt-BR`.", examples=["en"]),
]


def _plain(label: str) -> str:
    if not label.strip() or re.search(r'["\x00-\x1f\x7f-\x9f]', label):
        raise ValueError("must be plain words, without quotes: players list it")
    return label


UNNAMED = {"sound": "Sound", "subtitles": "Subtitles"}
"""What players list where neither a name nor a language is known."""
MOST_LABEL = 80
Label = Annotated[str, StringConstraints(max_length=MOST_LABEL), AfterValidator(_plain)]

TrackNumber = Annotated[int, Field(strict=True, ge=1, le=1000, description="Of the master's, counted from 1.")]
TrackName = TrackNumber | Language
"""A track of the master: by its number among those of its kind, or by its language, where one alone has that."""

MOST_TRACKS = 32
"""Of sound, in one video."""


def _in_one_line(title: str) -> str:
    if not title.strip() or not title.isprintable():
        raise ValueError("must be words in one line: players list it")
    return title


class ChapterMark(Ruled):
    """Where a chapter begins; it ends where the next one does, or with the video."""

    at: Seconds = Field(description="Seconds of the video.")
    title: Annotated[str, StringConstraints(max_length=200), AfterValidator(_in_one_line)]


def _rising(marks: tuple[ChapterMark, ...]) -> tuple[ChapterMark, ...]:
    known = ((number, mark) for number, mark in enumerate(marks) if mark.knows("at"))
    for (_, before), (number, after) in pairwise(known):
        if after.at <= before.at:
            raise ValueError(
                f"chapter {number} begins at {float(after.at):g} s, not after the one before it "
                f"({float(before.at):g} s): list them in order"
            )
    return marks


Chapters = (
    Literal["keep", "drop", "scenes"]
    | Annotated[tuple[ChapterMark, ...], Field(min_length=1, max_length=1000), AfterValidator(_rising)]
)
"""Which chapters a video has: those of its master, none, one for each scene, or those that are listed."""


def late_chapters(place: str, chapters: Chapters, seconds: Fraction) -> Iterator[Problem]:
    """Those that begin when a video is over."""
    for number, mark in enumerate(chapters if isinstance(chapters, tuple) else ()):
        if mark.at >= seconds:
            what = f"{float(mark.at):g} s is past the end: the video lasts {float(seconds):.3f} s"
            yield Problem(f"{place}.chapters[{number}].at", what, "let it begin earlier, or leave it out")


@dataclass(frozen=True)
class NamedTrack:
    """What a request says of one track of its master, or of all."""

    place: str
    """The field that says so."""
    kind: Literal["sound", "subtitles"]
    name: TrackName | Literal["all"]
    among: str = ""
    """What may have each track but once."""


def masterless(named: Iterable[NamedTrack]) -> Iterator[Problem]:
    """Tracks that are named where there is no master that could have them."""
    for place in (each.place for each in named):
        what = "names tracks of a master, and this kind of request has none"
        yield Problem(place, what, "leave it out; give files of their own to a ladder; or `encode` what this makes")
