"""Fields that have to go together: all that does not is told at once, however many rules are broken.

    class Look(Ruled):
        def broken(self) -> Iterator[Fault]:
            if self.frame is not None and self.pictures is not None:
                yield fault("give either `frame` or `pictures`", "frame", "pictures")

A validator that raises at the first rule hides the others, and what it hides is told when the first is mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Self

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from reel.values import Value
from reel.words import FAULT


class Fault(NamedTuple):
    """A rule that is broken."""

    what: str
    """In words, to be read after the value's place."""
    fields: tuple[str, ...]
    """Those that may be otherwise: without them, nothing is wrong. None: the value as a whole."""


def fault(what: str, *fields: str) -> Fault:
    """A rule that is broken."""
    return Fault(what, fields)


class Ruled(Value):
    """A value with rules."""

    def broken(self) -> Iterator[Fault]:
        """The rules that are broken; a class with rules of its own adds them to those of its base."""
        yield from ()

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        details = [
            InitErrorDetails(
                type=PydanticCustomError(FAULT, "{what}", {"what": each.what, "fields": each.fields}), input=self
            )
            for each in self.broken()
        ]
        if details:
            # Pydantic takes the errors of such a one in as its own, each of them.
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self
