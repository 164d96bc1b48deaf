"""The kinds of fault: how each is done to a running generation, and how it is ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.states import Cancelling

from deployments.follow import trigger
from flows.submit import submit
from reel.request.terms import Terms
from tests.faults.installation import BUCKET, Host, Service
from tests.faults.trial import Trial
from tests.store.faulty import ALWAYS, Fault
from tests.store.faulty import Kind as Harm

Heal = Callable[[], None]
Strike = Callable[[Trial], Heal | None]
"""Does the harm and returns what ends it; null where there is nothing to harm at this moment."""

DONE_OR_FAILED = frozenset({"done", "failed"})
"""Where a fault may outlast the patience that its class of error deserves."""


def nothing() -> None:
    """Some faults end by themselves."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault."""

    strike: Strike
    seconds: float = 0.0
    """How long it lasts."""
    ends: frozenset[str] = frozenset({"done"})
    """The statuses that are right afterwards."""
    small_disk: bool = False
    """Whether the workers need disks of their own for it."""
    again: bool = False
    """Whether another generation is to be made afterwards from what was harmed."""


def _signalled(pids: Callable[[Trial], list[int]], number: signal.Signals) -> Strike:
    def strike(trial: Trial) -> Heal | None:
        if not (found := pids(trial)):
            return None
        with suppress(ProcessLookupError):
            os.kill(trial.chance.choice(found), number)
            return nothing
        return None

    return strike


def _busy(trial: Trial) -> Service | None:
    """The worker that has the run."""
    labels = trial.flow_run().labels
    return next((host.service for host in trial.site.hosts if host.name == labels.get("prefect.worker.name")), None)


def _worker(number: signal.Signals) -> Strike:
    return _signalled(lambda trial: [service.pid for service in [_busy(trial)] if service], number)


def _kill_server(trial: Trial) -> Heal:
    trial.site.server.kill()
    return nothing


def _stop_server(trial: Trial) -> Heal:
    """For longer than Prefect's workers bear by themselves."""
    return trial.site.server.pause()


def _kill_database(trial: Trial) -> Heal:
    trial.site.database.kill()
    return trial.site.database.start


def _fill(trial: Trial) -> Heal | None:
    """Fill the disk of the worker that has the run, to the last byte."""
    service = _busy(trial)
    host = next((host for host in trial.site.hosts if host.service is service), None)
    if host is None or not (host.home / "scratch").is_dir():
        return None
    filler = host.home / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    return filler.unlink


def _fill_while_rendering(trial: Trial) -> Heal | None:
    return _fill(trial) if trial.site.ffmpegs() else None


def _fill_while_packaging(trial: Trial) -> Heal | None:
    pictures = [step for step in trial.steps() if step.operation == "picture"]
    return _fill(trial) if pictures and all(map(trial.is_made, pictures)) else None


def _storage(put: Harm, get: Harm, times: int) -> Strike:
    """Harm to the next requests of any worker."""

    def strike(trial: Trial) -> Heal:
        harms = {"PUT": put, "POST": put, "GET": get, "HEAD": get if get in ("500", "503 SlowDown", "slow") else None}
        faults = [Fault(kind, method, times=times) for method, kind in harms.items() if kind]
        trial.site.proxy.faults[:] = faults
        return trial.site.proxy.faults.clear

    return strike


def stalled(trial: Trial) -> Heal:
    """Answers of the store stop in their midst, and do not end."""
    trial.site.proxy.faults[:] = [Fault("silence", "GET", times=2)]
    return trial.site.proxy.faults.clear


def _damaged(damage: Callable[[bytes, Trial], bytes]) -> Strike:
    """Damage to one file of one artefact, in the store and in every worker's cache."""

    def strike(trial: Trial) -> Heal | None:
        keys = {step.key for step in trial.steps()}
        objects = [found["Key"] for found in trial.objects("store/artefacts/")]
        files = [name for name in objects if name.split("/")[4] in keys and not name.endswith("manifest.json")]
        if not files:
            return None
        name = trial.chance.choice(files)
        client = trial.site.s3.client()
        found = client.get_object(Bucket=BUCKET, Key=name)
        harmed = damage(found["Body"].read(), trial)
        client.put_object(Bucket=BUCKET, Key=name, Body=harmed, Metadata=found["Metadata"])
        for host in trial.site.hosts:
            _harm_copy(host, name.removeprefix("store/"), lambda data: damage(data, trial))
        return nothing

    return strike


def _harm_copy(host: Host, name: str, damage: Callable[[bytes], bytes]) -> None:
    """In the file itself, as a disk does it: whoever has it open reads the damage."""
    path = Path(host.home, "cache", name)
    with suppress(FileNotFoundError), path.open("r+b") as file:
        harmed = damage(file.read())
        file.seek(0)
        file.write(harmed)
        file.truncate()


def _cut(data: bytes, trial: Trial) -> bytes:
    return data[: trial.chance.randrange(len(data))]


def _flipped(data: bytes, trial: Trial) -> bytes:
    at = trial.chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << trial.chance.randrange(8)]) + data[at + 1 :]


def _trigger_again(trial: Trial) -> Heal:
    """The same order a second time, by Prefect's own API, which asks nobody beforehand."""
    terms = {"tenant": trial.tenant, "idempotency_key": trial.key}
    trial.also.append(trigger("mixer/mixer", trial.footage.request(), terms))
    return nothing


def _same_work(trial: Trial) -> Heal:
    """The same request as a generation of its own: two workers make the same keys."""
    trial.twins.append(submit(trial.footage.request(), Terms(tenant=trial.tenant), trial.site.catalogue).id)
    return nothing


def _cancel(trial: Trial) -> Heal:
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(trial.run, Cancelling())
    return nothing


def _at_the_end(strike: Strike) -> Strike:
    """Only once all is delivered and noted, while the run still goes on."""

    def late(trial: Trial) -> Heal | None:
        return (
            strike(trial)
            if trial.record().status == "done" and trial.flow_run().state_type == StateType.RUNNING
            else None
        )

    return late


KINDS: Mapping[str, Kind] = {
    "FFmpeg killed": Kind(_signalled(lambda trial: trial.site.ffmpegs(), signal.SIGKILL)),
    "flow process killed": Kind(_signalled(lambda trial: trial.site.engines(), signal.SIGKILL)),
    "worker killed": Kind(_worker(signal.SIGKILL)),
    "Prefect server killed": Kind(_kill_server),
    "PostgreSQL killed": Kind(_kill_database, seconds=1),
    "FFmpeg stopped": Kind(_signalled(lambda trial: trial.site.ffmpegs(), signal.SIGSTOP)),
    "worker told to go": Kind(_worker(signal.SIGTERM)),
    "disk full, segment": Kind(_fill_while_rendering, seconds=4, ends=DONE_OR_FAILED, small_disk=True),
    "disk full, packaging": Kind(_fill_while_packaging, seconds=4, ends=DONE_OR_FAILED, small_disk=True),
    "S3 answers 500": Kind(_storage("500", "500", ALWAYS), seconds=8),
    "S3 answers 503": Kind(_storage("503 SlowDown", "503 SlowDown", ALWAYS), seconds=8),
    "S3 slow": Kind(_storage("slow", "slow", ALWAYS), seconds=8),
    "S3 cuts bodies": Kind(_storage("cut request", "cut answer", 4), seconds=8),
    "S3 garbles bodies": Kind(_storage("wrong request", "wrong answer", 2), seconds=8),
    "artefact cut": Kind(_damaged(_cut), again=True),
    "bit flipped": Kind(_damaged(_flipped), again=True),
    "two triggers": Kind(_trigger_again),
    "two workers, one key": Kind(_same_work),
    "cancelled": Kind(_cancel, ends=frozenset({"done", "cancelled"})),
    "cancelled at the end": Kind(_at_the_end(_cancel)),
    "killed at the end": Kind(_at_the_end(_signalled(lambda trial: trial.site.engines(), signal.SIGKILL))),
    "Prefect server away": Kind(_stop_server, seconds=60),
    "catalogue away": Kind(_kill_database, seconds=20),
}
"""All of them, by name."""
