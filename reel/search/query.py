"""The query language: from text to a value, in one pass over the text, whatever it is.

    parse_query('codec:hevc height>=1080 beach OR "sea side" -draft')

A query is clauses that must all hold, each of them alternatives of which one must: `a b OR c d` is a and (b or c) and d, as
search engines have it. There are no parentheses, so nothing is nested, and no query is deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from reel.errors import InvalidRequest
from reel.search import fields
from reel.search.words import is_unspaced, words_of
from reel.values import digest
from reel.words import did_you_mean, shortened

LONGEST = 1000
"""Characters of a query."""
MOST_TERMS = 32
"""Words, phrases and comparisons of a query."""

PLACE = "query"
SUFFIXES = {"k": 1e3, "M": 1e6, "G": 1e9}
WITH_SUFFIX = ("bytes", "bitrate")

_TOKEN = re.compile(
    r"(?P<not>-?)(?:(?P<field>[A-Za-z][\w.-]*)(?P<how>>=|<=|[:=<>]))?"
    r'(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<bare>[^\s"]+))?'
)
"""One term. It matches anywhere, perhaps nothing; a lone quotation mark is a phrase without an end."""
_NUMBER = re.compile(r"([+-]?[0-9]{1,15}(?:\.([0-9]{1,9}))?)([kMG]?)")

Relation = Literal[">=", ">", "<=", "<"]


@dataclass(frozen=True)
class Words:
    """Words that stand one after another."""

    words: tuple[str, ...]
    field: str | None = None
    """`codec`, or `metadata.customer.name`; null: anywhere."""
    prefix: bool = False
    """Whether the last one may go on."""


@dataclass(frozen=True)
class Comparison:
    """Bounds of a number or a moment, which all must hold."""

    field: str
    bounds: tuple[tuple[Relation, float | datetime], ...]


@dataclass(frozen=True)
class Asked:
    """One thing that is asked for, or is not to be."""

    what: Words | Comparison
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """All clauses must hold, and of each clause one of its alternatives. Without clauses, everything is found."""

    clauses: tuple[tuple[Asked, ...], ...] = ()

    @property
    def digest(self) -> str:
        """The same for queries that ask for the same in the same words."""
        return digest(repr(self))[:16]


def parse_query(text: str) -> Query:
    """What a text asks for. Raises `InvalidRequest`, and nothing else, for what is none."""
    if len(text) > LONGEST:
        raise _refused(f"has {len(text):,} characters, and {LONGEST:,} are the most", "ask for less at once")
    clauses: list[tuple[Asked, ...]] = []
    after_or = False
    for asked in _terms(text):
        if asked is None:
            if after_or or not clauses:
                raise _refused("`OR` has nothing to its left", _OR)
        elif after_or:
            clauses[-1] += (asked,)
        else:
            clauses.append((asked,))
        after_or = asked is None
    if after_or:
        raise _refused("`OR` has nothing to its right", _OR)
    if text.strip() and not clauses:
        raise _refused(f"{_shown(text.strip())} has no letter and no digit", "ask for words, or for nothing")
    return Query(tuple(clauses))


_OR = 'write a OR b; the word itself is "OR"'


def _terms(text: str) -> Iterator[Asked | None]:
    """What is asked for, one after another; null for `OR`."""
    place, terms = 0, 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        assert found  # it matches anything
        if _is_parenthesis(found["bare"] or ""):
            raise _refused(f"{_shown(found[0])} has a parenthesis, and there are none here", _PARENTHESES)
        place = max(found.end(), place + 1)
        if found[0] == "OR":
            yield None
        elif found[0] != "AND" and not _is_blank(found):  # what a space means anyhow
            terms += 1
            if terms > MOST_TERMS:
                raise _refused(f"has more than {MOST_TERMS} terms", "ask for less at once")
            yield _asked(found)


_PARENTHESES = 'OR joins its neighbours alone: write a OR b c for (a or b) and c; to look for the letters, write "(a)"'


def _is_parenthesis(bare: str) -> bool:
    """Whether somebody groups: `(beach OR sea)` does, `clip(1).mp4` is a name."""
    return bare.startswith("(") or bare.count("(") != bare.count(")")


def _is_blank(found: re.Match[str]) -> bool:
    """Whether it is a mark between words, as in `Beach & Sea - Day 1`."""
    return found["field"] is None and found["phrase"] is None and not words_of(found[0])


def _asked(found: re.Match[str]) -> Asked:
    if found["phrase"] is not None and not found["end"]:
        raise _refused(f"the quotation mark before {_shown(found['phrase'])} is not closed", "put one at its end")
    phrase, value = found["phrase"] is not None, found["phrase"] or found["bare"] or ""
    if found["field"] is None:
        return Asked(_words(value, None, phrase=phrase), bool(found["not"]))
    what = _of_field(found["field"], found["how"], value, phrase=phrase)
    return Asked(what, bool(found["not"]))


def _of_field(given: str, how: str, value: str, *, phrase: bool) -> Words | Comparison:
    field = given.lower()
    if field in fields.NUMBERS:
        return _number(field, how, value)
    if field == fields.MOMENT:
        return _day(how, value)
    if field not in fields.TEXTS and not re.fullmatch(rf"{fields.METADATA}(\..+)?", field):
        otherwise = f"fields are {', '.join(fields.NAMES)}; to look for the words, put them in quotation marks"
        raise _refused(f"there is no field {_shown(given)}", did_you_mean(field, fields.NAMES, otherwise))
    if how not in ":=":
        raise _refused(f"{_shown(given)} is no number, and cannot be compared by {how}", f"write {field}:word")
    return _words(value, field, phrase=phrase)


def _words(value: str, field: str | None, *, phrase: bool) -> Words:
    words = words_of(value)
    if not words:
        what = f"{_shown(value)} has no letter and no digit" if value else "a word is missing"
        raise _refused(what, f"write {field}:word" if field else "write a word")
    # A lone letter of a script without spaces is the beginning of pairs.
    lone = len(words[-1]) == 1 and is_unspaced(words[-1])
    return Words(words, field, prefix=lone or (not phrase and value.endswith("*")))


def _number(field: str, how: str, value: str) -> Comparison:
    found = _NUMBER.fullmatch(value)
    if not found or (found[3] and field not in WITH_SUFFIX):
        units = ", or with k, M, G behind it" if field in WITH_SUFFIX else ""
        what = f"{field}: {_shown(value)} is no number" if value else f"{field}: a number is missing"
        raise _refused(what, f"write a number like 30 or 29.97{units}: {fields.NUMBERS[field]}")
    scale = SUFFIXES.get(found[3], 1.0)
    number = float(found[1]) * scale
    if how in (">=", ">", "<=", "<"):
        return Comparison(field, ((_RELATIONS[how], number),))
    # As exact as it was written: 29.97 is 30000/1001, and 1080 is 1080.
    half = 0.5 * 10.0 ** -len(found[2] or "") * scale
    return Comparison(field, ((">=", number - half), ("<", number + half)))


_RELATIONS: dict[str, Relation] = {">=": ">=", ">": ">", "<=": "<=", "<": "<"}


def _day(how: str, value: str) -> Comparison:
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
        after = day + timedelta(days=1)
    except (ValueError, OverflowError):
        raise _refused(
            f"{fields.MOMENT}: {_shown(value)} is no day", "write it as 2026-11-01, which is meant in UTC"
        ) from None
    bounds: dict[str, tuple[tuple[Relation, float | datetime], ...]] = {
        ">=": ((">=", day),),
        ">": ((">=", after),),
        "<": (("<", day),),
        "<=": (("<", after),),
    }
    return Comparison(fields.MOMENT, bounds.get(how, ((">=", day), ("<", after))))


def _shown(text: str) -> str:
    """What was written, as an error may show it: short, and with what cannot be printed escaped."""
    return repr(shortened(text, 40))


def _refused(what: str, remedy: str) -> InvalidRequest:
    return InvalidRequest.at(PLACE, what, remedy)
