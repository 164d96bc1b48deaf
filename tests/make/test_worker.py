"""Room for steps, and the rule of retries."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from reel.errors import BadMedia, Cancelled, Damaged, Internal, InvalidRequest, ReelError, Resource, Transient
from reel.generate.render import plan
from reel.make import perform
from reel.make.makers import MAKERS
from reel.make.perform import steps_under_way
from reel.make.worker import Room, Worker
from reel.plan.operations import TextBitmap
from reel.plan.operations.expected import Work
from reel.retry import by_class, mended, tried
from reel.settings import Settings
from tests.waiting import Passing, wait_for


def work(memory: int, processors: float = 1, seconds: float = 60) -> Work:
    return Work(seconds=seconds, bytes=1, memory_bytes=memory, processors=processors)


def light(memory: int) -> Work:
    return work(memory, seconds=1)


def enters(room: Room, wanted: Work) -> bool:
    """Whether a step gets in, and does not have to wait."""
    inside = threading.Event()
    waited_before = waiting(room)

    def step() -> None:
        with room.taken(wanted):
            inside.set()

    thread = threading.Thread(target=step, daemon=True)
    thread.start()
    wait_for(lambda: inside.is_set() or waiting(room) > waited_before, "an answer")
    return inside.is_set()


def waiting(room: Room) -> int:
    with room._changed:
        return room._waiting


@pytest.mark.parametrize(
    ("inside", "wanted", "fits"),
    [
        (work(50), work(50), True),
        (work(50), work(51), False),
        (work(1, processors=2), work(1, processors=2), True),
    ],
)
def test_steps_enter_while_memory_and_processors_last(inside: Work, wanted: Work, fits: bool) -> None:
    room = Room(processors=4, memory_bytes=100)
    with room.taken(inside):
        assert enters(room, wanted) is fits


def test_no_step_takes_more_than_half_of_the_processors() -> None:
    room = Room(processors=4, memory_bytes=100)
    with room.taken(work(1, processors=64)):
        assert enters(room, work(1, processors=3))
    with room.taken(work(1, processors=64)), room.taken(work(1, processors=2)):
        assert not enters(room, work(1, processors=0.5))


def test_a_step_too_large_for_any_company_runs_alone() -> None:
    room = Room(processors=4, memory_bytes=100)
    with room.taken(work(1000, processors=64)):
        assert not enters(room, work(1))
    assert enters(room, work(1000))


def test_light_steps_wait_for_each_other_and_for_memory_but_for_no_encoder() -> None:
    room = Room(processors=2, memory_bytes=100)
    with room.taken(work(20)), room.taken(work(20)), room.taken(light(20)), room.taken(light(20)):
        assert not enters(room, light(1))
    room = Room(processors=2, memory_bytes=100)
    with room.taken(work(20)), room.taken(work(20)):
        assert enters(room, light(60))
        assert not enters(room, light(61))
    room = Room(processors=2, memory_bytes=100)
    with room.taken(light(1)), room.taken(work(1)):
        assert enters(room, work(1))


def test_a_step_may_leave_room_before_its_end() -> None:
    room = Room(processors=4, memory_bytes=100)
    with room.taken(work(1000, processors=64)) as leave_room:
        leave_room()
        leave_room()
        assert enters(room, work(100, processors=4))
    with room.taken(work(50)):
        assert not enters(room, work(51))


def test_spare_is_what_nobody_holds_or_waits_for() -> None:
    room = Room(processors=4, memory_bytes=100)
    assert room.spare == 4
    with room.taken(light(1)):
        assert room.spare == 3
    with room.taken(work(60)):
        assert room.spare == 3
        assert not enters(room, work(60))
        assert room.spare == 1
    assert enters(room, work(1))
    with room.taken(work(1, processors=2)), room.taken(work(1, processors=2)):
        assert room.spare == 1


@pytest.mark.parametrize(
    ("error", "retries"),
    [(Transient, 4), (Damaged, 0), (Resource, 2), (Internal, 1), (InvalidRequest, 0), (BadMedia, 0), (Cancelled, 0)],
)
def test_the_class_decides_on_retries(error: type[ReelError], retries: int) -> None:
    assert [by_class().allows(attempts, error.at("x", "y")) for attempts in range(1, 6)] == [
        attempts <= retries for attempts in range(1, 6)
    ]


def test_settings_say_how_often(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Settings(retries_transient=1, retries_resource=0, retries_internal=7)
    monkeypatch.setattr("reel.retry.settings", lambda: own)
    allowed = {error: by_class().retries[error] for error in (Transient, Resource, Internal)}
    assert allowed == {Transient: 1, Resource: 0, Internal: 7}


def test_what_is_no_step_is_tried_by_the_same_rule() -> None:
    errors = iter([Transient.at("x", "y"), Resource.at("x", "y")])
    time = Passing()

    def call() -> str:
        if error := next(errors, None):
            raise error
        return "made"

    assert tried(call, time.clock()) == "made"
    assert [2 <= time.slept[0] <= 3, 4 <= time.slept[1] <= 6] == [True, True]
    with pytest.raises(BadMedia):
        tried(_refuse, time.clock())
    assert len(time.slept) == 2


def _refuse() -> None:
    raise BadMedia.at("x", "y")


@pytest.mark.parametrize(("losses", "ends"), [(0, "made"), (3, "made"), (4, "damaged")])
def test_a_plan_is_gone_through_again_where_an_artefact_is_damaged(losses: int, ends: str) -> None:
    left = iter(range(losses))

    def perform() -> str:
        if next(left, None) is not None:
            raise Damaged.at("x", "y")
        return "made"

    try:
        assert mended(perform) == ends
    except Damaged:
        assert ends == "damaged"


def test_a_step_is_counted_while_it_is_made(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = {"type": "text", "text": "Hello", "duration": 1}
    planned = plan({"kind": "template", "timeline": {"tracks": [{"clips": [layer]}]}}, worker=worker)
    (step,) = (step for step in planned.steps if step.kind == "text")
    make = MAKERS[TextBitmap]
    counted: list[int] = []

    def look_around(operation: Any, context: Any) -> Any:
        counted.extend(steps_under_way(worker.scratch, {pid}) for pid in (os.getpid(), 1))
        return make(operation, context)

    monkeypatch.setattr("reel.make.perform.MAKERS", {TextBitmap: look_around})
    assert not perform.perform(step, worker).reused
    assert counted == [1, 0]
    assert steps_under_way(worker.scratch, {os.getpid()}) == 0
