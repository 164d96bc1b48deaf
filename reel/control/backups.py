"""Backups of an installation's records: made, kept, listed, verified, brought back.

    backups/20261128T034100Z/catalogue.jsonl.gz     all records of one moment (`reel.catalogue.dumping`)
    backups/20261128T034100Z/outputs.jsonl.gz       a line for each output: name, bytes, class
    backups/20261128T034100Z/manifest.json          put last: it is what makes a backup exist; digests of the two

They lie in a place of their own (`REEL_BACKUPS`), a folder or a bucket, best on another machine than what they are of.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from reel.catalogue import Catalogue
from reel.control.outputs import SHOWN
from reel.disk import disk_errors
from reel.errors import InvalidRequest, Resource
from reel.store import ObjectStat, ObjectStore, workspace
from reel.values import Value

MANIFEST, CATALOGUE, OUTPUTS = "manifest.json", "catalogue.jsonl.gz", "outputs.jsonl.gz"


class Backup(Value):
    """What a backup holds."""

    id: str
    """When it was begun, and the name of its folder."""
    at: datetime
    rows: dict[str, int]
    """Of the catalogue, by table."""
    outputs: int
    """How many outputs are listed."""
    output_bytes: int
    sha256: dict[str, str]
    """Of its files."""


class Verified(Value):
    """How the outputs are found now that a backup lists, whose own files are whole."""

    backup: str
    found: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    """Of another size than listed."""


def make_backup(
    catalogue: Catalogue, outputs: ObjectStore, backups: ObjectStore, scratch: Path, now: datetime, keep: int
) -> Backup:
    """Back up the catalogue and the list of outputs, and then remove what is older than the newest `keep`.

    Errors: those of the catalogue and of the stores; what was put by then is no backup, and is removed with the next.
    """
    id_ = f"{now:%Y%m%dT%H%M%SZ}"
    with workspace(scratch) as folder:
        rows = catalogue.dump(folder / CATALOGUE)
        count, size = _list_outputs(outputs, folder / OUTPUTS)
        digests = {name: _put(backups, f"{id_}/{name}", folder / name) for name in (CATALOGUE, OUTPUTS)}
        made = Backup(id=id_, at=now, rows=dict(rows), outputs=count, output_bytes=size, sha256=digests)
        (folder / MANIFEST).write_text(made.model_dump_json(indent=2), "utf-8")
        _put(backups, f"{id_}/{MANIFEST}", folder / MANIFEST)
    _remove_old(backups, keep)
    backups.sweep()
    return made


def all_backups(backups: ObjectStore, scratch: Path) -> list[Backup]:
    """All that are whole, the newest first. One that another version wrote is passed over."""
    read = [_read_manifest(backups, name, scratch) for name in _manifests(backups)]
    return [backup for backup in read if backup]


def newest_backup(backups: ObjectStore) -> float | None:
    """When the newest one was put, in seconds since 1970; null where there is none."""
    return max((stat.modified for stat in backups.list("") if stat.name.endswith(f"/{MANIFEST}")), default=None)


def find_backup(backups: ObjectStore, scratch: Path, id_: str = "") -> Backup:
    """The backup of that id, or the newest one. Raises `InvalidRequest` where there is none such, and `Resource` where its
    manifest cannot be read: an older one in its place would bring back less than whoever asks believes."""
    names = _manifests(backups)
    if not names or (id_ and f"{id_}/{MANIFEST}" not in names):
        what = f"there is no backup {id_!r}" if names else "there is none"
        raise InvalidRequest.at("backup", what, "`reel backup list`")
    name = f"{id_}/{MANIFEST}" if id_ else names[0]
    if found := _read_manifest(backups, name, scratch):
        return found
    remedy = "take the version that made it, or name another backup: `reel backup list`"
    raise Resource.at(name, "is damaged, or of another version of Reelflow", remedy)


def restore_catalogue(
    backup: Backup, backups: ObjectStore, catalogue: Catalogue, scratch: Path, secret_lost: bool = False
) -> Mapping[str, int]:
    """Fill an empty catalogue with what a backup holds; rows by table. Raises `Resource` where the catalogue is not empty, the
    backup is damaged, or this machine has another secret than it was made with, unless that is lost. Nothing is changed
    then."""
    with workspace(scratch) as folder:
        rows = catalogue.load(_fetched(backup, backups, CATALOGUE, folder), secret_lost)
    if dict(rows) != backup.rows:
        raise Resource.at(backup.id, f"holds {rows}, and its manifest says {backup.rows}", "restore another backup")
    return rows


def verify_backup(backup: Backup, backups: ObjectStore, outputs: ObjectStore, scratch: Path) -> Verified:
    """Read all that a backup holds, and look for all outputs that it lists. Errors: those of the stores; `Resource` where the
    backup is damaged."""
    now = {stat.name: stat.bytes for stat in outputs.list("")}
    with workspace(scratch) as folder:
        _fetched(backup, backups, CATALOGUE, folder)
        listed = dict(_listed(_fetched(backup, backups, OUTPUTS, folder)))
    missing = tuple(sorted(listed.keys() - now.keys()))
    changed = tuple(sorted(name for name in listed.keys() & now.keys() if listed[name] != now[name]))
    return Verified(backup=backup.id, found=len(listed) - len(missing) - len(changed), missing=missing, changed=changed)


def _list_outputs(outputs: ObjectStore, to: Path) -> tuple[int, int]:
    """Write the list of outputs; how many there are, and their bytes."""
    count, size = 0, 0
    with disk_errors(to.parent), gzip.open(to, "xt", encoding="utf-8") as file:
        for stat in _delivered(outputs):
            count, size = count + 1, size + stat.bytes
            file.write(f"{json.dumps({'name': stat.name, 'bytes': stat.bytes, 'tier': stat.tier})}\n")
    return count, size


def _delivered(outputs: ObjectStore) -> Iterator[ObjectStat]:
    """All outputs but pictures for pages of runs, which are no part of what was delivered."""
    return (stat for stat in outputs.list("") if not stat.name.startswith(f"{SHOWN}/"))


def _listed(path: Path) -> Iterator[tuple[str, int]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            output = json.loads(line)
            yield output["name"], output["bytes"]


def _put(backups: ObjectStore, name: str, path: Path) -> str:
    sha256 = _digest(path)
    backups.put(name, path, sha256)
    return sha256


def _fetched(backup: Backup, backups: ObjectStore, name: str, folder: Path) -> Path:
    backups.get(f"{backup.id}/{name}", folder / name)
    if (found := _digest(folder / name)) != backup.sha256[name]:
        what = f"{name} has the SHA-256 {found}, not {backup.sha256[name]}"
        raise Resource.at(backup.id, what, "it is damaged: restore another backup")
    return folder / name


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifests(backups: ObjectStore) -> list[str]:
    """Names of all manifests, the newest first."""
    return sorted((stat.name for stat in backups.list("") if stat.name.endswith(f"/{MANIFEST}")), reverse=True)


def _read_manifest(backups: ObjectStore, name: str, scratch: Path) -> Backup | None:
    with workspace(scratch) as folder:
        backups.get(name, folder / MANIFEST)
        try:
            return Backup.model_validate_json((folder / MANIFEST).read_bytes())
        except ValidationError:
            return None


def _remove_old(backups: ObjectStore, keep: int) -> None:
    """Remove all but the newest ones, their manifests first: what is left if that fails is no backup. What was never finished
    goes as soon as something newer is."""
    names = [stat.name for stat in backups.list("")]
    whole = sorted(name.partition("/")[0] for name in names if name.endswith(f"/{MANIFEST}"))
    kept = {*whole[-keep:]}
    old = [name for name in names if name.partition("/")[0] not in kept and name < whole[-1]]
    backups.delete(*(name for name in old if name.endswith(f"/{MANIFEST}")))
    backups.delete(*(name for name in old if not name.endswith(f"/{MANIFEST}")))
