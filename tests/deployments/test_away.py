"""Prefect's server is away for a while: whoever follows a run, or waits for a share, goes on when it is back, or gives up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Running

from deployments import follow as following
from deployments.follow import RunStatus, follow
from flows import spread, starting
from flows.spread import Share
from flows.submit import submit
from reel.catalogue import open_catalogue
from reel.patience import retry, wait_until
from reel.request.terms import Terms
from tests.waiting import Passing

AWAY = httpx.ConnectError("refused")
GONE = ObjectNotFound(Exception("deleted"))


def answers(*those: Any) -> Callable[..., Any]:
    """Each in its turn; an error is raised, and the last comes again and again."""
    left = list(those)

    def answer(*_: Any) -> Any:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    return answer


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Passing:
    """Nobody waits here, and no server is there."""
    time = Passing()

    @contextmanager
    def no_client(**_: Any) -> Iterator[None]:
        yield None

    for module in (following, spread, starting):
        monkeypatch.setattr(module, "get_client", no_client)
    for module in (following, spread):
        monkeypatch.setattr(module, "retry", partial(retry, clock=time.clock()))
        monkeypatch.setattr(module, "wait_until", partial(wait_until, clock=time.clock()))
    return time


def look(state: State[Any]) -> RunStatus:
    return RunStatus(state, 0.0, "")


@pytest.mark.parametrize(
    ("seen", "ends", "told"),
    [
        ([look(Running()), look(Completed())], None, 2),
        ([look(Running()), AWAY, AWAY, AWAY, look(Running()), *[AWAY] * 8, look(Completed())], None, 3),
        ([look(Running()), AWAY], httpx.ConnectError, 1),
        ([look(Running()), GONE], ObjectNotFound, 1),
    ],
)
def test_a_run_is_followed_over_an_outage(
    seen: list[Any], ends: type[Exception] | None, told: int, time: Passing, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[RunStatus] = []
    monkeypatch.setattr(following, "_look", answers(*seen))
    if ends:
        with pytest.raises(ends):
            follow(uuid4(), heard.append)
        assert time.now() <= 61
    else:
        assert follow(uuid4(), heard.append).is_completed()
    assert len(heard) == told


@pytest.mark.parametrize(
    ("seen", "taker"),
    [
        ([None, None, "worker 2"], "worker 2"),
        ([None, ""], ""),
        ([None, AWAY, AWAY, "worker 2"], "worker 2"),
        ([None, AWAY], ""),
    ],
)
def test_a_share_is_waited_for_over_an_outage(
    seen: list[Any], taker: str, time: Passing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "_taker", answers(*seen))
    client: Any = None
    assert spread._ended(Share(uuid4(), frozenset()), client) == taker
    assert time.now() <= 62


@pytest.mark.parametrize("answer", [AWAY, GONE])
def test_an_order_stands_where_no_server_takes_its_run(
    answer: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "_create_run", answers(answer))
    catalogue = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    document = {"kind": "mixer", "clips": [{"asset": "a.mp4"}]}
    ordered = submit(document, Terms(idempotency_key="1"), catalogue)
    with catalogue.tenant("default") as records:
        kept = records.generation(ordered.id)
    assert (kept.status, kept.flow_run) == ("queued", None)
