"""What queries mean, and what is said of those that mean nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.errors import InvalidRequest
from reel.search import Asked, Comparison, Query, Words, parse_query
from reel.search.query import LONGEST, MOST_TERMS


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


def shown(query: Query) -> str:
    """A query in one line: clauses, alternatives with `|` between them."""
    return " ".join("|".join(map(asked, clause)) for clause in query.clauses)


def asked(each: Asked) -> str:
    what = each.what
    if isinstance(what, Words):
        field = f"{what.field}:" if what.field else ""
        text = field + "_".join(what.words) + "*" * what.prefix
    else:
        text = what.field + ",".join(f"{relation}{bound}" for relation, bound in what.bounds)
    return "-" * each.negated + text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ""),
        ("beach", "beach"),
        ("  Beach   Sea ", "beach sea"),
        ("beach AND sea", "beach sea"),
        ("a OR b c OR d OR -e", "a|b c|d|-e"),
        ("or and not", "or and not"),
        ('"sea side" "OR"', "sea_side or"),
        ("-draft -\"old one\" -codec:hevc -height>=720", "-draft -old_one -codec:hevc -height>=720.0"),
        ("file_name.mp4", "file_name_mp4"),
        ("O'Brien h.264", "o_brien h_264"),
        ("bea* *bea b*a", "bea* bea b_a"),
        ('"bea*"', "bea"),
        ("海 東京 の夜景", "海* 東京 の夜_夜景"),
        ("Beach & Sea - Day 1", "beach sea day 1"),
        ("Codec:HEVC text:\"Summer Sale\" tag=beach", "codec:hevc text:summer_sale tag:beach"),
        ("metadata:x metadata.order:A-17 metadata.Customer.Name:\"Ann B\"", "metadata:x metadata.order:a_17 "
         "metadata.customer.name:ann_b"),
        ("height>1080 width<=640 duration<9.5 black>=0.1", "height>1080.0 width<=640.0 duration<9.5 black>=0.1"),
        ("loudness<=-14 bytes>5M bitrate:2.5M", "loudness<=-14.0 bytes>5000000.0 bitrate>=2450000.0,<2550000.0"),
        ("height:1080", "height>=1079.5,<1080.5"),
        ("fps=29.97", "fps>=29.965,<29.974999999999998"),
        ("12:30 <3", "12_30 3"),
        ('clip(1).mp4 "(a OR b)"', "clip_1_mp4 a_or_b"),
        ("a\"b\"c", "a b c"),
    ],
)  # fmt: skip
def test_meanings(text: str, meant: str) -> None:
    assert shown(parse_query(text)) == meant


@pytest.mark.parametrize(
    ("how", "bounds"),
    [
        (":", ((">=", day(1)), ("<", day(2)))),
        (">", ((">=", day(2)),)),
        (">=", ((">=", day(1)),)),
        ("<", (("<", day(1)),)),
        ("<=", (("<", day(2)),)),
    ],
)
def test_days(how: str, bounds: object) -> None:
    ((found,),) = parse_query(f"published{how}2026-11-01").clauses
    assert found.what == Comparison("published", bounds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("heigth>=1080", "there is no field 'heigth' (did you mean `height`?)"),
        ("https://a.example/b", "put them in quotation marks"),
        ("metadat.a:b", "there is no field"),
        ('"beach', "the quotation mark before 'beach' is not closed"),
        ('"', "is not closed"),
        ("OR beach", "`OR` has nothing to its left"),
        ("beach OR OR sea", "`OR` has nothing to its left"),
        ("beach OR", "`OR` has nothing to its right"),
        ("beach OR &", "`OR` has nothing to its right"),
        ("!!!", "'!!!' has no letter and no digit"),
        ("-", "'-' has no letter and no digit"),
        ('""', "a word is missing"),
        ("name:", "a word is missing (write name:word)"),
        ("name:***", "'***' has no letter and no digit"),
        ("codec>=hevc", "'codec' is no number, and cannot be compared by >= (write codec:word)"),
        ("height>=", "height: a number is missing"),
        ("height>=tall", "height: 'tall' is no number (write a number like 30 or 29.97: pixels)"),
        ("height:1e5", "is no number"),
        ("height:nan", "is no number"),
        ("height:٣", "is no number"),
        ("height>5k", "is no number"),
        ("published:yesterday", "published: 'yesterday' is no day (write it as 2026-11-01, which is meant in UTC)"),
        ("published<=9999-12-31", "is no day"),
        ("x" * (LONGEST + 1), "has 1,001 characters, and 1,000 are the most"),
        ("a " * (MOST_TERMS + 1), "has more than 32 terms"),
        (
            "(beach OR sea) codec:hevc",
            "'(beach' has a parenthesis, and there are none here (OR joins its neighbours alone",
        ),
        ("-(draft)", "'-(draft)' has a parenthesis"),
        ("codec:(hevc OR av1)", "'codec:(hevc' has a parenthesis"),
        ("beach ) sea", "')' has a parenthesis"),
    ],
)
def test_what_is_no_query(text: str, what: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_query(text)
    assert str(raised.value).startswith("query: ")
    assert what in str(raised.value)


@given(st.text(max_size=60) | st.text("aé海-:\"*.<>=O R\0\\'()", max_size=60))
def test_whatever_is_asked(text: str) -> None:
    try:
        query = parse_query(text)
    except InvalidRequest as refused:
        str(refused).encode()
        return
    assert all(clause for clause in query.clauses)
    assert query.digest == parse_query(text).digest


@pytest.mark.parametrize("part", ["a", '"', "-", "a.", "a:", "O R ", " ", "海", "\u0301", "\ufdfa"])
def test_the_longest_take_no_longer_than_their_length(part: str) -> None:
    text = (part * LONGEST)[:LONGEST]
    started = process_time()
    with suppress(InvalidRequest):
        parse_query(text)
    assert process_time() - started < 1, "a pass over 1,000 characters is some milliseconds"
