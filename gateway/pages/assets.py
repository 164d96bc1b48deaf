"""Assets: listed with small pictures, uploaded by a form, looked at, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from gateway.access import Member, Viewer
from gateway.desk import TheDesk
from gateway.keeping import Folder, Name, TheLibrary, upload_problems
from gateway.pages.multipart import form_with_file
from gateway.pages.rendering import page
from gateway.pages.routing import asked_for, pages, read, seen
from gateway.problems import Refused
from gateway.receiving import taken_in
from gateway.routes import assets
from gateway.routes.assets import Id, Page
from gateway.routing import Route
from gateway.sessions import PAGES
from reel.catalogue import AssetState, NewAsset
from reel.control.sheets import OF_TYPES
from reel.values import Value

router = pages("assets")
pictures = pages("assets", Route)

HERE = f"{PAGES}/assets"
PAGE_LENGTH = 24


def _asked(request: Request) -> Page:
    return asked_for(Page, request, limit=PAGE_LENGTH)


class Uploaded(Value):
    """What a form says of a file."""

    name: Name
    folder: Folder = ""


@router.get("")
def listed(asked: Annotated[Page, Depends(_asked)], caller: Viewer, desk: TheDesk) -> Response:
    """The newest assets."""
    filters = {name: getattr(asked, name) for name in ("folder", "state", "name") if getattr(asked, name)}
    return page(
        "assets.html.j2",
        caller,
        found=assets.all_assets(asked, caller, desk),
        folders=assets.all_folders(caller, desk).folders,
        asked=asked,
        filters=filters,
        is_first=asked.after is None,
        states=get_args(AssetState),
        may_change=caller.has("member"),
        here=HERE,
    )


@router.post("/upload")
async def upload(request: Request, caller: Member, library: TheLibrary) -> Response:
    """Take a file in; it is looked at then."""
    form = await form_with_file(request)
    if not form.filename:
        raise Refused(422, "no file was chosen")
    new = _new(form.filename, form.fields)
    with upload_problems():
        await run_in_threadpool(library.begin, caller.tenant, new, form.size)
    received = 0
    try:
        received = await taken_in(form.file, form.size, caller, library, new.id)
    finally:
        if received != form.size:  # nobody can go on with it
            await run_in_threadpool(library.remove, caller.tenant, new.id)
    return seen(f"{HERE}/{new.id}")


def _new(filename: str, fields: Mapping[str, str]) -> NewAsset:
    # Some browsers tell the path, of which the last part is its name.
    name = filename.replace("\\", "/").rpartition("/")[2]
    told = read(Uploaded, {"name": name, "folder": fields.get("folder", "").strip()})
    return NewAsset(name=told.name, folder=told.folder)


@router.get("/{id}")
def one(id: Id, caller: Viewer, desk: TheDesk) -> Response:
    """An asset."""
    found = assets.one_asset(id, caller, desk)
    return page(
        "asset.html.j2",
        caller,
        found=found,
        is_table=found.state == "ready" and found.type in OF_TYPES,
        may_change=caller.has("member"),
        here=f"{HERE}/{quote(id, safe='')}",
    )


@router.post("/{id}/remove")
def remove(id: Id, caller: Member, library: TheLibrary) -> Response:
    """Remove it; what was made of it stays."""
    assets.remove_asset(id, caller, library)
    return seen(HERE)


@pictures.get("/{id}/thumbnail")
def thumbnail(id: Id, caller: Viewer, library: TheLibrary, request: Request) -> Response:
    """A small picture of it."""
    return assets.thumbnail(id, caller, library, request)
