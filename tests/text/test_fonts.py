"""What scripts share (punctuation, numbers in circles, signs) is drawn with the font of the letters about it, and in bold: as
Pillow draws it with that font; and lines break at the same words, however large a text is drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from reel.text import draw_text
from reel.text.fonts import FOLDER, chain
from reel.timeline import TextStyle

EM = 100
CJK, LATIN = "NotoSansCJKjp-Bold.otf", "NotoSans-Bold.ttf"

SHARED = {
    **{f"of ideographs {mark}": (f"東{mark}京", CJK) for mark in "、。「」『』【】・〈〉《》〜！？：①⑳−"},
    **{f"of kana {mark}": (f"あ{mark}い", CJK) for mark in "、。「」・ー"},
    **{f"of hangul {mark}": (f"한{mark}글", CJK) for mark in "、。「」・"},
    **{
        f"of {script} {mark}": (f"{letter}{mark}{letter}", f"NotoSans{script}-Bold.ttf")
        for script, letter in {"Devanagari": "न", "Gurmukhi": "ਨ", "Telugu": "న"}.items()
        for mark in "।॥"
    },
    "of Yi": ("ꀀ、ꀁ", "NotoSansYi-Regular.ttf"),
    "of nobody ①": ("①", CJK),
    "of nobody 、": ("、", CJK),
}


def drawn(text: str, **style: float) -> npt.NDArray[np.float64]:
    """The ink of a text that is set in a large box, cut out."""
    pixels = draw_text(text, TextStyle(outline=0, size=EM, **style), 900, 400)
    return _cut(pixels[..., 3] / 255)


def by_pillow(text: str, file: str) -> npt.NDArray[np.float64]:
    """The same, of one font alone."""
    font = ImageFont.truetype(str(FOLDER / file), EM, layout_engine=ImageFont.Layout.BASIC)
    sheet = Image.new("L", (900, 400))
    ImageDraw.Draw(sheet).text((200, 100), text, 255, font)
    return _cut(np.asarray(sheet) / 255)


def _cut(ink: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows, columns = (np.flatnonzero((ink > 0.05).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("name", SHARED)
def test_what_scripts_share_is_of_the_font_of_its_neighbours(name: str) -> None:
    text, file = SHARED[name]
    ours, theirs = drawn(text), by_pillow(text, file)
    assert np.abs(np.subtract(ours.shape, theirs.shape)).max() <= 3, (ours.shape, theirs.shape)
    fitted = cv2.resize(ours, theirs.shape[::-1], interpolation=cv2.INTER_AREA)
    assert float(np.corrcoef(fitted.ravel(), theirs.ravel())[0, 1]) > 0.9


@pytest.mark.parametrize("text", ["مـرحـبا", "مرحبا", "ـمـرحـبا"])
def test_lengthened_letters_stay_joined(text: str) -> None:
    """Two groups of joined letters, and the dot of one of them."""
    count, _ = cv2.connectedComponents((drawn(text) > 0.5).astype(np.uint8))
    assert count - 1 == 3


def test_thin_fonts_come_after_all_that_draw_what_they_have() -> None:
    names = [path.name for path in chain()]
    assert names[:2] == [LATIN, "NotoSans-Regular.ttf"]
    assert names.index(CJK) < names.index("NotoSansMongolian-Regular.ttf") < names.index("NotoColorEmoji.ttf")
    assert sorted(names) == sorted(path.name for path in Path(FOLDER).iterdir() if path.suffix in (".ttf", ".otf"))


WORDS = ("Summer", "sale", "everything", "WAVE", "ill", "today", "20 %", "Größe", "東京", "が", "שלום", "नमस्ते")


@settings(deadline=None, max_examples=30)
@given(
    text=st.lists(st.sampled_from(WORDS), min_size=2, max_size=8).map(" ".join),
    width=st.integers(260, 900),
    density=st.floats(0.25, 2.5),
    balanced=st.booleans(),
)
@example(text="Summer sale everything", width=734, density=0.2222, balanced=False)
@example(text="Summer sale everything", width=733, density=0.5, balanced=True)
def test_a_text_has_the_same_lines_however_large_it_is_drawn(
    text: str, width: int, density: float, balanced: bool
) -> None:
    style, height = TextStyle(outline=2, shadow=4, size=60, balanced=balanced), 500
    pixels = max(2, round(width * density)), max(2, round(height * density))
    whole = draw_text(text, style, width, height)
    other = draw_text(text, style, width, height, pixels=pixels)
    assert other.shape == (pixels[1], pixels[0], 4)
    small = round(width * 0.2), round(height * 0.2)
    one, two = (cv2.resize(each[..., 3] / 255, small, interpolation=cv2.INTER_AREA) for each in (whole, other))
    assert float(np.corrcoef(one.ravel(), two.ravel())[0, 1]) > 0.97
