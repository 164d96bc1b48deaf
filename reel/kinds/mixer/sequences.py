"""Which sequences of clips a mixer's variants play: distinct, seeded, and counted before they are drawn.

Clips are compared by what they show, not by their place in the list: two clips of the same stretch of the same asset are
the same *item*. A variant's sequence is a tuple of places in the list; two variants are the same when their items and
speeds are.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count, product

from reel.values import Value

ENUMERABLE = 20_000
"""Up to so many possible variants are listed and shuffled; above it, drawing again on a repeat is quick and never starves."""


class Playlist(Value):
    """One variant: places in the request's list of clips, and the speed of each."""

    places: tuple[int, ...]
    speeds: tuple[Fraction, ...]


class Choice(Value):
    """What a mixer may vary."""

    items: tuple[Hashable, ...]
    """What each clip shows; equal items are interchangeable."""
    speeds: tuple[Fraction, ...]
    order_mixing: bool
    different_start: bool

    def capacity(self) -> int:
        """The largest number of variants in which no two are the same."""
        per_order: int = len(self.speeds) ** len(self.items)
        if not self.order_mixing:
            if not self.different_start:
                return per_order
            return self._rotations() * per_order
        if not self.different_start:
            return _arrangements(Counter(self.items)) * per_order
        return self._rotated_capacity(per_order)

    def _rotations(self) -> int:
        """How many rotations of the list differ: its length, or its period where it repeats itself."""
        items = self.items
        return next(shift for shift in range(1, len(items) + 1) if items[shift:] + items[:shift] == items)

    def _rotated_capacity(self, per_order: int) -> int:
        """Shuffled with a given first clip: variant i must begin with clip i (mod n), until one item's supply ends."""
        n, counts = len(self.items), Counter(self.items)
        limits = []
        for item, times in counts.items():
            supply = _arrangements(counts - Counter([item])) * per_order
            rounds, rest = divmod(supply, times)
            first_starved = [place for place, other in enumerate(self.items) if other == item][rest]
            limits.append(rounds * n + first_starved)
        return min(limits)


def _arrangements(counts: Counter[Hashable]) -> int:
    """How many different orders a multiset has."""
    return math.factorial(counts.total()) // math.prod(math.factorial(times) for times in counts.values())


def draw_playlists(choice: Choice, variants: int, seed: int) -> tuple[Playlist, ...]:
    """The first `variants` playlists of this seed; more variants later begin with the same ones.

    Orders that were not used yet come first, so that speeds alone tell variants apart only where orders are used up.
    `variants` must not exceed `choice.capacity()`.
    """
    chance = random.Random(seed)
    orders = _Orders(choice, chance)
    seen: set[tuple[tuple[Hashable, ...], tuple[Fraction, ...]]] = set()
    playlists = []
    for number in range(variants):
        places = orders.take(number)
        shown = tuple(choice.items[place] for place in places)
        speeds = next(speeds for speeds in _speeds(choice, chance, len(places)) if (shown, speeds) not in seen)
        seen.add((shown, speeds))
        playlists.append(Playlist(places=places, speeds=speeds))
    return tuple(playlists)


def _speeds(choice: Choice, chance: random.Random, clips: int) -> Iterator[tuple[Fraction, ...]]:
    """Random speeds for each clip, and after many tries all there are, so that the search ends."""
    for _ in range(200):
        yield tuple(chance.choice(choice.speeds) for _ in range(clips))
    yield from product(choice.speeds, repeat=clips)


class _Orders:
    """Hands out orders of clips: the unused before the used, by the rule for each variant's start."""

    def __init__(self, choice: Choice, chance: random.Random) -> None:
        self._choice = choice
        self._chance = chance
        self._decks: dict[Hashable, list[tuple[Hashable, ...]]] = {}
        self._used: set[tuple[Hashable, ...]] = set()

    def take(self, number: int) -> tuple[int, ...]:
        places = tuple(range(len(self._choice.items)))
        start = number % len(places)
        if not self._choice.order_mixing:
            return places[start:] + places[:start] if self._choice.different_start else places
        if self._choice.different_start:
            rest = places[:start] + places[start + 1 :]
            return (start, *self._shuffled(rest, self._choice.items[start]))
        return self._shuffled(places, None)

    def _shuffled(self, places: tuple[int, ...], first: Hashable) -> tuple[int, ...]:
        """A shuffle of `places`; one that was not handed out for this first item, as long as there are any."""
        by_item: dict[Hashable, list[int]] = {}
        for place in places:
            by_item.setdefault(self._choice.items[place], []).append(place)
        possible = _arrangements(Counter({item: len(same) for item, same in by_item.items()}))
        if possible <= ENUMERABLE:
            shown = self._deal(by_item, possible, first)
        else:
            shown = self._fresh(tuple(self._choice.items[place] for place in places), first)
        remaining = {item: iter(same) for item, same in by_item.items()}
        return tuple(next(remaining[item]) for item in shown)

    def _deal(self, by_item: dict[Hashable, list[int]], possible: int, first: Hashable) -> tuple[Hashable, ...]:
        """The next card of a shuffled deck of all orders; a new deck when it is used up."""
        deck = self._decks.get(first)
        if not deck:
            counts = Counter({item: len(same) for item, same in by_item.items()})
            deck = list(_all_arrangements(counts))
            self._chance.shuffle(deck)
            self._decks[first] = deck
        return deck.pop()

    def _fresh(self, items: tuple[Hashable, ...], first: Hashable) -> tuple[Hashable, ...]:
        drawn = list(items)
        self._chance.shuffle(drawn)
        while (first, *drawn) in self._used:
            self._chance.shuffle(drawn)
        self._used.add((first, *drawn))
        return tuple(drawn)


def _all_arrangements(counts: Counter[Hashable]) -> Iterator[tuple[Hashable, ...]]:
    """Every order of a multiset, each once."""
    if not counts:
        yield ()
        return
    for item in list(counts):
        for rest in _all_arrangements(counts - Counter([item])):
            yield (item, *rest)


def similarities(playlists: Sequence[Playlist], items: Sequence[Hashable]) -> list[tuple[float, int | None]]:
    """For each playlist, how alike it is to the one most like it (0 to 1), and which that is.

    Two playlists are as alike as the share of joins that they have in common (the opening counts as a join), times the
    mean ratio of their speeds at the clips of those joins. The same order at the same speeds would be 1.
    """
    played_by: defaultdict[Hashable, list[tuple[int, float]]] = defaultdict(list)
    common: list[defaultdict[int, float]] = [defaultdict(float) for _ in playlists]
    for number, playlist in enumerate(playlists):
        for join, speed in _joins(playlist, items).items():
            for other, other_speed in played_by[join]:
                ratio = min(speed, other_speed) / max(speed, other_speed)
                common[number][other] += ratio
                common[other][number] += ratio
            played_by[join].append((number, speed))
    return [_nearest(shared, len(items)) for shared in common]


def _nearest(shared: Mapping[int, float], joins: int) -> tuple[float, int | None]:
    """The score and number of the most similar other playlist; the first of equals; none where nothing is shared."""
    if not shared:
        return 0.0, None
    number = min(shared, key=lambda other: (-shared[other], other))
    return round(shared[number] / joins, 4), number


def _joins(playlist: Playlist, items: Sequence[Hashable]) -> dict[Hashable, float]:
    """Each join (item before, item after, and a number that tells repeats apart) with the speed after it."""
    table: dict[Hashable, float] = {}
    before: Hashable = None
    for place, speed in zip(playlist.places, playlist.speeds, strict=True):
        repeat = next(number for number in count() if (before, items[place], number) not in table)
        table[(before, items[place], repeat)] = float(speed)
        before = items[place]
    return table
