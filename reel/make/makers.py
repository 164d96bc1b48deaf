"""Who makes the artefact of an operation: each maker says it of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from reel.make.context import Measured, StepContext
from reel.plan.operations.base import Composition, Operation, Rendition

AnOperation = TypeVar("AnOperation", bound=Operation)
AComposition = TypeVar("AComposition", bound=Composition)

MAKERS: dict[type[Operation], Callable[[Any, StepContext], Measured]] = {}
"""By class of operation; complete once the modules of this package are imported, as `reel.make.perform` does."""


def makes(
    operation: type[AnOperation],
) -> Callable[[Callable[[AnOperation, StepContext], Measured]], Callable[[AnOperation, StepContext], Measured]]:
    """A decorator for what makes the artefact of an operation: its files in the context's folder, and what was measured."""

    def register(
        maker: Callable[[AnOperation, StepContext], Measured],
    ) -> Callable[[AnOperation, StepContext], Measured]:
        MAKERS[operation] = maker
        return maker

    return register


@dataclass(frozen=True)
class Composer:
    """How segments are made whose frames are composed once for several renditions."""

    encode: Callable[[Any, Mapping[Path, Rendition], StepContext], None]
    """Compose the frames of any of the steps, and encode them for each rendition, by the path of its segment."""
    check: Callable[[Any, StepContext], Measured]
    """Verify what was made of one step."""


COMPOSERS: dict[type[Operation], Composer] = {}
"""Of each operation that has a composition, as `MAKERS`."""


def composes(
    operation: type[AComposition],
    encode: Callable[[AComposition, Mapping[Path, Rendition], StepContext], None],
    check: Callable[[AComposition, StepContext], Measured],
) -> Callable[[AComposition, StepContext], Measured]:
    """Registers how the segments of an operation are made, together (`reel.make.together`) and alone, which it returns."""
    COMPOSERS[operation] = Composer(encode, check)

    @makes(operation)
    def make_alone(step: AComposition, context: StepContext) -> Measured:
        encode(step, {context.folder / step.file: step.rendition}, context)
        return check(step, context)

    return make_alone
