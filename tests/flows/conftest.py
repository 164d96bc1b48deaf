"""A real Prefect server, worker and deployment, started once for all tests of this folder and ended with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deployments import stack


@pytest.fixture(scope="session")
def prefect_stack() -> Iterator[stack.Stack]:
    with stack.running() as running:
        stack.connect(running.port)
        yield running
