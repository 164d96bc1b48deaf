"""The janitor: what goes, what stays, and that a generation outlives a cleaning in its middle."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from reel.catalogue import Accepted, Catalogue, Generation, NewDeadLetter, NewGeneration, NewStepRecord, Status
from reel.control import janitor
from reel.control.cleaning import Cleaning, RetentionPolicy, last_cleaning, policy_of
from reel.control.janitor import clean
from reel.errors import BadMedia, Damaged, Internal, ReelError, Transient, merged
from reel.find.ingest import library_of
from reel.generate.progress import Snapshot
from reel.generate.render import render
from reel.kinds.read import read_request
from reel.make.worker import Worker, make_worker
from reel.media import MediaFacts
from reel.settings import Settings
from reel.store import ArtefactStore, KeptKey, LocalObjects, workspace
from tests.clips import Clip, numbered
from tests.conftest import MakeClip
from tests.some import some
from tests.store.conftest import FarObjects

NOW = datetime.now(UTC)
POLICY = RetentionPolicy()


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now

    def ago(self, **ago: float) -> None:
        self.now = NOW - timedelta(**ago)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[LocalObjects, FarObjects])
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Worker:
    """A worker whose store and outputs are on this machine, or as if they were elsewhere."""
    made = make_worker(Settings(home=tmp_path / "home"))
    kind = request.param
    store = ArtefactStore(kind(tmp_path / "home" / "store"), tmp_path / "home" / "cache")
    return replace(made, store=store, outputs=kind(tmp_path / "home" / "outputs"))


def key_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def put(worker: Worker, name: str, hours: float, operation: str = "picture") -> str:
    """An artefact that was put so many hours ago; its key."""
    with workspace(worker.scratch) as scratch:
        folder = scratch / "artefact"
        folder.mkdir()
        (folder / "file").write_bytes(b"x" * 1000)
        worker.store.publish(folder, key_of(name), operation)
    age(worker.store.objects, f"artefacts/{operation}/", hours, key_of(name))
    return key_of(name)


def put_output(worker: Worker, name: str, hours: float) -> None:
    with workspace(worker.scratch) as scratch:
        path = scratch / "output"
        path.write_bytes(b"y" * 100)
        worker.outputs.put(name, path, hashlib.sha256(b"y" * 100).hexdigest(), consume=True)
    age(worker.outputs, "", hours, name)


def age(objects: Any, prefix: str, hours: float, part: str) -> None:
    when = NOW.timestamp() - hours * 3600
    for stat in objects.list(prefix):
        if part in stat.name:
            os.utime(objects.root / stat.name, (when, when))


def kept_in(worker: Worker) -> list[KeptKey]:
    return list(worker.store.keys())


def there(worker: Worker) -> set[str]:
    return {kept.key for kept in kept_in(worker)}


def outputs(worker: Worker) -> set[str]:
    return {stat.name for stat in worker.outputs.list("")}


def generation(catalogue: Catalogue, status: Status, *keys: str, tenant: str = "acme", **fields: Any) -> Generation:
    """A generation of that status, which refers to those keys."""
    with catalogue.tenant(tenant) as records:
        made, _ = records.add(NewGeneration(kind="mixer", request={"kind": "mixer"}, **fields))
        records.plan_known(
            made.id, "plan", 1.0, [NewStepRecord(key=key, operation="picture", title=key) for key in keys]
        )
        ways: dict[Status, tuple[Status, ...]] = {
            "queued": (),
            "rendering": ("fetching", "rendering"),
            "done": ("fetching", "saving", "done"),
        }
        for passed in ways.get(status, ("fetching", status)):
            assert records.move(made.id, passed)
        return made


FEED = "events for live clients"


def counts(cleaning: Cleaning) -> dict[str, int]:
    """What was removed, but for events of the feed, of which each generation had some."""
    return {part.what: part.count for part in cleaning.removed if part.count and part.what != FEED}


MEZZANINES = "mezzanines"
STEPS, UNBOUND = "artefacts of steps, and assets", "shares, facts and findings"
FORGOTTEN, ORPHANS = "generations, with their outputs", "outputs of no generation"


@pytest.mark.parametrize(
    ("operation", "hours", "goes"),
    [
        ("picture", 25, STEPS),
        ("picture", 23, None),
        ("asset", 25, STEPS),
        ("asset", 23, None),
        ("an-operation-of-an-older-version", 25, STEPS),
        ("shares", 25, UNBOUND),
        ("shares", 23, None),
        ("mezzanine", 29 * 24, None),
        ("mezzanine", 31 * 24, MEZZANINES),
        ("facts", 29 * 24, None),
        ("facts", 31 * 24, UNBOUND),
        ("beats", 31 * 24, UNBOUND),
        ("offset", 31 * 24, UNBOUND),
    ],
)
def test_what_nobody_refers_to_goes_by_age(
    worker: Worker, catalogue: Catalogue, operation: str, hours: float, goes: str | None
) -> None:
    put(worker, "a", hours, operation)
    cleaning = clean(worker, catalogue, POLICY, NOW)
    assert counts(cleaning) == ({goes: 1} if goes else {})
    assert there(worker) == (set() if goes else {key_of("a")})
    kept = sum(stat.bytes for stat in worker.store.objects.list("artefacts/"))
    assert cleaning.left == {"artefacts": kept, "outputs": 0}


@pytest.mark.parametrize(
    ("status", "hours", "stays"),
    [
        ("queued", 1000, True),
        ("rendering", 1000, True),
        ("done", 23, True),
        ("done", 25, False),
        ("failed", 25, True),
        ("cancelled", 25, True),
        ("failed", 7 * 24 + 1, False),
    ],
)
def test_what_a_generation_refers_to_stays_as_long_as_it_may_be_needed(
    worker: Worker, catalogue: Catalogue, clock: Clock, status: Status, hours: float, stays: bool
) -> None:
    key = put(worker, "a", 2000)
    clock.ago(hours=hours)
    generation(catalogue, status, key)
    clean(worker, catalogue, POLICY, NOW)
    assert there(worker) == ({key} if stays else set())


@pytest.mark.parametrize(("days", "stays"), [(29, True), (31, False)])
def test_a_mezzanine_stays_when_all_else_of_its_generation_goes(
    worker: Worker, catalogue: Catalogue, clock: Clock, days: float, stays: bool
) -> None:
    mezzanine, segment = put(worker, "a", 2000, "mezzanine"), put(worker, "b", 2000)
    clock.ago(days=days)
    generation(catalogue, "done", mezzanine, segment)
    clean(worker, catalogue, POLICY, NOW)
    assert there(worker) == ({mezzanine} if stays else set())


def test_what_is_of_use_again_is_young_again(worker: Worker, catalogue: Catalogue) -> None:
    used, unused = put(worker, "a", 25, "asset"), put(worker, "b", 25, "asset")
    artefact = worker.store.find(used, "asset")
    worker.store.touch(used, "asset")
    worker.store.touch(key_of("not there"), "asset")
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {STEPS: 1}
    assert worker.store.find(used, "asset") == artefact
    assert worker.store.find(unused, "asset") is None


def test_an_hour_is_young_enough_not_to_be_touched(worker: Worker) -> None:
    key = put(worker, "a", 0.5, "asset")
    before = list(worker.store.objects.list(""))
    worker.store.touch(key, "asset")
    assert list(worker.store.objects.list("")) == before


def test_the_catalogue_and_the_store_are_asked_again_right_before(
    worker: Worker, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the listing and the removal a generation begins, and an asset is found again."""
    planned, touched, gone = (put(worker, name, 48) for name in "abc")
    asked = janitor._Round._in_use

    def in_use(self: Any, retention: timedelta, among: Any = None) -> set[str]:
        found = asked(self, retention, among)
        if among is None:
            generation(catalogue, "rendering", planned)
            worker.store.touch(touched, "picture")
        return found

    monkeypatch.setattr(janitor._Round, "_in_use", in_use)
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {STEPS: 1}
    assert there(worker) == {planned, touched}
    assert worker.store.find(gone, "picture") is None


def test_failed_generations_go_after_a_week_with_all_that_is_theirs(
    worker: Worker, catalogue: Catalogue, clock: Clock
) -> None:
    clock.ago(days=8)
    failed, cancelled, done = (generation(catalogue, status) for status in ("failed", "cancelled", "done"))
    with catalogue.tenant("acme") as records:
        records.bury(NewDeadLetter(generation=failed.id, error_class="internal"))
    clock.ago(days=6)
    recent = generation(catalogue, "failed")
    for each in (failed, cancelled, done, recent):
        put_output(worker, f"acme/{each.id}/video.mp4", hours=1)
    for each in (failed, recent):
        put_output(worker, f"_shown/acme/{each.id}/failure-0.jpg", hours=30)
    cleaning = clean(worker, catalogue, POLICY, NOW)
    assert counts(cleaning) == {FORGOTTEN: 2}
    kept = {f"acme/{each.id}/video.mp4" for each in (done, recent)}
    # What the page of its run shows stays as long as a generation is known.
    assert outputs(worker) == kept | {f"_shown/acme/{recent.id}/failure-0.jpg"}
    assert cleaning.left["outputs"] == 200
    with catalogue.operator() as everybody:
        assert {found.id for found in everybody.find_generations()} == {done.id, recent.id}


def test_outputs_go_when_they_are_told_to_but_not_what_fills_a_slot(
    worker: Worker, catalogue: Catalogue, clock: Clock
) -> None:
    clock.ago(days=40)
    done, slotted = generation(catalogue, "done"), generation(catalogue, "done", slot="row 1")
    clock.ago(days=20)
    young = generation(catalogue, "done")
    for each in (done, slotted, young):
        put_output(worker, f"acme/{each.id}/video.mp4", hours=20 * 24)
    policy = POLICY.model_copy(update={"outputs": timedelta(days=30)})
    cleaning = clean(worker, catalogue, policy, NOW)
    (part,) = [part for part in cleaning.removed if part.count and part.what != FEED]
    assert (part.what, part.count, part.bytes, part.first) == (FORGOTTEN, 1, 100, (f"acme/{done.id}/",))
    assert outputs(worker) == {f"acme/{each.id}/video.mp4" for each in (slotted, young)}


def test_more_than_a_batch_goes_in_one_cleaning(
    worker: Worker, catalogue: Catalogue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(janitor, "BATCH", 2)
    clock.ago(days=9)
    for number in range(5):
        put(worker, str(number), 48)
        put_output(worker, f"acme/gone{number}/video.mp4", hours=48)
        generation(catalogue, "failed")
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {STEPS: 5, FORGOTTEN: 5, ORPHANS: 5}
    assert not there(worker)
    assert not outputs(worker)


@pytest.mark.parametrize(
    ("name", "hours", "goes"),
    [
        ("acme/unknown/video.mp4", 25, True),
        ("acme/unknown/deep/er/video.mp4", 25, True),
        ("acme/unknown/video.mp4", 23, False),
        ("acme/failed/video.mp4", 25, True),
        ("acme/failed/video.mp4", 23, False),
        ("acme/done/video.mp4", 1000, False),
        ("acme/rendering/video.mp4", 1000, False),
        ("acme/note.txt", 1000, False),
        ("stranger/unknown/video.mp4", 1000, False),
        ("20261121-080000-abcd1234/variant-001/video.mp4", 1000, False),
        ("report.json", 1000, False),
    ],
)
def test_only_folders_of_a_tenants_lost_generations_go(
    worker: Worker, catalogue: Catalogue, name: str, hours: float, goes: bool
) -> None:
    for status in ("done", "rendering", "failed"):
        generation(catalogue, status, id=status)
    put_output(worker, name, hours)
    assert counts(clean(worker, catalogue, POLICY, NOW)) == ({ORPHANS: 1} if goes else {})
    assert outputs(worker) == (set() if goes else {name})


def test_a_folder_is_as_young_as_its_youngest_file(worker: Worker, catalogue: Catalogue) -> None:
    generation(catalogue, "done")
    put_output(worker, "acme/unknown/old.mp4", 48)
    put_output(worker, "acme/unknown/new.mp4", 1)
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {}


def test_a_local_render_that_is_named_like_a_tenant_is_not_the_tenants(worker: Worker, catalogue: Catalogue) -> None:
    generation(catalogue, "done")
    for name in ("acme/report.json", "acme/variant-001/video.mp4"):
        put_output(worker, name, 1000)
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {}


def test_webhook_events_go_when_they_are_settled(worker: Worker, catalogue: Catalogue, clock: Clock) -> None:
    clock.ago(days=31)
    with catalogue.tenant("acme") as records:
        records.add_endpoint("https://shop.example/hooks", ["generation.queued"])
    generation(catalogue, "queued")
    with catalogue.operator() as everybody:
        (delivery,) = everybody.claim_due(clock.now, 1, 30)
        everybody.settle(delivery, Accepted(), clock.now)
    pending = generation(catalogue, "queued")
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {"webhook events": 1}
    with catalogue.tenant("acme") as records:
        assert [event.state for event in records.events(pending.id)] == ["pending"]


def test_what_dead_processes_left_is_swept(worker: Worker, catalogue: Catalogue) -> None:
    left = [worker.scratch / "left", worker.store.cache.incoming / "left"]
    long_ago = time.time() - 30 * 3600
    for path in left:
        path.mkdir(parents=True)
        os.utime(path, (long_ago, long_ago))
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {"leftovers of dead processes": 2}
    assert not any(path.exists() for path in left)


def test_what_live_clients_were_told_goes_after_a_week(worker: Worker, catalogue: Catalogue, clock: Clock) -> None:
    clock.ago(days=8)
    generation(catalogue, "queued")
    clock.ago(days=6)
    kept = generation(catalogue, "queued")
    (part,) = [part for part in clean(worker, catalogue, POLICY, NOW).removed if part.count]
    assert (part.what, part.count) == (FEED, 1)
    with catalogue.operator() as everybody:
        everybody.number_feed()
        assert [event.generation for event in everybody.feed_after(0, 9)] == [kept.id]


def test_a_dry_run_changes_no_byte_and_tells_what_a_cleaning_does(
    worker: Worker, catalogue: Catalogue, clock: Clock, tmp_path: Path
) -> None:
    put(worker, "a", 48)
    put(worker, "b", 48, "shares")
    put_output(worker, "acme/unknown/video.mp4", 48)
    clock.ago(days=40)
    with catalogue.tenant("acme") as records:
        records.add_endpoint("https://shop.example/hooks", ["generation.failed"])
    for _ in range(3):
        failed = generation(catalogue, "failed")
        put_output(worker, f"acme/{failed.id}/video.mp4", 39 * 24)
        with catalogue.operator() as everybody:
            for delivery in everybody.claim_due(clock.now, 10, 30):
                everybody.settle(delivery, Accepted(), clock.now)

    def everything() -> dict[str, tuple[bytes, int]]:
        files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    def rows() -> list[str]:
        import sqlite3

        with sqlite3.connect(tmp_path / "catalogue.db") as connection:
            return list(connection.iterdump())

    before = everything(), rows()
    told = clean(worker, catalogue, POLICY, NOW, dry_run=True)
    assert (everything(), rows()) == before
    assert told.dry_run
    done = clean(worker, catalogue, POLICY, NOW)
    assert done.removed == told.removed
    assert done.left == told.left
    assert counts(done) == {STEPS: 1, UNBOUND: 1, "webhook events": 3, FORGOTTEN: 3, ORPHANS: 1}
    assert not there(worker)
    assert not outputs(worker)


def test_a_cleaning_is_noted_and_a_second_one_finds_nothing(worker: Worker, catalogue: Catalogue) -> None:
    objects = worker.store.objects
    assert last_cleaning(objects, worker.scratch) is None
    put(worker, "a", 48)
    clean(worker, catalogue, POLICY, NOW, dry_run=True)
    assert last_cleaning(objects, worker.scratch) is None
    first = clean(worker, catalogue, POLICY, NOW)
    assert last_cleaning(objects, worker.scratch) == first
    assert counts(clean(worker, catalogue, POLICY, NOW)) == {}
    assert last_cleaning(objects, worker.scratch) != first


def test_what_lies_in_the_store_and_is_no_artefact_is_left_alone(worker: Worker, catalogue: Catalogue) -> None:
    names = ["artefacts/picture/ab/short/file", "artefacts/note.txt", f"artefacts/A/aa/{'a' * 64}/file", "other/file"]
    for name in names:
        path = worker.scratch / "x"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        worker.store.objects.put(name, path, hashlib.sha256(b"x").hexdigest(), consume=True)
    age(worker.store.objects, "", 1000, "")
    clean(worker, catalogue, POLICY, NOW)
    assert {stat.name for stat in worker.store.objects.list("")} == {*names, "janitor/last.json"}


def test_the_policy_is_that_of_the_settings() -> None:
    assert policy_of(Settings()) == POLICY
    told = Settings(
        keep_intermediates_hours=2,
        keep_mezzanines_days=7,
        keep_failed_days=3,
        keep_outputs_days=4,
        keep_events_days=5,
        keep_feed_days=8,
        keep_findings_days=6,
    )
    assert policy_of(told) == RetentionPolicy(
        intermediates=timedelta(hours=2),
        mezzanines=timedelta(days=7),
        failed=timedelta(days=3),
        outputs=timedelta(days=4),
        events=timedelta(days=5),
        feed=timedelta(days=8),
        findings=timedelta(days=6),
    )


@pytest.mark.parametrize("after", some([0, 1, 3], 2))
def test_a_generation_outlives_a_cleaning_in_its_middle(
    worker: Worker, catalogue: Catalogue, make_clip: MakeClip, after: int
) -> None:
    """One that nobody knows of, at the worst moment: all that it rests on is removed when some steps are made."""
    cleaned: list[Cleaning] = []

    turn = Lock()

    def sweep_all(snapshot: Snapshot) -> None:
        """Heard from several threads."""
        if snapshot.steps_done >= after and not cleaned and turn.acquire(blocking=False):
            cleaned.append(clean(worker, catalogue, POLICY, NOW + timedelta(days=60)))

    clips = [str(make_clip(numbered())), str(make_clip(Clip(rate="25", size=(180, 320))))]
    request = {"kind": "mixer", "clips": clips, "resolution": "480p", "stills": False}
    report = render(request, worker=worker, listener=sweep_all)
    assert sum(part.count for part in cleaned[0].removed)
    (output,) = report.outputs
    whole = render(request, worker=make_worker(Settings(home=worker.scratch.parent / "other")))
    assert output.video.sha256 == whole.outputs[0].video.sha256


def test_a_generation_that_is_known_loses_nothing_to_a_cleaning_in_its_middle(
    worker: Worker, catalogue: Catalogue, make_clip: MakeClip
) -> None:
    from reel.generate.render import plan

    request = {"kind": "mixer", "clips": [str(make_clip(numbered()))], "resolution": "480p", "stills": False}
    planned = plan(request, worker=worker)
    assets = [kept.key for kept in worker.store.keys("asset")]
    generation(catalogue, "rendering", *planned.by_key, *assets)
    lost: list[int] = []

    def sweep_all(snapshot: Snapshot) -> None:
        there_before = {kept.key for kept in kept_in(worker) if kept.operation != "facts"}
        clean(worker, catalogue, POLICY, NOW + timedelta(days=60))
        lost.append(len(there_before - there(worker)))

    render(request, worker=worker, listener=sweep_all)
    assert len(lost) > 1
    assert not any(lost)


@pytest.mark.parametrize(
    ("classes", "one"),
    [
        ([Internal, Damaged], Damaged),
        ([Transient, Damaged], Damaged),
        ([Damaged, BadMedia], BadMedia),
        ([Transient, Internal], Transient),
    ],
)
def test_a_loss_among_several_failures_is_mended(classes: list[type[ReelError]], one: type[ReelError]) -> None:
    """FFmpeg that finds its input gone says so in its own way, which is no reason to give up."""
    assert type(merged([each.at("step", "failed") for each in classes])) is one


def test_an_asset_that_could_not_be_fetched_is_no_bad_media() -> None:
    def away() -> MediaFacts:
        raise Transient.at("clips[0]", "gave no answer")

    reading = read_request({"kind": "mixer", "clips": ["https://a.example/a.mp4"]})
    with pytest.raises(Transient, match="gave no answer"):
        library_of(reading, {"clips[0].asset": away})
