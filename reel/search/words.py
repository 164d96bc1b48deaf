"""Text to words, the same way before it is indexed and before it is asked for.

Databases split text each in a way of its own: PostgreSQL takes `file_name.mp4` for one word, SQLite folds accents and it does
not, and neither finds a word within Chinese or Japanese. So they are given words that are ready, and never text.

    words_of("Café_Été.mp4")  # ("cafe", "ete", "mp4")
    words_of("東京の夜景")     # ("東京", "京の", "の夜", "夜景")
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

LONGEST_WORD = 64
"""Letters of a word that count: what is behind them is cut off, in texts and in queries alike."""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\uac00-\ud7ff"  # Hangul: words are spaced, but particles are not
    "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"  # kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
"""Letters of scripts that write words without a space between them. Their runs are split into overlapping pairs, which find
a word wherever it stands (the method of Lucene's `CJKBigramFilter`)."""

VOICED = "\u3099\u309a"
"""Marks that make another letter of a kana, and no accent: バス is a bus, ハス a lotus."""

_RUNS = re.compile(f"[{UNSPACED}]+|[^ {UNSPACED}]+")


def folded(text: str) -> str:
    """Text in small letters without accents, compatible forms made one (NFKD), and a space for all that is no letter."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if letter in VOICED or unicodedata.category(letter) not in ("Mn", "Me")
    )
    # Together again, for kana and Hangul, whose parts are no letters by themselves.
    whole = unicodedata.normalize("NFKC", plain.casefold())
    return "".join(letter if _in_word(letter) else " " for letter in whole)


def _in_word(letter: str) -> bool:
    # Mc: vowels of Indic scripts, without which a word falls apart.
    return letter.isalnum() or unicodedata.category(letter) == "Mc"


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(word for run in _RUNS.findall(folded(text)) for word in _split(run))


def last_letters(text: str) -> Iterator[str]:
    """The last letter of each run that is split into pairs: no pair begins with it, and it is to be found too."""
    return (run[-1] for run in _RUNS.findall(folded(text)) if len(run) > 1 and is_unspaced(run))


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script without spaces."""
    return bool(_UNSPACED.match(word))


_UNSPACED = re.compile(f"[{UNSPACED}]")


def _split(run: str) -> Iterator[str]:
    if len(run) > 1 and is_unspaced(run):
        yield from (first + second for first, second in pairwise(run))
    else:
        yield run[:LONGEST_WORD]
