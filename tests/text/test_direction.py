"""Base directions of paragraphs (UAX 9), and where their letters come to lie."""

from __future__ import annotations

import numpy as np
import pytest

from reel.text import draw_text
from reel.text.direction import Direction, base_direction
from reel.timeline import TextStyle

WIDTH, HEIGHT = 900, 400

PARAGRAPHS: list[tuple[str, Direction]] = [
    ("", "ltr"),
    ("123 !?", "ltr"),
    ("Sale תל", "ltr"),
    ("12% תל Sale", "rtl"),
    ("(!) تخفيضات", "rtl"),
    ("iPhone 15 במבצע", "ltr"),
    ("\u2067שלום\u2069 hello", "ltr"),  # what is isolated does not count
    ("\u2066hello\u2069 שלום", "rtl"),
    ("\u2068a\u2066b\u2069c\u2069 שלום", "rtl"),
    ("\u2066hello שלום", "ltr"),  # an isolate that never ends isolates all that follows
    ("\u2069\u2069שלום", "rtl"),
    ("\u200fhello", "rtl"),  # a mark is a strong letter
    ("🎉 שלום", "rtl"),
]


@pytest.mark.parametrize(("paragraph", "direction"), PARAGRAPHS)
def test_the_first_strong_letter_gives_the_direction(paragraph: str, direction: Direction) -> None:
    assert base_direction(paragraph) == direction


def columns(text: str, align: str = "centre", size: float = 60, **style: object) -> list[tuple[int, int]]:
    """Begin and end of each stretch of columns with ink, from the left."""
    pixels = draw_text(text, TextStyle(outline=0, size=size, align=align, **style), WIDTH, HEIGHT)
    inked = np.flatnonzero(np.diff(np.r_[0, (pixels[..., 3] > 100).any(axis=0).astype(int), 0]))
    return [(int(begin), int(end)) for begin, end in inked.reshape(-1, 2)]


def widths(text: str) -> list[int]:
    return [end - begin for begin, end in columns(text)]


@pytest.mark.parametrize("word", ["تخفيضات كبيرة", "שלום"])
def test_a_mark_at_the_end_of_a_right_to_left_paragraph_is_at_its_left(word: str) -> None:
    (mark,) = widths("!")
    with_mark = widths(f"{word}!")
    assert with_mark[0] == pytest.approx(mark, abs=1)
    assert with_mark[1:] == pytest.approx(widths(word), abs=1)


VISUAL = [
    # The pieces in the order in which they are seen, from the left: by the reference implementation of UAX 9.
    ("שלום abc!", ["!", "abc", "שלום"]),
    ("שלום iPhone 15", ["iPhone", "15", "שלום"]),
    ("abc שלום!", ["abc", "שלום", "!"]),
    ("שלום (abc) עולם", ["עולם", "(abc)", "שלום"]),
    ("מחיר 50 שקל", ["שקל", "50", "מחיר"]),
]


@pytest.mark.parametrize(("text", "pieces"), VISUAL)
def test_pieces_are_seen_in_their_order(text: str, pieces: list[str]) -> None:
    assert widths(text) == pytest.approx([width for piece in pieces for width in widths(piece)], abs=1)


@pytest.mark.parametrize(
    ("text", "align", "side"),
    [("Sale", "start", "left"), ("Sale", "end", "right"), ("שלום", "start", "right"), ("שלום", "end", "left"),
     ("50% שלום", "start", "right")],
)  # fmt: skip
@pytest.mark.parametrize("balanced", [False, True])
def test_the_start_follows_the_direction(text: str, align: str, side: str, balanced: bool) -> None:
    found = columns(text, align, balanced=balanced)
    margins = {"left": found[0][0], "right": WIDTH - found[-1][1]}
    assert min(margins, key=margins.__getitem__) == side
    assert min(margins.values()) < 12


def test_every_paragraph_has_a_direction_of_its_own() -> None:
    pixels = draw_text("Sale!\nשלום!\n1!", TextStyle(outline=0, align="start", vertical="top"), WIDTH, HEIGHT)
    middles = [np.flatnonzero((pixels[top : top + 60, :, 3] > 100).any(axis=0)).mean() for top in (8, 80, 152)]
    assert [middle > WIDTH / 2 for middle in middles] == [False, True, False]


def test_a_wrapped_paragraph_keeps_its_direction_on_every_line() -> None:
    """Every line of it ends at the right edge, and the mark is at the left of the last."""
    text = "שלום לכולם " * 8 + "abc!"
    pixels = draw_text(text, TextStyle(outline=0, align="start", vertical="top"), WIDTH, HEIGHT)[..., 3] > 100
    lines = [pixels[top : top + 64] for top in range(8, 8 + 4 * 72, 72)]
    assert all(line[:, -12:].any() for line in lines)
    (mark,) = widths("!")
    last = np.atleast_1d(lines[3].any(axis=0))
    begin = int(np.flatnonzero(last)[0])
    assert last[begin : begin + mark].all()
    assert not last[begin + mark + 1 : begin + mark + 4].any()
