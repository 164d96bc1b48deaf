"""Chapters of a master, cut to a part of it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reel.media import Chapter
from reel.plan.chapters import cut_chapters, planned_chapters
from reel.request.tracks import ChapterMark

Row = tuple[float, float, str]


def of(*rows: Row) -> tuple[Chapter, ...]:
    return tuple(Chapter(start=Fraction(begin), end=Fraction(end), title=title) for begin, end, title in rows)


def rows(chapters: tuple[Chapter, ...]) -> list[Row]:
    return [(float(each.start), float(each.end), each.title) for each in chapters]


@pytest.mark.parametrize(
    ("own", "begin", "seconds", "expected"),
    [
        ([], 0, 9, []),
        ([(0, 4, "a"), (4, 9, "b")], 0, 9, [(0, 4, "a"), (4, 9, "b")]),
        ([(0, 4, "a"), (4, 9, "b")], 2, 4, [(0, 2, "a"), (2, 4, "b")]),
        ([(0, 4, "a"), (4, 9, "b")], 4, 5, [(0, 5, "b")]),
        ([(0, 4, "a"), (6, 9, "b")], 4, 1, []),
        ([(1, 2, "a")], 0, 9, [(1, 2, "a")]),
        ([(0, 4, ""), (4, 9, "")], 5, 4, [(0, 4, "Chapter 2")]),
        ([(0, 0, "a"), (3, 3, "b")], 0, 9, [(0, 3, "a"), (3, 9, "b")]),
        ([(0, 9, "book"), (0, 4, "one"), (4, 9, "two")], 0, 9, [(0, 4, "one"), (4, 9, "two")]),
        ([(0, 5, "a"), (4, 9, "b")], 0, 9, [(0, 4, "a"), (4, 9, "b")]),
        ([(-2, 1, "a"), (1, 20, "b")], 0, 9, [(0, 1, "a"), (1, 9, "b")]),
    ],
    ids=[
        "none",
        "whole",
        "part",
        "from a border",
        "between",
        "late",
        "untitled",
        "endless",
        "nested",
        "over",
        "beyond",
    ],
)
def test_chapters_are_cut_and_moved(own: list[Row], begin: int, seconds: int, expected: list[Row]) -> None:
    assert rows(cut_chapters(of(*own), Fraction(begin), Fraction(seconds))) == expected


def test_listed_chapters_last_until_the_next_and_to_the_end() -> None:
    marks = tuple(ChapterMark(at=Fraction(at), title=title) for at, title in ((0, "a"), (5, "b")))
    planned = planned_chapters(marks, of((0, 9, "own")))
    assert isinstance(planned, tuple)
    assert rows(cut_chapters(planned, Fraction(3), Fraction(4))) == [(0, 2, "a"), (2, 4, "b")]
