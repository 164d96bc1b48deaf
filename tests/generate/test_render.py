"""One process, one render after another: what ends one leaves the next alone."""

from __future__ import annotations

from typing import Any

import pytest

from reel.errors import Cancelled, Internal
from reel.generate.render import render
from reel.make.worker import Worker
from reel.patience import Policy


def request(colour: str) -> dict[str, Any]:
    clips = [{"type": "colour", "colour": colour, "duration": 0.5}]
    return {"kind": "template", "resolution": "480p", "stills": False, "timeline": {"tracks": [{"clips": clips}]}}


FAULTS = [
    ("reel.compose.compositor._draw_all", ZeroDivisionError("of a drawing")),
    ("reel.make.compose._still", RuntimeError("of a source")),
    ("reel.make.compose.fed_frames", KeyError("of a command")),
    ("reel.make.compose.read_back", MemoryError()),
    ("reel.make.picture.check_joined", Internal.at("a check", "failed")),
    ("reel.generate.render.publish_output", OSError("of a disk")),
    ("reel.generate.run.perform_together", KeyboardInterrupt()),
]


@pytest.mark.parametrize(("place", "fault"), FAULTS)
def test_after_any_fault_the_next_render_is_made(
    place: str, fault: BaseException, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    number = [place for place, _ in FAULTS].index(place)
    with monkeypatch.context() as patch:
        patch.setattr("reel.retry.by_class", lambda: Policy((0.0,)))
        patch.setattr(place, fail)
        with pytest.raises(type(fault)):
            render(request(f"#{number:02x}3060"), worker=worker)
    report = render(request(f"#{number:02x}6030"), worker=worker)
    assert report.outputs[0].measured["frames"] == 15


def test_a_worker_that_is_called_off_makes_nothing_more(worker: Worker) -> None:
    worker.cancelled.set()
    try:
        with pytest.raises(Cancelled):
            render(request("#abcdef"), worker=worker)
    finally:
        worker.cancelled.clear()
