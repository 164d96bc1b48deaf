"""The body of every kind's flow: from a request to published, reported outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial

from prefect.futures import PrefectFuture
from prefect.runtime import flow_run

from flows import show
from flows.following import following
from reel.artefact import Artefact
from reel.media import MediaFacts
from reel.perform.ingest import library_of
from reel.perform.listening import beat_picture, warm_up
from reel.perform.perform import Made
from reel.perform.progress import Progress
from reel.perform.publish import publish_report
from reel.perform.run import run_steps
from reel.plan.compile import Findings, wants_beats, wants_offsets
from reel.plan.plan import short_name
from reel.plan.step import Plan, PlannedOutput, Step
from reel.report import OutputFile, Report
from reel.request import Request
from tasks.generation import extract_metadata, fetch_asset, find_beats, find_offset, make_plan, upload, verify
from tasks.run import Run, new_run
from tasks.steps import TASKS

Artefacts = Mapping[str, Artefact]
"""By step key."""


def produce(request: Request) -> Report:
    """Make all that a request asks for. The flow run's id is the generation's name, so that a retry publishes in its place."""
    started = time.monotonic()
    generation = str(flow_run.id)
    with new_run() as run:
        warm_up(request)
        library = take_in(request)
        findings = listen(request, library)
        plan = make_plan(request, library, findings)
        run.progress = Progress(plan)
        with following(run.progress, generation):
            made = perform_steps(plan, run, run.progress)
            artefacts = {key: result.artefact for key, result in made.items()}
            reused = frozenset(key for key, result in made.items() if result.reused)
            published = deliver(generation, plan, artefacts)
            seconds = time.monotonic() - started
            report = publish_report(generation, request, plan, artefacts, reused, published, seconds, run.worker)
            run.progress.publish()
        cuts = [cut["seconds"] for output in report.outputs for cut in output.manifest.get("cuts", ())]
        plot = beat_picture(request, library, findings, cuts, run.worker)
        show.report(report, plan, artefacts, plot, run.worker)
        return report


def take_in(request: Request) -> dict[str, MediaFacts]:
    """Fetch every asset and read its metadata; all that is wrong with any of them is told at once."""
    readers: dict[str, Callable[[], MediaFacts]] = {}
    for place, asset in request.asset_places().items():
        name = short_name(asset)
        fetched = fetch_asset.submit(name, place, asset)
        facts = extract_metadata.submit(name, place, asset, fetched, return_state=False)
        readers[place] = partial(_facts_of, fetched, facts)
    return library_of(request, readers)


def listen(request: Request, library: Mapping[str, MediaFacts]) -> Findings:
    """Find what the request's timelines depend on besides facts: the beats of music, the offsets of recordings."""
    names = {place: short_name(asset) for place, asset in request.asset_places().items()}
    beats = {
        place: find_beats.submit(names[place], place, library[place], bpm)
        for place, bpm in wants_beats(request).items()
    }
    offsets = {
        place: find_offset.submit(names[one], place, library[one], library[other])
        for place, (one, other) in wants_offsets(request).items()
    }
    return {
        **{place: future.result() for place, future in beats.items()},
        **{place: future.result() for place, future in offsets.items()},
    }


def _facts_of(fetched: PrefectFuture[str], facts: PrefectFuture[MediaFacts]) -> MediaFacts:
    """The first error of the two: without its asset, metadata is only `NotReady`."""
    fetched.result()
    return facts.result()


def perform_steps(plan: Plan, run: Run, progress: Progress) -> dict[str, Made]:
    """Perform every step as a task, each when its inputs are made; what each key came to."""
    store = run.worker.store
    submitted: dict[str, PrefectFuture[Artefact]] = {}

    def begin(step: Step) -> Future[PrefectFuture[Artefact]]:
        task = TASKS[step.kind]
        if store.find(step.key, step.kind) is None:
            # The store is the truth: a result that Prefect remembers is worth nothing when the artefact is gone.
            task = task.with_options(refresh_cache=True)
        # Its inputs are made by now; that it waits for them is for the graph in the UI.
        inputs = [submitted[key] for key in step.needs]
        submitted[step.key] = task.submit(step, wait_for=inputs, return_state=False)
        ended: Future[PrefectFuture[Artefact]] = Future()
        submitted[step.key].add_done_callback(ended.set_result)
        return ended

    def settle(step: Step, future: PrefectFuture[Artefact]) -> Made:
        artefact = future.result()
        reused = future.state.name == "Cached"
        progress.finish(step, reused=reused)
        # What Prefect remembers may be older than what the store holds: the same key, made again after it was lost.
        return Made(store.find(step.key, step.kind) or artefact, reused)

    return run_steps(plan, run.worker, begin, settle)


def deliver(generation: str, plan: Plan, artefacts: Artefacts) -> list[OutputFile]:
    """Verify every variant, and only when all are right publish them."""
    outputs = _by_variant(plan)
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


def _by_variant(plan: Plan) -> dict[str, tuple[PlannedOutput, ...]]:
    """The outputs of each variant, under its name."""
    return {
        str(manifest["name"]): tuple(output for output in plan.outputs if output.variant == number)
        for number, manifest in enumerate(plan.manifests, start=1)
    }


def _part_of(plan: Plan, outputs: tuple[PlannedOutput, ...]) -> Plan:
    """The plan with only the steps that make these outputs: what a task is given, Prefect looks through."""
    keys = {output.step for output in outputs}
    return Plan(build=plan.build, steps=tuple(step for step in plan.steps if step.key in keys), outputs=outputs)


def _artefacts_of(outputs: tuple[PlannedOutput, ...], artefacts: Artefacts) -> dict[str, Artefact]:
    return {output.step: artefacts[output.step] for output in outputs}
