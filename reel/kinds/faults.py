"""What is wrong with a request besides its form: with its assets for their places, and with what it makes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reel.errors import BadMedia, InvalidRequest, Problem
from reel.request.places import lies_in


@dataclass(frozen=True)
class Faults:
    """All that could be found."""

    unfit: tuple[Problem, ...] = ()
    """Of assets that can be read, but are not what their places need."""
    wrong: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, unfit: Iterable[Problem], wrong: Iterable[Problem], unknown: Collection[str]) -> Faults:
        """Without what is about places that are `unknown`: what is wrong there is told already."""
        one, other = (
            tuple(problem for problem in dict.fromkeys(problems) if not lies_in(problem.place, unknown))
            for problems in (unfit, wrong)
        )
        return cls(one, other)

    def refuse(self) -> None:
        """Raise `BadMedia` or `InvalidRequest` with all of it, where there is any."""
        if self.unfit or self.wrong:
            raise (BadMedia if self.unfit else InvalidRequest)(*self.unfit, *self.wrong)
