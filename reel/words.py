"""What pydantic finds wrong, in plain words: the one place where its errors become sentences of ours."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from pydantic_core import ErrorDetails

TEXT, WHOLE, NUMBER, LIST = "must be a text", "must be a whole number", "must be a number", "must be a list"
TRUTH, OBJECT, PATH = "must be true or false", "must be an object with fields", "must be a path"

FAULT = "fault"
"""What errors are called that tell of rules (`reel.request.rules`)."""

PLAIN = {
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "extra_forbidden": "is not a field here",
    "string_pattern_mismatch": "is not written as it should be",
    "finite_number": "must be a number, and not an infinite one",
    "none_required": "must be null",
    "recursion_loop": "holds itself",
    **dict.fromkeys(("string_type", "string_unicode"), TEXT),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing", "is_instance_of"), NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), TRUTH),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), LIST),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), OBJECT),
    "path_type": PATH,
}
"""Pydantic's names of errors that need no numbers."""

WRITTEN = {
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": "must be a language as RFC 5646 has it, such as `en` or `pt-BR`",
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "must be 1 to 64 small letters, digits, `_` and `-`, with a letter or digit first",
    r"^[A-Za-z0-9][A-Za-z0-9_-]*$": "must be letters, digits, `_` and `-`, with a letter or digit first",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": "must be letters, digits, `_`, `.` and `-`, with a letter or digit first",
    r'^(https?://[^\s"]+|[^\s":]+)$': "must be an `https://` address, or a relative one, without blanks and quotes",
    r'^((https?|skd)://[^\s"]+|[^\s":]+)$': "must be an `https://` or `skd://` address, or a relative one, without blanks "
    "and quotes",
}
"""How texts of requests are to be written, by their patterns."""

BOUNDS = {
    "greater_than": ("gt", "must be more than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
    "multiple_of": ("multiple_of", "must be a multiple of"),
}


def in_words(detail: ErrorDetails) -> str:
    """What is wrong with a value, to be read after its field: `must be at least 1`."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == FAULT:
        return str(context["what"])
    if kind in ("value_error", "assertion_error"):
        message = detail["msg"].partition(", ")[2] or detail["msg"]
        return message[0].lower() + message[1:]
    if kind in BOUNDS:
        name, words = BOUNDS[kind]
        return f"{words} {_bound(context[name]):.15g}"
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        return _of_length(kind, context, detail["input"])
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return f"must be {one_of(choices_of(detail))}"
    if kind == "string_pattern_mismatch" and context.get("pattern") in WRITTEN:
        return WRITTEN[context["pattern"]]
    return PLAIN.get(kind, "cannot be used here")


def _bound(given: Any) -> float:
    """A bound; pydantic hands on what is no number of its own as `Fraction(1, 4)`."""
    numbers = [int(digits) for digits in re.findall(r"-?[0-9]+", given)] if isinstance(given, str) else []
    return numbers[0] / numbers[1] if len(numbers) == 2 else float(given)


def _of_length(kind: str, context: dict[str, Any], given: Any) -> str:
    what, whats = ("character", "characters") if kind.startswith("string") else ("entry", "entries")
    if kind.endswith("short"):
        least = context["min_length"]
        return "is empty" if not given and least == 1 else f"needs at least {least} {what if least == 1 else whats}"
    has = f"has {len(given)} {whats}, and " if hasattr(given, "__len__") else f"has too many {whats}: "
    return f"{has}{context['max_length']} are the most"


def remedy_of(details: Iterable[ErrorDetails]) -> str:
    """What to do about a value with which these are wrong: the known name nearest to the one given, where names are known; that
    what is empty needs something. Nothing where that is all that can be said."""
    for detail in details:
        given = detail.get("ctx", {}).get("tag") or detail["input"]
        if isinstance(given, str) and (near := nearest(given, choices_of(detail))):
            return f"given: {given!r}; did you mean `{near}`?"
        if detail["type"] == "too_short" and not given:
            return "give at least one entry"
    return ""


def choices_of(detail: ErrorDetails) -> list[str]:
    """The values that would have done, where pydantic knows them."""
    context = detail.get("ctx", {})
    told = str(context.get("expected_tags") or context.get("expected", ""))
    # Texts are told in quotes, and numbers without.
    return re.findall(r"'([^']*)'", told) or [word for word in re.split(r"[\s,]+", told) if word != "or"]


def one_of(names: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} or {last}" if others else last


def counted(counts: Mapping[str, int]) -> str:
    """What there is any of, and how many: `too late to be shown: 2; cut short by its end: 1`."""
    return "; ".join(f"{what}: {count}" for what, count in counts.items() if count)


NEAR = 0.7
"""How much of two names must be the same (`difflib`'s ratio): `sise` and `size`, and not `sise` and `asset`."""
NEARER = 0.8
"""How much, where more than one slip of the hand is between them: `crop` is no `copy`."""
SHORT_NAME = 3
"""Letters of a name that is near to half of all that are as short: little is said of what was meant by one."""
NEAR_NUMBER = 0.05
"""How far a quantity may be from the one that was meant, of that: `361p` is 360p, and `540p` is not 480p."""
ALSO: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("h265", "h.265", "x265", "hvc1", "hev1"), ("hevc",)),
    **dict.fromkeys(("h.264", "x264", "avc", "avc1"), ("h264",)),
    **dict.fromkeys(("av01", "aom"), ("av1",)),
    **dict.fromkeys(("vp09", "libvpx-vp9"), ("vp9",)),
    **dict.fromkeys(("wav", "lpcm"), ("pcm",)),
    "jpg": ("jpeg",),
    "fps": ("frame_rate", "rate"),
    **dict.fromkeys(("2160p", "uhd"), ("4k",)),
    **dict.fromkeys(("start", "begin", "from"), ("in", "start", "at")),
    **dict.fromkeys(("end", "stop", "to"), ("out", "end", "duration")),
    "in": ("start", "at"),
    "out": ("end",),
    **dict.fromkeys(("time", "second", "seconds"), ("at", "duration")),
    "length": ("duration",),
    **dict.fromkeys(("file", "path", "src", "url", "uri", "source", "media"), ("asset",)),
    "lang": ("language",),
    "color": ("colour",),
    "center": ("centre",),
    **dict.fromkeys(("hls", "dash"), ("ladder",)),
    **dict.fromkeys(("poster", "sprite", "thumbnail", "thumbnails"), ("pictures",)),
    **dict.fromkeys(("mp4", "webm", "mov", "gif"), ("video",)),
    **dict.fromkeys(("sound", "music"), ("audio",)),
}
"""Other names of what has one here, the likeliest first; a name that is spelt like another one is not always meant for it."""


LONGEST_NAME = 100
"""Characters of a name that is compared with others."""
MOST_NAMES = 500
"""That one is compared with."""


def nearest(given: str, names: Collection[str]) -> str:
    """The name that was probably meant, whatever its case; empty where none is near, or where it is the very one given."""
    if len(given) > LONGEST_NAME:  # comparing takes more than the square of its length
        return ""
    plain = {name.lower(): name for name in islice(names, MOST_NAMES) if len(name) <= LONGEST_NAME}
    if (same := plain.get(given.lower())) is not None:  # but for its case
        return same if same != given else ""
    if synonym := also(given, plain):
        return plain[synonym]
    if quantity := _nearest_quantity(given.lower(), plain):
        return plain[quantity]
    near = difflib.get_close_matches(given.lower(), plain, n=3, cutoff=NEAR)
    short = [name for name in plain if len(name) == len(given) == SHORT_NAME]
    found = next((plain[name] for name in (*near, *short) if _is_misspelt(given.lower(), name)), given)
    return found if found != given else ""


def also(given: str, names: Collection[str]) -> str:
    """The name that one of another name has here; empty where there is none, or it is one itself."""
    return next((name for name in ALSO.get(given.lower(), ()) if name in names and name != given), "")


def is_slip(given: str, name: str) -> bool:
    """Whether a name is another one but for a slip of the hand, whatever else may be meant by it."""
    shorter = min(len(given), len(name))
    return (
        shorter >= SHORT_NAME and _is_misspelt(given, name) and (len(name) == SHORT_NAME or _is_one_slip(given, name))
    )


def _nearest_quantity(given: str, names: Collection[str]) -> str:
    """The quantity of the same unit that is next to one, where it is as good as that: `360p` for `361p`."""
    wanted = QUANTITY.fullmatch(given)
    same = [(found, name) for name in names if (found := QUANTITY.fullmatch(name))] if wanted else []
    near = {
        abs(int(found[1]) - int(wanted[1])) / int(found[1]): name
        for found, name in same
        if wanted and found[2] == wanted[2] and int(found[1])
    }
    return near[min(near)] if near and min(near) <= NEAR_NUMBER else ""


QUANTITY = re.compile(r"([0-9]{1,9})([a-z]+)")


def _is_misspelt(given: str, name: str) -> bool:
    """Whether a name is probably another one that is alike. Numbers in names are chosen: `h265` is no slip of `h264`."""
    if given == name:
        return True
    numbers = [[*map(int, re.findall(r"[0-9]+", each))] for each in (given, name)]
    if all(numbers) and numbers[0] != numbers[1]:
        return False
    if name.startswith(given):
        return True
    if len(given) == len(name) == SHORT_NAME:
        return sorted({*given}) == sorted({*name}) or (_is_one_slip(given, name) and given[0] == name[0])
    if min(len(given), len(name)) <= SHORT_NAME:
        longer = given[:-1] == name and len(name) == SHORT_NAME
        return longer or (_is_one_slip(given, name) and len(given) < len(name))
    return _is_one_slip(given, name) or difflib.SequenceMatcher(None, given, name).ratio() >= NEARER


def _is_one_slip(one: str, other: str) -> bool:
    """Whether a letter is wrong, missing or too many, or two have changed places."""
    begin = _same(one, other)
    one, other = one[begin:], other[begin:]
    end = _same(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


def _same(one: str, other: str) -> int:
    """How many letters two names begin with alike."""
    shorter = min(len(one), len(other))
    return next((number for number in range(shorter) if one[number] != other[number]), shorter)


def did_you_mean(given: str, names: Collection[str], otherwise: str) -> str:
    """A remedy: the nearest name, or what is said where none is near."""
    near = nearest(given, names)
    return f"did you mean `{near}`?" if near else otherwise


def shortened(text: str, most: int) -> str:
    """As much of a text as so many letters hold, with an ellipsis where it goes on."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
