"""Verifying a generation's outputs against its plan, and putting them where their users find them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reel.artefact import Artefact
from reel.control.outputs import mismatch_pictures, publish_text
from reel.damage import DAMAGE, Damage, damage_told
from reel.errors import Damaged, Internal, Problem
from reel.find.kept import shown_names
from reel.images.small import small_jpeg
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.estimate import Estimate
from reel.plan.lessons import Actual
from reel.plan.operations import Bind, Join, ProvePicture, ProveSound, Remux
from reel.plan.operations.tracks import MANIFEST, MASTER
from reel.plan.step import Plan, PlannedOutput, Step
from reel.report import OutputFile, Report, build_report
from reel.report.cards import Published, is_read
from reel.report.html import MOST_PICTURES, to_html
from reel.report.roles import role_of
from reel.request import Request
from reel.settings import settings
from reel.store.addresses import lasting_address
from reel.values import public_document

Artefacts = Mapping[str, Artefact]
"""By step key."""

REPORTED = ("poster", "sprite", "picture", "curve")
"""Roles of the pictures that the report has inside."""

MOST_PICTURE_SIZE = 1280
"""Pixels of the longer side of a picture in the report; twice what it is shown at, for dense displays."""


def verify_output(output: PlannedOutput, plan: Plan, artefacts: Artefacts, worker: Worker) -> Artefact:
    """Hold one output against the plan: its bytes against their digest, its measures against what was planned.

    It was decoded and measured when it was made; this proves that it is still the same file, and the one that was asked for.
    """
    artefact = artefacts[output.step]
    worker.store.open(artefact, output.file)
    step = plan.by_key[output.step]
    _refuse_unproven(output, plan, artefacts, worker)
    problems = [
        Problem(output.name, f"{what}: planned {planned}, measured {artefact.measured.get(what)}", "report this")
        for what, planned in _planned_measures(step).items()
        if artefact.measured.get(what) != planned
    ]
    if problems:
        raise Internal(*problems)
    return artefact


def _refuse_unproven(output: PlannedOutput, plan: Plan, artefacts: Artefacts, worker: Worker) -> None:
    """Raise `Damaged` where a file is not the one that was bound to its proofs: it was made again, or exchanged, since."""
    if not output.proof:
        return
    bound = artefacts[output.proof].measured
    wrong = [each for each in bound["wrong"] if not each.get(DAMAGE)]
    if wrong and settings().proof_mismatch == "fail":
        # They were found by somebody to whom they were no reason to stop, and are looked for again.
        for key, kind in _proofs_of(plan.by_key[output.proof]):
            worker.store.forget(key, kind)
        raise Damaged.at(output.name, f"is not what was asked for: {wrong[0]['what']}", "it is proven again")
    published = artefacts[output.step]
    # What is encrypted tells what it was before.
    shown = published.measured.get("source_sha256") or published.file(output.file).sha256
    if bound.get("video_sha256") != shown:
        worker.store.forget(output.proof, Bind.kind)
        raise Damaged.at(output.name, "is not the file that was proven", "it is proven again")


def _proofs_of(bind: Step) -> Iterator[tuple[str, str]]:
    """The keys and kinds of a video's proofs, and of what binds it to them."""
    operation = bind.operation
    assert isinstance(operation, Bind)
    yield from dict.fromkeys((part.proof, ProvePicture.kind) for part in operation.parts)
    yield from ((sound.proof, ProveSound.kind) for sound in operation.sounds)
    yield bind.key, Bind.kind


def _planned_measures(step: Step) -> dict[str, Any]:
    operation = step.operation
    if isinstance(operation, Remux):
        return {"frames": operation.frames, "samples": operation.samples, "frame_rate": str(operation.rate)}
    if not isinstance(operation, Join):
        return {}
    canvas = operation.canvas
    return {
        "frames": operation.frames,
        "samples": operation.samples,
        "width": canvas.width,
        "height": canvas.height,
        "frame_rate": str(canvas.rate),
    }


def entrances_last(outputs: Sequence[PlannedOutput]) -> tuple[list[PlannedOutput], list[PlannedOutput]]:
    """The outputs, and apart from them what players open: they would follow it to what is not there yet."""
    last = [output for output in outputs if output.file in (MANIFEST, MASTER)]
    return [output for output in outputs if output not in last], last


def publish_output(generation: str, output: PlannedOutput, artefact: Artefact, worker: Worker) -> OutputFile:
    """Copy one verified file to the generation's outputs, atomically, and within one server or disk where it can be.

    Again is harmless.
    """
    file = artefact.file(output.file)
    name = f"{generation}/{output.name}"
    worker.store.copy_to(worker.outputs, name, artefact, output.file)
    path = worker.outputs.where(name)
    return OutputFile(name=output.name, path=path, url=lasting_address(path), bytes=file.bytes, sha256=file.sha256)


def publish_report(
    generation: str,
    request: Request,
    library: Mapping[str, MediaFacts],
    plan: Plan,
    artefacts: Artefacts,
    reused: frozenset[str],
    published: Sequence[OutputFile],
    expected: Estimate,
    actual: Actual,
    worker: Worker,
    reasons: Mapping[str, str],
) -> Report:
    """Put manifests and the report beside the published outputs; `report.json` last, as the sign that all is there."""
    for manifest in plan.manifests:
        publish_text(generation, f"{manifest['name']}/manifest.json", json.dumps(manifest, indent=2), worker)
    documents = [publish_text(generation, name, text, worker) for name, text in plan.documents]
    report = build_report(
        generation,
        # Its metadata is its user's own, and means what it says whatever it looks like.
        {**public_document(request.model_dump(mode="json", by_alias=True)), "metadata": request.metadata},
        {place: facts.sha256 for place, facts in library.items()},
        plan,
        artefacts,
        reused,
        {file.name: file for file in published},
        expected,
        actual,
        reasons,
        documents=documents,
        damaged=tuple(_damage_told(request, library, artefacts, worker)),
    )
    mismatches = mismatch_pictures(plan, artefacts, worker)
    page = to_html(report, shown_in_report(plan, artefacts, worker), mismatches)
    publish_text(generation, "report.html", page, worker)
    publish_text(generation, "report.json", report.model_dump_json(indent=2), worker)
    return report


def _damage_told(
    request: Request, library: Mapping[str, MediaFacts], artefacts: Artefacts, worker: Worker
) -> Iterator[str]:
    places = request.asset_places()
    shown = shown_names(places.values(), worker.tenant)
    names = {place: shown[asset] for place, asset in places.items()}
    found = (Damage(**each) for artefact in artefacts.values() for each in artefact.measured.get(DAMAGE, ()))
    return damage_told(found, library, names)


def _is_reported(name: str) -> bool:
    return role_of(name) in REPORTED and name.endswith((".jpg", ".png"))


def shown_in_report(plan: Plan, artefacts: Artefacts, worker: Worker) -> Published:
    """What the report shows of its first variants: posters and sprite sheets, small, as JPEG; and what is in documents."""
    shown = [output for output in plan.outputs if output.variant <= MOST_PICTURES]

    def path(output: PlannedOutput) -> Path:
        return worker.store.open(artefacts[output.step], output.file)

    return Published(
        pictures={out.name: small_jpeg(path(out), MOST_PICTURE_SIZE) for out in shown if _is_reported(out.name)},
        texts={out.name: path(out).read_text("utf-8") for out in shown if is_read(out.name)},
    )
