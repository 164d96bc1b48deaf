"""Assets of a tenant's library, on their way into the store of a worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reel.control.stores import this_library
from reel.disk import disk_errors
from reel.errors import BadMedia, Internal, InvalidRequest, ReelError
from reel.fetch import AssetSource, DigestMemo, KeptAsset, unchanged
from reel.make.worker import Worker
from reel.plan.plan import short_name
from reel.plan.titled import Titles
from reel.request.kept import ASSET
from reel.store import ObjectStore, workspace

if TYPE_CHECKING:
    from reel.catalogue import LibraryAsset


def take_kept(place: str, id_: str, worker: Worker) -> str:
    """Bring an asset of the worker's tenant into the store; its SHA-256. Raises `InvalidRequest` under `place`, the field that
    names it, where it cannot be used."""
    asset = kept(place, id_, worker.tenant)
    sha256, name = str(asset.sha256), str(asset.object)
    if worker.store.find(sha256, "asset"):
        worker.store.touch(sha256, "asset")
        return sha256
    if this_library().stat(name) is None:
        raise BadMedia.at(place, f"the bytes of asset {id_} are not in the library any more", "upload it again")
    with workspace(worker.scratch) as scratch:
        folder = scratch / "asset"
        folder.mkdir()
        copy_out(this_library(), name, folder / "asset")
        if worker.store.publish(folder, sha256, "asset").file("asset").sha256 != sha256:
            worker.store.forget(sha256, "asset")
            raise Internal.at(place, f"asset {id_} is not what was uploaded any more", "upload it again")
    return sha256


def digest_of(source: AssetSource, place: str, memo: DigestMemo, worker: Worker) -> str | None:
    """The SHA-256 of an asset as it is now, where that is known without fetching it. Errors: as `reel.fetch.fetch`, and
    `take_kept`."""
    if isinstance(source, KeptAsset):
        return kept(place, source.id, worker.tenant).sha256
    return unchanged(source, place, memo, worker.roots)


def kept(place: str, id_: str, tenant: str) -> LibraryAsset:
    """An asset of a tenant that can be used. Raises `InvalidRequest`."""
    # Here, as what names no asset of a library is made without a catalogue, and without what that needs.
    from reel.control.ledger import this_catalogue
    from reel.control.naming import why_not

    with this_catalogue().tenant(tenant, only_reads=True) as records:
        found = records.library_assets([id_]).get(id_)
    if problem := why_not(found, id_, place):
        raise InvalidRequest(problem)
    assert found
    return found


def titles_of(assets: Iterable[str], tenant: str) -> Titles:
    """The names that a tenant gave those of the assets that are of its library."""
    named = [asset for asset in assets if asset.startswith(ASSET)]
    if not named:
        return {}
    from reel.control.ledger import this_catalogue
    from reel.control.titles import titles_in

    with this_catalogue().tenant(tenant, only_reads=True) as records:
        return titles_in(named, records)


def shown_names(assets: Iterable[str], tenant: str) -> dict[str, str]:
    """What people are told of each asset: what the library calls it, else its last part."""
    assets = [*assets]
    titles = titles_of(assets, tenant)
    return {asset: titles.get(asset, short_name(asset)) for asset in assets}


@contextmanager
def titled_errors(tenant: str) -> Iterator[None]:
    """Errors that leave the block name assets of the tenant's library as it does."""
    try:
        yield
    except ReelError as error:
        if any(ASSET in each.what for each in error.problems):
            from reel.control.ledger import this_catalogue
            from reel.control.titles import titled_problems

            with this_catalogue().tenant(tenant, only_reads=True) as records:
                error.args = titled_problems(error.problems, records)
        raise


def copy_out(objects: ObjectStore, name: str, to: Path) -> None:
    """Have the bytes of an object in a new file: on one disk as another name of the same bytes, which nobody writes to."""
    path = objects.local_path(name)
    if path:
        with disk_errors(to.parent):
            try:
                to.hardlink_to(path)
            except OSError:
                pass
            else:
                return
    objects.get(name, to)
