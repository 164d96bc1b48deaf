"""Curves: values between keys, and what every easing promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.curves import EASINGS, SHAPES, Curve, Easing, Key, constant, is_constant, value_at

RAMP: Curve = (Key(frame=10, value=1.0), Key(frame=20, value=3.0), Key(frame=40, value=2.0))


@pytest.mark.parametrize(
    ("frame", "value"), [(0, 1.0), (10, 1.0), (15, 2.0), (20, 3.0), (30, 2.5), (40, 2.0), (99, 2.0), (12.5, 1.5)]
)
def test_between_keys_the_value_runs_on(frame: float, value: float) -> None:
    assert value_at(RAMP, frame) == pytest.approx(value)


def test_before_the_first_key_and_after_the_last_it_stays() -> None:
    assert is_constant(constant(4))
    assert value_at(constant(4), -100) == value_at(constant(4), 100) == 4
    assert not is_constant(RAMP)


# Halfway, by the definitions of css-easing-1 (solved with a calculator) and of Penner.
HALFWAY: dict[Easing, float] = {
    "linear": 0.5,
    "hold": 0.0,
    "ease": 0.8024,
    "ease-in": 0.3154,
    "ease-out": 0.6846,
    "ease-in-out": 0.5,
    "quad-in": 0.25,
    "quad-out": 0.75,
    "cubic-in": 0.125,
    "cubic-out": 0.875,
    "sine-in": 0.2929,
    "expo-in": 0.03125,
    "back-in": -0.0877,
    "bounce-out": 0.765625,
}


@pytest.mark.parametrize(("easing", "share"), HALFWAY.items())
def test_an_easing_is_the_one_that_its_name_stands_for(easing: Easing, share: float) -> None:
    assert SHAPES[easing](0.5) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize("easing", EASINGS)
def test_every_easing_begins_at_the_one_key_and_ends_at_the_other(easing: Easing) -> None:
    curve = (Key(frame=0, value=2.0, easing=easing), Key(frame=30, value=5.0))
    assert value_at(curve, 0) == pytest.approx(2, abs=1e-2)
    assert value_at(curve, 30) == 5


@given(easing=st.sampled_from([name for name in EASINGS if not name.startswith(("back", "elastic", "bounce"))]),
       earlier=st.floats(0, 1), later=st.floats(0, 1))  # fmt: skip
def test_easings_that_do_not_swing_only_rise(easing: Easing, earlier: float, later: float) -> None:
    earlier, later = sorted((earlier, later))
    assert SHAPES[easing](earlier) <= SHAPES[easing](later) + 1e-9
