"""How much one request may ask for: bounds that no honest user meets, so that no request and no file can exhaust a worker.

    limits_of(settings().limits, tenant.limits, lowered=terms.limits)

They are an installation's, or a tenant's where its record says so; whoever asks may lower them, and not raise them. Whatever is
counted is counted before anything of that size is built.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from reel.errors import InvalidRequest, Problem
from reel.values import Value
from reel.words import did_you_mean

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class Limits(Value):
    """The most of each."""

    request_characters: Count = Field(
        8_000_000, description="Characters of a request, as JSON and with its data filled in."
    )
    nesting: Count = Field(64, description="Objects and lists within each other in a request.")
    values: Count = Field(1_000_000, description="Values of a request: texts, numbers, objects, lists.")
    text_characters: Count = Field(20_000, description="Characters of one text of a request.")
    edl_characters: Count = Field(5_000_000, description="Characters of an edit list.")
    tracks: Count = Field(500, description="Tracks of a timeline.")
    clips: Count = Field(10_000, description="Clips, pictures, sources, cuts and switches of a request.")
    keyframes: Count = Field(200_000, description="Keyframes of a request.")
    variables: Count = Field(500, description="Variables of a template, and values of them, each.")
    rows: Count = Field(1_000_000, description="Rows of a table.")
    asset_seconds: Seconds = Field(172_800.0, description="Length of an asset: 48 hours.")
    asset_frames: Count = Field(12_000_000, description="Frames of an asset: 48 hours of 60 in a second, and some.")
    asset_chapters: Count = Field(2_000, description="Chapters of a master that are kept.")
    output_seconds: Seconds = Field(86_400.0, description="Length of one video: 24 hours.")
    output_frames: Count = Field(6_000_000, description="Frames of one video: 24 hours of 60 in a second, and some.")
    total_output_seconds: Seconds = Field(3_000_000.0, description="Length of all videos of a request: over a month.")
    steps: Count = Field(200_000, description="Steps of a plan.")

    def fault(self, name: str, place: str, found: float, what: str) -> Problem | None:
        """What to say of `found` of something, where that is more than the limit; null where it is not. `what` tells it with
        its number: `has {} clips`."""
        most = getattr(self, name)
        if found <= most:
            return None
        return Problem(place, f"{what.format(_written(found))}, and the limit `{name}` is {_written(most)}", RAISED)


RAISED = "ask for less, or have the operator raise the limit"
NAMES: Collection[str] = tuple(Limits.model_fields)


def known_limits(given: Mapping[str, float]) -> Mapping[str, float]:
    """The limits themselves. Raises `ValueError` that names one that there is none of, or whose value is none."""
    for name, most in given.items():
        if name not in NAMES:
            raise ValueError(f"there is no limit {name[:80]!r}: {did_you_mean(name, NAMES, ', '.join(NAMES))}")
        if not 0 < most < float("inf"):
            raise ValueError(f"the limit {name!r} must be a number above 0")
        if Limits.model_fields[name].annotation is int and most != int(most):
            raise ValueError(f"the limit {name!r} must be a whole number")
    return given


Told = Annotated[dict[str, float], AfterValidator(known_limits)]
"""Some limits, by name."""


def limits_of(*told: Mapping[str, float] | None, lowered: Mapping[str, float] | None = None) -> Limits:
    """The limits that hold: of several that tell of one, the last; `lowered` counts where it is less. Raises
    `InvalidRequest`."""
    said = {name: most for each in told for name, most in (each or {}).items()}
    try:
        limits = Limits.model_validate(known_limits(said))
        less = known_limits(lowered or {})
    except ValueError as error:
        raise InvalidRequest.at("limits", str(error)) from None
    return Limits.model_validate({**said, **{name: min(getattr(limits, name), most) for name, most in less.items()}})


def _written(number: float) -> str:
    """`86,400`, `1.5`."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.3f}"


USUAL = Limits()
"""Those of an installation that says nothing."""
