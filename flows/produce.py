"""The body of every kind's flow: from a request to published, reported outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

from prefect.futures import PrefectFuture
from prefect.runtime import flow_run

from flows import show
from flows.following import following
from reel.artefact import Artefact
from reel.errors import ReelError
from reel.media import MediaFacts
from reel.perform.ingest import library_of, merged
from reel.perform.progress import Progress
from reel.perform.publish import publish_report
from reel.plan.estimate import urgency
from reel.plan.step import Plan, PlannedOutput, Step
from reel.report import OutputFile, Report
from reel.request import MixerRequest
from tasks.generation import extract_metadata, fetch_asset, make_plan, upload, verify
from tasks.run import Run, new_run
from tasks.steps import TASKS


def produce(request: MixerRequest) -> Report:
    """Make all that a request asks for. The flow run's id is the generation's name, so that a retry publishes in its place."""
    started = time.monotonic()
    generation = str(flow_run.id)
    with new_run() as run:
        plan = make_plan(request, take_in(request))
        run.progress = Progress(plan)
        with following(run.progress, generation):
            artefacts, reused = perform_steps(plan, run)
            published = deliver(generation, plan, artefacts)
            seconds = time.monotonic() - started
            report = publish_report(generation, request, plan, artefacts, reused, published, seconds, run.worker)
            run.progress.publish()
        show.report(report, plan, artefacts, run.worker)
        return report


def take_in(request: MixerRequest) -> dict[str, MediaFacts]:
    """Fetch every asset and read its metadata; all that is wrong with any of them is told at once."""
    readers: dict[str, Callable[[], MediaFacts]] = {}
    for place, asset in request.asset_places().items():
        fetched = fetch_asset.submit(place, asset)
        facts = extract_metadata.submit(place, asset, fetched, return_state=False)
        readers[place] = partial(_facts_of, fetched, facts)
    return library_of(request, readers)


def _facts_of(fetched: PrefectFuture[str], facts: PrefectFuture[MediaFacts]) -> MediaFacts:
    """The first error of the two: without its asset, metadata is only `NotReady`."""
    fetched.result()
    return facts.result()


def perform_steps(plan: Plan, run: Run) -> tuple[dict[str, Artefact], frozenset[str]]:
    """Perform all steps, each when its inputs are made; their artefacts by key, and the keys that were there already."""
    futures: dict[str, PrefectFuture[Artefact]] = {}
    for step in in_order(plan):
        # The store is the truth: a result that Prefect remembers is worth nothing when the artefact is gone.
        gone = run.worker.store.find(step.key, step.kind) is None
        task = TASKS[step.kind].with_options(refresh_cache=gone)
        futures[step.key] = task.submit(step, wait_for=[futures[key] for key in step.needs], return_state=False)
    failures: list[ReelError] = []
    artefacts: dict[str, Artefact] = {}
    for key, future in futures.items():
        future.wait()
        try:
            artefacts[key] = future.result()
        except ReelError as failure:
            failures.append(failure)
        except Exception:
            if not failures:  # what failed first explains the rest, which is only not ready
                raise
    if failures:
        raise merged([failure for failure in failures if failure.classification != "cancelled"] or failures)
    reused = frozenset(key for key, future in futures.items() if future.state.name == "Cached")
    return artefacts, reused


def in_order(plan: Plan) -> list[Step]:
    """Steps by their depth in the graph, then by the work behind them.

    Tasks start in this order and wait in their thread for what they need, so an input must never come after its user.
    """
    depth: dict[str, int] = {}
    for step in plan.steps:
        depth[step.key] = 1 + max((depth[key] for key in step.needs), default=0)
    behind = urgency(plan)
    return sorted(plan.steps, key=lambda step: (depth[step.key], -behind[step.key]))


def deliver(generation: str, plan: Plan, artefacts: dict[str, Artefact]) -> list[OutputFile]:
    """Verify every variant, and only when all are right publish them."""
    variants = {str(manifest["name"]): number for number, manifest in enumerate(plan.manifests, start=1)}
    outputs = {
        name: tuple(output for output in plan.outputs if output.variant == number) for name, number in variants.items()
    }
    checks = [
        verify.submit(name, files, _part_of(plan, files), _artefacts_of(files, artefacts))
        for name, files in outputs.items()
    ]
    for check in checks:
        check.result()
    uploads = [
        upload.submit(name, generation, files, _artefacts_of(files, artefacts)) for name, files in outputs.items()
    ]
    return [file for uploaded in uploads for file in uploaded.result()]


def _part_of(plan: Plan, outputs: Iterable[PlannedOutput]) -> Plan:
    """The plan with only the steps that make these outputs: what a task is given, Prefect looks through."""
    keys = {output.step for output in outputs}
    return Plan(build=plan.build, steps=tuple(step for step in plan.steps if step.key in keys), outputs=tuple(outputs))


def _artefacts_of(outputs: Iterable[PlannedOutput], artefacts: dict[str, Artefact]) -> dict[str, Artefact]:
    return {output.step: artefacts[output.step] for output in outputs}
