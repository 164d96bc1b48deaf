"""Outputs of generations: fetched with a key, or by a signed link; one by one, or all in an archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from gateway.access import Member, Viewer
from gateway.addresses import base_of
from gateway.desk import TheDesk
from gateway.downloads import Fetching, TheFetching
from gateway.problems import Refused
from gateway.routing import problem_responses, resource
from reel.control.delivering import all_delivered, delivered
from reel.errors import InvalidRequest, NotFound
from reel.store.links import PURPOSE, Grant, granted, link, scope_of
from reel.values import Value

router = resource("generations", 409, 412, 416)
of_links = APIRouter(prefix="/d", tags=["links"], responses=problem_responses(403, 404, 409, 412, 416, 422, 500, 503))

Download = Annotated[bool, Query(description="Whether a browser is to save it, rather than show it.")]
Described = dict[int | str, dict[str, Any]]
FILE: Described = {200: {"description": "The file.", "content": {"application/octet-stream": {}}}}
ARCHIVE: Described = {200: {"description": "The archive.", "content": {"application/zip": {}}}}


class WantedLink(Value):
    """A link that is wanted."""

    output: str | None = Field(
        None, max_length=1024, description="Name of an output; null: all of them, in a ZIP archive."
    )
    seconds: int = Field(3600, ge=60, le=7 * 24 * 3600, description="How long it is to hold.")
    download: bool = Field(False, description="Whether a browser is to save it, rather than show it.")


class OutputLink(Value):
    """A link that anybody who has it can read by."""

    url: str
    expires: datetime


@router.head("/{id}/outputs.zip", include_in_schema=False)
@router.get("/{id}/outputs.zip", response_class=StreamingResponse, responses=ARCHIVE)
def fetch_all(id: str, caller: Viewer, fetching: TheFetching) -> Response:
    """All outputs in one ZIP archive, stored as they are."""
    return _archive(caller.tenant, id, fetching)


@router.head("/{id}/outputs/{name:path}", include_in_schema=False)
@router.get("/{id}/outputs/{name:path}", response_class=StreamingResponse, responses=FILE)
def fetch(id: str, name: str, caller: Viewer, fetching: TheFetching, download: Download = False) -> Response:
    """An output: whole, or the parts that `Range` names. Where it lies in a bucket, the answer says where."""
    with fetching.desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        file = delivered(records, fetching.desk.stores.outputs, id, name)
    return replace(fetching, save=download).file(file)


@router.post("/{id}/links", status_code=201)
def share(id: str, wanted: WantedLink, caller: Member, desk: TheDesk, request: Request) -> OutputLink:
    """Make a link to an output, or to all of them. Of a playlist, it opens whatever lies in its folder: players can use it."""
    ends = desk.clock().replace(microsecond=0) + timedelta(seconds=wanted.seconds)
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        if wanted.output is None:
            all_delivered(records, id)
            name = opens = sha256 = ""
        else:
            name = delivered(records, desk.stores.outputs, id, wanted.output).name
            opens, record = scope_of(name), records.output(id, name)
            sha256 = record.sha256 if record and opens == name else ""
    grant = Grant(caller.tenant, id, opens, int(ends.timestamp()), wanted.download, sha256)
    return OutputLink(url=base_of(request, desk) + link(grant, name, desk.secrets(PURPOSE)), expires=ends)


@of_links.head("/{token}/{tenant}/{generation}.zip", include_in_schema=False)
@of_links.get("/{token}/{tenant}/{generation}.zip", response_class=StreamingResponse, responses=ARCHIVE)
def linked_archive(token: str, tenant: str, generation: str, fetching: TheFetching) -> Response:
    """All outputs, by a link that opens all of them."""
    return _archive(tenant, generation, _by_link(token, tenant, generation, "", fetching))


@of_links.head("/{token}/{tenant}/{generation}/{name:path}", include_in_schema=False)
@of_links.get("/{token}/{tenant}/{generation}/{name:path}", response_class=StreamingResponse, responses=FILE)
def linked(token: str, tenant: str, generation: str, name: str, fetching: TheFetching) -> Response:
    """An output, by a link."""
    allowed = _by_link(token, tenant, generation, name, fetching)
    with fetching.desk.catalogue.tenant(tenant, only_reads=True) as records:
        file = delivered(records, fetching.desk.stores.outputs, generation, name)
    return allowed.file(file)


def _by_link(token: str, tenant: str, generation: str, name: str, fetching: Fetching) -> Fetching:
    """What a link allows. Raises `NotFound` for one that is not ours, whatever is there; `Refused` for one that has ended."""
    desk = fetching.desk

    def digest() -> str:
        try:
            with desk.catalogue.tenant(tenant, only_reads=True) as records:
                found = records.output(generation, name)
        except InvalidRequest:  # no tenant has that name
            return ""
        return found.sha256 if found else ""

    grant = granted(token, tenant, generation, name, digest, desk.every_secret(PURPOSE))
    if grant is None:
        raise NotFound.at("link", "it does not open this", "ask for a new one")
    left = grant.ends - int(desk.clock().timestamp())
    if left <= 0:
        raise Refused(403, "the link has ended: ask for a new one", type_="link-ended")
    return replace(fetching, seconds=left, save=grant.download)


def _archive(tenant: str, id_: str, fetching: Fetching) -> Response:
    with fetching.desk.catalogue.tenant(tenant, only_reads=True) as records:
        files = all_delivered(records, id_)
    if not files:
        raise NotFound.at("output", f"generation {id_[:80]!r} has none")
    return fetching.archive(id_, files)
