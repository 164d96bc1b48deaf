"""ASS and SSA: sections, in which a line `Format:` says which field of the lines below it is which, as their number and order
vary. That is read here, as pysubs2 takes it for granted; it knows what the commands within a text come to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pysubs2 import SSAStyle
from pysubs2.common import Alignment
from pysubs2.formats.substation import EVENT_FORMAT_LINE, STYLE_FORMAT_LINE, parse_tags

from reel.errors import BadMedia
from reel.package.subtitles import markup
from reel.package.subtitles.cues import Cue, signed

EVENTS, STYLES, STYLES_OF_SSA = "[events]", "[v4+ styles]", "[v4 styles]"
HEADINGS = ("[script info]", EVENTS, STYLES, STYLES_OF_SSA)
"""One of these begins a file that is ASS or SSA. Letters of attached fonts may stand in brackets too."""

TIME = re.compile(r"(-?)(\d{1,4}):(\d\d):(\d\d)[.:,](\d{2,3})")
PIECE = re.compile(r"\{[^}]*+(\})?|[^{]++")
"""Of a text: commands, or what is said; commands that nothing ends are said."""

Fields = tuple[str, ...]
Styles = dict[str, SSAStyle]


def read_ass(lines: list[str], place: str, usual_fields: bool = False) -> Iterator[tuple[int, Cue]]:
    """The cues, each with the number of its line; those with the `usual_fields` whatever `Format:` says of them.
    `BadMedia`, which names `place` and the line, where fields are missing."""
    kind = "ass" if any(_heading(line) == STYLES for line in lines) else "ssa"
    of_events, of_styles = _names(EVENT_FORMAT_LINE[kind]), _names(STYLE_FORMAT_LINE[kind])
    section, styles = "", Styles()
    for number, line in enumerate(map(str.strip, lines), 1):
        where = f"{place}, line {number}"
        if (heading := _heading(line)) in HEADINGS:
            section = heading
        elif line.lower().startswith("format:") and section == EVENTS:
            of_events = of_events if usual_fields else _checked(_names(line), where)
        elif line.lower().startswith("format:") and section in (STYLES, STYLES_OF_SSA):
            of_styles = _names(line)
        elif line.startswith("Style:"):
            fields = _fields(line, of_styles)
            styles[fields.get("name", "")] = _style(fields, kind)
        elif line.startswith("Dialogue:"):
            yield number, _cue(line, of_events, styles, where)


def _heading(line: str) -> str:
    return line.strip().lower()


def _names(line: str) -> Fields:
    """What a line `Format:` says, in small letters."""
    return tuple(name.strip().lower() for name in line.partition(":")[2].split(","))


def _checked(names: Fields, where: str) -> Fields:
    """The fields of events, if a subtitle can be read from them."""
    for needed in ("start", "end"):
        if needed not in names:
            raise BadMedia.at(where, f"names no `{needed.title()}`", f"write `{EVENT_FORMAT_LINE['ass']}`")
    if names[-1] != "text":
        raise BadMedia.at(where, "does not end with `Text`, whose commas end nothing", "let `Text` be the last field")
    return names


def _fields(line: str, names: Fields) -> Mapping[str, str]:
    """The fields of a line by their names, as many as there are; the last one has all that is left, commas too."""
    found = line.partition(":")[2].split(",", len(names) - 1)
    return {name: field.strip() for name, field in zip(names, found, strict=False)}


def _style(fields: Mapping[str, str], kind: str) -> SSAStyle:
    """What text is like before any command."""
    italic, bold, underline = (fields.get(name, "0") not in ("0", "") for name in ("italic", "bold", "underline"))
    try:
        number = int(fields["alignment"])
        alignment = Alignment(number) if kind == "ass" else Alignment.from_ssa_alignment(number)
    except (LookupError, ValueError):
        alignment = Alignment.BOTTOM_CENTER
    return SSAStyle(italic=italic, bold=bold, underline=underline, alignment=alignment)


def _cue(line: str, names: Fields, styles: Styles, where: str) -> Cue:
    fields = _fields(line, names)
    times = [TIME.fullmatch(fields.get(name, "")) for name in ("start", "end")]
    if times[0] is None or times[1] is None:
        raise BadMedia.at(where, f"{line[:60]!r} has no two times", "write `Dialogue: 0,0:00:01.00,0:00:02.50,...`")
    if "text" not in fields:
        what = f"has {len(fields)} fields, and the line `Format:` names {len(names)}"
        raise BadMedia.at(where, what, "give each of them, with commas between; they may be empty")
    start, end = (signed(*match.groups()) for match in times if match)
    text, style = fields["text"], styles.get(fields.get("style", ""), SSAStyle.DEFAULT_STYLE)
    settings = markup.position(markup.aligned(text) or int(style.alignment))
    return Cue(start, end, markup.styled(_fragments(text, style, styles)), settings)


def _fragments(text: str, style: SSAStyle, styles: Styles) -> Iterator[tuple[str, str]]:
    """What is said, each with the letters of the tags of WebVTT that it stands in. Commands are read one after another: given a
    whole text, pysubs2 reads all that stand before a fragment again for it."""
    now = style
    for piece in PIECE.finditer(text):
        if piece[1]:
            begin = style if r"\r" in piece[0] else now
            *_, (_, now) = parse_tags(piece[0], begin, styles)
        elif not now.drawing:
            said = piece[0].replace(r"\h", "\u00a0").replace(r"\n", " ").replace(r"\N", "\n")
            yield said, "i" * now.italic + "b" * now.bold + "u" * now.underline
