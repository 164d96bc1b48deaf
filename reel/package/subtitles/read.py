"""Reading subtitles of strangers.

SRT and WebVTT are read here: pysubs2 takes notes and names of the next cue for text, takes a cue's last line away where it is a
number, and passes over times it cannot read. Of ASS and SSA (`ass.py`) it knows best what commands come to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from reel.byte_order import marked_encoding
from reel.errors import BadMedia
from reel.package.subtitles import ass, markup
from reel.package.subtitles.cues import Cue, signed

Reader: TypeAlias = Callable[[list[str], str], Iterator[tuple[int, Cue]]]
"""From lines, and what to call the file in errors, to cues with the number of the line that each is found at."""

MOST_BYTES = 8_000_000
"""Of a file: a film of three hours has 150 kB."""
MOST_LETTERS = 5_000
"""Of a cue."""
MOST_DIGITS = 10
"""Of a cue's number."""
LINE_END = re.compile(r"\r\n|\r|\n")
TIME = r"(-?)(?:(\d{1,4}):)?(\d\d?):(\d\d?)[.,](\d{2,3})"
"""Before 0, as programs write it that move all times of a file, there is a minus in front of the whole."""
TIMING = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:\s+(.*))?")
SETTING = re.compile(r"(?:vertical|line|position|size|align):\S+")
"""Of WebVTT; regions are left out, and with them what names one."""
NOTE = re.compile(r"NOTE(?:\s|$)")
TTML = re.compile(r"<(?:\w++:)?tt(?:\s|>|$)", re.IGNORECASE)
"""The begin of its first element."""


def read_subtitles(data: bytes, place: str, encoding: str | None = None, usual_fields: bool = False) -> tuple[Cue, ...]:
    """The cues of a file, as they stand in it. `encoding`: where it is neither UTF-8 nor begins with a byte order mark.
    `usual_fields`: of ASS, whatever its line `Format:` says, as Matroska has its tracks.

    `BadMedia`, which names `place` and the line, where it is not text, in no known format, or has times that make no sense.
    """
    lines = LINE_END.split(_decoded(data, place, encoding))
    read = _reader(lines, usual_fields)
    if read is None:
        if any(TTML.search(line) for line in lines):
            raise BadMedia.at(place, "is TTML, which is not supported", "convert it to SRT, WebVTT or ASS/SSA")
        raise BadMedia.at(place, "is neither SRT nor WebVTT nor ASS", "convert it to one of these")
    cues = tuple(cue for line, cue in read(lines, place) if _is_said(cue, f"{place}, line {line}"))
    if not cues:
        raise BadMedia.at(place, "holds no subtitles", "give a file with one at least")
    return cues


def subtitles_in(path: Path, place: str, encoding: str | None = None, usual_fields: bool = False) -> tuple[Cue, ...]:
    """As `read_subtitles`, of a file; whoever reads files of strangers has it run apart (`reel.package.apart`)."""
    return read_subtitles(path.read_bytes(), place, encoding, usual_fields)


HOLDS_ZEROS = "is no text: it holds zeros, as videos and pictures do"
AS_TEXT = "save it as UTF-8, or name its encoding"
TEXT_INSTEAD = "give a file of SRT, WebVTT or ASS; if it is one in UTF-16, save it as UTF-8"


def _decoded(data: bytes, place: str, encoding: str | None) -> str:
    if len(data) > MOST_BYTES:
        raise BadMedia.at(place, f"has {len(data):,} bytes, more than {MOST_BYTES:,}", "give subtitles alone")
    marked = marked_encoding(data)
    name = marked or encoding or "utf-8"
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        binary = b"\0" in data and not marked
        what = HOLDS_ZEROS if binary else f"is not {name}: byte {error.start} cannot be read"
        raise BadMedia.at(place, what, TEXT_INSTEAD if binary else AS_TEXT) from None
    except (LookupError, UnicodeError):  # the latter of `undefined`, and of others that are no encodings of texts
        raise BadMedia.at(
            place, f"{name[:40]!r} is no encoding", "write `windows-1252`, `shift_jis`, `gb18030`"
        ) from None
    if "\0" in text:
        raise BadMedia.at(place, HOLDS_ZEROS, TEXT_INSTEAD)
    return text


def _reader(lines: list[str], usual_fields: bool) -> Reader | None:
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.split(" ")[0].split("\t")[0] == "WEBVTT":
        return _vtt
    if any(line.strip().lower() in ass.HEADINGS for line in lines[:200]):
        return partial(ass.read_ass, usual_fields=usual_fields)
    if first.startswith("<"):  # documents of XML and HTML have comments, which end like an arrow
        return None
    return _srt if any("-->" in line for line in lines) else None


def _is_said(cue: Cue, place: str) -> bool:
    """Whether there is anything to read in it. `BadMedia` where it cannot be shown."""
    if cue.end < cue.start:
        raise BadMedia.at(place, f"ends {cue.start - cue.end} ms before it begins", "correct its times")
    if len(cue.text) > MOST_LETTERS:
        raise BadMedia.at(place, f"is a subtitle of {len(cue.text):,} letters, more than {MOST_LETTERS:,}", "split it")
    return bool(cue.text)


def _timing(line: str, place: str) -> tuple[int, int, str]:
    match = TIMING.fullmatch(line)
    if not match or any(int(match[group]) > 59 for group in (3, 4, 8, 9)):
        raise BadMedia.at(place, f"{line.strip()[:60]!r} is no pair of times", "write `00:00:01,000 --> 00:00:02,500`")
    return signed(*match.groups()[:5]), signed(*match.groups()[5:10]), match[11] or ""


def _srt(lines: list[str], place: str) -> Iterator[tuple[int, Cue]]:
    """A number, a line of times, and text: up to the next number and times, for empty lines in a text are common."""
    at = [number for number, line in enumerate(lines) if "-->" in line and _are_times(lines, number)]
    for count, (number, following) in enumerate(pairwise([*at, len(lines)]), 2):
        start, end, _ = _timing(lines[number], f"{place}, line {number + 1}")
        text = lines[number + 1 : following]
        if following == len(lines):
            text = _without_number(text, lines[number - 1] if number else "", count)
        elif _is_number(text, count):
            text = text[:-1]
        whole = "\n".join(text)
        aligned = markup.aligned(whole)
        settings = markup.position(aligned) if aligned else ""
        yield number + 1, Cue(start, end, markup.from_srt(whole), settings)


def _are_times(lines: list[str], number: int) -> bool:
    """Whether a line with an arrow is one of times, good or not; else it is said: it stands elsewhere, and has no times."""
    above = lines[number - 1].strip() if number else ""
    starts = not above or (above.isdecimal() and (number < 2 or not lines[number - 2].strip()))
    return starts or TIMING.fullmatch(lines[number]) is not None


def _is_number(text: list[str], count: int) -> bool:
    """Whether the last line is the number of the cue that follows, and not said: it stands alone, or counts right."""
    last = text[-1].strip() if text else ""
    return last.isdecimal() and (len(text) == 1 or not text[-2].strip() or last == str(count))


def _without_number(text: list[str], own: str, count: int) -> list[str]:
    """The last cue's text without the number of one that never comes: it stands alone, and counts on from the cue's `own`."""
    *said, last = "\n".join(text).rstrip().split("\n")
    number = own.strip()
    following = int(number) + 1 if number.isdecimal() and len(number) < MOST_DIGITS else count
    return said if said and not said[-1].strip() and last.strip() == str(following) else text


def _vtt(lines: list[str], place: str) -> Iterator[tuple[int, Cue]]:
    """Blocks between empty lines; those without times are notes, styles and regions."""
    for block in _blocks(lines):
        timed = next((index for index, (_, each) in enumerate(block[:2]) if "-->" in each), None)
        if timed is not None and not NOTE.match(block[0][1]):
            first, times = block[timed]
            start, end, settings = _timing(times, f"{place}, line {first}")
            kept = " ".join(setting for setting in settings.split() if SETTING.fullmatch(setting))
            yield first, Cue(start, end, "\n".join(each.strip() for _, each in block[timed + 1 :]), kept)


def _blocks(lines: list[str]) -> Iterator[list[tuple[int, str]]]:
    """Lines with their numbers, between empty ones; and from times on that stand further down than a block's, as in players."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        follows = len(block) > 1 or (block and "-->" in block[0][1])
        if not line.strip() or (follows and TIMING.fullmatch(line)):
            yield block
            block = []
        if line.strip():
            block.append((number, line))
    yield block
