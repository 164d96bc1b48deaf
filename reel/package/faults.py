"""What is wrong with a package's contents, all of it at once, before a byte is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from reel.errors import InvalidRequest, Problem
from reel.package.contents import Contents, Picture, Sound, Subtitles
from reel.package.entries import PictureFacts, SoundFacts
from reel.package.track import Track

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
UNQUOTABLE = re.compile(r'["\x00-\x1f\x7f-\x9f]')
"""What no quoted string of a playlist may hold (RFC 8216, 4.2), and XML neither."""
RESERVED = frozenset({"master", "manifest"})


def check_contents(contents: Contents) -> None:
    """`InvalidRequest` with everything that keeps these contents from being one package."""
    if problems := [*_of_names(contents), *_of_words(contents), *_of_tracks(contents)]:
        raise InvalidRequest(*problems)


def _placed(contents: Contents) -> Iterator[tuple[str, Picture | Sound | Subtitles]]:
    """Each member, and what it is called in errors."""
    for field in ("pictures", "sounds", "subtitles"):
        for number, each in enumerate(getattr(contents, field)):
            yield f"{field}[{number}]", each


def _of_names(contents: Contents) -> Iterator[Problem]:
    if not contents.pictures:
        yield Problem("pictures", "there is none", "a package needs one at least")
    count = Counter(each.name for _, each in _placed(contents))
    for place, each in _placed(contents):
        if not NAME.fullmatch(each.name) or each.name in RESERVED:
            remedy = "use up to 64 of a-z, 0-9, - and _; not `master` or `manifest`"
            yield Problem(f"{place}.name", f"{each.name[:80]!r} cannot name a file", remedy)
        elif count[each.name] > 1:
            yield Problem(
                f"{place}.name", f"{each.name!r} is the name of {count[each.name]} members", "name each its own"
            )


def _of_words(contents: Contents) -> Iterator[Problem]:
    labels = Counter((_group(each), each.label) for _, each in _placed(contents) if not isinstance(each, Picture))
    defaults = Counter(_group(each) for _, each in _placed(contents) if not isinstance(each, Picture) and each.default)
    for place, each in _placed(contents):
        if isinstance(each, Picture):
            continue
        if not LANGUAGE.fullmatch(each.language):
            yield Problem(f"{place}.language", f"{each.language[:40]!r} is no language tag", "write `en` or `pt-BR`")
        if not each.label.strip() or UNQUOTABLE.search(each.label):
            yield Problem(f"{place}.label", "is empty, or holds a quote or a control character", "write plain words")
        elif labels[_group(each), each.label] > 1:
            yield Problem(
                f"{place}.label", f"{each.label!r} is there twice", "players list them by it: make them differ"
            )
        if each.default and defaults[_group(each)] > 1:
            yield Problem(f"{place}.default", "is not the only default", "choose one")


def _group(each: Sound | Subtitles) -> str:
    return each.group if isinstance(each, Sound) else "subtitles"


def _of_tracks(contents: Contents) -> Iterator[Problem]:
    for place, each in _placed(contents):
        if isinstance(each, Picture) and not isinstance(each.track.facts, PictureFacts):
            yield Problem(place, "holds sound", "list it under `sounds`")
        elif isinstance(each, Sound) and not isinstance(each.track.facts, SoundFacts):
            yield Problem(place, "holds a picture", "list it under `pictures`")
        elif not isinstance(each, Subtitles):
            yield from _of_times(place, each, contents.pictures[0] if contents.pictures else None)


def _of_times(place: str, each: Picture | Sound, leader: Picture | None) -> Iterator[Problem]:
    """Pictures have the first one's key frames, and sound ends within a frame of it."""
    if leader is None or not isinstance(leader.track.facts, PictureFacts):
        return
    if isinstance(each, Picture):
        ours, theirs = _edges(each.track), _edges(leader.track)
        if ours != theirs:
            at = min(set(ours) ^ set(theirs))
            what = f"differs from {leader.name!r} at {float(at):.3f} s, where one has a key frame, or ends"
            yield Problem(place, what, "encode all rungs of one timeline, with the same groups of pictures")
    elif abs(each.track.end - leader.track.end) * leader.facts.rate > 1:
        what = f"ends at {float(each.track.end):.3f} s, and the picture at {float(leader.track.end):.3f} s"
        yield Problem(place, what, "give sound that is as long as the picture")


def _edges(track: Track) -> list[Fraction]:
    return [*(fragment.start for fragment in track.fragments), track.end]
