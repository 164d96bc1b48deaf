"""What is wrong with a video is found before it is published; what is right is not refused.

More of the same: `python -m tests.proof.faults --runs 100`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reel.catalogue import open_catalogue
from reel.control.ledger import Ledger
from reel.errors import Internal, ReelError
from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.plan.operations import ProvePicture
from reel.request.terms import Terms
from reel.settings import Settings, settings
from tests.proof.faults import FAULTS, Fault, even, injected, make_media, mixer, template
from tests.some import some
from tests.tools import TOOLS

SMALL = {"resolution": "480p", "stills": False, "preview": {"scale": 0.5}}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("media"))


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, proof="off")


def switch(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    """Other settings, for one test."""
    changed = settings().model_copy(update=changes)
    for module in ("generate.planning", "make.proof_files", "generate.publish"):
        monkeypatch.setattr(f"reel.{module}.settings", lambda: changed)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_nothing_is_published(name: str, media: Path, tmp_path: Path) -> None:
    found = injected(FAULTS[name], 7, media, tmp_path)
    assert found.published == ()
    assert isinstance(found.by, Internal)


@pytest.mark.parametrize("name", some(["a layer dropped", "two segments swapped", "a gain halved"], 3))
def test_without_the_proof_it_is_published(name: str, media: Path, tmp_path: Path, unproven: None) -> None:
    found = injected(FAULTS[name], 7, media, tmp_path)
    assert found.by is None
    assert found.published


@pytest.mark.parametrize("kind", some([template, mixer, even], 3, name=lambda kind: kind.__name__))
def test_what_is_right_passes(kind: Any, media: Path, tmp_path: Path) -> None:
    found = injected(Fault(kind), 11, media, tmp_path)
    assert found.by is None
    assert found.published


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("home")))


def test_proofs_are_shared_by_variants_and_remembered(media: Path, worker: Worker) -> None:
    request = even(random.Random(3)) | SMALL | {"variants": 2, "order_mixing": True}
    planned = plan(request, base=media, worker=worker)
    segments = [step for step in planned.steps if step.kind == "picture"]
    proofs = [step for step in planned.steps if step.kind == "prove"]
    assert len(proofs) == len(segments) == 3
    assert {step.operation.segment for step in proofs if isinstance(step.operation, ProvePicture)} == {
        step.key for step in segments
    }
    first = render(request, base=media, worker=worker)
    again = render(request, base=media, worker=worker)
    assert {row.kind: row.steps - row.reused for row in first.steps}["prove"] == 3
    assert again.made == 0


def test_the_key_of_a_proof_knows_no_names(media: Path, worker: Worker) -> None:
    """Where a segment is used, and in which video, is nothing to its proof."""
    planned = plan(even(random.Random(3)) | SMALL, base=media, worker=worker)
    proof = next(step.operation for step in planned.steps if isinstance(step.operation, ProvePicture))
    renamed = proof.model_copy(update={"at": 99, "timeline": proof.timeline.model_copy(update={"name": "other"})})
    other = proof.model_copy(update={"timeline": proof.timeline.model_copy(update={"background": "#ffffff"})})
    assert renamed.key(TOOLS) == proof.key(TOOLS) != other.key(TOOLS)


def test_where_a_mismatch_is_only_told_it_stands_in_the_report_with_both_pictures(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(monkeypatch, proof_mismatch="warn")
    fault = FAULTS["a layer dropped"]
    found = injected(fault, 7, media, tmp_path)
    assert found.by is None
    report = json.loads((tmp_path / "outputs/wrong/report.json").read_text())
    assert any("is not what was asked for" in warning for warning in report["warnings"])
    page = (tmp_path / "outputs/wrong/report.html").read_text()
    assert "Asked for (left) and made (right)" in page
    # Whoever takes it for an error later finds it again, though all is in the store.
    switch(monkeypatch, proof_mismatch="fail")
    request = fault.request(random.Random(7)) | SMALL
    with pytest.raises(Internal, match="is not what was asked for"):
        render(request, base=media, worker=make_worker(Settings(home=tmp_path)))


def test_a_video_that_was_exchanged_after_it_was_bound_is_not_published(media: Path, tmp_path: Path) -> None:
    worker = make_worker(Settings(home=tmp_path))
    request = even(random.Random(5)) | SMALL
    first = render(request, base=media, worker=worker)
    planned = plan(request, base=media, worker=worker)
    (join,) = (step for step in planned.steps if step.kind == "join")
    held = worker.store.find(join.key, "join")
    assert held
    data = bytearray(worker.store.open(held, "video.mp4").read_bytes())
    data[-100] ^= 1  # within the last packet
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "video.mp4").write_bytes(data)
    worker.store.publish(folder, join.key, "join", held.measured)
    again = render(request, base=media, worker=worker)
    assert again.outputs[0].video.sha256 == first.outputs[0].video.sha256


def test_a_dead_letter_holds_both_pictures(media: Path, tmp_path: Path) -> None:
    error = injected(FAULTS["a layer doubled"], 7, media, tmp_path).by
    assert isinstance(error, ReelError)
    (picture,) = error.evidence.pictures
    assert picture.startswith(b"\xff\xd8")
    catalogue = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ledger = Ledger(catalogue, Terms(), "one")
    ledger.begin(template(random.Random(7)), "run")
    ledger.failed(error)
    with catalogue.operator() as everybody:
        (letter,) = everybody.find_dead_letters()
    assert len(letter.inputs["pictures"]) == 1
    catalogue.close()


def test_all_frames_can_be_looked_at(media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, proof="all")
    worker = make_worker(Settings(home=tmp_path))
    request = template(random.Random(2)) | SMALL
    planned = plan(request, base=media, worker=worker)
    (proof,) = (step.operation for step in planned.steps if isinstance(step.operation, ProvePicture))
    assert proof.chosen == tuple(range(45))
    render(request, base=media, worker=worker)


def test_prints_are_read_as_they_were_written(tmp_path: Path) -> None:
    from reel.packets.prints import read_prints, write_prints

    prints = {number: np.random.default_rng(number).integers(0, 255, (3, 9, 16), np.uint8) for number in (0, 5, 6)}
    write_prints(tmp_path / "print", prints)
    found = read_prints(tmp_path / "print")
    assert found.keys() == prints.keys()
    assert all((found[number] == prints[number]).all() for number in prints)
