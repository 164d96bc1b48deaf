"""Plans that travel arrive whole, and only where their keys mean the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reel.errors import InvalidRequest, Transient
from reel.generate.render import plan
from reel.generate.shares import publish_shares, read_share
from reel.make.worker import Worker, make_worker
from reel.plan.step import Plan
from reel.settings import Settings
from tests.conftest import MakeClip
from tests.proof.test_kinds import mixer, multicam, slideshow, template
from tests.tools import TOOLS


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return make_worker(Settings(home=tmp_path / "home"))


def planned(kind: Any, make_clip: MakeClip, folder: Path, worker: Worker) -> Plan:
    return plan({**kind(make_clip, folder), "resolution": "480p"}, base=folder, worker=worker)


@pytest.mark.parametrize("kind", [mixer, slideshow, multicam, template])
def test_nothing_of_a_plan_is_lost_on_its_way(kind: Any, make_clip: MakeClip, tmp_path: Path, worker: Worker) -> None:
    sent = planned(kind, make_clip, tmp_path, worker)
    arrived = read_share(publish_shares(sent, (tuple(sent.by_key),), worker), 0, worker)
    assert arrived.steps == sent.steps


def test_a_share_is_refused_where_other_tools_would_make_it(
    make_clip: MakeClip, tmp_path: Path, worker: Worker
) -> None:
    sent = planned(template, make_clip, tmp_path, worker)
    key = publish_shares(sent, (tuple(sent.by_key),), worker)
    with pytest.raises(InvalidRequest, match="planned by another version, or with other tools"):
        read_share(key, 0, replace(worker, tools=TOOLS))
    with pytest.raises(Transient, match="is not in the store"):
        read_share("0" * 64, 0, worker)
