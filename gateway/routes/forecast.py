"""What is expected of the hours to come, for whoever runs the installation and for what scales its workers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from gateway.access import Operator
from gateway.desk import TheDesk
from gateway.routing import resource
from reel.control.forecasting import MOST, forecast, workers
from reel.control.service_level import Objective
from reel.settings import settings
from reel.values import Value

router = resource("forecast")

PerWorker = Annotated[int, Query(ge=1, le=1000, description="How many generations one worker runs (its `--limit`).")]
Workers = Annotated[
    int | None, Query(ge=1, le=MOST, description="With how many the queue is predicted; null: as recommended now.")
]
Hours = Annotated[int, Query(ge=1, le=168, description="How far to look ahead.")]


class HourAhead(Value):
    """An hour to come; the first is the one that it is."""

    begin: datetime
    orders: float = Field(description="That are expected in it.")
    workers: int = Field(description="How many are worth having.")
    queue: float = Field(description="How many generations wait at its end, in the mean.")


class Forecast(Value):
    """What is expected."""

    workers: int = Field(description="How many are worth having now, at least one. What KEDA reads.")
    at_once: int = Field(description="How many generations should be able to run at the same time.")
    queued: int
    under_way: int
    usual_seconds: float = Field(description="That a generation takes, in the mean.")
    history_hours: int = Field(description="How far back orders are known, at most four weeks.")
    hours: tuple[HourAhead, ...]


@router.get("")
def ahead(
    caller: Operator, desk: TheDesk, per_worker: PerWorker = 2, with_workers: Workers = None, hours: Hours = 24
) -> Forecast:
    """Orders, queue and workers by the hour, as the same hours of weeks before let expect."""
    places = None if with_workers is None else with_workers * per_worker
    with desk.catalogue.operator(only_reads=True) as everybody:
        found = forecast(everybody, desk.clock(), objective(), hours, places)
    return Forecast(
        workers=workers(found.at_once, per_worker),
        at_once=found.at_once,
        queued=found.queued,
        under_way=found.under_way,
        usual_seconds=round(found.usual_seconds, 3),
        history_hours=found.history_hours,
        hours=tuple(
            HourAhead(
                begin=each.begin,
                orders=round(each.orders, 2),
                workers=workers(each.at_once, per_worker),
                queue=round(each.queue, 2),
            )
            for each in found.hours
        ),
    )


def objective() -> Objective:
    """What this installation promises."""
    config = settings()
    return Objective(config.objective, config.objective_wait_seconds)
