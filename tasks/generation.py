"""The tasks around the steps: taking assets in, planning, verifying, uploading, reporting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import Task

from reel.artefact import Artefact
from reel.find import ingest
from reel.find.finders import FINDERS, Finder
from reel.findings import Finding, Findings
from reel.generate import planning, publish
from reel.media import MediaFacts
from reel.plan.step import Plan, PlannedOutput
from reel.report import OutputFile
from reel.request import Request
from reel.request.documents import Document
from tasks.core import core_task
from tasks.run import current_run


@core_task("fetch asset", "fetch {name}")
def fetch_asset(name: str, place: str, asset: str, document: Document | None = None) -> str:
    """Bring an asset into the store; its SHA-256. Relative paths count from the worker's working folder."""
    return ingest.fetch_asset(place, asset, Path.cwd(), current_run().worker, document)


@core_task("extract metadata", "extract metadata of {name}")
def extract_metadata(name: str, place: str, asset: str, sha256: str, document: Document | None = None) -> MediaFacts:
    """Read a fetched asset's facts; of a document, that it is what it should be."""
    return ingest.read_facts(place, asset, sha256, current_run().worker, document)


def _finding(finder: Finder) -> Task[..., Finding]:
    def find(name: str, field: str, given: tuple[Any, ...]) -> Finding:
        """Find what a field of the request asks for, unless it is in the store."""
        return finder.find(*given, field, current_run().worker)

    find.__name__ = find.__qualname__ = f"find_{finder.kind}"
    return core_task(finder.kind, finder.title)(find)


FINDING = {finder.kind: _finding(finder) for finder in FINDERS}
"""The task of each kind of finding."""


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
