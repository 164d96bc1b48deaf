"""Values that change over time: keys on whole frames, with an easing from each key to the next."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

from reel.values import Value

Easing = Literal[
    "linear",
    "hold",
    "ease",
    "ease-in",
    "ease-out",
    "ease-in-out",
    "quad-in",
    "quad-out",
    "quad-in-out",
    "cubic-in",
    "cubic-out",
    "cubic-in-out",
    "sine-in",
    "sine-out",
    "sine-in-out",
    "expo-in",
    "expo-out",
    "expo-in-out",
    "back-in",
    "back-out",
    "back-in-out",
    "elastic-out",
    "bounce-out",
]
"""`ease...` are the curves of CSS (css-easing-1), the others those of Robert Penner; `hold` jumps at the next key."""

EASINGS: tuple[Easing, ...] = get_args(Easing)

Shape = Callable[[float], float]
"""From share of time, 0..1, to share of the way; 0 at 0 and 1 at 1, between them it may overshoot."""


class Key(Value):
    """A value at a frame."""

    frame: int
    """Counted from the clip's begin; may lie outside the clip."""
    value: float
    easing: Easing = "linear"
    """How the value goes on from here to the next key."""


def _plain(curve: tuple[Key, ...]) -> tuple[Key, ...]:
    return constant(curve[0].value) if curve and is_constant(curve) else curve


Curve = Annotated[tuple[Key, ...], AfterValidator(_plain)]
"""At least one key, frames rising. Before the first key and after the last the value stays. One that never changes is read as
`constant`, however it was written, so that the same is made of it."""


def constant(value: float) -> Curve:
    """A value that does not change."""
    return (Key(frame=0, value=value),)


def value_at(curve: Curve, frame: float) -> float:
    """The value of a curve at a frame, which need not be whole."""
    place = bisect.bisect_right(curve, frame, key=lambda key: key.frame)
    if place == 0:
        return curve[0].value
    here = curve[place - 1]
    if place == len(curve):
        return here.value
    there = curve[place]
    share = (frame - here.frame) / (there.frame - here.frame)
    return here.value + (there.value - here.value) * SHAPES[here.easing](share)


def is_constant(curve: Curve) -> bool:
    """Whether a curve has one value at all times."""
    return all(key.value == curve[0].value for key in curve)


def _bezier(x1: float, y1: float, x2: float, y2: float) -> Shape:
    """The timing function of CSS `cubic-bezier(x1, y1, x2, y2)`: x rises with the parameter, which is found by bisection."""

    def along(first: float, second: float, t: float) -> float:
        return 3 * first * t * (1 - t) ** 2 + 3 * second * t * t * (1 - t) + t**3

    def shape(share: float) -> float:
        if share <= 0 or share >= 1:
            return share
        low, high = 0.0, 1.0
        for _ in range(40):  # to 1e-12
            middle = (low + high) / 2
            low, high = (middle, high) if along(x1, x2, middle) < share else (low, middle)
        return along(y1, y2, (low + high) / 2)

    return shape


def _out(shape: Shape) -> Shape:
    return lambda share: 1 - shape(1 - share)


def _in_out(shape: Shape) -> Shape:
    return lambda share: shape(2 * share) / 2 if share < 0.5 else 1 - shape(2 - 2 * share) / 2


def _expo(share: float) -> float:
    return 0.0 if share <= 0 else 2 ** (10 * (share - 1))


def _sine(share: float) -> float:
    return 1 - math.cos(share * math.pi / 2)


def _back(share: float) -> float:
    overshoot = 1.70158  # Penner's: ten per cent beyond the end
    return share * share * ((overshoot + 1) * share - overshoot)


def _elastic_out(share: float) -> float:
    if share <= 0 or share >= 1:
        return share
    return 2 ** (-10 * share) * math.sin((share - 0.075) * 2 * math.pi / 0.3) + 1


def _bounce_out(share: float) -> float:
    for until, centre, height in ((1, 0, 0), (2, 1.5, 0.75), (2.5, 2.25, 0.9375)):
        if share < until / 2.75:
            return 7.5625 * (share - centre / 2.75) ** 2 + height
    return 7.5625 * (share - 2.625 / 2.75) ** 2 + 0.984375


def _power(exponent: int) -> Shape:
    return lambda share: float(share**exponent)


SHAPES: Mapping[Easing, Shape] = {
    "linear": lambda share: share,
    "hold": lambda share: 0.0 if share < 1 else 1.0,
    "ease": _bezier(0.25, 0.1, 0.25, 1),
    "ease-in": _bezier(0.42, 0, 1, 1),
    "ease-out": _bezier(0, 0, 0.58, 1),
    "ease-in-out": _bezier(0.42, 0, 0.58, 1),
    "quad-in": _power(2),
    "quad-out": _out(_power(2)),
    "quad-in-out": _in_out(_power(2)),
    "cubic-in": _power(3),
    "cubic-out": _out(_power(3)),
    "cubic-in-out": _in_out(_power(3)),
    "sine-in": _sine,
    "sine-out": _out(_sine),
    "sine-in-out": _in_out(_sine),
    "expo-in": _expo,
    "expo-out": _out(_expo),
    "expo-in-out": _in_out(_expo),
    "back-in": _back,
    "back-out": _out(_back),
    "back-in-out": _in_out(_back),
    "elastic-out": _elastic_out,
    "bounce-out": _bounce_out,
}
