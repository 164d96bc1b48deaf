"""Where a field belongs: from the models of requests, not from a list of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from reel.request.places import Path
from reel.words import also, is_slip, nearest, one_of

Pattern = tuple[str, ...]
"""A place with `[]` for any number: `("clips", "[]", "in")`."""


@dataclass(frozen=True)
class Level:
    """An object that a request may hold."""

    pattern: Pattern
    tag: str
    """What its `type` says, or that of the object around it; empty where there is none."""
    names: tuple[str, ...]


@dataclass(frozen=True)
class Hint:
    """What was probably meant by a field that is none."""

    words: str
    meant: Path | None = None
    """The field that it stands for, where there is one such."""


@cache
def levels(model: type[BaseModel]) -> tuple[Level, ...]:
    """All objects that a document of this model may hold, from the top."""
    return tuple(_levels(model, (), ""))


def _levels(annotation: Any, pattern: Pattern, tag: str) -> Iterator[Level]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
        tags = [get_args(type_) for name, type_ in fields.items() if name == "type" and get_origin(type_) is Literal]
        own = str(tags[0][0]) if tags and len(tags[0]) == 1 else tag
        yield Level(pattern, own, tuple(fields))
        for name, inner in fields.items():
            yield from _levels(inner, (*pattern, name), own)
        return
    inside = (*pattern, "[]") if get_origin(annotation) in (tuple, list, dict) else pattern
    parts = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    for part in parts:
        yield from _levels(part, inside, tag)


def hint(path: Path, tag: str, model: type[BaseModel], others: Mapping[str, type[BaseModel]]) -> Hint:
    """What to do about a field that is unknown at its place. `tag` is what the object around it has for a `type`, `others` are
    the models of other kinds of requests."""
    *around, last = path
    name, here = str(last), tuple("[]" if isinstance(part, int) else part for part in around)
    known = levels(model)
    own = [level for level in known if level.pattern == here and tag in ("", level.tag)]
    mine, all_names = {name for level in own for name in level.names}, {name for level in known for name in level.names}
    if name in mine:
        return Hint("remove it")
    # What has another name here, or is a letter off, is meant to stand here, wherever else there is one of that name, but for
    # those of another type of object.
    of_others = any(level.pattern == here and name in level.names for level in known)
    slips = (each for each in sorted(mine) if is_slip(name, each))
    if not of_others and (here_named := also(name, mine) or next(slips, "")):
        return Hint(f"did you mean `{here_named}`?", (*around, here_named))
    if homes := [level for level in known if name in level.names and _may_hold(level, here, tag)]:
        closest = min(_distance(level.pattern, here) for level in homes)
        return _belongs(name, path, [level for level in homes if _distance(level.pattern, here) == closest], here)
    # What is spelt nearest is meant, and of those that are as near, one that may stand here.
    near = nearest(name, sorted(all_names))
    if near and (here_near := nearest(name, sorted(mine))) and nearest(name, [here_near, near]) == here_near:
        return Hint(f"did you mean `{here_near}`?", (*around, here_near))
    for kind, other in others.items():
        if name in levels(other)[0].names:
            return Hint(f"`{name}` is a field of requests of kind `{kind}`")
    if near:
        homes = [level for level in known if near in level.names]
        closest = min(_distance(level.pattern, here) for level in homes)
        belongs = _belongs(near, path, [each for each in homes if _distance(each.pattern, here) == closest], here)
        return Hint(f"did you mean `{near}`? {belongs.words}")
    return Hint("remove it")


def _may_hold(level: Level, here: Pattern, tag: str) -> bool:
    """Whether an object may be had here: what lies within one of another type may not."""
    return level.pattern == here or level.pattern[: len(here)] != here or "" in (tag, level.tag) or tag == level.tag


def _distance(one: Pattern, other: Pattern) -> int:
    common = 0
    for mine, its in zip(one, other, strict=False):
        if mine != its:
            break
        common += 1
    return len([part for part in (*one[common:], *other[common:]) if part != "[]"])


def _belongs(name: str, path: Path, homes: list[Level], here: Pattern) -> Hint:
    """Where the field is known: beside what encloses this place, within what is here, or in another type of object."""
    home = homes[0].pattern
    if home == here:
        return Hint(f"`{name}` is a field of type {one_of(dict.fromkeys(level.tag for level in homes))} alone")
    if here[: len(home)] == home:
        beside = f", beside `{here[0]}`" if here[0] != name else ""
        where = f"in `{_written(home)}`" if home else f"to the request itself{beside}"
        return Hint(f"`{name}` belongs {where}", (*path[: len(home)], name))
    patterns = dict.fromkeys(
        level.pattern[len(here) :] if level.pattern[: len(here)] == here else level.pattern for level in homes
    )
    return Hint(f"`{name}` belongs in {one_of(_written(pattern) for pattern in patterns)}")


def _written(pattern: Pattern) -> str:
    text = ""
    for part in pattern:
        text += "[...]" if part == "[]" else f".{part}" if text else part
    return text
