"""Every error that Reelflow raises on purpose, in five classes.

    ReelError
    ├── InvalidRequest   the request cannot be met as written; never retried
    │   ├── NotFound     what it names is not there, or is somebody else's, which is told in the same words
    │   ├── Conflict     it is good by itself, and does not go together with how things stand
    │   ├── Exhausted    its tenant has used up what it may: credits, or a quota
    │   └── UnmetQuality what was made is not as good as it was to be; never retried
    ├── BadMedia         an asset is missing, broken, encrypted or not what its place needs; never retried
    ├── Transient        the outside world failed for a moment; retried
    │   └── Damaged      an artefact is gone or not what it was; it is made again, and then what needed it
    ├── Resource         the machine lacks disk, memory or time; retried, later and elsewhere
    └── Internal         we are wrong: a check failed, or FFmpeg did something unforeseen; retried once

The class decides the retry rule, nothing else does. An error holds facts (`Problem`) and turns them into English once, in
`__str__`. All arguments stay in `args`, so that an error survives pickling on its way through a task.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and what to do about it."""

    place: str
    """A field of the request (`clips[2].in`), an asset's name, or a step's name."""
    what: str
    """What is wrong, with the numbers."""
    remedy: str = ""
    """What the reader can do about it; empty where nothing can be said."""
    rests_on: tuple[str, ...] = field(default=(), compare=False, repr=False, kw_only=True)
    """Other places on which it hangs that this is wrong; `outputs[].width` stands for that of any."""

    def told(self) -> dict[str, str]:
        """What is told of it."""
        return {"place": self.place, "what": self.what, "remedy": self.remedy}

    def __str__(self) -> str:
        # A file that is named by itself, and not by a field, is often what the sentence is about.
        named = self.what.startswith((f"{self.place} ", f"{self.place.rstrip('/')} "))
        said = self.what if self.place and named else f"{self.place}: {self.what}"
        return said + (f" ({self.remedy})" if self.remedy else "")


@dataclass(frozen=True)
class Evidence:
    """What is left of a failed step, for whoever looks into it."""

    step_key: str = ""
    operation: str = ""
    title: str = ""
    inputs: tuple[str, ...] = ()
    """Keys of the steps that it needed."""
    argv: tuple[str, ...] = ()
    """The command that failed; empty where none did."""
    stderr_tail: str = ""
    pictures: tuple[bytes, ...] = ()
    """JPEGs: what was asked for beside what was made."""
    addresses: tuple[str, ...] = ()
    """Where a browser finds these, as far as they are to be found."""


class ReelError(Exception):
    """The base of all errors of Reelflow; holds one or more problems, all those found at once."""

    classification: ClassVar[str] = "internal"
    evidence: Evidence = Evidence()
    """Filled in on an error's way up, by those who know; it is pickled with the error."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.args

    @classmethod
    def at(cls, place: str, what: str, remedy: str = "") -> Self:
        """The usual case: an error with one problem."""
        return cls(Problem(place, what, remedy))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class InvalidRequest(ReelError):
    """The request cannot be met as it is written."""

    classification = "invalid request"


class NotFound(InvalidRequest):
    """What is named is not there, or belongs to somebody else: who asks must not learn which."""


class Conflict(InvalidRequest):
    """What is asked for does not go together with how things stand: to try again what did not fail, say."""


class Exhausted(InvalidRequest):
    """The tenant has no credits left for it, or has used up what it may have in a month."""

    classification = "exhausted"


class UnmetQuality(InvalidRequest):
    """What was made as the request has it is not as good as the request wants it: nothing of it is published."""


class BadMedia(ReelError):
    """An asset cannot be used: missing, empty, truncated, encrypted, or not what its place needs."""

    classification = "bad media"


class Transient(ReelError):
    """Something outside failed in a way that passes: a connection, a server, a lock."""

    classification = "transient"


class Damaged(Transient):
    """An artefact that a step needs is gone or is not what it was. The store has forgotten it: a new look at the plan makes
    it again, and with it whatever it was made from."""


class Resource(ReelError):
    """The machine has not enough disk, memory or time for this step."""

    classification = "resource"


class Internal(ReelError):
    """A check of ours failed or FFmpeg failed in a way nobody foresaw."""

    classification = "internal"


class Cancelled(ReelError):
    """The work was called off; not a failure."""

    classification = "cancelled"


def merged(failures: Sequence[ReelError]) -> ReelError:
    """One error with all problems. What no retry can mend decides the class, then what going through the plan again mends:
    a step that failed in another way may have failed of the same loss."""
    permanent = [failure for failure in failures if isinstance(failure, BadMedia | InvalidRequest)]
    damaged = [failure for failure in failures if isinstance(failure, Damaged)]
    first = (permanent or damaged or failures)[0]
    one = type(first)(*dict.fromkeys(problem for failure in failures for problem in failure.problems))
    one.evidence = first.evidence
    return one


@contextmanager
def named_at(place: str, name: str) -> Iterator[str]:
    """What to call an asset that a field names, `clips[0].asset: a.mp4`, within a block. Errors that say so are told at the
    field alone, by which programs know it, and say the name first: in words they are as before."""
    called = f"{place}: {name}"
    try:
        yield called
    except ReelError as error:
        error.args = tuple(_at_the_field(problem, place, called) for problem in error.problems)
        raise


def _at_the_field(problem: Problem, place: str, called: str) -> Problem:
    if not problem.place.startswith(called):
        return problem
    return replace(problem, place=place, what=f"{problem.place[len(place) + 2 :]}: {problem.what}")
