"""Uploads by tus 1.0 (tus.io/protocols/resumable-upload): resumed after anything, through whichever gateway.

The id of an upload is that of the asset that it becomes. Extensions: creation, creation-with-upload, termination, expiration,
checksum.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from gateway.access import Member, Viewer
from gateway.addresses import base_of
from gateway.desk import TheDesk
from gateway.keeping import Folder, Name, TheLibrary, upload_problems
from gateway.problems import Refused
from gateway.receiving import TUS, VERSION, received_of
from gateway.routing import problem_responses, resource
from reel.catalogue import NewAsset, NoSuchUpload, Upload
from reel.control.library import Library
from reel.control.receiving import CHECKSUMS
from reel.request.problems import problems_of
from reel.settings import settings
from reel.values import Value

router = resource("uploads", 409, 410, 412, 413, 415, 423, 460)

EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
NOT_HERE: Mapping[str, str] = {
    "Upload-Concat": "files are taken whole, and not in parts side by side; with tus-js-client leave out `parallelUploads`",
    "Upload-Defer-Length": "how long a file is has to be known when it is begun; say it by Upload-Length",
}
"""What tus knows besides, with what is said to who asks for it."""
CONTENT = "application/offset+octet-stream"

Id = Annotated[str, Path(max_length=64, description="Id of an upload, and of the asset that it becomes.")]
Resumable = Annotated[str | None, Header(alias="Tus-Resumable", description="`1.0.0`.")]
Offset = Annotated[str | None, Header(alias="Upload-Offset", description="The byte that comes next.")]
Sum = Annotated[
    str | None, Header(alias="Upload-Checksum", description="`sha1` or `sha256`, and the digest in base64.")
]


class Named(Value):
    """What `Upload-Metadata` may say of an asset."""

    filename: Name = "upload"
    folder: Folder = ""


@router.options("", status_code=204)
def abilities(caller: Viewer) -> Response:
    """What of tus is known here."""
    told = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings().max_asset_bytes),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Response(status_code=204, headers=TUS | told)


@router.options("/{id}", status_code=204)
def abilities_of_one(id: Id, caller: Viewer) -> Response:
    """The same, of any upload."""
    return abilities(caller)


@router.post("", status_code=201)
async def create(
    request: Request,
    caller: Member,
    library: TheLibrary,
    desk: TheDesk,
    resumable: Resumable = None,
    length: Annotated[str | None, Header(alias="Upload-Length", description="How many bytes there are to be.")] = None,
    metadata: Annotated[
        str, Header(alias="Upload-Metadata", description="`filename` and `folder`, each with its value in base64.")
    ] = "",
    checksum: Sum = None,
) -> Response:
    """Begin an upload, and send the first of its bytes along, if you like."""
    _check_version(resumable)
    _check_whole(request.headers)
    size = _number("Upload-Length", length)
    named = _named(metadata)
    new = NewAsset(name=named.filename, folder=named.folder)
    with upload_problems(TUS):
        await run_in_threadpool(library.begin, caller.tenant, new, size)
    received = 0
    if request.headers.get("content-type", "") == CONTENT:
        received = await received_of(request, caller, library, new.id, 0, checksum)
    state = await run_in_threadpool(_state, library, caller.tenant, new.id)
    headers = {"Location": f"{base_of(request, desk)}/v1/uploads/{new.id}", "Upload-Offset": str(received)}
    return Response(status_code=201, headers=TUS | headers | _expiry(state))


@router.head("/{id}")
def how_far(id: Id, caller: Viewer, library: TheLibrary, resumable: Resumable = None) -> Response:
    """How many bytes of an upload have come."""
    _check_version(resumable)
    with upload_problems(TUS):
        state = _state(library, caller.tenant, id)
    headers = {"Upload-Offset": str(state[0]), "Upload-Length": str(state[1]), "Cache-Control": "no-store"}
    return Response(headers=TUS | headers | _expiry(state))


@router.patch("/{id}", status_code=204)
async def send(
    id: Id,
    request: Request,
    caller: Member,
    library: TheLibrary,
    resumable: Resumable = None,
    offset: Offset = None,
    checksum: Sum = None,
) -> Response:
    """Send what comes next; what arrives counts, also where the connection breaks."""
    _check_version(resumable)
    if request.headers.get("content-type", "") != CONTENT:
        raise Refused(415, f"bytes of an upload are sent as {CONTENT}", headers=TUS)
    received = await received_of(request, caller, library, id, _number("Upload-Offset", offset), checksum)
    state = await run_in_threadpool(_state, library, caller.tenant, id)
    return Response(status_code=204, headers=TUS | {"Upload-Offset": str(received)} | _expiry(state))


@router.delete("/{id}", status_code=204)
def give_up(id: Id, caller: Member, library: TheLibrary, resumable: Resumable = None) -> Response:
    """Give an upload up; what came of it goes."""
    _check_version(resumable)
    with upload_problems(TUS):
        library.state(caller.tenant, id)
        library.remove(caller.tenant, id)
    return Response(status_code=204, headers=TUS)


@router.post("/{id}", status_code=204, responses=problem_responses(405))
async def overridden(
    id: Id,
    request: Request,
    caller: Member,
    library: TheLibrary,
    method: Annotated[str, Header(alias="X-HTTP-Method-Override", description="`PATCH` or `DELETE`.")] = "",
    resumable: Resumable = None,
    offset: Offset = None,
    checksum: Sum = None,
) -> Response:
    """For clients that can do no more than POST: as the method that they name."""
    if method == "PATCH":
        return await send(id, request, caller, library, resumable, offset, checksum)
    if method == "DELETE":
        return await run_in_threadpool(give_up, id, caller, library, resumable)
    raise Refused(405, "name PATCH or DELETE in X-HTTP-Method-Override", headers=TUS)


def _state(library: Library, tenant: str, id: str) -> tuple[int, int, Upload | None]:
    """How many bytes have come, of how many; of what is complete, all."""
    try:
        upload = library.state(tenant, id)
    except NoSuchUpload:
        with library.catalogue.tenant(tenant, only_reads=True) as records:
            asset = records.library_asset(id)
        if asset.bytes is None:
            raise
        return asset.bytes, asset.bytes, None
    if upload.protocol != "tus":
        raise NoSuchUpload.at("upload", f"{id} comes by links to its parts")
    return upload.received, upload.bytes, upload


def _expiry(state: tuple[int, int, Upload | None]) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(state[2].expires, usegmt=True)} if state[2] else {}


def _check_version(resumable: str | None) -> None:
    if resumable != VERSION:
        raise Refused(412, f"say Tus-Resumable: {VERSION}", headers=TUS | {"Tus-Version": VERSION})


def _check_whole(headers: Mapping[str, str]) -> None:
    """Of clients that look at no `Tus-Extension`: what they have begun would become assets of parts of a file."""
    for name, what in NOT_HERE.items():
        if name in headers:
            raise Refused(400, f"{name}: {what}", headers=TUS)


def _number(name: str, text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Refused(400, f"{name} has to be a number", headers=TUS)
    return int(text)


def _named(text: str) -> Named:
    """What `Upload-Metadata` says: names, and values in base64."""
    found: dict[str, Any] = {}
    try:
        for pair in filter(None, map(str.strip, text.split(","))):
            key, _, value = pair.partition(" ")
            found[key] = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused(400, "Upload-Metadata is no list of names, each with a value in base64", headers=TUS) from None
    known = {name: found[name] for name in Named.model_fields if name in found}
    try:
        return Named(**known)
    except ValidationError as error:
        told = "; ".join(map(str, problems_of(error, known, Named)))
        raise Refused(400, f"Upload-Metadata: {told}", headers=TUS) from None
