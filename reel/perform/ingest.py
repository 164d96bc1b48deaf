"""Taking assets in: bytes into the store under their digest, facts beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from reel.errors import BadMedia, InvalidRequest, ReelError
from reel.fetch import DigestMemo, fetch, resolve
from reel.media import FACTS_RULES, MediaFacts
from reel.packets.build import packets_id
from reel.packets.probe import probe
from reel.perform.worker import Worker
from reel.store import workspace
from reel.values import digest

Key = TypeVar("Key")
Result = TypeVar("Result")


def fetch_asset(place: str, asset: str, base: Path, worker: Worker) -> str:
    """Bring an asset's bytes into the store; returns their SHA-256. `place` is the field that names it."""
    path = resolve(asset, base, place)
    memo = DigestMemo(worker.memo)
    known = _known_digest(path, memo)
    if known and worker.store.find(known, "asset"):
        return known
    with workspace(worker.scratch) as scratch:
        folder = scratch / "asset"
        folder.mkdir()
        sha256, _ = fetch(path, folder / "asset", place, memo)
        worker.store.publish(folder, sha256, "asset")
    return sha256


def _known_digest(path: Path, memo: DigestMemo) -> str | None:
    """The digest of a file that was hashed before and has not changed since; what is wrong with it, `fetch` will say."""
    try:
        return memo.recall(path, path.stat())
    except OSError:
        return None


def read_facts(place: str, asset: str, sha256: str, worker: Worker) -> MediaFacts:
    """The facts of a fetched asset: remembered ones, or read now in a child process. Errors name `place`."""
    key = digest({"asset": sha256, "rules": FACTS_RULES, "build": packets_id()})
    if found := worker.store.find(key, "facts"):
        return MediaFacts.model_validate_json(worker.store.open(found, "facts.json").read_bytes())
    held = worker.store.find(sha256, "asset")
    if held is None:
        raise BadMedia.at(place, f"{asset} is gone from the store", "run the request again")
    facts = probe(worker.store.open(held, "asset"), sha256, f"{place}: {asset}")
    with workspace(worker.scratch) as scratch:
        folder = scratch / "facts"
        folder.mkdir()
        (folder / "facts.json").write_text(facts.model_dump_json(), "utf-8")
        worker.store.publish(folder, key, "facts")
    return facts


def ingest(places: Mapping[str, str], base: Path, worker: Worker) -> dict[str, MediaFacts]:
    """Fetch all assets and read their facts, side by side; `places` maps each naming field to its asset.

    Raises one error with the problems of all assets that are bad.
    """
    with ThreadPoolExecutor(worker.room.processors, "ingest") as threads:

        def take_in(place: str) -> MediaFacts:
            sha256 = fetch_asset(place, places[place], base, worker)
            return read_facts(place, places[place], sha256, worker)

        return settle(places, {place: threads.submit(take_in, place).result for place in places})


def settle(keys: Iterable[Key], results: Mapping[Key, Callable[[], Result]]) -> dict[Key, Result]:
    """All results; or one error with the problems of all that failed, of the gravest class among them."""
    settled: dict[Key, Result] = {}
    failures: list[ReelError] = []
    for key in keys:
        try:
            settled[key] = results[key]()
        except ReelError as failure:
            failures.append(failure)
    if failures:
        raise merged(failures)
    return settled


def merged(failures: list[ReelError]) -> ReelError:
    """One error with all problems. What no retry can mend decides the class."""
    permanent = [failure for failure in failures if isinstance(failure, BadMedia | InvalidRequest)]
    first = (permanent or failures)[0]
    return type(first)(*(problem for failure in failures for problem in failure.problems))
