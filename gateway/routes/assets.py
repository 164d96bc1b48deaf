"""Assets that a tenant keeps: listed, taken in from an address or by links to parts, changed, removed."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import Field

from gateway.access import Member, Viewer
from gateway.desk import TheDesk
from gateway.keeping import NOTES, Asset, Assets, Folder, Name, TheLibrary, defaults, told, upload_problems
from gateway.problems import Refused
from gateway.routing import resource
from reel.catalogue import AssetState, NewAsset
from reel.control.library import LINK_SECONDS, MOST_LINKS
from reel.request.told import Metadata
from reel.settings import settings
from reel.store import workspace
from reel.values import Value

router = resource("assets", 410, 413, 423)

Id = Annotated[str, Path(max_length=64, description="Id of an asset.")]


class Page(Value):
    """Which part of the list."""

    folder: str | None = Field(None, max_length=255)
    state: AssetState | None = None
    name: str | None = Field(None, max_length=255, description="A part of its name.")
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    after: str | None = Field(None, max_length=64, description="From the answer before.")
    limit: int = Field(50, ge=1, le=200)


class FolderOfAssets(Value):
    """A folder."""

    name: str
    use: str = Field(description="What stands for all of its assets in a list of clips or images.")
    assets: int = Field(description="How many it has.")


class Folders(Value):
    """All folders, by name."""

    folders: tuple[FolderOfAssets, ...]


class FromAddress(Value):
    """An asset to be fetched."""

    url: str = Field(min_length=1, max_length=4096, description="Where it is: an address of the web.")
    name: Name | None = Field(None, description="Null: as the address ends.")
    folder: Folder = ""
    metadata: Metadata = Field({}, description=NOTES)


class InParts(Value):
    """An asset that is to come by links to its parts."""

    name: Name
    bytes: int = Field(description="How many it has.", ge=1)
    folder: Folder = ""
    metadata: Metadata = Field({}, description=NOTES)


class Parts(Value):
    """How an asset is to be cut."""

    asset: Asset
    part_bytes: int = Field(description="Of each part but the last.")
    parts: int = Field(description="How many there are; they are numbered from 1.")


class WantedParts(Value):
    """Parts that are to be sent."""

    parts: tuple[int, ...] = Field(min_length=1, max_length=MOST_LINKS)


class PartLink(Value):
    """Where a part is to be PUT."""

    part: int
    url: str


class Links(Value):
    """Where parts are to be PUT."""

    links: tuple[PartLink, ...]
    seconds: int = Field(LINK_SECONDS, description="For how long these are good.")


class AssetChange(Value):
    """What is to be other; what is left out stays."""

    name: Name | None = None
    folder: Folder | None = None
    metadata: Metadata | None = Field(None, description=NOTES)


@router.get("")
def all_assets(page: Annotated[Page, Query()], caller: Viewer, desk: TheDesk) -> Assets:
    """Assets, the newest first."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        found = records.library(**{**page.model_dump(), "limit": page.limit + 1})
    shown = found[: page.limit]
    return Assets(assets=tuple(map(told, shown)), after=shown[-1].id if len(found) > page.limit else None)


@router.get("/defaults")
def default_assets(caller: Viewer) -> Assets:
    """The frames and overlays that are always there."""
    return Assets(assets=defaults())


@router.get("/folders")
def all_folders(caller: Viewer, desk: TheDesk) -> Folders:
    """The folders that assets are in."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        found = records.folders()
    return Folders(
        folders=tuple(FolderOfAssets(name=name, use=f"folder:{name}", assets=n) for name, n in found.items())
    )


@router.post("", status_code=202)
def fetch_asset(wanted: FromAddress, caller: Member, library: TheLibrary, response: Response) -> Asset:
    """Have an asset fetched from an address. It is `ready` once it was fetched and looked at."""
    name = wanted.name or wanted.url.partition("?")[0].rstrip("/").rpartition("/")[2][:255] or "asset"
    new = NewAsset(name=name, folder=wanted.folder, user_metadata=wanted.metadata, source=wanted.url)
    made = library.fetch(caller.tenant, new)
    response.headers["Location"] = f"/v1/assets/{made.id}"
    return told(made)


@router.post("/multipart", status_code=201)
def begin_parts(wanted: InParts, caller: Member, library: TheLibrary, response: Response) -> Parts:
    """Begin an upload by links to parts, which go to the bucket and not through here. Where the library is in a folder there
    are none: upload by tus."""
    new = NewAsset(name=wanted.name, folder=wanted.folder, user_metadata=wanted.metadata)
    with upload_problems():
        made = library.begin(caller.tenant, new, wanted.bytes, "multipart")
    size = library.state(caller.tenant, made.id).part_bytes
    response.headers["Location"] = f"/v1/assets/{made.id}"
    return Parts(asset=told(made), part_bytes=size, parts=-(-wanted.bytes // size))


@router.post("/{id}/parts")
def part_links(id: Id, wanted: WantedParts, caller: Member, library: TheLibrary) -> Links:
    """Links by which parts of an upload are PUT; again for the same part, where one did not arrive."""
    with upload_problems():
        links = library.links(caller.tenant, id, wanted.parts)
    return Links(links=tuple(PartLink(part=part, url=url) for part, url in links.items()))


@router.post("/{id}/complete", status_code=202)
def complete_parts(id: Id, caller: Member, library: TheLibrary) -> Asset:
    """All parts have been sent."""
    with upload_problems():
        return told(library.complete(caller.tenant, id))


@router.get("/{id}")
def one_asset(id: Id, caller: Viewer, desk: TheDesk) -> Asset:
    """An asset."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return told(records.library_asset(id))


@router.patch("/{id}")
def change_asset(id: Id, wanted: AssetChange, caller: Member, desk: TheDesk) -> Asset:
    """Give an asset another name, folder or metadata."""
    change = wanted.model_dump(exclude_none=True)
    if "metadata" in change:
        change["user_metadata"] = change.pop("metadata")
    with desk.catalogue.tenant(caller.tenant) as records:
        return told(records.change_asset(id, change))


@router.delete("/{id}", status_code=204)
def remove_asset(id: Id, caller: Member, library: TheLibrary) -> None:
    """Remove an asset. What was made of it stays; what still waits for it is refused."""
    with upload_problems():
        library.remove(caller.tenant, id)


@router.get("/{id}/thumbnail", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}, 304: {}})
def thumbnail(id: Id, caller: Viewer, library: TheLibrary, request: Request) -> Response:
    """A small picture of an asset."""
    with library.catalogue.tenant(caller.tenant, only_reads=True) as records:
        asset = records.library_asset(id)
    if asset.thumbnail is None:
        raise Refused(404, f"{id} has no picture")
    # Its bytes never change, and so nor does what is shown of them.
    headers = {"ETag": f'"{asset.sha256}"', "Cache-Control": "private, max-age=86400, immutable"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(_read(library, asset.thumbnail), headers=headers, media_type="image/jpeg")


def _read(library: TheLibrary, name: str) -> bytes:
    if path := library.objects.local_path(name):
        return path.read_bytes()
    with workspace(settings().scratch_folder) as folder:
        library.objects.get(name, FilePath(folder, "picture"))
        return FilePath(folder, "picture").read_bytes()
