"""How often batches are looked at that wait for their generations."""

from __future__ import annotations

import pytest

from flows.batch import wait


@pytest.mark.parametrize(("running", "seconds"), [(0, 30), (1, 30), (2, 30), (3, 45), (10, 150), (100, 1500)])
def test_many_open_batches_leave_the_places_of_workers_to_generations(running: int, seconds: int) -> None:
    """A look takes some seconds of a place: of all together there is one every fifteen seconds at most."""
    assert wait(running).total_seconds() == seconds
