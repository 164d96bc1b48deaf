"""The operations of a plan while it is made, each once."""

from __future__ import annotations

from reel.errors import InvalidRequest
from reel.limits import USUAL, Limits
from reel.plan.operations import AnyOperation
from reel.toolchain import Toolchain


class Keyed:
    """Operations with their keys, each once, in the order in which they were first needed."""

    def __init__(self, tools: Toolchain, limits: Limits = USUAL) -> None:
        self.tools = tools
        self._limits = limits
        self.operations: dict[str, tuple[str, AnyOperation]] = {}

    def add(self, title: str, operation: AnyOperation) -> str:
        """The key of `operation`; `title` is kept from its first use. Raises `InvalidRequest` where there are too many."""
        key = operation.key(self.tools)
        self.operations.setdefault(key, (title, operation))
        if fault := self._limits.fault("steps", "request", len(self.operations), "takes {} steps or more"):
            raise InvalidRequest(fault)
        return key
