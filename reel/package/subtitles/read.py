"""Reading subtitles of strangers.

SRT and WebVTT are read here: the library takes notes and names of the next cue for text, takes a cue's last line away where it
is a number, and passes over times it cannot read. Of ASS, with its sections, styles and overrides, it knows best.
"""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pysubs2
from pysubs2.formats.substation import parse_tags

from reel.errors import BadMedia
from reel.package.subtitles import markup
from reel.package.subtitles.cues import Cue, milliseconds

Reader: TypeAlias = Callable[[list[str], str], Iterator[tuple[int, Cue]]]
"""From lines, and what to call the file in errors, to cues with the number of the line that each is found at."""

MOST_BYTES = 8_000_000
"""Of a file: a film of three hours has 150 kB."""
MOST_LETTERS = 5_000
"""Of a cue."""
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

LINE_END = re.compile(r"\r\n|\r|\n")
TIME = r"(?:(\d{1,4}):)?(\d\d?):(\d\d?)[.,](\d{2,3})"
TIMING = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:\s+(.*))?")
SETTING = re.compile(r"(?:vertical|line|position|size|align):\S+")
"""Of WebVTT; regions are left out, and with them what names one."""
OVERRIDE = re.compile(r"\{([^{}]*)\}")
ALIGNED = re.compile(r"\\an([1-9])")
"""Within an override of ASS, which is looked for first: one expression for both would take the square of a text's length."""
DIALOGUE = re.compile(r"Dialogue:[^,]*,\s*\d+:\d\d:\d\d[.:]\d\d\s*,\s*\d+:\d\d:\d\d[.:]\d\d\s*,")


def read_subtitles(data: bytes, place: str, encoding: str | None = None) -> tuple[Cue, ...]:
    """The cues of a file, as they stand in it. `encoding`: where it is neither UTF-8 nor begins with a byte order mark.

    `BadMedia`, which names `place` and the line, where it is not text, in no known format, or has times that make no sense.
    """
    lines = LINE_END.split(_decoded(data, place, encoding))
    read = _reader(lines)
    if read is None:
        raise BadMedia.at(place, "is neither SRT nor WebVTT nor ASS", "convert it to one of these")
    cues = tuple(cue for line, cue in read(lines, place) if _is_shown(cue, f"{place}, line {line}"))
    if not cues:
        raise BadMedia.at(place, "holds no subtitles", "give a file with one at least")
    return cues


def subtitles_in(path: Path, place: str, encoding: str | None = None) -> tuple[Cue, ...]:
    """As `read_subtitles`, of a file; whoever reads files of strangers has it run apart (`reel.package.apart`)."""
    return read_subtitles(path.read_bytes(), place, encoding)


def _decoded(data: bytes, place: str, encoding: str | None) -> str:
    if len(data) > MOST_BYTES:
        raise BadMedia.at(place, f"has {len(data):,} bytes, more than {MOST_BYTES:,}", "give subtitles alone")
    mark, name = next(((mark, name) for mark, name in BOMS if data.startswith(mark)), (b"", encoding or "utf-8"))
    try:
        text = data[len(mark) :].decode(name)
    except LookupError:
        raise BadMedia.at(
            place, f"{name[:40]!r} is no encoding", "write `windows-1252`, `shift_jis`, `gb18030`"
        ) from None
    except UnicodeDecodeError as error:
        what = f"is not {name}: byte {error.start} cannot be read"
        raise BadMedia.at(place, what, "save it as UTF-8, or name its encoding") from None
    if "\0" in text:
        raise BadMedia.at(place, "is no text: it holds zeros", "save it as UTF-8, or name its encoding")
    return text


def _reader(lines: list[str]) -> Reader | None:
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.split(" ")[0].split("\t")[0] == "WEBVTT":
        return _vtt
    if any(line.strip().lower() in ("[script info]", "[v4+ styles]", "[v4 styles]") for line in lines[:200]):
        return _ass
    return _srt if any("-->" in line for line in lines) else None


def _is_shown(cue: Cue, place: str) -> bool:
    """Whether there is anything to see of it. `BadMedia` where it cannot be."""
    if cue.end < cue.start:
        raise BadMedia.at(place, f"ends {cue.start - cue.end} ms before it begins", "correct its times")
    if len(cue.text) > MOST_LETTERS:
        raise BadMedia.at(place, f"is a subtitle of {len(cue.text):,} letters, more than {MOST_LETTERS:,}", "split it")
    return cue.start < cue.end and bool(cue.text)


def _timing(line: str, place: str) -> tuple[int, int, str]:
    match = TIMING.fullmatch(line)
    if not match or any(int(match[group]) > 59 for group in (2, 3, 6, 7)):
        raise BadMedia.at(place, f"{line.strip()[:60]!r} is no pair of times", "write `00:00:01,000 --> 00:00:02,500`")
    return milliseconds(*match.groups()[:4]), milliseconds(*match.groups()[4:8]), match[9] or ""


def _srt(lines: list[str], place: str) -> Iterator[tuple[int, Cue]]:
    """A number, a line of times, and text: up to the next number and times, for empty lines in a text are common."""
    at = [number for number, line in enumerate(lines) if "-->" in line and _are_times(lines, number)]
    for count, (number, following) in enumerate(pairwise([*at, len(lines)]), 2):
        start, end, _ = _timing(lines[number], f"{place}, line {number + 1}")
        text = lines[number + 1 : following]
        if following < len(lines) and _is_number(text, count):
            text = text[:-1]
        whole = "\n".join(text)
        aligned = _aligned(whole)
        settings = markup.position(aligned) if aligned else ""
        yield number + 1, Cue(start, end, markup.from_srt(whole), settings)


def _are_times(lines: list[str], number: int) -> bool:
    """Whether a line with an arrow is one of times, good or not; else it is said: it stands elsewhere, and has no times."""
    above = lines[number - 1].strip() if number else ""
    starts = not above or (above.isdecimal() and (number < 2 or not lines[number - 2].strip()))
    return starts or TIMING.fullmatch(lines[number]) is not None


def _aligned(text: str) -> int | None:
    """Where a cue says that it stands, as ASS counts places; null where it does not."""
    found = (ALIGNED.findall(override[1]) for override in OVERRIDE.finditer(text))
    return next((int(places[-1]) for places in found if places), None)


def _is_number(text: list[str], count: int) -> bool:
    """Whether the last line is the number of the cue that follows, and not said: it stands alone, or counts right."""
    last = text[-1].strip() if text else ""
    return last.isdecimal() and (len(text) == 1 or not text[-2].strip() or last == str(count))


def _vtt(lines: list[str], place: str) -> Iterator[tuple[int, Cue]]:
    """Blocks between empty lines; those without times are notes, styles and regions."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append((number, line))
            continue
        timed = next((index for index, (_, each) in enumerate(block[:2]) if "-->" in each), None)
        if timed is not None and not block[0][1].startswith("NOTE"):
            first, times = block[timed]
            start, end, settings = _timing(times, f"{place}, line {first}")
            kept = " ".join(setting for setting in settings.split() if SETTING.fullmatch(setting))
            yield first, Cue(start, end, "\n".join(each.strip() for _, each in block[timed + 1 :]), kept)
        block = []


def _ass(lines: list[str], place: str) -> Iterator[tuple[int, Cue]]:
    """By pysubs2, which says nothing of lines: those with bad times are looked for first."""
    spoken = [number for number, line in enumerate(lines, 1) if line.lstrip().startswith("Dialogue:")]
    for number in spoken:
        if not DIALOGUE.match(lines[number - 1].lstrip()):
            what = f"{lines[number - 1].strip()[:60]!r} has no two times"
            raise BadMedia.at(f"{place}, line {number}", what, "write `Dialogue: 0,0:00:01.00,0:00:02.50,...`")
    kind = "ass" if any("[v4+ styles]" in line.lower() for line in lines) else "ssa"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of margins and colours that it cannot read: nothing is made of these
            subtitles = pysubs2.SSAFile.from_string("\n".join(lines), format_=kind)
    except (pysubs2.exceptions.Pysubs2Error, ValueError, LookupError, TypeError) as error:
        raise BadMedia.at(
            place, f"cannot be read as ASS: {error}", "open and save it in an editor of subtitles"
        ) from None
    events = [event for event in subtitles if event.type == "Dialogue"]
    for number, event in zip(spoken, events, strict=True):
        yield number, _ass_cue(event, subtitles)


def _ass_cue(event: pysubs2.SSAEvent, subtitles: pysubs2.SSAFile) -> Cue:
    style = subtitles.styles.get(event.style, pysubs2.SSAStyle.DEFAULT_STYLE)
    settings = markup.position(_aligned(event.text) or int(style.alignment))
    spoken = event.text.replace(r"\h", "\u00a0").replace(r"\n", " ").replace(r"\N", "\n")
    fragments = [
        (text, "i" * each.italic + "b" * each.bold + "u" * each.underline)
        for text, each in parse_tags(spoken[:MOST_LETTERS], style, subtitles.styles)
        if not each.drawing
    ]
    return Cue(event.start, event.end, markup.styled(fragments), settings)
