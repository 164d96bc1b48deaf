"""Texts of many scripts: whole, inside their boxes, in colour where they are colourful; and refused where they cannot be."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from reel.compose.planes import Pixels
from reel.text import draw_text, fitting_size, missing, problems
from reel.text.fonts import FOLDER, chain, font_digests
from reel.timeline import TextStyle

STYLE = TextStyle(outline=0)
WIDTH, HEIGHT = 900, 480

SCRIPTS = {
    "Latin": "Grüße, façade, Łódź",
    "Greek": "Γειά σου κόσμε",
    "Cyrillic": "Привет, мир",
    "Arabic": "مرحبا بالعالم",
    "Hebrew": "שלום עולם",
    "Devanagari": "नमस्ते दुनिया",
    "Bengali": "ওহে বিশ্ব",
    "Tamil": "வணக்கம் உலகம்",
    "Thai": "สวัสดีชาวโลก",
    "Khmer": "សួស្តី\u200bពិភពលោក",
    "Myanmar": "မင်္ဂလာပါကမ္ဘာ",
    "Georgian": "გამარჯობა",
    "Ethiopic": "ሰላም ለዓለም",
    "Chinese": "你好，世界",
    "Japanese": "こんにちは世界",
    "Korean": "안녕하세요 세계",
    "emoji": "🎉🔥👍🏽🇩🇪❤️",
}


def ink(pixels: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that is not transparent."""
    rows, columns = (np.flatnonzero((pixels[..., 3] > 8).any(axis=axis)) for axis in (1, 0))
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_covered_and_stays_in_its_box(script: str) -> None:
    text = SCRIPTS[script]
    assert missing(text) == []
    left, top, right, bottom = ink(draw_text(text, STYLE, WIDTH, HEIGHT))
    assert left > 0
    assert top > 0
    assert right < WIDTH - 1
    assert bottom < HEIGHT - 1
    assert bottom - top >= 30


NASTY = [
    "#let x = 1",
    "$x^2$ *b* _i_ `c`",
    "\\n \\u{1F600} {{}} []()<>",
    "@a <b> //c /*d*/ ~ -- ---",
    "'\"'\"",
    "=h1",
    "+ a\n- b\n/ c: d",
]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_in_a_text_is_syntax(text: str) -> None:
    """A text of the same letters in another order has about as much ink: none of it was taken for markup."""
    drawn = int((draw_text(text, STYLE, WIDTH, HEIGHT)[..., 3] > 128).sum())
    spaced = "".join(letter + "\u200b" for letter in text)
    apart = int((draw_text(spaced, STYLE, WIDTH, HEIGHT)[..., 3] > 128).sum())
    assert drawn == pytest.approx(apart, rel=0.05)


@pytest.mark.parametrize(
    ("text", "lines"),
    [("one", 1), ("one\ntwo", 2), ("one\r\ntwo\rthree", 3), ("a\n\nb", 3), ("word " * 12, 3)],
)
def test_lines_are_kept_and_wrapped(text: str, lines: int) -> None:
    pixels = draw_text(text, TextStyle(outline=0, vertical="top"), WIDTH, HEIGHT)
    _, top, _, bottom = ink(pixels)
    assert round((bottom - top) / (60 * 1.2) + 0.35) == lines


def test_a_long_text_becomes_smaller_until_it_fits_and_is_whole() -> None:
    text = "Every word of this must be seen. " * 15
    size = fitting_size(text, STYLE, WIDTH, HEIGHT)
    assert size is not None
    assert 20 <= size < 60
    _, _, _, bottom = ink(draw_text(text, TextStyle(outline=0, vertical="top"), WIDTH, HEIGHT))
    assert bottom < HEIGHT - 1


def test_an_outline_surrounds_the_letters() -> None:
    plain = draw_text("O", TextStyle(outline=0, size=200), WIDTH, HEIGHT)
    outlined = draw_text("O", TextStyle(outline=6, size=200), WIDTH, HEIGHT)
    before, after = ink(plain), ink(outlined)
    grown = [before[0] - after[0], before[1] - after[1], after[2] - before[2], after[3] - before[3]]
    assert all(5 <= side <= 7 for side in grown)
    assert tuple(outlined[after[1] + 3, (after[0] + after[2]) // 2]) == (0, 0, 0, 255)


def test_a_shadow_lies_below_and_to_the_right() -> None:
    style = TextStyle(outline=0, size=200, shadow=12, shadow_colour="#ff0000ff")
    pixels = draw_text("I", style, WIDTH, HEIGHT)
    red = (pixels[..., 0].astype(int) - pixels[..., 1] > 100) & (pixels[..., 3] > 100)
    white = (pixels[..., 1] > 200) & (pixels[..., 3] > 200)
    assert np.argwhere(red).mean(axis=0)[1] > np.argwhere(white).mean(axis=0)[1] + 4


def test_emoji_are_in_colour_and_letters_are_not() -> None:
    def colourful(text: str) -> int:
        pixels = draw_text(text, STYLE, WIDTH, HEIGHT).astype(int)
        spread = np.ptp(pixels[..., :3], axis=2)
        return int(((spread > 60) & (pixels[..., 3] > 128)).sum())

    assert colourful("🎉") > 300
    assert colourful("❤️") > 300
    assert colourful("abc ☎ ★") == 0


def test_right_to_left_begins_at_the_right() -> None:
    """The wide first letter of a Hebrew line, then a thin one: most ink on the right."""
    pixels = draw_text("ש" * 3 + "י" * 6, TextStyle(outline=0, align="centre"), WIDTH, HEIGHT)
    left, _, right, _ = ink(pixels)
    opaque = pixels[..., 3] > 128
    middle = (left + right) // 2
    assert opaque[:, middle:].sum() > 1.3 * opaque[:, :middle].sum()


WRONG = [
    ("x" * 600, "does not fit"),
    ("line\n" * 60, "does not fit"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_cannot_be_drawn_is_told(text: str, said: str) -> None:
    (problem,) = problems("text", text, STYLE, WIDTH, HEIGHT)
    assert problem.place == "text"
    assert said in problem.what
    assert problem.remedy


def test_nothing_is_wrong_with_nothing() -> None:
    assert problems("text", "  \n ", STYLE, WIDTH, HEIGHT) == []
    assert not draw_text("  \n ", STYLE, 64, 64)[..., 3].any()


def test_the_same_text_is_the_same_picture_in_another_process() -> None:
    script = (
        "import hashlib; from reel.text import draw_text; from reel.timeline import TextStyle; "
        "print(hashlib.sha256(draw_text('Sale 🎉 שלום', TextStyle(shadow=3.0), 600, 200).tobytes()).hexdigest())"
    )
    runs = {subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1


def test_the_coverage_that_is_written_down_is_that_of_the_fonts() -> None:
    coverage = json.loads((FOLDER / "coverage.json").read_text("utf-8"))
    assert set(coverage) == {path.name for path in chain()}
    assert font_digests() == tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in chain())
    for path in chain()[:3]:
        ranges = coverage[path.name]["characters"]
        points = {
            point for first, last in zip(ranges[::2], ranges[1::2], strict=True) for point in range(first, last + 1)
        }
        assert points == set(TTFont(path).getBestCmap())
