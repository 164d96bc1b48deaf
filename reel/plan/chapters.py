"""Chapters of a video: those of its master, or those that a request lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Literal

from reel.media import Chapter
from reel.request.tracks import ChapterMark, Chapters


def planned_chapters(asked: Chapters, own: tuple[Chapter, ...]) -> Literal["scenes"] | tuple[Chapter, ...]:
    """The chapters of a video, of whose master `own` are kept. Those that are listed last until the next; the last one's end
    is the video's, and is cut with it."""
    if isinstance(asked, tuple):
        return tuple(_listed(asked))
    if asked == "scenes":
        return "scenes"
    return own if asked == "keep" else ()


ENDLESS = Fraction(10**9)
"""Seconds, past the end of any video."""


def _listed(marks: Sequence[ChapterMark]) -> Iterator[Chapter]:
    ends = [mark.at for mark in marks[1:]]
    for mark, end in zip(marks, [*ends, ENDLESS], strict=True):
        yield Chapter(start=mark.at, end=end, title=mark.title)


def cut_chapters(chapters: Sequence[Chapter], begin: Fraction, seconds: Fraction) -> tuple[Chapter, ...]:
    """What of some chapters lies in so many seconds from `begin` on, counted from there. One that has no name gets a number,
    and one that does not say how long it is lasts until the next."""
    named = (
        Chapter(
            start=each.start,
            end=each.end if each.end > each.start else following.start if following else ENDLESS,
            title=each.title or f"Chapter {number}",
        )
        for number, (each, following) in enumerate(zip_longest(chapters, chapters[1:]), start=1)
    )
    moved = (
        Chapter(start=max(Fraction(0), each.start - begin), end=min(seconds, each.end - begin), title=each.title)
        for each in named
    )
    return tuple(_one_after_another([each for each in moved if each.start < each.end]))


def _one_after_another(chapters: Sequence[Chapter]) -> Iterator[Chapter]:
    """Players show one at a time: where one begins, the one before it ends. Of several that begin at once, the last is the
    innermost: Matroska's may lie within each other."""
    for chapter, following in zip_longest(chapters, chapters[1:]):
        if following is None or chapter.end <= following.start:
            yield chapter
        elif following.start > chapter.start:
            yield chapter.model_copy(update={"end": following.start})
