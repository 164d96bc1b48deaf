"""What must be true when all is over, whatever happened."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from prefect.client.orchestration import get_client

from deployments.watch import LINGER_SECONDS
from flows.tenancy import LEASE_SECONDS
from reel.buckets import Bucket
from reel.catalogue import OutputRecord
from reel.store import scratch, sweep
from reel.store.s3 import S3Objects
from tests.clips import read_frame_numbers
from tests.faults.installation import BUCKET, Installation, command_of
from tests.faults.trial import SAME_END, Trial
from tests.waiting import wait_for

EXIT_SECONDS = LINGER_SECONDS + 30.0
"""How long a run's process may take to end after its last word to the server: its worker ends one that hangs."""
CORRECTION_SECONDS = 45.0
"""Workers hold Prefect against the catalogue every 15 s (`deployments.upkeep`)."""


def broken(trial: Trial, ends: frozenset[str], order: Sequence[int] | None = None) -> Iterator[str]:
    """What is wrong with a generation that has settled, each in a sentence."""
    for generation in (trial.generation, *trial.twins):
        record = trial.record(generation)
        if record.status not in ends:
            yield f"{generation} is {record.status}: {record.error}"
        if record.status == "done":
            yield from _broken_set(trial, generation, order)
        elif trial.objects(f"outputs/{trial.tenant}/{generation}/report.json"):
            yield f"{generation} is {record.status}, and has a report"
        if (record.status == "failed") != (generation in _buried(trial)):
            yield f"{generation} is {record.status}, and has {'a' if generation in _buried(trial) else 'no'} dead letter"
        if generation == trial.generation:
            yield from _contradicted(trial, record.status)
    folders = {found["Key"].split("/")[2] for found in trial.objects(f"outputs/{trial.tenant}/")}
    if strangers := folders - {trial.generation, *trial.twins, *trial.neighbours}:
        yield f"published besides: {sorted(strangers)}"


def _contradicted(trial: Trial, status: str) -> Iterator[str]:
    # Prefect's watch for cancellations may be so late that the run has completed; what it says then is put right soon.
    def agreed() -> bool:
        state = trial.flow_run().state_type
        return SAME_END.get(state.value if state else "") == status

    try:
        wait_for(agreed, "the same end", CORRECTION_SECONDS)
    except TimeoutError:
        yield f"{trial.generation} is {status}, its run is {trial.flow_run().state_type}"


def left_behind(site: Installation) -> Iterator[str]:
    """What dead processes left that nobody would sweep away."""
    try:
        wait_for(lambda: not site.ffmpegs() and not site.engines(), "their end", EXIT_SECONDS)
    except TimeoutError:
        yield f"still running: FFmpeg {site.ffmpegs()}, flow processes {[*map(_told, site.engines())]}"
    for host in site.hosts:
        for folder in (host.home / "scratch", host.home / "cache" / ".incoming"):
            sweep(folder)
            if folder.is_dir() and (left := [path.name for path in folder.iterdir()]):
                yield f"left in {folder}: {left}"
    objects = S3Objects(Bucket(BUCKET, site.s3.endpoint))
    with patch.object(scratch, "STRANGER_SECONDS", -60.0):
        objects.sweep()
    if left := [upload.key for upload in objects.bucket.uploads()]:
        yield f"unfinished uploads: {left}"


def _told(pid: int) -> str:
    """A process, the run that it is of, and whose child it is."""
    folder = Path("/proc", str(pid))
    try:
        environment = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return f"{pid}, which has just ended"
    run = next((each for each in environment if each.startswith("PREFECT__FLOW_RUN_ID")), "no run")
    return f"{pid} of {run}, child of {command_of(parent)}"


def slots_held(site: Installation) -> Iterator[str]:
    """Slots of tenants that nobody gives back, though all leases must have run out by now."""

    def held() -> list[str]:
        with get_client(sync_client=True) as client:
            limits = client.read_global_concurrency_limits(limit=200)
        return [limit.name for limit in limits if limit.active_slots]

    try:
        wait_for(lambda: not site.ask(held), "the end of all leases", LEASE_SECONDS + EXIT_SECONDS)
    except TimeoutError:
        yield f"slots are still held: {site.ask(held)}"


def _buried(trial: Trial) -> set[str]:
    def read() -> set[str]:
        with trial.site.catalogue.tenant(trial.tenant) as records:
            return {letter.generation for letter in records.dead_letters()}

    return trial.site.ask(read)


def _broken_set(trial: Trial, generation: str, order: Sequence[int] | None) -> Iterator[str]:
    """Hold what was published against report, manifest, catalogue, and the frames that were asked for."""
    prefix = f"outputs/{trial.tenant}/{generation}/"
    found = {entry["Key"].removeprefix(prefix) for entry in trial.objects(prefix)}
    if "report.json" not in found:
        yield f"{generation} has no report among {sorted(found)}"
        return
    report = json.loads(_read(trial, prefix + "report.json"))
    files = {file["name"]: file for output in report["outputs"] for file in output["files"]}
    manifests = {f"{output['name']}/manifest.json" for output in report["outputs"]}
    expected = {*files, *manifests, "report.json", "report.html"}
    if found != expected:
        yield f"{generation}: published {sorted(found)}, reported {sorted(expected)}"
        return
    known = {output.name: output for output in _outputs(trial, generation)}
    if set(known) != set(files):
        yield f"{generation}: the catalogue knows {sorted(known)}, the report {sorted(files)}"
    for name, file in files.items():
        data = _read(trial, prefix + name)
        digest = hashlib.sha256(data).hexdigest()
        if digest != file["sha256"] or (name in known and digest != known[name].sha256):
            yield f"{generation}/{name} has not the bytes of its report"
        elif name.endswith(".mp4"):
            yield from _broken_video(f"{generation}/{name}", data, trial.footage.numbers(order))
    for output in report["outputs"]:
        manifest = json.loads(_read(trial, f"{prefix}{output['name']}/manifest.json"))
        if manifest != output["manifest"]:
            yield f"{generation}: the manifest of {output['name']} is not the report's"


def _broken_video(name: str, data: bytes, expected: Sequence[int]) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(data)
        file.flush()
        shown = read_frame_numbers(Path(file.name))
    if len(shown) != len(expected):
        yield f"{name} has {len(shown)} frames, planned were {len(expected)}"
    elif wrong := [at for at, (is_, should) in enumerate(zip(shown, expected, strict=True)) if is_ != should]:
        yield f"{name} shows something else at frames {wrong[:5]}"


def _outputs(trial: Trial, generation: str) -> list[OutputRecord]:
    def read() -> list[OutputRecord]:
        with trial.site.catalogue.tenant(trial.tenant) as records:
            return records.outputs(generation)

    return trial.site.ask(read)


def _read(trial: Trial, key: str) -> bytes:
    answer: Any = trial.site.s3.client().get_object(Bucket=BUCKET, Key=key)
    data: bytes = answer["Body"].read()
    return data
