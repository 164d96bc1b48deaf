"""Names that a tenant's library gives sense to, in requests.

    "asset:ast_0a1b..."      in any field that names an asset: one of the library
    "project:films"          in a list of clips or images, or in its place: the project's assets, in their order
    "folder:summer/2026"     likewise: the assets of a folder, by name

What stands for lists is written out before a generation is queued, so that it is made of what they held then, however often it
is tried; `asset:` stays as it is, and each worker finds its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from reel.catalogue import Catalogue, LibraryAsset, NoSuchProject, Records
from reel.errors import InvalidRequest, Problem
from reel.kinds.read import parse_request, read_request
from reel.kinds.registry import REQUESTS, kind_in
from reel.request.kept import ASSET, FOLDER, PROJECT, stands_for_list

Document = TypeVar("Document")

NOT_READY: Mapping[str, tuple[str, str]] = {
    "uploading": ("is still being uploaded", "finish its upload, and ask again"),
    "quarantined": ("is still being looked at", "ask again when it is ready"),
    "refused": ("was refused when it was looked at", "its `problems` say why"),
}
"""Why an asset cannot be used, by its state, and what to do."""


def settled(document: Mapping[str, Any], records: Records) -> Mapping[str, Any]:
    """A document with lists of the tenant's library written out, all of whose assets of the library can be used.

    Raises `InvalidRequest` with all that is wrong with its names, each under its field; of a document whose lists were written
    out, with all that is wrong with it.
    """
    full = written_out(document, records)
    if full is not document:
        parse_request(full)
    if _mentions(full, ASSET) and (problems := list(unusable(read_request(full).asset_places(), records))):
        raise InvalidRequest(*problems)
    return full


def written_out(document: Mapping[str, Any], records: Records) -> Mapping[str, Any]:
    """A document with each list of the library in full, and with a project's settings where it has none of its own; as it is
    where it names none. Raises `InvalidRequest`."""
    kind = kind_in(document)
    full = dict(document)
    settings: dict[str, Any] = {}
    for field in kind.asset_lists if kind else ():
        entries = _entries(document.get(field))
        if not any(stands_for_list(_asset_in(entry)) for entry in entries):
            continue
        full[field] = []
        for number, entry in enumerate(entries):
            assets, its_settings = _members(_asset_in(entry), f"{field}[{number}]", records)
            settings |= its_settings
            full[field] += [entry] if assets is None else [_naming(entry, asset) for asset in assets]
    if full == document:
        return document
    known = REQUESTS[str(document["kind"])].model_fields
    return {**{name: value for name, value in settings.items() if name in known}, **full}


def in_full(document: Document, tenant: str, catalogue: Catalogue) -> Document | Mapping[str, Any]:
    """As `written_out`, for a tenant; what is no mapping is read already, and stays as it is."""
    if not isinstance(document, Mapping):
        return document
    with catalogue.tenant(tenant, only_reads=True) as records:
        return written_out(document, records)


def unusable(places: Mapping[str, str], records: Records) -> Iterator[Problem]:
    """What is wrong with the assets of the library that some fields name."""
    named = {place: asset.removeprefix(ASSET) for place, asset in places.items() if asset.startswith(ASSET)}
    known = records.library_assets(named.values())
    for place, id_ in named.items():
        if problem := why_not(known.get(id_), id_, place):
            yield problem


def why_not(asset: LibraryAsset | None, id_: str, place: str) -> Problem | None:
    """Why an asset cannot be used, which a field names; null where it can."""
    if asset is None:
        return Problem(place, f"there is no asset {id_[:80]!r} in the library", "list the assets that there are")
    if asset.state == "ready":
        return None
    what, remedy = NOT_READY[asset.state]
    return Problem(place, f"asset {id_} {what}", remedy)


def _members(name: str, place: str, records: Records) -> tuple[Sequence[str] | None, Mapping[str, Any]]:
    """The ids of a list's assets, and the settings of a project; null for what is no list."""
    if name.startswith(FOLDER):
        folder = name.removeprefix(FOLDER)
        return _some([asset.id for asset in records.assets_in(folder)], f"folder {folder[:80]!r}", place), {}
    if name.startswith(PROJECT):
        try:
            project = records.project(name.removeprefix(PROJECT))
        except NoSuchProject as error:
            raise InvalidRequest(*(Problem(place, each.what, each.remedy) for each in error.problems)) from None
        return _some(project.assets, f"project {project.id!r}", place), project.settings
    return None, {}


def _some(ids: Sequence[str], what: str, place: str) -> Sequence[str]:
    if not ids:
        raise InvalidRequest.at(place, f"{what} has no assets that are ready", "put some into it, or name another")
    return ids


def _entries(listed: object) -> Sequence[Any]:
    if isinstance(listed, str):
        return [listed]
    return listed if isinstance(listed, list | tuple) else []


def _asset_in(entry: object) -> str:
    name = entry.get("asset") if isinstance(entry, Mapping) else entry
    return name if isinstance(name, str) else ""


def _naming(entry: Any, id_: str) -> Any:
    """An entry with an asset in the place of the list that it named."""
    name = f"{ASSET}{id_}"
    return {**entry, "asset": name} if isinstance(entry, Mapping) else name


def _mentions(part: object, prefix: str) -> bool:
    """Whether any text of a document begins so: most name nothing of a library, and are not read again."""
    if isinstance(part, Mapping):
        return any(_mentions(each, prefix) for each in part.values())
    if isinstance(part, list | tuple):
        return any(_mentions(each, prefix) for each in part)
    return isinstance(part, str) and part.startswith(prefix)
