"""The tasks around the steps: taking assets in, planning, verifying, uploading, reporting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reel.artefact import Artefact
from reel.findings import Beats, Offset, Scenes
from reel.media import MediaFacts
from reel.perform import ingest, listening, looking, planning, publish
from reel.plan.compile import Findings
from reel.plan.step import Plan, PlannedOutput
from reel.report import OutputFile
from reel.request import Request
from tasks.core import core_task
from tasks.run import current_run


@core_task("fetch asset", "fetch {name}")
def fetch_asset(name: str, place: str, asset: str) -> str:
    """Bring an asset into the store; its SHA-256. Relative paths count from the worker's working folder."""
    return ingest.fetch_asset(place, asset, Path.cwd(), current_run().worker)


@core_task("extract metadata", "extract metadata of {name}")
def extract_metadata(name: str, place: str, asset: str, sha256: str) -> MediaFacts:
    """Read a fetched asset's facts."""
    return ingest.read_facts(place, asset, sha256, current_run().worker)


@core_task("beats", "beats of {name}")
def find_beats(name: str, place: str, facts: MediaFacts, bpm: float | None) -> Beats:
    """Find the beats of music, or remember them."""
    return listening.beats_of(facts, bpm, place, current_run().worker)


@core_task("scenes", "scenes of {name}")
def find_scenes(name: str, place: str, facts: MediaFacts) -> Scenes:
    """Find the scenes of a video, or remember them."""
    return looking.scenes_of(facts, place, current_run().worker)


@core_task("sync", "sync {name}")
def find_offset(name: str, place: str, facts: MediaFacts, against: MediaFacts) -> Offset:
    """Find when a recording began, by its sound against another's, or remember it."""
    return listening.offset_of(facts, against, place, current_run().worker)


@core_task("plan", "plan")
def make_plan(request: Request, library: Mapping[str, MediaFacts], findings: Findings) -> Plan:
    """Plan the generation."""
    return planning.plan_generation(request, library, findings, current_run().worker)


@core_task("verify", "verify {name}")
def verify(name: str, outputs: tuple[PlannedOutput, ...], plan: Plan, artefacts: Mapping[str, Artefact]) -> None:
    """Hold all files of one variant against the plan."""
    for output in outputs:
        publish.verify_output(output, plan, artefacts, current_run().worker)


@core_task("upload", "upload {name}")
def upload(
    name: str, generation: str, outputs: tuple[PlannedOutput, ...], artefacts: Mapping[str, Artefact]
) -> list[OutputFile]:
    """Publish all files of one variant."""
    worker = current_run().worker
    return [publish.publish_output(generation, output, artefacts[output.step], worker) for output in outputs]
