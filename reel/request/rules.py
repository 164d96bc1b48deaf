"""Fields that have to go together: all that does not is told at once, however many rules are broken.

    class Look(Ruled):
        @rule
        def _one_way(self) -> Iterator[Fault]:
            if self.frame is not None and self.pictures is not None:
                yield fault("give either `frame` or `pictures`", "frame", "pictures")

A validator that raises at the first rule hides the others, and what it hides is told when the first is mended. And no rule
speaks of a value that was refused: to read such a field ends the rule (`Unknown`), whatever would have been said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeVar

from pydantic import ModelWrapValidatorHandler, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from reel.values import Value
from reel.words import FAULT

AS_IT_IS = "as it is"
"""In pydantic's context: what is wrong is told, so no rule is looked at, and stand-ins count as values."""


class Unknown(Exception):
    """A field that a rule reads was refused."""


class Fault(NamedTuple):
    """A rule that is broken."""

    what: str
    """In words, to be read after the value's place."""
    fields: tuple[str, ...]
    """Those that may be otherwise, as people write them, also where they are missing: nothing hangs on what they say. None:
    the value as a whole."""
    at: str = ""
    """The field that it is told of; empty: the value as a whole."""


def fault(what: str, *fields: str, at: str = "") -> Fault:
    """A rule that is broken."""
    return Fault(what, fields, at)


def refuse(value: Any, faults: Iterable[Fault], info: ValidationInfo) -> None:
    """Raise what pydantic takes in as errors of a value, one for each fault, where there are any and rules are looked at."""
    if _is_taken_as_it_is(info):
        return
    details = [
        InitErrorDetails(
            type=PydanticCustomError(FAULT, "{what}", each._asdict()), loc=(each.at,) if each.at else (), input=value
        )
        for each in faults
    ]
    if details:
        raise ValidationError.from_exception_data("value", details)


def _is_taken_as_it_is(info: ValidationInfo) -> bool:
    return bool((info.context or {}).get(AS_IT_IS))


class Partial(dict[str, Any]):
    """An object of a document, of which something is known to be wrong."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.refused: dict[str, bool] = {}
        """Fields whose values nobody knows, as they are refused or missing; true where something was given."""
        self.told: set[str] = set()
        """The rules that are told already."""


_Check = TypeVar("_Check", bound=Callable[[Any], Iterator[Fault]])
_RULE = "is_rule"


def rule(check: _Check) -> _Check:
    """A method that says how a rule is broken. Each stands alone: one that cannot be looked at hides no other."""
    setattr(check, _RULE, True)
    return check


@cache
def _rules_of(model: type[Value]) -> tuple[str, ...]:
    """The names of a model's rules, those of its bases first."""
    found = [name for base in reversed(model.__mro__) for name, each in vars(base).items() if hasattr(each, _RULE)]
    return tuple(dict.fromkeys(found))


class Ruled(Value):
    """A value with rules, or one that rules look at."""

    _given: ClassVar[frozenset[str]] = frozenset()
    """Fields that were refused, in values that are looked at and never kept."""

    def broken(self) -> Iterator[Fault]:
        """The rules that are broken, as far as they can be looked at."""
        for name in _rules_of(type(self)):
            try:
                yield from getattr(self, name)()
            except Unknown:
                continue

    def given(self, *names: str) -> Sequence[str]:
        """Those of these fields that say something, be it wrong. Raises `Unknown` for one that may have to be there."""
        return [name for name in names if name in self._given or getattr(self, name) is not None]

    def knows(self, name: str) -> bool:
        """Whether what a field says was not refused."""
        return name in self.__dict__

    @model_validator(mode="wrap")
    @classmethod
    def _go_together(cls, document: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        value = handler(document)
        is_partial = isinstance(document, Partial)
        if isinstance(document, cls) or not (is_partial or _rules_of(cls)) or _is_taken_as_it_is(info):
            return value
        told = value._forget(document) if is_partial else ()
        refuse(value, (each for each in value.broken() if each.what not in told), info)
        return value

    def _forget(self, document: Partial) -> set[str]:
        """Have no values where they were refused, so that nothing rests on stand-ins; the rules that are told."""
        names = {field.alias or name: name for name, field in type(self).model_fields.items()}
        for written in document.refused.keys() & names.keys():
            self.__dict__.pop(names[written], None)
        given = (names[each] for each, given in document.refused.items() if given and each in names)
        self.__dict__["_given"] = frozenset(given)
        return document.told

    if not TYPE_CHECKING:  # else every name would be one of a field

        def __getattr__(self, name: str) -> Any:
            if name in type(self).model_fields:
                raise Unknown(name)
            return super().__getattr__(name)
