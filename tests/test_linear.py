"""Whatever reads strangers' text takes time by its length: twice as much text, about twice the time.

Each parser is given texts that are made to try it, doubled again and again; a square would show as four times the time.
"""

from __future__ import annotations

import gc
from fractions import Fraction
from pathlib import Path

import pytest

from reel.catalogue.names import check_host, check_name, check_tenant
from reel.edl import read_events, timecode_seconds
from reel.fetch import locate
from reel.fetch.source import WebFile
from reel.fetch.web_files import _memo_name
from reel.kinds import parse_request
from reel.kinds.read import in_full, metadata_of, webhook_of
from reel.kinds.template.request import filled_in
from reel.limits import limits_of
from reel.package.encrypt import key_of
from reel.package.subtitles import read_subtitles
from reel.packets.refuse import by_beginning
from reel.request.colours import colour_of
from reel.request.read import parse_terms, read_json
from reel.request.rows import Table, read_rows
from reel.request.variables import Variable, escaped
from reel.sealing import opened_document, tokens_of
from reel.search import parse_query
from reel.search.words import words_of
from reel.text.direction import base_direction
from reel.text.glyphs import drawable
from reel.text.typeset import plain
from reel.time import as_fraction
from reel.values import public_document, public_host, public_name
from reel.web import check_url
from reel.words import nearest
from tests.growing import Make, Parser, grows_like_a_square, repeated

WIDE = limits_of(dict.fromkeys(("request_characters", "text_characters", "edl_characters", "values", "clips"), 10**9))
TABLE = Table("csv", {"A": Variable(), "B": Variable(type="number")})
LINES = Table("jsonl", TABLE.variables)


def cue(*pieces: str) -> tuple[Make, ...]:
    """A subtitle that says one piece, over and over."""
    return tuple(
        lambda n, text=text: f"1\n00:00:01,000 --> 00:00:02,000\n{text(n)}\n".encode() for text in repeated(*pieces)
    )


ASS = (
    "[Script Info]\n\n[V4+ Styles]\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
SPOKEN = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,"
AWKWARD = (
    " ",
    "a",
    "{",
    "{{",
    "}",
    "{{a",
    "<",
    ">",
    "=",
    "\\",
    "\\an1",
    "0",
    ".",
    "-",
    ":",
    "/",
    "%",
    "&",
    '"',
    "\n",
    "\u0301",
    "ü",
    "中",
)
ADDRESSES = ("/", "a", "@", "%2e", ".", ":", "?", "#", "[", "\\", "xn--", "a.", "1.", "..%2f", "&a=")

PARSERS: dict[str, Parser] = {
    "JSON": Parser(
        lambda text: read_json(text, "request", "{", 10**9), repeated("[", '{"a":', '"\\u00e9', "1e9,", " ", before="[")
    ),
    "requests": Parser(
        lambda document: parse_request(document, WIDE),
        (
            lambda n: {"kind": "mixer", "clips": [{"asset": 1, "nothing": 2}] * (n // 64)},
            lambda n: {"kind": "mixer", **{f"strange{number}": 1 for number in range(n // 64)}, "clips": ["a"]},
            lambda n: {
                "kind": "template",
                "timeline": {"tracks": [{"clips": [{"type": "text", "text": "a", "duration": -1}] * (n // 256)}]},
            },
            lambda n: {
                "kind": "template",
                # Each of one is held against each of the other, of which there are at most so many (`Limits.variables`).
                "variables": {f"v{i}": {} for i in range(8)},
                "data": {f"w{i}": 1 for i in range(n // 64)},
                "timeline": {},
            },
            lambda n: {
                "kind": "multicam",
                "sources": ["a"],
                "switches": [{"at": i, "source": "b" * 40} for i in range(n // 64)],
            },
        ),
    ),
    "requests in full": Parser(in_full, repeated("a", "{{", before="")),
    "metadata": Parser(metadata_of, (lambda n: {"kind": "mixer", "metadata": {"a" * 20: [0] * n}},)),
    "webhooks": Parser(
        lambda url: webhook_of({"kind": "mixer", "webhook": {"url": url}}),
        repeated(*ADDRESSES, before="https://"),
    ),
    "placeholders": Parser(
        lambda text: filled_in(
            {"kind": "template", "timeline": {"a": text}, "variables": {"a": {}}, "data": {"a": "b"}}, WIDE
        ),
        repeated(*AWKWARD, "{{a}}", "{{ ", "{{a} ", "{{{{"),
    ),
    "escaping": Parser(escaped, repeated(*AWKWARD)),
    "terms": Parser(
        lambda text: parse_terms({"tenant": text, "generation": text, "slot": text}), repeated("a", "-", "é")
    ),
    "numbers": Parser(as_fraction, repeated("1", "0.", "1e", "/", "_1", " ", "e-1")),
    "colours": Parser(colour_of, repeated("#", "f", " ", "rgb(", "0,", ".", "%", before="rgb(")),
    "edit lists": Parser(
        lambda text: read_events(text, Fraction(30)),
        (
            *repeated(*AWKWARD, before="* FROM CLIP NAME:"),
            *repeated(" ", "1 ", "V ", ":", "00:00:00:00 ", before="001  AX       V     C        "),
            *repeated(" ", "-", "- ", "NON", before="FCM:"),
            *repeated("001  AX V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\n* FROM CLIP NAME: a\n"),
            *repeated("[", '{"OTIO_SCHEMA":"Clip.1",', before='{"a":'),
        ),
    ),
    "timecodes": Parser(lambda text: timecode_seconds(text, Fraction(30)), repeated("0", ":", "00:", "1;")),
    "tables": Parser(
        lambda text: sum(1 for _ in read_rows(text.splitlines(keepends=True), TABLE)),
        (*repeated('"', ",", ";", "a,1\n", '"a\n', '""', "x,y,z\n", " ", before="A,B\n"), *repeated("A,", '"', "sep=")),
    ),
    "lines of JSON": Parser(
        lambda text: sum(1 for _ in read_rows(text.splitlines(keepends=True), LINES)),
        repeated("{", '{"A":1}\n', "[\n", '{"C":1}\n'),
    ),
    "SRT": Parser(
        lambda data: read_subtitles(data, "a"),
        (
            *cue(*AWKWARD, "<b", "<b>", "<font =", "<font = ", "<i ", "{\\an1", "{\\an1 ", "</b>", "-->", "00:"),
            *(
                lambda n, t=t: t(n).encode()
                for t in repeated("-->\n", "1\n00:00:01,000 --> 00:00:02,000\na\n\n", " --> ")
            ),
            lambda n: b"1\n" + b" " * n + b"00:00:01,000" + b" " * n + b"-->" + b" " * n + b"x\na\n",
        ),
    ),
    "WebVTT": Parser(
        lambda text: read_subtitles(text.encode(), "a"),
        repeated("NOTE\n", "a\n", "00:01.000 --> 00:02.000 line:0\na\n\n", " ", "line:", before="WEBVTT\n\n"),
    ),
    "ASS": Parser(
        lambda data: read_subtitles(data, "a"),
        (
            *(
                lambda n, t=t: (ASS + SPOKEN + t(n)).encode()
                for t in repeated("{", "{\\b1}", "\\", "\\N", "{\\an1", "a", ",", "(")
            ),
            *(
                lambda n, t=t: (ASS + t(n)).encode()
                for t in repeated(SPOKEN + "a\n", "Dialogue:", "[", "Style: ", "\n", ";")
            ),
        ),
    ),
    "keys": Parser(lambda text: key_of(text.encode(), "key"), repeated("0", " ", "f\n")),
    "queries": Parser(parse_query, repeated(*AWKWARD, "a ", '"a" ', "codec:", "-", "a:>=")),
    "words": Parser(words_of, repeated(*AWKWARD, "a b ", "中文 ")),
    "names near": Parser(lambda text: nearest(text, [text + "x", "clips"]), repeated("a", "ab")),
    "tenants": Parser(check_tenant, repeated("a", "-")),
    "names": Parser(lambda text: check_name("slot", text), repeated("a", " ")),
    "hosts": Parser(check_host, repeated("a", ".", "-", "a.")),
    "addresses": Parser(lambda text: check_url(text, "url"), repeated(*ADDRESSES, before="https://a.example")),
    "hosts of addresses": Parser(lambda text: check_url(text, "url"), repeated(*ADDRESSES, before="https://")),
    "places of assets": Parser(
        lambda text: locate(text, Path("/")),
        (*repeated(*ADDRESSES, before="s3://bucket/"), *repeated(*ADDRESSES, before="file:"), *repeated(*ADDRESSES)),
    ),
    "signed addresses": Parser(
        lambda text: _memo_name(WebFile(text)), repeated(*ADDRESSES, "sig&", before="https://a/?")
    ),
    "names that are shown": Parser(
        lambda text: (public_name(text), public_host(text)),
        (*repeated(*ADDRESSES, before="http:/"), *repeated("a+", before="a")),
    ),
    "documents that are shown": Parser(public_document, (lambda n: [["https://a/?b"]] * (n // 16),)),
    "sealed texts": Parser(
        lambda text: (opened_document([text]), [*tokens_of([text])]), repeated("/", "a", "sealed=v1.", before="https:/")
    ),
    "beginnings of files": Parser(
        lambda text: by_beginning(text.encode()[:4096]), repeated("<!---->", "<?xml ", "<!", " ", "1\n")
    ),
    "texts": Parser(plain, repeated(*AWKWARD)),
    "directions": Parser(base_direction, repeated("1", " ", "א", "\u2066")),
    "glyphs": Parser(
        lambda text: drawable(text, "replace"), repeated("a", "\U000e0100", "\u200d", "\ufe0f", "\U0001d5d5")
    ),
}


@pytest.mark.parametrize("name", PARSERS)
def test_twice_the_text_takes_twice_the_time(name: str) -> None:
    gc.disable()
    try:
        found = [seen for make in PARSERS[name].texts if (seen := grows_like_a_square(PARSERS[name], make))]
    finally:
        gc.enable()
    assert found == []


def test_a_square_would_be_found() -> None:
    def squared(text: str) -> int:
        return sum(1 for one in text for other in text[: len(text) // 8] if one == other)

    assert grows_like_a_square(Parser(squared, ()), lambda n: "a" * n)
    assert not grows_like_a_square(Parser(sorted, ()), lambda n: "ab" * n)
