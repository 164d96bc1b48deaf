"""Taking assets in: bytes into the store under their digest, facts beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TypeVar
from weakref import WeakValueDictionary

from reel.confinement.parent import FILE_BYTES
from reel.errors import Damaged, InvalidRequest, ReelError, Resource, merged, named_at
from reel.fetch import AssetSource, DigestMemo, KeptAsset, fetch, locate, unchanged
from reel.find.checking import faults_of
from reel.find.documents import document_facts, seal_file
from reel.find.kept import take_kept
from reel.limits import USUAL, Limits
from reel.make.worker import Worker
from reel.media import FACTS_RULES, FACTS_TOOLS, MediaFacts
from reel.packets.probe import probe
from reel.plan.operations.expected import Work
from reel.request.documents import Document
from reel.request.read import Reading
from reel.store import workspace
from reel.values import digest, public_name

T = TypeVar("T")

READING = Work(seconds=0.05, bytes=0, memory_bytes=FILE_BYTES)
"""Of one file's facts: no more are read at a time than the machine has memory for, whatever is in them."""

_LOCKS: WeakValueDictionary[AssetSource, Lock] = WeakValueDictionary()
_LOCKS_GUARD = Lock()


def fetch_asset(place: str, asset: str, base: Path, worker: Worker, document: Document | None = None) -> str:
    """Bring an asset's bytes into the store; returns their SHA-256. `place` is the field that names it. A key is kept
    encrypted."""
    source = locate(asset, base, place)
    if isinstance(source, KeptAsset):
        return take_kept(place, source.id, worker)
    memo = DigestMemo(worker.memo)
    with _lock_of(source):
        known = unchanged(source, place, memo, worker.roots)
        if known and worker.store.find(known, "asset"):
            worker.store.touch(known, "asset")
            return known
        with workspace(worker.scratch) as scratch:
            folder = scratch / "asset"
            folder.mkdir()
            sha256, _ = fetch(source, folder / "asset", place, memo, worker.roots)
            if document and document.role == "key":
                seal_file(folder / "asset")
            worker.store.publish(folder, sha256, "asset")
    return sha256


def _lock_of(source: AssetSource) -> Lock:
    """The lock of a source: who comes second to one that several fields name finds it fetched, and does not fetch it again."""
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(source, Lock())


def read_facts(place: str, asset: str, sha256: str, worker: Worker, document: Document | None = None) -> MediaFacts:
    """The facts of a fetched asset: those in the store, or read now in a child process. Errors name `place`. Of a `document`,
    which is no media, it is read that it is what it should be."""
    if document:
        return _document_facts(place, document, sha256, worker)
    if known := cached_facts(sha256, worker):
        return known
    path = _bytes_of(place, asset, sha256, worker)
    with worker.room.taken(READING), named_at(place, public_name(asset)) as called:
        facts = probe(path, sha256, called)
    with workspace(worker.scratch) as scratch:
        folder = scratch / "facts"
        folder.mkdir()
        (folder / "facts.json").write_text(facts.model_dump_json(), "utf-8")
        worker.store.publish(folder, _facts_key(sha256, worker), "facts")
    return facts


def _document_facts(place: str, document: Document, sha256: str, worker: Worker) -> MediaFacts:
    try:
        return document_facts(place, document, _bytes_of(place, document.asset, sha256, worker))
    except Resource as error:  # a key that was encrypted with a secret that was forgotten since
        worker.store.forget(sha256, "asset")
        raise Damaged.at(place, str(error), "it is fetched again") from error


def _bytes_of(place: str, asset: str, sha256: str, worker: Worker) -> Path:
    held = worker.store.find(sha256, "asset")
    if held is None:
        raise Damaged.at(place, f"{public_name(asset)} is gone from the store", "it is fetched again")
    return worker.store.open(held, "asset")


def cached_facts(sha256: str, worker: Worker) -> MediaFacts | None:
    """The facts of an asset that was read before, whether or not its bytes are still in the store."""
    found = worker.store.find(_facts_key(sha256, worker), "facts")
    if found is None:
        return None
    worker.store.touch(found.key, "facts")
    return MediaFacts.model_validate_json(worker.store.open(found, "facts.json").read_bytes())


def _facts_key(sha256: str, worker: Worker) -> str:
    return digest({"asset": sha256, "rules": FACTS_RULES, "tools": worker.tools.of(FACTS_TOOLS)})


def ingest(reading: Reading, base: Path, worker: Worker) -> dict[str, MediaFacts]:
    """Fetch all assets of a request and read their facts, side by side; the facts go by the field that names the asset.

    Errors: as `library_of`.
    """
    places, documents = reading.asset_places(), reading.request.documents()
    with ThreadPoolExecutor(worker.room.processors, "ingest") as threads:

        def take_in(place: str) -> MediaFacts:
            sha256 = fetch_asset(place, places[place], base, worker, documents.get(place))
            return read_facts(place, places[place], sha256, worker, documents.get(place))

        readers = {place: threads.submit(take_in, place).result for place in places}
        return library_of(reading, readers, worker.limits)


def library_of(
    reading: Reading, readers: Mapping[str, Callable[[], MediaFacts]], limits: Limits = USUAL
) -> dict[str, MediaFacts]:
    """The facts that each reader gives; or one error with all that is wrong with the request: in its form, with its assets,
    and with what it makes of those that can be read."""
    library, failures = attempted(readers)
    wrong = [InvalidRequest(*reading.problems)] if reading.problems else []
    if found := [*wrong, *failures, *faults_of(reading, library, limits)]:
        raise merged(found)
    return library


def attempted(readers: Mapping[str, Callable[[], T]]) -> tuple[dict[str, T], list[ReelError]]:
    """What each reader gives, and the errors of those that give nothing."""
    found: dict[str, T] = {}
    failures: list[ReelError] = []
    for place, read in readers.items():
        try:
            found[place] = read()
        except ReelError as failure:
            failures.append(failure)
    return found, failures
