"""Looking at assets that tenants keep, before anybody uses them: fetched from their address, scanned, read, shown small.

    inspector = Inspector(library, worker)
    while inspector.look():             # one at a time; any number of processes may
        ...

An asset is read by confined readers alone, as all strangers' bytes are. What nobody can say at present (the scanner is away, a
disk is full) leaves it quarantined, and is tried again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from reel.catalogue import LibraryAsset
from reel.control.allowed import allowed_to
from reel.control.clamd import ScannerAway, scan
from reel.control.library import Library
from reel.control.receiving import object_name
from reel.errors import BadMedia, Internal, InvalidRequest, ReelError
from reel.fetch import fetch, locate
from reel.find.ingest import read_facts
from reel.find.kept import copy_out
from reel.generate.thumbnails import thumbnail_of
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.media_types import KEY_TYPE, media_type_of, text_type_of
from reel.package.encrypt import key_of
from reel.request.kept import ASSET
from reel.settings import settings
from reel.store import workspace
from reel.values import public_name

log = logging.getLogger("reel.library")

LEASE = timedelta(seconds=60)
"""An asset is one inspector's for so long after its last sign of life."""
MOST_ATTEMPTS = 8
"""At what fails of something else than the scanner's absence; then it is refused."""
MOST_PAUSE = timedelta(minutes=5)

KEY_SUFFIX = ".key"
"""Of a key of encrypted ladders: 16 bytes say nothing of themselves."""
KEY_HEAD = 100
"""Bytes, more than any key has."""

Seen = tuple[dict[str, Any], MediaFacts | None]


@dataclass(frozen=True)
class Inspector:
    """Looks at assets of all tenants."""

    library: Library
    worker: Worker

    def look(self) -> bool:
        """Look at the asset that has waited longest; whether there was one. Errors: those of the catalogue."""
        with self.library.catalogue.operator() as everybody:
            asset = everybody.claim_asset(everybody.now(), LEASE)
        if asset is None:
            return False
        with self._claimed(asset):
            change, facts = self._seen(asset)
        with self.library.catalogue.tenant(asset.tenant_id) as records:
            gone = records.looked_at(asset, change)
            if facts and gone is not None:  # whoever judges a request that names it knows it by now
                name = f"{ASSET}{asset.id}"
                known = {facts.sha256: facts.model_dump(mode="json")}
                records.saw([(name, facts.sha256, facts.bytes)], known)
        if gone is None:  # removed meanwhile, or looked at by another
            return True
        self.library.objects.delete(*gone)
        log.info("asset %s of %s is %s", asset.id, asset.tenant_id, change.get("state", asset.state))
        return True

    def _seen(self, asset: LibraryAsset) -> Seen:
        """What becomes of an asset, and what is known of it then."""
        try:
            return self._inspected(asset)
        except (BadMedia, InvalidRequest) as error:
            return _refused(error), None
        except ReelError as error:
            log.warning("asset %s of %s could not be looked at: %s", asset.id, asset.tenant_id, error)
            if asset.attempts >= MOST_ATTEMPTS and not isinstance(error, ScannerAway):
                return _refused(Internal.at("asset", "could not be looked at", "upload it again")), None
            with self.library.catalogue.operator(only_reads=True) as everybody:
                again = everybody.now() + min(timedelta(seconds=2 * 2.0 ** min(asset.attempts, 20)), MOST_PAUSE)
            return {"due": again, "problems": [_shown(error)]}, None
        except Exception:
            # A fault of ours, which this asset shows: it must not keep those from being looked at that come after it.
            log.exception("asset %s of %s cannot be looked at", asset.id, asset.tenant_id)
            return _refused(Internal.at("asset", "could not be looked at", "name its id to whoever runs this")), None

    def _inspected(self, asset: LibraryAsset) -> Seen:
        worker = self.worker.for_run(asset.tenant_id, allowed_to(self.library.catalogue, asset.tenant_id))
        with workspace(worker.scratch) as scratch:
            folder = scratch / "asset"
            folder.mkdir()
            path, change = folder / "asset", self._brought(asset, folder / "asset")
            sha256, size = _digest(path)
            change |= {"state": "ready", "due": None, "problems": [], "source": None, "sha256": sha256, "bytes": size}
            if scanner := settings().clamd:
                verdict = scan(path, scanner)
                if verdict.found:
                    raise BadMedia.at("asset", f"holds malware: {verdict.found}", "clean it, and upload it again")
                change["scanned"] = verdict.said
            self._bring_back(asset, sha256, change.get("object", asset.object))
            if other := text_type_of(path, asset.name) or _key_type_of(path, asset.name):
                return change | {"media_type": other}, None
            if not worker.store.find(sha256, "asset"):
                worker.store.publish(folder, sha256, "asset")
        facts = read_facts("asset", asset.name, sha256, worker)
        _check(facts)
        shown = facts.model_dump(mode="json", exclude={"video": {"keyframes"}})
        thumbnail = self._thumbnail(asset, facts, worker)
        return change | {"media_type": media_type_of(facts), "facts": shown, "thumbnail": thumbnail}, facts

    def _brought(self, asset: LibraryAsset, path: Path) -> dict[str, Any]:
        """Have the bytes of an asset in a file; what changes where they were fetched."""
        if asset.object:
            copy_out(self.library.objects, asset.object, path)
            return {}
        sha256, _ = fetch(locate(asset.source or "", Path("/"), "url"), path, "url")
        name = object_name(asset.tenant_id, asset.id)
        self.library.objects.put(name, path, sha256)
        return {"object": name}

    def _bring_back(self, asset: LibraryAsset, sha256: str, object_: str | None) -> None:
        """Where the tenant has had these bytes already and their object is lost, as in a new place of the library, give what
        had it this one: or the asset would share nothing with them."""
        with self.library.catalogue.tenant(asset.tenant_id, only_reads=True) as records:
            had = records.same_bytes(asset.id, sha256)
        if had and object_ and self.library.objects.stat(had) is None:
            with self.library.catalogue.tenant(asset.tenant_id) as records:
                records.moved(had, object_)

    def _thumbnail(self, asset: LibraryAsset, facts: MediaFacts, worker: Worker) -> str | None:
        """Keep a small picture of it; null for what has none. It is good without."""
        try:
            picture = thumbnail_of(facts, worker)
        except ReelError as error:
            log.warning("no thumbnail of asset %s of %s: %s", asset.id, asset.tenant_id, error)
            return None
        if picture is None:
            return None
        name = f"{object_name(asset.tenant_id, asset.id)}.jpg"
        with workspace(worker.scratch) as scratch:
            (scratch / "small").write_bytes(picture)
            digest = hashlib.sha256(picture).hexdigest()
            self.library.objects.put(name, scratch / "small", digest, consume=True)
        return name

    @contextmanager
    def _claimed(self, asset: LibraryAsset) -> Iterator[None]:
        """Keep others from looking at it as well, however long it takes."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(LEASE.total_seconds() / 3):
                with self.library.catalogue.tenant(asset.tenant_id) as records:
                    records.still_looked_at(asset, LEASE)

        thread = threading.Thread(target=renew, name="inspection", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _key_type_of(path: Path, name: str) -> str | None:
    """The type of a file that its owner calls a key; null for anything else. Raises `InvalidRequest` for what is none."""
    if PurePosixPath(name).suffix.lower() != KEY_SUFFIX:
        return None
    with path.open("rb") as file:
        key_of(file.read(KEY_HEAD), "asset")
    return KEY_TYPE


def _check(facts: MediaFacts) -> None:
    """Raise `BadMedia` for what is larger than a tenant may keep; the number of pixels, readers have seen to."""
    if facts.duration > (most := settings().library_seconds):
        what = f"lasts {float(facts.duration):,.0f} s, and {most:,.0f} s are the most"
        raise BadMedia.at("asset", what, "cut it to the part that is needed")


def _refused(error: ReelError) -> dict[str, Any]:
    return {"state": "refused", "due": None, "source": None, "problems": [each.told() for each in error.problems]}


def _shown(error: ReelError) -> dict[str, str]:
    """Why it has not been looked at yet, for its owner, whom the installation's troubles tell nothing."""
    first = error.problems[0]
    if isinstance(error, ScannerAway) or first.place != "url":
        return {"place": "asset", "what": "could not be looked at yet", "remedy": "it is tried again"}
    return replace(first, what=public_name(first.what)).told()


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
