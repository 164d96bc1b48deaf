"""The two ornate frames. Lengths are in units: a 1080th of the picture's short side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from reel.compose.planes import Pixels
from reel.draw.relief import Bead, Metal, Point, Relief, cast, curve, stroke

GOLD: Metal = (
    (0, "#1c0f02"),
    (45, "#4a2d08"),
    (95, "#8f6415"),
    (140, "#d4af37"),
    (185, "#f3d672"),
    (225, "#fff3c4"),
    (255, "#fffef6"),
)
SILVER: Metal = (
    (0, "#0c0e12"),
    (45, "#353a42"),
    (95, "#787f8a"),
    (140, "#b9bec6"),
    (185, "#dde1e7"),
    (225, "#f7f9fb"),
    (255, "#ffffff"),
)


def baroque(width: int, height: int, unit: float) -> Pixels:
    """A gilded moulding, beaded, with acanthus scrolls in the corners."""
    relief = Relief(width, height, unit)
    relief.mould(_hollow_and_torus())
    relief.add(_pearls(relief, 7.0, 3.4, 8.6, 1.0))
    relief.add(_corner(), diagonal=True)
    relief.add(_palmette(), diagonal=True)
    relief.add(_on_upper_side(_middle(), relief))
    relief.add(_on_left_side(_middle(), relief))
    return cast(relief, GOLD, shadow=9)


def _hollow_and_torus() -> list[tuple[float, float]]:
    """From the edge: a rim, a groove for pearls, a half-round, a groove, a lip."""
    torus = [
        (13 + 8.5 * (1 - math.cos(math.pi * step / 12)), 2 + 7 * math.sin(math.pi * step / 12)) for step in range(13)
    ]
    return [
        (0, 1),
        (1.5, 3.5),
        (2.6, 3.5),
        (3.4, 1),
        (11, 1),
        (12, 2.2),
        *torus,
        (31, 1.4),
        (32.5, 4.2),
        (34.5, 4.2),
        (36, 1),
    ]


def _pearls(relief: Relief, edge: float, radius: float, pitch: float, lift: float) -> Iterator[Bead]:
    """Along both sides, a whole number between the corner and the middle."""
    for length, upright in ((relief.across, False), (relief.down, True)):
        count = round((length - edge) / pitch)
        for number in range(count + 1):
            along = edge + (length - edge) * number / count
            yield Bead(edge, along, radius, lift) if upright else Bead(along, edge, radius, lift)


def _corner() -> Iterator[Bead]:
    """One half of a corner's ornament: along the upper side, from the diagonal on."""
    # The great scroll: along the moulding, then down into a volute.
    run = curve(56, 50, 4, (100, -14, 26), (185, 40, 620))
    yield from stroke(run, (3.5, 8, 3.2), 5)
    yield Bead(*run[-1], 6.8, 6)
    yield from _leaves(run, (0.06, 0.42), 6, side=1, length=(38, 22), lift=2)
    yield from _leaves(run, (0.16, 0.5), 5, side=-1, length=(22, 18), lift=2)
    # A second one springs from its back and rolls the other way, up to the moulding.
    spring = curve(158, 58, 20, (80, -26, -40), (105, -60, -760))
    yield from stroke(spring, (2, 5.4, 2.4), 4)
    yield Bead(*spring[-1], 4.8, 5)
    yield from _leaves(spring, (0.1, 0.5), 5, side=1, length=(24, 13), lift=2)
    # The tendril goes on along the side, with leaves to both sides, and dies away.
    tendril = curve(244, 62, -6, (75, -16, 16), (75, 10, -6))
    yield from stroke(tendril, (1.5, 3.4, 1.4), 3)
    yield Bead(*tendril[-1], 3.4, 4)
    yield from _leaves(tendril, (0.2, 0.75), 4, side=1, length=(22, 13), lift=2)
    yield from _leaves(tendril, (0.3, 0.85), 3, side=-1, length=(14, 10), lift=2)
    # An acanthus leaf on the half-round.
    spine = curve(46, 21.5, 0, (150, 0, 0))
    yield from stroke(spine, (3.4, 3, 1), 10)
    yield from _leaves(spine, (0.0, 0.95), 11, side=1, length=(20, 8), lift=9)
    yield from _leaves(spine, (0.0, 0.95), 11, side=-1, length=(20, 8), lift=9)


def _leaves(
    spine: Sequence[Point],
    between: tuple[float, float],
    count: int,
    *,
    side: int,
    length: tuple[float, float],
    lift: float,
) -> Iterator[Bead]:
    """Leaflets on one side of a line (1 is right), leaning forward and curling outward, the first the longest."""
    for number in range(count):
        way = number / max(1, count - 1)
        place = round((between[0] + (between[1] - between[0]) * way) * (len(spine) - 2))
        (x, y), (next_x, next_y) = spine[place], spine[place + 1]
        heading = math.degrees(math.atan2(next_y - y, next_x - x))
        reach = length[0] + (length[1] - length[0]) * way
        leaf = curve(x, y, heading + side * 18, (reach, side * 60, side * 3600 / reach))
        yield from stroke(leaf, (reach / 9, reach / 4.6, reach / 13), lift)


def _palmette() -> Iterator[Bead]:
    """A shell in the corner, opening inwards: one half, with its middle on the diagonal."""
    for step in range(4):
        reach = 78 - 9 * step
        leaf = curve(34, 34, 45 - step * 18, (reach, -24 * step, 70 * step))
        yield from stroke(leaf, (2.5, 7.6 - 0.6 * step, 5.2 - 0.4 * step), 7 - step)
        yield Bead(*leaf[-1], 6.6 - 0.6 * step, 7 - step)
    yield Bead(33, 33, 10, 15)
    for step in range(8):
        angle = math.radians(45 * step + 22.5)
        yield Bead(33 + 13 * math.cos(angle), 33 + 13 * math.sin(angle), 6, 10)


def _middle() -> Iterator[Bead]:
    """One half of the ornament in the middle of a side: `x` counts from the middle outward, `y` from the edge inward."""
    yield Bead(0, 22, 9.5, 9)
    for step in range(4):
        reach = 44 - 5 * step
        leaf = curve(0, 24, 90 - step * 24, (reach, 30 * step, -70 * step))
        yield from stroke(leaf, (2, 5.4 - 0.5 * step, 3.6 - 0.3 * step), 6 - step)
        yield Bead(*leaf[-1], 4.6 - 0.4 * step, 6 - step)
    run = curve(14, 42, 6, (70, -20, 20), (105, -60, -780))
    yield from stroke(run, (2.5, 5.2, 2.2), 4)
    yield Bead(*run[-1], 4.6, 5)
    yield from _leaves(run, (0.1, 0.55), 5, side=1, length=(24, 13), lift=2)
    spine = curve(10, 21.5, 0, (100, 0, 0))
    yield from stroke(spine, (3.4, 3, 1), 10)
    yield from _leaves(spine, (0.0, 0.95), 8, side=1, length=(18, 8), lift=9)
    yield from _leaves(spine, (0.0, 0.95), 8, side=-1, length=(18, 8), lift=9)


def _on_upper_side(beads: Iterator[Bead], relief: Relief) -> Iterator[Bead]:
    return (replace(bead, x=relief.across - bead.x) for bead in beads)


def _on_left_side(beads: Iterator[Bead], relief: Relief) -> Iterator[Bead]:
    return (replace(bead, x=bead.y, y=relief.down - bead.x) for bead in beads)


def art_deco(width: int, height: int, unit: float) -> Pixels:
    """Stepped lines, a sunrise in each corner, diamonds in the middle of each side."""
    relief = Relief(width, height, unit)
    relief.mould([(21, 1), (23, 4), (24, 4), (26, 1)])
    relief.mould([(32, 1), (33.2, 2.4), (34.4, 1)])
    relief.cut(214)
    relief.mould([(0, 1), (2.5, 5), (7.5, 5), (10, 2), (11.5, 2), (12.5, 3.5), (14, 3.5), (15, 1)])
    relief.add([Bead(214, 23.5, 4.4, 2), Bead(214, 33.2, 3, 1)], diagonal=True)
    relief.add(_sunrise(), diagonal=True)
    relief.add(_on_upper_side(_diamonds(), relief))
    relief.add(_on_left_side(_diamonds(), relief))
    return cast(relief, SILVER, shadow=8)


RAYS = 7
"""Of a sunrise, with those on the sides and that on the diagonal."""


def _sunrise() -> Iterator[Bead]:
    """One half of a fan that opens from the corner, above the diagonal."""
    step = 90 / (2 * (RAYS - 1))
    for number in range(RAYS):
        angle = 45 - number * step
        longest, reach = number % 2 == 0, 176 if number % 2 == 0 else 132
        yield from stroke(_line(_polar(54, angle), _polar(reach, angle)), (1.6, 3.2, 5.4 if longest else 3.6), 3)
        yield Bead(*_polar(reach, angle), 7.2 if longest else 4.6, 4)
    for radius, width in ((13, 5.0), (26, 4.0), (40, 6.0), (52, 2.6), (104, 2.0)):
        yield from stroke(_arc((0, 0), radius, 0, 45), (width, width, width), 3)
    for number in range(0, RAYS - 1, 2):
        # Festoons from each long ray to the next.
        begin, end = _polar(176, 45 - number * step), _polar(176, 45 - (number + 2) * step)
        middle = _polar(204, 45 - (number + 1) * step)
        yield from stroke(_bow(begin, middle, end), (2.2, 3, 2.2), 3)
        yield Bead(*_polar(154, 45 - (number + 1) * step), 3.4, 3)


def _diamonds() -> Iterator[Bead]:
    """One half of the ornament in the middle of a side: `x` counts from the middle outward, `y` from the edge inward."""
    for reach, rise, width in ((46, 30, 4.2), (30, 19, 2.6)):
        yield from stroke(_line((0, 23 - rise * 0.72), (reach, 23)), (width, width, width), 4)
        yield from stroke(_line((reach, 23), (0, 23 + rise)), (width, width, width), 4)
    yield Bead(0, 23, 9, 5)
    yield Bead(0, 62, 5, 4)
    for number, (begin, end) in enumerate(((58, 190), (58, 150), (58, 116))):
        y = 23 if number == 0 else 23 + 8.5 * number
        yield from stroke(_line((begin + 4 * number, y), (end, y)), (4.6 - number, 3.4 - 0.8 * number, 1.0), 4)
        yield Bead(begin + 4 * number, y, 5 - number, 5)


def _polar(radius: float, angle: float) -> Point:
    """From the corner; 0 degrees is along the upper side."""
    return radius * math.cos(math.radians(angle)), radius * math.sin(math.radians(angle))


def _line(begin: Point, end: Point) -> list[Point]:
    steps = max(2, round(2 * math.dist(begin, end)))
    return [
        (begin[0] + (end[0] - begin[0]) * step / steps, begin[1] + (end[1] - begin[1]) * step / steps)
        for step in range(steps + 1)
    ]


def _arc(centre: Point, radius: float, first: float, last: float) -> list[Point]:
    steps = max(2, round(2 * radius * math.radians(abs(last - first))))
    around = (_polar(radius, first + (last - first) * step / steps) for step in range(steps + 1))
    return [(centre[0] + x, centre[1] + y) for x, y in around]


def _bow(begin: Point, over: Point, end: Point) -> list[Point]:
    """A parabola that begins and ends in two points and bends towards a third (a quadratic Bezier curve)."""
    steps = max(2, round(2 * (math.dist(begin, over) + math.dist(over, end))))

    def along(way: float, axis: int) -> float:
        return (1 - way) ** 2 * begin[axis] + 2 * way * (1 - way) * over[axis] + way * way * end[axis]

    return [(along(step / steps, 0), along(step / steps, 1)) for step in range(steps + 1)]
