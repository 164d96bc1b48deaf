"""Whoever adds an operation is told here what it does not say, and where it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

from reel.errors import Internal
from reel.generate.progress import Progress
from reel.make.makers import MAKERS
from reel.make.perform import perform
from reel.make.worker import make_worker
from reel.plan.operations import OPERATIONS, ChooseQuality, DrawnBitmap, Encrypt, Package, ShareBits, kinds_of
from reel.plan.operations.base import Bitmap, Muxed, Operation, Proof, RawSound, Segment
from reel.plan.step import Plan, Step
from reel.settings import Settings
from tasks.steps import TASKS
from tests.tools import TOOLS

OURS_ALONE = (Encrypt, Package, ShareBits, ChooseQuality)
"""What they write is text or numbers, and what has but one result."""

EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.kind)


def subclasses(family: type[Operation]) -> set[type[Operation]]:
    """All operations of a family that are defined anywhere."""
    found = set(family.__subclasses__())
    return {each for each in found if hasattr(each, "kind")} | {deep for each in found for deep in subclasses(each)}


def test_every_operation_that_is_defined_is_one_that_plans_can_have() -> None:
    defined = {each for each in subclasses(Operation) if each.__module__.startswith("reel.")}
    assert defined == set(OPERATIONS)
    assert len({each.kind for each in OPERATIONS}) == len(OPERATIONS)


@EVERY
def test_every_operation_has_a_maker_and_a_task(operation: type[Operation]) -> None:
    assert callable(MAKERS[operation])
    assert TASKS[operation].name == operation.task
    assert TASKS[operation].task_run_name == operation.doing.replace("{}", "{step.title}")


@EVERY
def test_every_operation_names_the_tools_that_make_its_bytes_and_says_what_it_does(operation: type[Operation]) -> None:
    assert operation.tools or operation in OURS_ALONE
    assert operation.doing.count("{}") == 1
    assert operation.rules >= 1


def test_nobody_makes_what_no_plan_has() -> None:
    assert set(MAKERS) == set(TASKS) == set(OPERATIONS)


SAID: dict[str, Any] = {
    "rules": 1,
    "tools": frozenset({"opencv"}),
    "task": "draw",
    "doing": "draw {}",
    "awaits_findings": False,
    "spreads": False,
    "retention": "intermediates",
}


@pytest.mark.parametrize("unsaid", SAID)
def test_an_operation_that_leaves_something_unsaid_is_an_error_at_once(unsaid: str) -> None:
    """What a class before it says, in a family or an operation that it is made from, does not count."""
    said = {name: value for name, value in SAID.items() if name != unsaid}
    notes = {"operation": Literal["new"], **dict.fromkeys(said, ClassVar[Any])}
    for base in (Bitmap, DrawnBitmap):
        with pytest.raises(TypeError, match=f"New does not say its {unsaid}: see Operation"):
            type("New", (base,), {"__annotations__": notes, "__module__": __name__, "operation": "new", **said})


FAMILIES = {
    Segment: {"picture", "compose", "copied", "mezzanine", "refit"},
    Bitmap: {"image", "text", "drawing"},
    RawSound: {"decode", "stretch", "reclock"},
    Proof: {"prove", "prove-sound", "bind"},
    Muxed: {"join", "remux", "animated", "fragment", "sound-file"},
    DrawnBitmap: {"drawing"},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family: type[Operation]) -> None:
    assert set(kinds_of(family)) == FAMILIES[family]


def drawing_step() -> Step:
    operation = DrawnBitmap(name="ornate-gold", width=4, height=4, unit=1)
    return Step(key="a" * 64, title="a frame", operation=operation, work=operation.work({}))


def test_people_are_told_what_an_operation_says_of_itself() -> None:
    progress = Progress(Plan(tools=TOOLS, steps=(drawing_step(),), outputs=()))
    progress.begin(drawing_step())
    assert progress.snapshot().doing == "draw a frame"


def test_what_is_made_without_the_files_that_its_operation_says_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker(Settings(home=tmp_path))
    monkeypatch.setattr("reel.make.perform.MAKERS", {DrawnBitmap: lambda operation, context: {}})
    with pytest.raises(Internal, match=r"a frame: was made without bitmap\.yuva"):
        perform(drawing_step(), worker)
    assert worker.store.find("a" * 64, "drawing") is None
