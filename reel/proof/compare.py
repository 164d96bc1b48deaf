"""A picture that was made against the picture that was asked for: what of it is not the same, as far as coding can tell.

Lossy coding changes every pixel a little, hides grain, smooths edges. What counts is in the mean of blocks (a wrong picture, a
lost caption), in how much of each layer is there (least squares against the picture without it), and in time (a frame fits its
own moment better than its neighbours').
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
from numpy.polynomial import Polynomial

from reel.proof.colours import multiplied
from reel.proof.levels import BLOCK, Blocks, Levels, Mask, gradient, means
from reel.proof.moment import shifted
from reel.proof.presence import LEAST_PIXELS, wrong_presence
from reel.proof.scene import Scene, Wrong
from reel.timeline import ClipId

BOUND = 8.0
"""Levels that the mean of a block may be off where nothing is uneven."""
CLUSTER = 4
"""Blocks side by side that are off together: fewer are what coders do to a speck."""
TONE = 5.0
"""Levels by which all colours may be off together, at the 95th percentile of blocks: right pictures of the corpus come to 2.5
at the lowest bitrate (tests.proof.calibrate), half of them of another range to 13."""
FAINT_COLOURS = 2.0
"""Standard deviation, in levels, of what hardly tells how colours are changed."""
AROUND = (5, 5)
"""Blocks, across and down, that are around one."""
LEAST_BLOCKS = 20
"""That tell how all colours are off."""
FLAGRANT = 6.0
"""How many times its bound a single block may be off."""

LEAST_CORRELATION = 0.93
"""Of tone-mapped pictures, where the means of blocks tell nothing."""
LEAST_CHROMA_CORRELATION = 0.4
LEAST_SPREAD = 6.0
"""Standard deviation in levels from which a correlation says something."""


def wrong_frame(made: Levels, scene: Scene, neighbours: Sequence[Levels], probed: Sequence[ClipId]) -> Iterator[Wrong]:
    """All that is wrong with a frame. `neighbours`: the frames before and after it as they were made; `probed`: the clips whose
    presence is measured."""
    scene, toned = _fitted(made, scene)
    yield from toned
    for clip in probed:
        if said := wrong_presence(made, scene, clip):
            yield Wrong(said, clip)
    if recoloured := _recoloured(made, scene):
        what, place = recoloured
        yield Wrong(what, _clip_at(place, scene))
    if cluster := _off(made, scene):
        what, place = cluster
        yield Wrong(what, _clip_at(place, scene))
    if late := shifted(made, scene, neighbours):
        yield Wrong(late)


def excess(made: Levels, scene: Scene) -> Blocks:
    """How many times its bound each block is off, the worst of its three planes; shape (rows, columns)."""
    off = np.abs(means(made - scene.asked))
    usual = np.minimum(np.median(off, axis=(1, 2), keepdims=True), scene.coded)
    bound = (BOUND + scene.misplaced * _unevenness(scene.asked) + usual) * scene.looseness * scene.coarse
    if scene.vague is not None:
        bound = bound * (1 + 100 * (means(scene.vague[None].astype(np.float32)) > 0))
    if scene.toned is not None:
        bound = bound * (1 + 2 * means(scene.toned[None].astype(np.float32)))
    return np.asarray((off / bound).max(axis=0), np.float32)


def _unevenness(levels: Levels) -> Blocks:
    """By how much neighbouring pixels of each block differ, in the mean. An edge between two blocks is one of both."""
    before, after = means(gradient(levels)), means(gradient(levels[:, ::-1, ::-1])[:, ::-1, ::-1])
    return np.maximum(before, after)


def _recoloured(made: Levels, scene: Scene) -> tuple[str, tuple[int, int]] | None:
    """By how much all colours are off in one way, in words, and a block where they are most; null where they are not.

    Of another range, matrix, gain or offset most blocks are off, as they are by coarse coding, but by a linear function of
    their colours. It shows in what is around blocks, which coding hardly blurs. And it leads there and back: where coding gives
    up what they differ by, what is left says that it has its colours, and where it adds to that, what was asked for does. What
    blocks are off besides tells how coarsely they are coded.
    """
    blocks = means(scene.asked), means(made)
    told = np.ones(blocks[0].shape[1:], bool)
    for untold in (scene.toned, scene.vague):
        if untold is not None:
            told &= means(untold[None].astype(np.float32))[0] == 0
    if told.sum() < LEAST_BLOCKS:
        return None
    asked, found = (_around(each, told)[:, told] for each in blocks)
    there, back = _led(asked, found), _led(found, asked)
    evenly = np.abs(there).max(axis=0)
    most = min(float(np.percentile(each, 95)) for each in (evenly, np.abs(back).max(axis=0)))
    coded = float(np.median(np.abs((blocks[1] - blocks[0])[:, told] - there), axis=1).max())
    if most <= (TONE + coded) * scene.looseness:
        return None
    row, column = (int(place) for place in np.argwhere(told)[int(evenly.argmax())])
    return f"all of its colours are off, by up to {most:.0f} levels, as another range or gain does it", (row, column)


def _around(blocks: Blocks, told: Mask) -> Blocks:
    """Means of what is around each block, of those that tell something."""
    weights, *sums = (
        cv2.blur(plane * told, AROUND, borderType=cv2.BORDER_CONSTANT) for plane in (np.float32(1), *blocks)
    )
    return np.asarray(np.stack(sums) / np.maximum(weights, 1e-6), np.float32)


def _led(colours: Blocks, others: Blocks) -> npt.NDArray[np.float64]:
    """By how many levels the linear function that leads from some colours to others changes each; all of shape (3, blocks).

    By ridge regression, so that of pictures of one colour nothing but an offset is told.
    """
    count = colours.shape[1]
    terms = np.stack([*(colours - colours.mean(axis=1, keepdims=True)), np.ones(count)]).astype(np.float64)
    little = np.diag([FAINT_COLOURS**2 * count] * 3 + [0])
    function = np.linalg.solve(multiplied(terms, terms.T) + little, multiplied(terms, (others - colours).T))
    return np.asarray(multiplied(function.T, terms), np.float64)


def _off(made: Levels, scene: Scene) -> tuple[str, tuple[int, int]] | None:
    """The largest cluster of blocks that are off, in words, and a block of it."""
    times = excess(made, scene)
    bad = times > 1
    sizes, labels = _clusters(bad)
    worst = np.unravel_index(int(np.argmax(times)), times.shape)
    place = (int(worst[0]), int(worst[1]))
    if sizes.max(initial=0) >= CLUSTER:
        here = labels == int(sizes.argmax()) + 1
        inside = np.unravel_index(int(np.argmax(np.where(here, times, 0))), times.shape)
        place, share = (int(inside[0]), int(inside[1])), float(bad.mean())
        return (
            f"{share:.0%} of the picture is another, up to {float(times[here].max()):.1f} times what coding does",
            place,
        )
    if times[place] > FLAGRANT:
        return f"a spot of it is {float(times[place]):.1f} times as far off as coding does", place
    return None


def _clusters(bad: Mask) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Sizes of the groups of neighbouring blocks, and for each block the number of its group, from 1 on."""
    labels = np.where(bad, np.arange(1, bad.size + 1).reshape(bad.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        around = [padded[1:-1, 1:-1], padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
        spread = np.where(bad, np.max(around, axis=0), 0)
        if (spread == labels).all():
            break
        labels = spread
    kept, renumbered, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    offset = int(kept[0] == 0)
    return np.asarray(sizes[offset:], np.int64), np.asarray(renumbered.reshape(bad.shape) + 1 - offset, np.int64)


def _clip_at(block: tuple[int, int], scene: Scene) -> ClipId | None:
    """The topmost clip that shows at a block; what is wrong there is most likely wrong with it."""
    rows, columns = (slice(place * BLOCK // 2, (place + 1) * BLOCK // 2) for place in block)
    for clip in reversed(scene.clips):
        asked, without = scene.without(clip)
        change = np.abs(asked - without)[:, rows, columns]
        if change.max(initial=0) > 2:
            return clip
    return scene.clips[-1] if scene.clips else None


def _fitted(made: Levels, scene: Scene) -> tuple[Scene, list[Wrong]]:
    """The scene with its tone-mapped part brought to the levels that were made; and what is wrong with its shapes."""
    if scene.toned is None or scene.toned.sum() < LEAST_PIXELS:
        return scene, []
    asked, wrong = scene.asked.copy(), []
    inner = _inner(scene.toned, math.ceil(scene.misplaced))[scene.toned]
    for plane, name in enumerate(("brightness", "blue against yellow", "red against green")):
        want, found = asked[plane][scene.toned], made[plane][scene.toned]
        if not _is_uneven(want, found):
            asked[plane][scene.toned] = found.mean() + (want - want.mean())
            continue
        # Another curve of brightness, but one that rises: bent as a cubic may be. Chroma has its signs, and little more.
        order = 3 if plane == 0 else 1
        bent = np.asarray(Polynomial.fit(want, found, order)(want), np.float32)
        asked[plane][scene.toned] = bent
        if not _is_uneven(want[inner], found[inner]):
            continue
        correlation = float(np.corrcoef((bent if plane == 0 else want)[inner], found[inner])[0, 1])
        if correlation < (LEAST_CORRELATION if plane == 0 else LEAST_CHROMA_CORRELATION):
            wrong.append(Wrong(f"its {name} has other shapes (they correlate by {correlation:.2f})"))
    return replace(scene, asked=asked), wrong


def _inner(mask: Mask, pixels: int) -> Mask:
    """What lies so many pixels within a mask. Its edge shows where a picture is cut or covered, to parts of a pixel: of a strip
    that is all there is to see."""
    around = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.asarray(cv2.erode(mask.astype(np.uint8), around) > 0)


def _is_uneven(want: npt.NDArray[np.float32], found: npt.NDArray[np.float32]) -> bool:
    """Whether there are pixels enough, and they differ by enough, for shapes."""
    return len(want) >= LEAST_PIXELS and want.std() >= LEAST_SPREAD and bool(found.std() >= LEAST_SPREAD / 2)
