"""Artefacts by key, over any store of objects: whole or not there, whoever dies or races.

    artefacts/<operation>/<key[:2]>/<key>/manifest.json          put last: it is what makes the artefact exist
    artefacts/<operation>/<key[:2]>/<key>/<content>/<file>       the files that the manifest speaks of

`<content>` is a digest of the names and digests of all files, so a file's object name always stands for the same bytes.
That is the whole trick. Two workers that make one key at once, or one that makes it again with other bytes, write into
different folders (or the same bytes into the same one), and the manifest, put in one piece, points to one of them: a
reader gets either, never a mixture. What nobody points to any more goes with `forget`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from reel.artefact import NOTHING_SPENT, Artefact, Spent, StoredFile
from reel.disk import disk_errors
from reel.errors import Damaged, Internal
from reel.store import scratch
from reel.store.cache import Cache
from reel.store.checked_files import identity_of, is_right, note_right, sha256_of
from reel.store.layout import KeptKey, base_of, content_of, kept_keys, operation_folder
from reel.store.lookup_cache import LookupCache
from reel.store.objects import NoSuchObject, ObjectStore, check_object_name
from reel.values import canonical, digest

PENDING = ".manifest.json"
"""The manifest while a folder is being published; one that stayed behind marks a folder that was taken in part."""

YOUNG_SECONDS = 3600.0
"""What was put less long ago need not be touched: retention is a matter of days."""

_LOCKS = [threading.Lock() for _ in range(64)]
"""Threads that open one file wait for the first to check it, instead of each reading it whole; chosen by its name."""


class ArtefactStore:
    """Artefacts by key over any `ObjectStore`.

    `cache_folder` holds copies of what is elsewhere, one folder per worker, of at most `cache_bytes` (`None`: as the settings
    say); it is not used where objects are local.
    """

    def __init__(
        self,
        objects: ObjectStore,
        cache_folder: Path,
        cache_bytes: int | None = None,
        remember_seconds: float = 0.0,
    ) -> None:
        self.objects = objects
        self.cache = Cache(cache_folder, cache_bytes)
        self.cache_folder = self.cache.folder
        self._known = LookupCache(0.0 if objects.local else remember_seconds)

    def find(self, key: str, operation: str) -> Artefact | None:
        """The artefact of that key; `None` where it is absent, damaged or incomplete, and so has to be made.

        What was found or published here less than `remember_seconds` ago is not looked for again.
        """
        if known := self._known.recall(key, operation):
            return known
        artefact = self._manifest(key, operation)
        if artefact is None:
            return None
        content = content_of(artefact)
        for file in artefact.files:
            stat = self.objects.stat(content + check_object_name(file.name))
            if stat is None or stat.bytes != file.bytes:
                return None
        self._known.remember(artefact)
        return artefact

    def publish(
        self,
        folder: Path,
        key: str,
        operation: str,
        measured: Mapping[str, Any] | None = None,
        spent: Spent = NOTHING_SPENT,
    ) -> Artefact:
        """Make all files in the folder (and in folders in it) the artefact of that key; the files are gone afterwards.

        `spent` is what the making took. Publishing a key again is harmless. Errors: `Internal` where the folder
        is empty, holds what is no plain file, or was taken in part by a call that failed; those of `ObjectStore.put`.
        """
        manifest = f"{base_of(key, operation)}manifest.json"
        pending = folder / PENDING
        with disk_errors(folder):
            paths = _plain_files(folder)
            identities = {name: identity_of(path) for name, path in paths.items()}
            files = tuple(StoredFile(name=n, sha256=sha256_of(p), bytes=identities[n][2]) for n, p in paths.items())
            artefact = Artefact(
                key=key, operation=operation, files=files, measured=dict(measured or {}), **spent.model_dump()
            )
            document = artefact.model_dump()
            pending.write_bytes(canonical({"artefact": document, "sha256": digest(document)}))
        content = content_of(artefact)
        for file in files:
            path = self._keep(content + file.name, paths[file.name], file.sha256)
            # A moved file is the one just read. A copied one has another inode, and is read again when it is opened.
            if path:
                note_right(path, file.sha256, identities[file.name])
        self.objects.put(manifest, pending, sha256_of(pending), consume=True)
        self._known.remember(artefact)
        return artefact

    def open(self, artefact: Artefact, name: str) -> Path:
        """A path to read one file of an artefact from, its bytes checked against the manifest. Not to be written to.

        Errors: `KeyError` for a name that is not the artefact's; `Damaged` where the file is missing or damaged: the artefact
        is then forgotten, so that `find` has it made again.
        """
        file = artefact.file(name)
        object_name = content_of(artefact) + check_object_name(file.name)
        with _LOCKS[hash(object_name) % len(_LOCKS)], disk_errors(self.cache_folder):
            try:
                path = self.objects.local_path(object_name) or self._cached(object_name, file)
                if is_right(path, file):
                    return path
                wrong = f"its {file.bytes:,} bytes are not those of the manifest"
            except (NoSuchObject, FileNotFoundError) as error:
                wrong = f"cannot be had: {error}"
        raise self._disowned(artefact, f"{name} {wrong}")

    def copy_to(self, objects: ObjectStore, to: str, artefact: Artefact, name: str) -> None:
        """Put one file of an artefact into another store under `to`, in the cheapest way there is; see `copy_from`.

        Errors: `KeyError`; those of `open` and `ObjectStore.copy_from`.
        """
        file = artefact.file(name)
        if objects.local and not self.objects.local:
            objects.put(to, self.open(artefact, name), file.sha256)  # the cache may have it
            return
        try:
            objects.copy_from(self.objects, content_of(artefact) + check_object_name(file.name), to, file.sha256)
        except NoSuchObject as error:
            raise self._disowned(artefact, f"{name} cannot be had: {error}") from error

    def forget(self, key: str, operation: str) -> None:
        """Remove an artefact and all that was ever put under its key; harmless where there is none."""
        base = base_of(key, operation)
        self._known.forget(key, operation)
        # The manifest first: what is half removed must not look whole.
        self.objects.delete(f"{base}manifest.json")
        self.objects.delete(*[stat.name for stat in self.objects.list(base)])

    def touch(self, key: str, operation: str) -> None:
        """Let an artefact that is of use again count as new: a janitor judges by age. Harmless where there is none."""
        name = f"{base_of(key, operation)}manifest.json"
        stat = self.objects.stat(name)
        if stat is None or stat.modified > time.time() - YOUNG_SECONDS:
            return
        with suppress(NoSuchObject, FileNotFoundError), scratch.workspace(self.cache.incoming) as folder:
            again = folder / "manifest.json"
            again.write_bytes(self._read(name))
            self.objects.put(name, again, sha256_of(again), consume=True)

    def keys(self, operation: str | None = None) -> Iterator[KeptKey]:
        """Every key, or those of one operation, that has anything in the store, even if unfinished.

        Judge by `modified` before forgetting. What does not lie as artefacts do is passed over.
        """
        return kept_keys(self.objects.list(operation_folder(operation)))

    def kept(self, key: str, operation: str) -> KeptKey | None:
        """One key as `keys` gives it, looked at again; `None` where nothing of it is left."""
        return next(kept_keys(self.objects.list(base_of(key, operation))), None)

    def sweep(self) -> int:
        """Remove what dead processes left half put or half fetched; how much there was."""
        return self.objects.sweep() + scratch.sweep(self.cache.incoming)

    def _manifest(self, key: str, operation: str) -> Artefact | None:
        name = f"{base_of(key, operation)}manifest.json"
        with disk_errors(self.cache_folder):
            try:
                held = json.loads(self._read(name))
                artefact = Artefact.model_validate(held["artefact"])
                intact = held["sha256"] == digest(held["artefact"])
            except (NoSuchObject, FileNotFoundError, ValueError, LookupError, TypeError):
                return None
        return artefact if intact and (artefact.key, artefact.operation) == (key, operation) else None

    def _keep(self, name: str, path: Path, sha256: str) -> Path | None:
        """Put a file that is ours to take; where it can be read from here, as this worker often does next."""
        if self.objects.local:
            self.objects.put(name, path, sha256, consume=True)
            return self.objects.local_path(name)
        self.objects.put(name, path, sha256)
        try:
            return self.cache.take(name, path)
        except OSError:
            # It is kept where it counts; a cache on another or a full disk does without.
            path.unlink(missing_ok=True)
            return None

    def _read(self, name: str) -> bytes:
        if path := self.objects.local_path(name):
            return path.read_bytes()
        with scratch.workspace(self.cache.incoming) as folder:
            self.objects.get(name, folder / "object")
            return (folder / "object").read_bytes()

    def _cached(self, object_name: str, file: StoredFile) -> Path:
        """The worker's own copy; fetched where there is none, or none that is right."""
        path = self.cache.find(object_name)
        if path and is_right(path, file):
            return path
        self.cache.make_room(file.bytes)
        with scratch.workspace(self.cache.incoming) as folder:
            self.objects.get(object_name, folder / "object")
            with disk_errors(self.cache_folder, file.bytes):
                return self.cache.take(object_name, folder / "object")

    def _disowned(self, artefact: Artefact, wrong: str) -> Damaged:
        """What to raise of a damaged artefact, whose manifest is removed, unless it speaks of other files by now: somebody has
        already made the artefact again."""
        self._known.clear()
        current = self._manifest(artefact.key, artefact.operation)
        if current is None or current.files == artefact.files:
            self.objects.delete(f"{base_of(artefact.key, artefact.operation)}manifest.json")
        place = f"damaged artefact {artefact.operation}/{artefact.key}"
        return Damaged.at(place, wrong, "it was forgotten; a retry makes it again")


def _plain_files(folder: Path) -> dict[str, Path]:
    """All files below the folder by their names relative to it, in order; `Internal` where they are no artefact."""
    if (folder / PENDING).exists():
        raise Internal.at(str(folder), "was published in part by a call that failed", "make the step again elsewhere")
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    for name, path in found.items():
        check_object_name(name)
        if path.is_symlink() or not path.is_file():
            raise Internal.at(str(folder), f"{name} is not a plain file")
    if not found:
        raise Internal.at(str(folder), "holds no file to publish")
    return dict(sorted(found.items()))
