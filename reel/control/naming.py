"""Names that a tenant's library gives sense to, in requests.

    "asset:ast_0a1b..."      in any field that names an asset: one of the library
    "project:films"          in a list of clips or images, or in its place: the project's assets, in their order
    "folder:summer/2026"     likewise: the assets of a folder, by name, but for tables and subtitles

What stands for lists is written out before a generation is queued, so that it is made of what they held then, however often it
is tried; `asset:` stays as it is, and each worker finds its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError

from reel.catalogue import Catalogue, LibraryAsset, NoSuchProject, Records
from reel.errors import InvalidRequest, Problem
from reel.kinds.read import read_request
from reel.kinds.registry import KINDS, REQUESTS, kind_in
from reel.limits import USUAL, Limits
from reel.media_types import KEY_TYPE, TABLES
from reel.request import Request
from reel.request.documents import Document
from reel.request.encryption import MOST_KEY_BYTES
from reel.request.kept import ASSET, FOLDER, PROJECT, stands_for_list
from reel.request.problems import problems_of
from reel.request.read import Reading
from reel.words import did_you_mean

Given = TypeVar("Given")

NO_SUBTITLES = {*TABLES.values(), KEY_TYPE} - {"text/plain"}
"""What documents of the library are called that hold none."""

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
    if full is not document or _mentions(full, ASSET):
        reading = read_in_full(full, records)
        unfit = tuple(unusable(reading, records))
        if unfit or (reading.problems and full is not document):
            raise InvalidRequest(*reading.problems, *unfit)
    return full


def read_in_full(document: Mapping[str, Any], records: Records, limits: Limits = USUAL) -> Reading:
    """What a document says with lists of the library written out. What is wrong with their names is among its problems.

    Raises `InvalidRequest` where there is nothing that could be looked at.
    """
    full, misnamed = _written_out(document, records)
    try:
        reading = read_request(full, limits)
    except InvalidRequest as refused:
        raise InvalidRequest(*misnamed.values(), *refused.problems) from None
    problems = tuple(dict.fromkeys((*misnamed.values(), *reading.problems)))
    return replace(reading, problems=problems, unknown=reading.unknown | misnamed.keys())


def written_out(document: Mapping[str, Any], records: Records) -> Mapping[str, Any]:
    """A document with each list of the library in full, and with a project's settings where it has none of its own; as it is
    where it names none. Raises `InvalidRequest` with all that is wrong with their names."""
    full, misnamed = _written_out(document, records)
    if misnamed:
        raise InvalidRequest(*misnamed.values())
    return full


def _written_out(document: Mapping[str, Any], records: Records) -> tuple[Mapping[str, Any], dict[str, Problem]]:
    """The same, with what is wrong with names of lists, under the places that these have in it: they stay as they are."""
    kind = kind_in(document)
    full = dict(document)
    settings: dict[str, Any] = {}
    misnamed: dict[str, Problem] = {}
    for field in kind.asset_lists if kind else ():
        entries = _entries(document.get(field))
        if not any(stands_for_list(_asset_in(entry)) for entry in entries):
            continue
        full[field] = []
        for number, entry in enumerate(entries):
            try:
                assets, its_settings = _members(_asset_in(entry), f"{field}[{number}]", records)
            except InvalidRequest as refused:
                misnamed[f"{field}[{len(full[field])}]"] = refused.problems[0]
                assets, its_settings = None, {}
            settings |= its_settings
            full[field] += [entry] if assets is None else [_naming(entry, asset) for asset in assets]
    if full == document:
        return document, misnamed
    known = REQUESTS[str(document["kind"])].model_fields
    return {**{name: value for name, value in settings.items() if name in known}, **full}, misnamed


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise `InvalidRequest` with all settings of a project that no request knows which may name one, and with values that no
    kind of them takes. What one kind takes and another does not is told with the order."""
    models = [kind.request for kind in KINDS.values() if kind.asset_lists]
    wrong = [problem for name, value in settings.items() for problem in _wrong_setting(name, value, models)]
    if wrong:
        raise InvalidRequest(*wrong)


def _wrong_setting(name: str, value: Any, models: Sequence[type[Request]]) -> Iterator[Problem]:
    knowing = [model for model in models if name in model.model_fields]
    if not knowing:
        known = {field for model in models for field in model.model_fields}
        remedy = did_you_mean(name, known, "remove it")
        yield Problem(f"settings.{name}", "is no field of a request that may name a project", remedy)
        return
    found = [[*_wrong_value(name, value, model)] for model in knowing]
    yield from min(found, key=len)


def _wrong_value(name: str, value: Any, model: type[Request]) -> Iterator[Problem]:
    """What is wrong with one field of a request that says nothing else."""
    document = {"kind": model.model_fields["kind"].default, name: value}
    try:
        model.model_validate(document)
    except ValidationError as error:
        for problem in problems_of(error, document, model):
            if re.match(rf"{re.escape(name)}($|[.\[])", problem.place):
                yield replace(problem, place=f"settings.{problem.place}")


def in_full(document: Given, tenant: str, catalogue: Catalogue) -> Given | Mapping[str, Any]:
    """As `written_out`, for a tenant; what is no mapping is read already, and stays as it is."""
    if not isinstance(document, Mapping):
        return document
    with catalogue.tenant(tenant, only_reads=True) as records:
        return written_out(document, records)


def unusable(reading: Reading, records: Records) -> Iterator[Problem]:
    """What is wrong with the assets of the library that some fields name: they are not there yet, or nothing of the kind."""
    places, documents = reading.asset_places(), reading.request.documents()
    named = {place: asset.removeprefix(ASSET) for place, asset in places.items() if asset.startswith(ASSET)}
    known = records.library_assets(named.values())
    for place, id_ in named.items():
        asset = known.get(id_)
        problem = why_not(asset, id_, place) or (asset and _of_another_kind(asset, place, documents.get(place)))
        if problem:
            yield problem


def _of_another_kind(asset: LibraryAsset, place: str, wanted: Document | None) -> Problem | None:
    """Why an asset that is ready is nothing that a field asks for: media, or a document of some role. What media are asked
    for, each kind knows."""
    what = f"{ASSET}{asset.id} is {asset.media_type}"
    if wanted is None:
        remedy = "name a video, a picture or a sound"
        return None if asset.facts else Problem(place, f"{what}, and has neither picture nor sound", remedy)
    if wanted.role == "key":
        is_key = asset.bytes is None or asset.bytes <= MOST_KEY_BYTES
        return (
            None
            if is_key
            else Problem(place, f"{what}, and no key", "name a file of 16 bytes, or 32 hexadecimal digits")
        )
    is_text = not asset.facts and asset.media_type not in NO_SUBTITLES
    return None if is_text else Problem(place, f"{what}, and no subtitles", "name a file of SRT, WebVTT, ASS or SSA")


def why_not(asset: LibraryAsset | None, id_: str, place: str) -> Problem | None:
    """Why an asset cannot be used, which a field names; null where it can."""
    if asset is None:
        return Problem(place, f"there is no asset {id_[:80]!r} in the library", "list the assets that there are")
    if asset.state == "ready":
        return None
    what, remedy = NOT_READY[asset.state]
    return Problem(place, f"{ASSET}{id_} {what}", remedy)


def _members(name: str, place: str, records: Records) -> tuple[Sequence[str] | None, Mapping[str, Any]]:
    """The ids of a list's assets, and the settings of a project; null for what is no list."""
    if name.startswith(FOLDER):
        folder = name.removeprefix(FOLDER)
        return _some(
            [asset.id for asset in records.assets_in(folder) if asset.facts], f"folder {folder[:80]!r}", place
        ), {}
    if name.startswith(PROJECT):
        try:
            project = records.project(name.removeprefix(PROJECT))
        except NoSuchProject:
            what = f"there is no project {name.removeprefix(PROJECT)[:80]!r}"
            raise InvalidRequest.at(place, what, "list the projects that there are") from None
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
