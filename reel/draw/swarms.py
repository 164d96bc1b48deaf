"""What the moving overlays consist of: swarms of lights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reel.compose.planes import Plane
from reel.draw.lights import GOLDEN, WARM, disc, glow, star

Sprite: TypeAlias = Callable[[float, int, int], Plane]


@dataclass(frozen=True)
class Swarm:
    """Lights of one kind. Lengths in pixels at 1080p, times in seconds; ranges are drawn from evenly."""

    sprite: Sprite
    count: int
    """On a picture of 1080x1920; in proportion on others."""
    radius: tuple[float, float]
    brightness: tuple[int, int]
    """0..255 at its best."""
    fall: tuple[float, float]
    """Pixels per second."""
    sway: float
    """Pixels to either side."""
    life: float
    """Seconds, about."""
    twinkles: tuple[float, float]
    """Per second."""
    sharpness: int
    """How short a twinkle is: the power of a cosine, 2 to this."""
    dim: float
    """What is left of the brightness between twinkles."""


@dataclass(frozen=True)
class Loop:
    """A moving overlay."""

    about: str
    swarms: tuple[Swarm, ...]
    colours: tuple[tuple[int, str], ...]


GLITTER = Loop(
    "golden glitter that falls and turns in the light, near and far",
    (
        Swarm(glow, 1600, (1.8, 3.2), (70, 190), (50, 120), 10, 3.0, (0.5, 1.5), 1, 0.3),
        Swarm(disc, 34, (12, 44), (26, 70), (110, 230), 30, 3.0, (0.2, 0.5), 1, 0.4),
        Swarm(glow, 800, (4, 10), (150, 255), (110, 260), 16, 2.0, (0.8, 2.5), 3, 0.3),
        Swarm(star, 190, (16, 52), (180, 255), (120, 240), 14, 2.0, (0.6, 1.2), 4, 0.0),
    ),
    GOLDEN,
)

SPARKLES = Loop(
    "star-shaped twinkles that light up and go out in their places",
    (
        Swarm(glow, 700, (1.8, 4), (80, 200), (0, 8), 4, 3.0, (0.4, 1.2), 2, 0.12),
        Swarm(disc, 16, (20, 56), (16, 34), (-14, 14), 20, 6.0, (0.2, 0.4), 1, 0.4),
        Swarm(star, 260, (14, 40), (140, 240), (0, 6), 0, 2.0, (0.5, 0.8), 4, 0.0),
        Swarm(star, 90, (44, 104), (190, 255), (0, 6), 0, 2.0, (0.35, 0.8), 4, 0.0),
    ),
    WARM,
)

LOOPS: Mapping[str, Loop] = {"glitter-rain": GLITTER, "sparkles": SPARKLES}
