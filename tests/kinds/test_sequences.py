"""Which sequences variants play: counted right, distinct, seeded, and alike only as far as they say."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.kinds.mixer.sequences import Choice, Playlist, draw_playlists, similarities

ONE = (Fraction(1),)
TWO = (Fraction(1), Fraction(2))


def choice(items: str, speeds: tuple[Fraction, ...] = ONE, *, mixing: bool = False, start: bool = False) -> Choice:
    return Choice(items=tuple(items), speeds=speeds, order_mixing=mixing, different_start=start)


@pytest.mark.parametrize(
    ("of", "capacity"),
    [
        (choice("abc"), 1),
        (choice("abc", TWO), 8),
        (choice("abc", start=True), 3),
        (choice("abab", start=True), 2),
        (choice("abc", mixing=True), 6),
        (choice("aab", mixing=True), 3),
        (choice("abc", mixing=True, start=True), 6),
        (choice("aab", mixing=True, start=True), 3),
        (choice("a", mixing=True, start=True), 1),
        (choice("abc", TWO, mixing=True), 48),
        (choice("abcdefghijkl", mixing=True), 479001600),
    ],
)
def test_capacity(of: Choice, capacity: int) -> None:
    assert of.capacity() == capacity


choices = st.builds(
    choice,
    st.text("abc", min_size=1, max_size=4),
    st.sampled_from([ONE, TWO]),
    mixing=st.booleans(),
    start=st.booleans(),
)


def shown(of: Choice, playlist: Playlist) -> tuple[object, ...]:
    return tuple(of.items[place] for place in playlist.places), playlist.speeds


def allowed(of: Choice) -> set[tuple[object, ...]]:
    """Every sequence that the options allow at all, by brute force."""
    places = range(len(of.items))
    orders = set(permutations(places)) if of.order_mixing else {tuple(places)}
    if of.different_start and not of.order_mixing:
        orders = {tuple((place + shift) % len(of.items) for place in places) for shift in places}
    return {
        (tuple(of.items[place] for place in order), speeds)
        for order in orders
        for speeds in product(of.speeds, repeat=len(of.items))
    }


@settings(deadline=None)
@given(choices, st.integers(0, 2**32))
def test_as_many_as_promised_and_all_distinct(of: Choice, seed: int) -> None:
    """The capacity is reached, never by a repeat, and never by a sequence that the options do not allow."""
    playlists = draw_playlists(of, of.capacity(), seed)
    sequences = {shown(of, playlist) for playlist in playlists}
    assert len(sequences) == of.capacity()
    assert sequences <= allowed(of)
    if of.different_start and of.order_mixing:
        assert all(playlist.places[0] == number % len(of.items) for number, playlist in enumerate(playlists))
    if not of.different_start:
        assert sequences == allowed(of)


@settings(deadline=None)
@given(choices, st.integers(0, 2**32), st.data())
def test_more_variants_begin_with_the_same_ones(of: Choice, seed: int, data: st.DataObject) -> None:
    few = data.draw(st.integers(1, of.capacity()))
    assert draw_playlists(of, few, seed) == draw_playlists(of, of.capacity(), seed)[:few]


def test_another_seed_gives_another_draw() -> None:
    of = choice("abcdefgh", mixing=True)
    assert draw_playlists(of, 5, 1) != draw_playlists(of, 5, 2)
    assert draw_playlists(of, 5, 1) == draw_playlists(of, 5, 1)


def test_rotation_keeps_the_order() -> None:
    playlists = draw_playlists(choice("abcd", start=True), 4, 0)
    assert [playlist.places for playlist in playlists] == [(0, 1, 2, 3), (1, 2, 3, 0), (2, 3, 0, 1), (3, 0, 1, 2)]


def playlist(places: tuple[int, ...], *speeds: int) -> Playlist:
    return Playlist(places=places, speeds=tuple(Fraction(speed) for speed in speeds or (1,) * len(places)))


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (playlist((0, 1, 2, 3)), playlist((0, 1, 2, 3), 1, 1, 1, 2), 0.875),
        (playlist((0, 1, 2, 3)), playlist((1, 2, 3, 0)), 0.5),
        (playlist((0, 1, 2, 3)), playlist((3, 2, 1, 0)), 0.0),
    ],
)
def test_similarity_counts_common_joins_and_speeds(first: Playlist, second: Playlist, alike: float) -> None:
    nearest = similarities([first, second], "abcd")
    assert nearest == [(alike, 1 if alike else None), (alike, 0 if alike else None)]
