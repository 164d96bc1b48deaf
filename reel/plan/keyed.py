"""The operations of a plan while it is made, each once."""

from __future__ import annotations

from reel.plan.operations import AnyOperation


class Keyed:
    """Operations with their keys, each once, in the order in which they were first needed."""

    def __init__(self, build: str) -> None:
        self.build = build
        self.operations: dict[str, tuple[str, AnyOperation]] = {}

    def add(self, title: str, operation: AnyOperation) -> str:
        """The key of `operation`; `title` is kept from its first use."""
        key = operation.key(self.build)
        self.operations.setdefault(key, (title, operation))
        return key
