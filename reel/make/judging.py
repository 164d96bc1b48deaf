"""Holding videos against their floors, with the values of all frames and a plot of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt

from reel.errors import Problem, UnmetQuality
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.measuring import joined, of_values
from reel.plan.operations import JudgeQuality, MeasureQuality

WIDTH, HEIGHT, SIDE = 1200, 240, 40
PAPER, INK, CURVE, FLOOR = (255, 255, 255), (60, 60, 60), (190, 130, 60), (40, 60, 210)
"""Blue, green, red."""


@makes(JudgeQuality)
def make_judgement(operation: JudgeQuality, context: StepContext) -> Measured:
    """`quality.json` and `quality.png`. Raises `UnmetQuality` where a floor is not met."""
    segments = [
        json.loads(context.made(each.quality, MeasureQuality, MeasureQuality.file).read_text("utf-8"))
        for each in operation.segments
    ]
    values = joined(segments, [each.frames for each in operation.segments], operation.every)
    found = of_values([value for _, value in values])
    told = {
        "video": operation.video,
        "metric": operation.metric,
        "model": operation.model,
        "floor": {"mean": operation.mean, "lowest": operation.lowest},
        **found,
        "every": operation.every,
        "frame_rate": str(operation.canvas.rate),
        "values": values,
    }
    if problems := [*_unmet(operation, values, found["mean"])]:
        raise UnmetQuality(*problems)
    (context.folder / "quality.json").write_text(json.dumps(told), "utf-8")
    (context.folder / "quality.png").write_bytes(cv2.imencode(".png", plotted(operation, values))[1].tobytes())
    return {name: value for name, value in told.items() if name != "values"}


def _unmet(operation: JudgeQuality, values: Sequence[tuple[int, float]], mean: float) -> Iterator[Problem]:
    measure = operation.model or operation.metric
    remedy = "ask for a better quality or more bits, or a lower `floor`"
    if operation.mean is not None and mean < operation.mean:
        what = f"its mean {measure} is {mean:.4g}, and its floor {operation.mean:g}"
        yield Problem(operation.video, what, remedy)
    if operation.lowest is not None:
        below = [(value, frame) for frame, value in values if value < operation.lowest]
        if below:
            value, frame = min(below)
            what = (
                f"{len(below)} of {len(values)} frames are below its floor of {operation.lowest:g} {measure}; the worst, "
                f"at {float(frame / operation.canvas.rate):.3f} s, has {value:.4g}"
            )
            yield Problem(operation.video, what, remedy)


def plotted(operation: JudgeQuality, values: Sequence[tuple[int, float]]) -> npt.NDArray[np.uint8]:
    """The values over time, with the floors as lines; columns show the worst of their frames."""
    floors = [floor for floor in (operation.mean, operation.lowest) if floor is not None]
    low = min([value for _, value in values] + floors)
    high = max([value for _, value in values] + floors)
    spread = max(high - low, 1e-6)
    picture = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)

    def y_of(value: float) -> int:
        return round(SIDE / 2 + (HEIGHT - 1.5 * SIDE) * (high - value) / spread)

    last = max(1, values[-1][0])
    columns: dict[int, float] = {}
    for frame, value in values:
        column = SIDE + (WIDTH - 2 * SIDE) * frame // last
        columns[column] = min(value, columns.get(column, value))
    points = np.array([(column, y_of(value)) for column, value in sorted(columns.items())], np.int32)
    cv2.polylines(picture, [points], isClosed=False, color=CURVE, thickness=1, lineType=cv2.LINE_AA)
    for floor in floors:
        cv2.line(picture, (SIDE, y_of(floor)), (WIDTH - SIDE, y_of(floor)), FLOOR, 1)
    seconds = Fraction(values[-1][0]) / operation.canvas.rate
    for text, place in ((f"{high:.4g}", (2, y_of(high) + 4)), (f"{low:.4g}", (2, y_of(low) + 4)),
                        (f"{float(seconds):.1f} s", (WIDTH - 90, HEIGHT - 8))):  # fmt: skip
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA)
    return picture
