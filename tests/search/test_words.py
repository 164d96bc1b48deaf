"""Text to words: the same before it is indexed and before it is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.search.words import LONGEST_WORD, last_letters, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café_Été.mp4", "cafe ete mp4"),
        ("h.264 O'Brien", "h 264 o brien"),
        ("shoes-red  A\u00a0B\0C", "shoes red a b c"),
        ("STRASSE Straße ﬁne", "strasse strasse fine"),
        ("İstanbul ΣΊΣΥΦΟΣ Й", "istanbul σισυφοσ и"),
        ("１２ ＡＢ ﾊﾞｽ", "12 ab バス"),
        ("バス ハス", "バス ハス"),
        ("東京の夜景", "東京 京の の夜 夜景"),
        ("海", "海"),
        ("手机iphone第2", "手机 iphone 第 2"),
        ("한국어 말", "한국 국어 말"),
        ("ไทยดี", "ไท ทย ยด"),
        ("हिन्दी", "हिनदी"),
        ("e\u0301\u0302 \ud800 🌊 ---", "e"),
        ("", ""),
        ("x" * 100, "x" * LONGEST_WORD),
    ],
)
def test_words(text: str, words: str) -> None:
    assert " ".join(words_of(text)) == words


def test_the_last_letter_of_a_run_begins_no_pair() -> None:
    assert list(last_letters("東京 海 mp4 夜景")) == ["京", "景"]


@given(st.text())
def test_words_are_words_of_themselves(text: str) -> None:
    for word in words_of(text):
        assert words_of(word) in ((word,), (word[:LONGEST_WORD],))
        assert not set(word) & set(" '\"\\\0·¶*:")
        word.encode()


@given(st.text(), st.text())
def test_texts_side_by_side_have_the_words_of_both(one: str, other: str) -> None:
    assert words_of(f"{one} {other}") == words_of(one) + words_of(other)
