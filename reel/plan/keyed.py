"""The operations of a plan while it is made, each once."""

from __future__ import annotations

from reel.plan.operations import AnyOperation
from reel.toolchain import Toolchain


class Keyed:
    """Operations with their keys, each once, in the order in which they were first needed."""

    def __init__(self, tools: Toolchain) -> None:
        self.tools = tools
        self.operations: dict[str, tuple[str, AnyOperation]] = {}

    def add(self, title: str, operation: AnyOperation) -> str:
        """The key of `operation`; `title` is kept from its first use."""
        key = operation.key(self.tools)
        self.operations.setdefault(key, (title, operation))
        return key
