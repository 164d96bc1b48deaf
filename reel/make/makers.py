"""Who makes the artefact of an operation: each maker says it of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reel.make.context import Measured, StepContext
from reel.plan.operations.base import Operation

AnOperation = TypeVar("AnOperation", bound=Operation)

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
