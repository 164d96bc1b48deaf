"""Subtitles of strangers become WebVTT that says the same at the same times, or an error that names the line."""

from __future__ import annotations

import codecs
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.errors import BadMedia
from reel.package.subtitles import Cue, read_subtitles, webvtt, within

SRT = "1\n00:00:01,000 --> 00:00:02,500\n{}\n"
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, \
Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1
Style: Title,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,-1,0,0,100,100,0,0,1,2,2,8,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not said
Dialogue: 0,0:00:01.00,0:00:02.50,{},,0,0,0,,{}
"""

TEXTS = {
    # SRT
    "plain": (SRT.format("Hello"), "Hello"),
    "two lines": (SRT.format("one\ntwo"), "one\ntwo"),
    "empty line within": (SRT.format("one\n\n two"), "one\ntwo"),
    "a number is said": (SRT.format("Room\n42"), "Room\n42"),
    "escapes": (SRT.format("a < b & c --> d".replace("-->", "->")), "a &lt; b &amp; c -&gt; d"),
    "an arrow": (SRT.format("a --> b"), "a --&gt; b"),
    "an arrow further down": (SRT.format("from\nhere --> there"), "from\nhere --&gt; there"),
    "heart": (SRT.format("I <3 you"), "I &lt;3 you"),
    "styles": (SRT.format("<i>a</i> <B>b</B> <u>c</u>"), "<i>a</i> <b>b</b> <u>c</u>"),
    "font": (SRT.format('<font color="#ff0000">red</font>'), "red"),
    "unclosed": (SRT.format("<i>a <b>b"), "<i>a <b>b</b></i>"),
    "crossed": (SRT.format("<i>a <b>b</i> c</b>"), "<i>a <b>b</b></i> c"),
    "stray end": (SRT.format("a</i>"), "a"),
    "override": (SRT.format(r"{\an8}up"), "up"),
    # WebVTT: its text is its own already.
    "vtt": ("WEBVTT\n\n00:01.000 --> 00:02.500\n<v Ann>Hi &amp; bye", "<v Ann>Hi &amp; bye"),
    "vtt named": ("WEBVTT - title\n\nintro\n00:00:01.000 --> 00:00:02.500\n42", "42"),
    # ASS
    "ass": (ASS.format("Default", r"one\Ntwo"), "one\ntwo"),
    "ass soft": (ASS.format("Default", r"one\ntwo\hthree"), "one two\u00a0three"),
    "ass style": (ASS.format("Title", "slanted"), "<i>slanted</i>"),
    "ass override": (ASS.format("Default", r"a{\b1}b{\b0}c & d"), "a<b>b</b>c &amp; d"),
    "ass drawing": (ASS.format("Default", r"a{\p1}m 0 0 l 9 9{\p0}b"), "ab"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    given_text, expected = TEXTS[name]
    (cue,) = read_subtitles(given_text.encode(), "captions")
    assert (cue.start, cue.end, cue.text) == (1000, 2500, expected)


PLACES = {
    "srt up": (SRT.format(r"{\an8}up"), "line:0"),
    "srt middle": (SRT.format(r"{\an5}middle"), "line:50%"),
    "vtt": (
        "WEBVTT\n\n00:01.000 --> 00:02.500 line:10% region:r position:20%,line-left\nx",
        "line:10% position:20%,line-left",
    ),
    "ass style": (ASS.format("Title", "up"), "line:0"),
    "ass override": (ASS.format("Title", r"{\an2}down"), ""),
}


@pytest.mark.parametrize("name", PLACES)
def test_places(name: str) -> None:
    (cue,) = read_subtitles(PLACES[name][0].encode(), "captions")
    assert cue.settings == PLACES[name][1]


TWO = "1\n00:00:01,000 --> 00:00:02,500\nfirst\n\n2\n00:00:02,000 --> 00:00:03,000\nsécond\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TWO.encode(), None),
        (TWO.replace("\n", "\r\n").encode(), None),
        (TWO.replace("\n", "\r").encode(), None),
        (TWO.replace("\n\n", "\n").encode(), None),
        (codecs.BOM_UTF8 + TWO.encode(), None),
        (TWO.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + TWO.encode("utf-16-be"), None),
        (TWO.encode("windows-1252"), "windows-1252"),
        (TWO.replace(",", ".").encode(), None),
    ],
    ids=["utf-8", "CRLF", "CR", "no empty lines", "BOM", "utf-16", "utf-16-be", "windows-1252", "points"],
)
def test_encodings_line_ends_and_overlaps(data: bytes, encoding: str | None) -> None:
    cues = read_subtitles(data, "captions", encoding)
    assert [(cue.start, cue.end, cue.text) for cue in cues] == [(1000, 2500, "first"), (2000, 3000, "sécond")]


def test_notes_styles_and_regions_are_not_said() -> None:
    blocks = [
        "WEBVTT\nX-HEADER: 1",
        "STYLE\n::cue { color: red }",
        "REGION\nid:r",
        "NOTE 00:01.000 --> 00:02.000\nno",
        "00:01.000 --> 00:02.000\nyes",
        "NOTE end",
    ]
    cues = read_subtitles("\n\n".join(blocks).encode(), "captions")
    assert [cue.text for cue in cues] == ["yes"]


FAULTS = {
    "empty": (b"", "is neither SRT nor WebVTT nor ASS"),
    "prose": (b"Once upon a time", "is neither SRT nor WebVTT nor ASS"),
    "binary": (
        b"\x89PNG\r\n\x1a\n\0\0",
        "is not utf-8: byte 0 cannot be read (save it as UTF-8, or name its encoding)",
    ),
    "zeros": (b"1\n\0\0", "it holds zeros"),
    "latin": (TWO.encode("latin-1"), "is not utf-8: byte "),
    "broken time": (
        TWO.replace("00:00:02,000 -->", "00:0x:02,000 -->").encode(),
        "line 6: '00:0x:02,000 --> 00:00:03,000' is no",
    ),
    "minute 75": (TWO.replace("00:00:02,000", "00:75:02,000").encode(), "line 6: "),
    "backwards": (TWO.replace("00:00:03,000", "00:00:01,500").encode(), "line 6: ends 500 ms before it begins"),
    "half a pair": (TWO.replace(" --> 00:00:03,000", " -->").encode(), "line 6: "),
    "no cues": (b"WEBVTT\n\nNOTE nothing\n", "holds no subtitles"),
    "ass time": (ASS.format("Default", "x").replace("0:00:02.50", "later").encode(), "line 12: "),
    "long": (SRT.format("x" * 6000).encode(), "line 2: is a subtitle of 6,000 letters"),
    "large": (b"x" * 8_000_001, "has 8,000,001 bytes"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_name_the_file_and_the_line(name: str) -> None:
    data, said = FAULTS[name]
    with pytest.raises(BadMedia, match=re.escape(said)) as caught:
        read_subtitles(data, "subtitles[2]")
    assert str(caught.value).startswith("subtitles[2]")


def test_an_encoding_that_is_none_is_named() -> None:
    with pytest.raises(BadMedia, match="'klingon' is no encoding"):
        read_subtitles(TWO.encode(), "subtitles[0]", "klingon")


WINDOWS = [
    # cue, offset, end of the programme, what is left
    ((1000, 2000), 0, 8, (1000, 2000)),
    ((1000, 2000), Fraction(1, 3), 8, (1333, 2333)),
    ((1000, 2000), Fraction(-3, 2), 8, (0, 500)),
    ((1000, 2000), -2, 8, None),
    ((7000, 9000), 0, 8, (7000, 8000)),
    ((8000, 9000), 0, 8, None),
]


@pytest.mark.parametrize(("cue", "offset", "end", "left"), WINDOWS)
def test_windows(cue, offset, end, left) -> None:
    found = within([Cue(cue[0], cue[1], "x")], Fraction(offset), Fraction(end))
    assert [(each.start, each.end) for each in found] == ([left] if left else [])


def test_times_within_a_text_move_with_it() -> None:
    (cue,) = within([Cue(1000, 5000, "a <00:00:02.000>b <00:00:04.000>c")], Fraction(-1), Fraction(2))
    assert cue.text == "a <00:00:01.000>b c"


TEXT = st.text(st.characters(exclude_characters="<{\0", exclude_categories=["Cs"]), max_size=40)


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 10**6), TEXT), min_size=1, max_size=20))
def test_whatever_srt_says_is_said(cues: list[tuple[int, int, str]]) -> None:
    blocks = []
    for number, (start, lasts, text) in enumerate(cues, 1):
        blocks.append(f"{number}\n{stamp(start)} --> {stamp(start + lasts)}\nx{text.replace('-->', '')}\n")
    read = read_subtitles("\n".join(blocks).encode(), "captions")
    assert read_subtitles(webvtt(read).encode(), "captions") == read
    for cue, (start, lasts, text) in zip(read, cues, strict=True):
        said = [line.strip() for line in f"x{text.replace('-->', '')}".splitlines() if line.strip()]
        assert (cue.start, cue.end, unescaped(cue.text).split("\n")) == (start, start + lasts, said)


def unescaped(text: str) -> str:
    """Only what was escaped: `&amp;copy;` is `&copy;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def stamp(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{milliseconds % 1000:03}"
