"""Whether what fills a slot is what its request would make today, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from reel.catalogue import LIVE, Catalogue, Generation, OutputRecord
from reel.control.noted import plan_digest
from reel.differences import differences
from reel.errors import Damaged, ReelError
from reel.fetch import AssetSource, DigestMemo, locate
from reel.find.finders import find_all
from reel.find.ingest import cached_facts, fetch_asset, library_of, read_facts
from reel.find.kept import digest_of
from reel.generate.planning import plan_generation
from reel.kinds import parse_request
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.step import Plan
from reel.plan.why import Described, History, described
from reel.request import Request
from reel.request.documents import Document
from reel.request.read import Reading
from reel.values import public_document, public_name

MOST_FIELDS = 5
"""Fields that a reason names."""


@dataclass(frozen=True)
class Past:
    """What a slot has seen."""

    newest: Generation | None
    """Whatever became of it, unless it was called off: then it is the one that fills the slot."""
    done: Generation | None
    """The generation that fills the slot."""
    outputs: tuple[OutputRecord, ...]
    """Of that one."""

    @property
    def under_way(self) -> bool:
        return self.newest is not None and self.newest.status in LIVE

    @property
    def failed(self) -> bool:
        return self.newest is not None and self.newest.status == "failed"


def past_of(slot: str, tenant: str, project: str, catalogue: Catalogue) -> Past:
    """What the catalogue knows of a slot."""
    with catalogue.tenant(tenant) as records:
        newest = next(iter(records.generations(project=project, slot=slot, limit=1)), None)
        is_done = newest is not None and newest.status == "done"
        done = newest if is_done else records.latest_done(slot, project)
        if newest and newest.status == "cancelled":
            newest = done
        return Past(newest, done, tuple(records.outputs(done.id)) if done else ())


class Assets:
    """The facts of assets during one pass: each is looked at once, however many requests name it.

    What is not fetched before, or has changed since, is fetched and read; nothing else is.
    """

    def __init__(self, base: Path, worker: Worker) -> None:
        self._base, self._worker = base, worker
        self._memo = DigestMemo(worker.memo)
        self._found: dict[AssetSource, MediaFacts | ReelError] = {}
        self._locks: dict[AssetSource, Lock] = {}
        self._guard = Lock()

    def facts(self, place: str, asset: str, document: Document | None = None) -> MediaFacts:
        """The facts of an asset. `place` is the field that names it; errors do so too. A `document` is read again."""
        if document:
            return self.fetched(place, asset, document)
        source = locate(asset, self._base, place)
        with self._guard:
            lock = self._locks.setdefault(source, Lock())
        with lock:
            if source not in self._found:
                self._found[source] = self._read(source, asset)
        found = self._found[source]
        if isinstance(found, ReelError):
            raise _renamed(found, place)
        return found

    def _read(self, source: AssetSource, asset: str) -> MediaFacts | ReelError:
        try:
            known = digest_of(source, _ANY, self._memo, self._worker)
            facts = cached_facts(known, self._worker) if known else None
            return facts or self.fetched(_ANY, asset)
        except ReelError as error:
            return error

    def fetched(self, place: str, asset: str, document: Document | None = None) -> MediaFacts:
        """The facts of an asset whose bytes are in the store now."""
        sha256 = fetch_asset(place, asset, self._base, self._worker, document)
        return read_facts(place, asset, sha256, self._worker, document)


_ANY = "asset"
"""What stands for the field in errors that several fields share."""


def _renamed(error: ReelError, place: str) -> ReelError:
    problems = (
        replace(each, place=place + each.place.removeprefix(_ANY)) if each.place.startswith(_ANY) else each
        for each in error.problems
    )
    return type(error)(*problems)


@dataclass(frozen=True)
class Planned:
    """A request, planned again."""

    request: Request
    library: Mapping[str, MediaFacts]
    plan: Plan

    @property
    def digest(self) -> str:
        return plan_digest(self.plan)


def plan_again(reading: Reading, assets: Assets, worker: Worker) -> Planned:
    """Plan a request with what is remembered of its assets. Errors as `reel.generate.render.plan`."""
    try:
        return _planned(reading, assets.facts, worker)
    except Damaged:
        # Something has to be read or listened to whose bytes are no longer there.
        return _planned(reading, assets.fetched, worker)


def _planned(reading: Reading, facts: Callable[..., MediaFacts], worker: Worker) -> Planned:
    places, request = reading.asset_places(), reading.request
    documents = request.documents()
    readers = {place: partial(facts, place, asset, documents.get(place)) for place, asset in places.items()}
    library = library_of(reading, readers, worker.limits)
    return Planned(request, library, plan_generation(request, library, find_all(request, library, worker), worker))


def reasons(
    past: Past, planned: Planned, worker: Worker, remembered: Callable[[str], Mapping[str, Described]]
) -> tuple[str, ...]:
    """Why what fills a slot is not what its request makes today; none where it is. `remembered` gives the steps of a
    generation, as far as it is known what they were made of."""
    done = past.done
    if done is None:
        return ("latest failed",) if past.failed else ("new",)
    if done.plan_digest != planned.digest:
        return (*_differences(done, planned, remembered), *(("latest failed",) if past.failed else ()))
    missing = [output.name for output in past.outputs if not _is_there(output, worker)]
    return (_reason("outputs missing", missing),) if missing or not past.outputs else ()


def _differences(
    done: Generation, planned: Planned, remembered: Callable[[str], Mapping[str, Described]]
) -> Iterator[str]:
    """What is different from when the slot was filled; where nothing else is, what is made otherwise of the same."""
    report = done.report or {}
    before, asked = _as_read(done.request)
    now, asks = _public(planned.request), planned.request.asset_places()
    fields = [each.place for each in differences(before, now)]
    assets = [
        place
        for place, sha256 in report.get("assets", {}).items()
        if place in asks
        and public_name(asks[place]) == public_name(asked.get(place, ""))
        and planned.library[place].sha256 != sha256
    ]
    tools = _changed_tools(report.get("tools", {}), planned.plan)
    if fields:
        yield _reason("request changed", fields)
    if assets:
        yield _reason("asset changed", assets)
    if tools:
        yield _reason("toolchain changed", tools)
    if not (fields or assets or tools):
        yield from _changed_steps(planned.plan, remembered(done.id))


def _changed_tools(before: Mapping[str, str], plan: Plan) -> list[str]:
    """The tools that make something of a plan and are others now: `typst 0.15.0 -> 0.16.0`."""
    used = {tool for step in plan.steps for tool in step.operation.tools}
    now = plan.tools.of(used)
    return [
        f"{tool} {before[tool]} -> {identity}"
        for tool, identity in now.items()
        if before.get(tool, identity) != identity
    ]


def _changed_steps(plan: Plan, before: Mapping[str, Described]) -> Iterator[str]:
    """Which operations follow other rules; which fields of steps are others, where the same request is planned otherwise."""
    history = History(described(plan), before)
    causes = (
        {
            cause.key: cause for output in plan.outputs for root in output.roots for cause in history.causes(root)
        }.values()
        if before
        else ()
    )
    rules, fields = set(), set()
    for cause in causes:
        for each in cause.differences:
            if each.place == "rules":
                rules.add(f"{cause.operation} {each.before} -> {each.now}")
            elif not each.place.startswith("tools."):
                fields.add(f"{cause.operation} {each.place}")
    if rules or not fields:
        yield _reason("rules changed", sorted(rules))
    else:
        yield _reason("plan changed", sorted(fields))


def _as_read(document: Mapping[str, Any]) -> tuple[Any, Mapping[str, str]]:
    """A request as it was, in full, and its assets; as it was written, where it would be refused today."""
    try:
        request = parse_request(document)
    except ReelError:
        return public_document(document), {}
    return _public(request), request.asset_places()


def _public(request: Request) -> Any:
    # Whom it tells, and what of, changes nothing of what is made.
    return public_document(request.model_dump(mode="json", by_alias=True, exclude={"metadata", "webhook"}))


def _reason(what: str, names: list[str]) -> str:
    more = f" and {len(names) - MOST_FIELDS} more" if len(names) > MOST_FIELDS else ""
    return f"{what}: {', '.join(names[:MOST_FIELDS])}{more}" if names else what


def _is_there(output: OutputRecord, worker: Worker) -> bool:
    """Whether a file is where the catalogue says, as far as its size tells."""
    path = Path(output.location)
    if path.is_absolute():
        try:
            return path.stat().st_size == output.bytes
        except OSError:
            return False
    found = worker.outputs.stat(output.location)
    return found is not None and found.bytes == output.bytes
