"""Subtitles of strangers become WebVTT that says the same at the same times, or an error that names the line."""

from __future__ import annotations

import codecs
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.errors import BadMedia
from reel.package.subtitles import Cue, read_subtitles, webvtt, within
from tests.corpus import CORPUS, corpus_files, needs_corpus

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
    "ass commands in a style": (ASS.format("Title", r"{\k20}slan{\k20}ted"), "<i>slanted</i>"),
    "ass back to its style": (ASS.format("Title", r"a{\b1}b{\r}c"), "<i>a</i><i><b>b</b></i><i>c</i>"),
    "ass another style": (ASS.format("Default", r"{\u1}a{\rTitle}b"), "<u>a</u><i>b</i>"),
    "ass left open": (ASS.format("Default", r"a {\b1}b {c {d"), "a <b>b {c {d</b>"),
    "ass drawing": (ASS.format("Default", r"a{\p1}m 0 0 l 9 9{\p0}b"), "ab"),
}


SHORT = "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, Text\nDialogue: 0,{},{},Default,Olly,{}\n"
FORMATS = {
    "six fields": SHORT.format("0:00:01.00", "0:00:02.50", "One, two, three, four, five, six"),
    "colons": SHORT.format("0:00:01:00", "0:00:02:50", "One, two, three, four, five, six"),
    "another order": """[Script Info]
[V4+ Styles]
Format: Name  ,Italic ,Alignment
Style:  Up    ,-1     ,8
[Events]
Format:   End       ,Start     ,Style ,Text
Dialogue: 0:00:02.50,0:00:01.00,Up    ,One, two, three, four, five, six
""",
    "as libraries write them": "[Script Info]\n[EVENTS]\nformat: start, END, text\n"
    "Dialogue: 0:00:01.00,0:00:02.50,One, two, three, four, five, six\n",
    "none": "[Script Info]\n[Events]\n"
    "Dialogue: Marked=0,0:00:01.00,0:00:02.50,Default,,0,0,0,,One, two, three, four, five, six\n",
    "no section": "[Script Info]\n"
    "Dialogue: Marked=0,0:00:01.00,0:00:02.50,Default,,0,0,0,,One, two, three, four, five, six\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_line_says_which_field_is_which(name: str) -> None:
    (cue,) = read_subtitles(FORMATS[name].encode(), "captions")
    assert (cue.start, cue.end, re.sub("</?i>", "", cue.text)) == (1000, 2500, "One, two, three, four, five, six")
    assert (cue.text.startswith("<i>"), cue.settings) == ((True, "line:0") if "Up" in FORMATS[name] else (False, ""))


CORPUS_CUES: dict[str, list[tuple[int, str]]] = {
    # When each begins, in milliseconds, and the last words of it: read from the files by eye.
    "ssa_typical.ass": [(0, "first subtitle."), (2340, "newline\nand another."), (4560, "third subtitle, with a comma.")],
    "ssa_typical_utf16be.ass": [(0, "subtitle."), (2340, "and another."), (4560, "subtitle, with a comma.")],
    "ssa_positioning.ass": [
        (0, "First subtitle."), (2340, "Second subtitle."), (4560, "Third subtitle, (only last counts)."),
        (9560, "Fourth subtitle."), (13560, "Fifth subtitle (alignment override, spaces around pos arguments)."),
        (16560, "Sixth subtitle (multiple overrides in same braces)."),
    ],
    "ssa_style_outline_color.ass": [
        (1000, "Line with BLUE (&amp;H00FF0000) outline."), (3000, "ignored outline because BorderStyle is not 3."),
    ],
    "subrip_typical_negative_timestamps.srt": [
        (-4567, "first subtitle."), (-2345, "second subtitle.\nSecond subtitle with second line."),
        (7_204_567, "third subtitle."),
    ],
    "subrip_typical_unexpected_end.srt": [
        (0, "first subtitle."), (2345, "second subtitle.\nSecond subtitle with second line."),
    ],
}  # fmt: skip


@needs_corpus
@pytest.mark.parametrize("name", CORPUS_CUES)
def test_files_from_the_wild_by_eye(name: str) -> None:
    assert CORPUS
    cues = read_subtitles((CORPUS / "subs" / name).read_bytes(), name)
    assert [cue.start for cue in cues] == [start for start, _ in CORPUS_CUES[name]]
    for cue, (_, ending) in zip(cues, CORPUS_CUES[name], strict=True):
        assert re.sub("</?b>", "", cue.text).endswith(ending)


@needs_corpus
@pytest.mark.parametrize("path", corpus_files("subs"), ids=lambda path: path.name)
def test_files_from_the_wild_lose_no_cue(path: Path) -> None:
    """As many are read as lines have two times, or the file is refused and told why."""
    data = path.read_bytes()
    text = data.decode("utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8")
    spoken = r"^Dialogue:" if path.suffix == ".ass" else r"^-?\d.*-->.*\d.*$"
    try:
        cues = read_subtitles(data, path.name)
    except BadMedia as error:
        assert re.search("line 6: '00:02.bad|is neither SRT nor|is TTML", str(error))  # noqa: PT017
    else:
        assert len(cues) == len(re.findall(spoken, text, re.MULTILINE))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("\n3\n", "Bye"),
        ("\n3", "Bye"),
        ("\n\n3\n\n", "Bye"),
        ("\n4\n", "Bye\n4"),  # does not count on
        ("3\n", "Bye\n3"),  # stands with the words
    ],
)
def test_the_number_of_a_cue_that_never_comes_is_not_said(end: str, said: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nHi\n\n2\n00:00:02,000 --> 00:00:03,000\nBye\n"
    *_, last = read_subtitles((text + end).encode(), "captions")
    assert last.text == said


def test_a_count_down_is_said() -> None:
    """A last cue that says but a number says it."""
    (cue,) = read_subtitles(b"1\n00:00:01,000 --> 00:00:02,000\n2\n", "captions")
    assert cue.text == "2"


def test_numbers_count_on_from_those_of_the_file() -> None:
    text = "70\n00:00:01,000 --> 00:00:02,000\nHi\n\n71\n00:00:02,000 --> 00:00:03,000\nBye\n\n{}\n"
    for end, said in (("72", "Bye"), ("3", "Bye\n3")):
        assert read_subtitles(text.format(end).encode(), "captions")[-1].text == said


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n\n00:01.000 --> 00:02.000\na\n00:02.000 --> 00:03.000\nb\n",
        "WEBVTT\nKind: captions\nLanguage: en\n00:01.000 --> 00:02.000\na\n\n00:02.000 --> 00:03.000\nb\n",
        "WEBVTT\n\nNOTES\n00:01.000 --> 00:02.000\na\n\nNOTE no\n\n00:02.000 --> 00:03.000\nb\n",
    ],
    ids=["no empty line", "in the head", "a name like a note"],
)
def test_a_line_of_times_begins_a_cue_of_webvtt(text: str) -> None:
    """As the standard's parser has it (WebVTT, 6.1): whatever stands above it."""
    assert [cue.text for cue in read_subtitles(text.encode(), "captions")] == ["a", "b"]


def test_commands_do_not_cut_a_text() -> None:
    """Karaoke has a command for each syllable, drawings have thousands of letters, and neither is said."""
    karaoke = "".join(rf"{{\k{number}\c&H{number:06x}&}}la " for number in range(1000))
    (cue,) = read_subtitles(ASS.format("Default", rf"{karaoke}{{\p1}}{'m 0 0 ' * 2000}{{\p0}}end").encode(), "captions")
    assert cue.text == "la " * 1000 + "end"


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
        (TWO.encode("utf-32"), None),
        (codecs.BOM_UTF32_BE + TWO.encode("utf-32-be"), "utf-32"),
        (TWO.encode("windows-1252"), "windows-1252"),
        (TWO.replace(",", ".").encode(), None),
    ],
    ids=[
        "utf-8",
        "CRLF",
        "CR",
        "no empty lines",
        "BOM",
        "utf-16",
        "utf-16-be",
        "utf-32",
        "utf-32-be",
        "windows-1252",
        "points",
    ],
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
        "is no text: it holds zeros, as videos and pictures do (give a file of SRT, WebVTT or ASS; if it is one in UTF-16",
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
    "ass without its last fields": (
        SHORT.format("0:00:01.00", "0:00:02.50", "x").replace(",Default,Olly,x", "").encode(),
        "line 5: has 3 fields, and the line `Format:` names 6",
    ),
    "ass text in front": (
        SHORT.replace("Name, Text", "Text, Name").encode(),
        "line 4: does not end with `Text`",
    ),
    "ass format without times": (SHORT.replace("Start, ", "").encode(), "line 4: names no `Start`"),
    "ttml": (
        b'<?xml version="1.0"?>\n<!-- a -->\n\n<!-- b --> <tt xml:lang="" xmlns="http://www.w3.org/ns/ttml">\n',
        "is TTML, which is not supported (convert it to SRT, WebVTT or ASS/SSA)",
    ),
    "ttml with a prefix": (b"<tt:tt>\n</tt:tt>", "is TTML, which is not supported"),
    "markup": (b"<SAMI>\n\n<!-- P {x} -->", "is neither SRT nor WebVTT nor ASS"),
    "large": (b"x" * 8_000_001, "has 8,000,001 bytes"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_name_the_file_and_the_line(name: str) -> None:
    data, said = FAULTS[name]
    with pytest.raises(BadMedia, match=re.escape(said)) as caught:
        read_subtitles(data, "subtitles[2]")
    assert str(caught.value).startswith("subtitles[2]")


@pytest.mark.parametrize("name", ["klingon", "rot13", "undefined"])
def test_an_encoding_that_is_none_is_named(name: str) -> None:
    with pytest.raises(BadMedia, match=f"'{name}' is no encoding"):
        read_subtitles(TWO.encode(), "subtitles[0]", name)


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


MOVED = {
    "SRT": "1\n-00:00:02,000 --> -00:00:01,000\nGone\n\n2\n-0:00:01,250 --> 00:00:01,500\nHalf\n\n"
    "3\n00:00:02,000 --> 00:00:03,000\nAll\n",
    "WebVTT": "WEBVTT\n\n-00:02.000 --> -00:01.000\nGone\n\n-00:01.250 --> 00:01.500\nHalf\n\n"
    "00:02.000 --> 00:03.000\nAll\n",
    "ASS": "[Events]\nDialogue: 0,-0:00:02.00,-0:00:01.00,x,,0,0,0,,Gone\n"
    "Dialogue: 0,-0:00:01.25,0:00:01.50,x,,0,0,0,,Half\nDialogue: 0,0:00:02.00,0:00:03.00,x,,0,0,0,,All\n",
}
"""Files whose times were all moved to before, in each form."""


@pytest.mark.parametrize("form", MOVED)
def test_of_times_before_0_what_lasts_beyond_it_is_shown(form: str) -> None:
    cues = read_subtitles(MOVED[form].encode(), "captions")
    assert [(cue.start, cue.end) for cue in cues] == [(-2000, -1000), (-1250, 1500), (2000, 3000)]
    shown = "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHalf\n\n00:00:02.000 --> 00:00:03.000\nAll\n"
    assert webvtt(within(cues, Fraction(0), Fraction(8))) == webvtt(cues) == shown
    later = within(cues, Fraction(3, 2), Fraction(8))
    assert [(cue.start, cue.end) for cue in later] == [(0, 500), (250, 3000), (3500, 4500)]


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
